/* SPDX-License-Identifier: Apache-2.0 */
#include "replay/lateness.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static void test_small_values_are_exact(void **state)
{
	struct lateness l = { 0 };

	(void)state;
	for (int64_t v = 0; v < 32; v++)
		lateness_add(&l, v);
	assert_int_equal(lateness_quantile(&l, 50000), 15);
	assert_int_equal(lateness_quantile(&l, 100000), 31);
	lateness_add(&l, -5);
	assert_int_equal(l.counts[0], 2);
}

/* 1 .. 1,000,000: every quantile is its rank, up to 1/32. */
static void test_quantiles_are_near(void **state)
{
	static const uint32_t asked[] = { 1, 100, 50000, 99000, 99900, 100000 };
	static struct lateness l;

	(void)state;
	for (int64_t v = 1; v <= 1000000; v++)
		lateness_add(&l, v);
	for (size_t i = 0; i < sizeof(asked) / sizeof(asked[0]); i++) {
		int64_t got = lateness_quantile(&l, asked[i]), right = 10 * asked[i];

		assert_true(got >= right && got <= right + right / 32);
	}
	assert_int_equal(l.max_ns, 1000000);
}

static void test_ends(void **state)
{
	static struct lateness l;

	(void)state;
	assert_int_equal(lateness_quantile(&l, 50000), 0);
	lateness_add(&l, INT64_MAX);
	assert_int_equal(l.max_ns, INT64_MAX);
	assert_true(lateness_quantile(&l, 50000) > 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_small_values_are_exact),
		cmocka_unit_test(test_quantiles_are_near),
		cmocka_unit_test(test_ends),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
