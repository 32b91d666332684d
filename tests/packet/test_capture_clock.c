/* SPDX-License-Identifier: Apache-2.0 */
#include "packet/capture_clock.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

static void test_resolutions(void **state)
{
	static const struct {
		uint8_t resolution;
		int64_t offset_s;
		uint64_t ticks;
		int64_t ns;
	} cases[] = {
		{ 6, 0, 1500000123, 1500000123000 },
		{ 9, 0, 1500000000123456789, 1500000000123456789 },
		{ 0, 0, 42, 42000000000 },
		{ 3, 0, 42, 42000000 },
		{ 12, 0, 42999, 42 },
		{ 19, 0, UINT64_MAX, 1844674407 },
		{ 0x80 | 0, 0, 42, 42000000000 },
		{ 0x80 | 10, 0, 1024 + 512, 1500000000 },
		{ 0x80 | 10, 0, 1, 976562 }, /* 1/1024 s, rounded down */
		{ 0x80 | 32, 0, UINT64_C(1500000000) << 32 | 0x80000000, 1500000000500000000 },
		{ 0x80 | 63, 0, UINT64_C(1) << 62, 500000000 },
		{ 6, 100, 5, 100000005000 },
		{ 6, -100, 5, -99999995000 },
		{ 9, 0, INT64_MAX, INT64_MAX },
		/* Beyond int64 until the offset brings it back. */
		{ 9, -9000000000, UINT64_C(18000000000000000000), 9000000000000000000 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct capture_clock clock;
		int64_t ns = -1;

		assert_int_equal(capture_clock_init(&clock, cases[i].resolution, cases[i].offset_s),
				 0);
		assert_int_equal(capture_clock_ns(&clock, cases[i].ticks, &ns), 0);
		assert_true(ns == cases[i].ns);
	}
}

static void test_out_of_range(void **state)
{
	static const struct {
		uint8_t resolution;
		int64_t offset_s;
		uint64_t ticks;
	} cases[] = {
		{ 9, 0, (uint64_t)INT64_MAX + 1 },
		{ 6, 0, UINT64_MAX },
		{ 0, 0, UINT64_MAX },
		{ 0x80, 0, UINT64_MAX },
		{ 6, INT64_MAX, 0 },
		{ 6, INT64_MIN, 0 },
		{ 9, 1, INT64_MAX },
		{ 9, 9223372036, INT64_MAX },
		{ 0, -9223372036, UINT64_MAX },
		{ 9, -1, UINT64_MAX },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct capture_clock clock;
		int64_t ns = -7;

		assert_int_equal(capture_clock_init(&clock, cases[i].resolution, cases[i].offset_s),
				 0);
		assert_int_equal(capture_clock_ns(&clock, cases[i].ticks, &ns), -ERANGE);
		assert_int_equal(ns, -7);
	}
}

static void test_too_fine(void **state)
{
	struct capture_clock clock;

	(void)state;
	assert_int_equal(capture_clock_init(&clock, 20, 0), -EINVAL);
	assert_int_equal(capture_clock_init(&clock, 127, 0), -EINVAL);
	assert_int_equal(capture_clock_init(&clock, 0x80 | 64, 0), -EINVAL);
	assert_int_equal(capture_clock_init(&clock, 0xff, 0), -EINVAL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_resolutions),
		cmocka_unit_test(test_out_of_range),
		cmocka_unit_test(test_too_fine),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
