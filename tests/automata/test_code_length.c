/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit.h"

#include <math.h>

#include "automata/code_length.h"

/* A code can be decoded only if its lengths meet Kraft's inequality; the published one does not. */
static void test_integers_are_a_code(void **state)
{
	double sum = 0, compat = 0;

	(void)state;
	for (int64_t n = 0; n < 100000; n++) {
		sum += exp2(-code_integer(n, false));
		compat += exp2(-code_integer(n, true));
		if (n > 0)
			assert_true(code_integer(n, false) > code_integer(n - 1, false));
	}
	assert_true(sum < 1 && sum > 0.8);
	assert_true(compat > 1.7);
	assert_true(fabs(code_integer(15, true) - 8.52) < 0.01);
	assert_true(fabs(code_integer(16, true) - 3.72) < 0.01);
	assert_true(fabs(code_integer(-7, false) - code_integer(7, false) - 1) < 1e-12);
}

static void test_normal(void **state)
{
	static struct code_normal table;

	(void)state;
	code_normal_init(&table);
	for (double z = -10; z < 10; z += 0.00137)
		assert_true(fabs(code_normal_cdf(&table, z) - 0.5 * erfc(-z * sqrt(0.5))) < 1e-12);
	/* The mass of 3 +- 1/2 under a standard deviation of 2 around 2. */
	assert_true(fabs(code_in_bits(code_normal_value(&table, 2, 0.5, 3)) +
			 log2(0.5 * erfc(-0.75 * sqrt(0.5)) - 0.5 * erfc(-0.25 * sqrt(0.5)))) <
		    1e-6);
	assert_true(fabs(code_in_bits(code_normal_value(&table, 2, 0.5, 300)) + log2(1e-3)) < 1e-6);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_integers_are_a_code),
		cmocka_unit_test(test_normal),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
