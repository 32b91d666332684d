/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <string.h>

#include "base/ns.h"
#include "base/rng.h"

static void durations(void **state)
{
	static const struct {
		const char *text;
		int64_t ns;
	} good[] = {
		{ "90s", 90 * NS_PER_S },
		{ "15m", 900 * NS_PER_S },
		{ "2h30m", 9000 * NS_PER_S },
		{ "7d", 7 * NS_PER_D },
		{ "250ms", 250 * NS_PER_MS },
		{ "1.5h", 5400 * NS_PER_S },
		{ "3", 3 * NS_PER_S },
		{ "0.000000001", 1 },
		{ "1us", 1000 },
		{ "5ns", 5 },
		{ "1d2h3m4s5ms6us7ns", INT64_C(93784005006007) },
		{ "0", 0 },
		{ "9223372036.854775807", INT64_MAX },
	};
	static const char *const bad[] = { "",	  "s",	 "5x",	"-5s", "1m2h",	 "1m1m",
					   "1h5", "1 h", " 1h", "1h ", "1.5.5s", "0x10s",
					   "5s-", ".",	 "1e5", "inf", "0s5",	 "m" };
	struct err err = { "" };
	int64_t ns;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
		assert_int_equal(ns_parse_duration(good[i].text, &ns, &err), 0);
		assert_true(ns == good[i].ns);
	}
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		ns = -7;
		assert_int_equal(ns_parse_duration(bad[i], &ns, &err), -EINVAL);
		assert_non_null(strstr(err.text, "duration"));
		assert_true(ns == -7);
	}
	assert_int_equal(ns_parse_duration("9223372036.854775808", &ns, &err), -ERANGE);
	assert_int_equal(ns_parse_duration("106752d", &ns, &err), -ERANGE);
	assert_int_equal(ns_parse_duration("99999999999999999999s", &ns, &err), -ERANGE);
	assert_int_equal(ns_parse_duration("106751d24h", &ns, &err), -ERANGE);
}

static void durations_read_back(void **state)
{
	static const struct {
		int64_t ns;
		const char *text;
	} cases[] = {
		{ 0, "0s" },
		{ 9000 * NS_PER_S, "2h30m" },
		{ 1500 * NS_PER_MS, "1.5s" },
		{ 250 * NS_PER_MS, "250ms" },
		{ 61 * NS_PER_S, "1m1s" },
		{ 1, "1ns" },
		{ 1500, "1.5us" },
		{ -NS_PER_S, "-1s" },
		{ NS_PER_D + 1, "1d1ns" },
		{ INT64_MAX, "106751d23h47m16.854775807s" },
		{ INT64_MIN, "-106751d23h47m16.854775808s" },
	};
	char text[NS_TEXT_BYTES];
	struct rng rng;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		assert_string_equal(ns_format_duration(cases[i].ns, text), cases[i].text);
	rng_init(&rng, 51, 0, 0, RNG_TEST);
	for (i = 0; i < 20000; i++) {
		int64_t ns = (int64_t)(rng_u64(&rng) >> (1 + rng_below(&rng, 60))), back;

		assert_int_equal(ns_parse_duration(ns_format_duration(ns, text), &back, NULL), 0);
		assert_true(back == ns);
	}
}

static void times(void **state)
{
	static const struct {
		const char *text;
		int64_t ns;
	} good[] = {
		{ "1970-01-01T00:00:00Z", 0 },
		{ "2026-11-21T06:00:00Z", 1795240800 * NS_PER_S },
		{ "2026-11-21 06:00:00", 1795240800 * NS_PER_S },
		{ "2026-11-21t07:30:00.5+01:30", 1795240800 * NS_PER_S + 500000000 },
		{ "2026-11-21T06:00", 1795240800 * NS_PER_S },
		{ "2026-11-21", 1795219200 * NS_PER_S },
		{ "2000-02-29T23:59:60Z", 951868800 * NS_PER_S },
		{ "1969-12-31T23:59:59.999999999Z", -1 },
		{ "1795240800.5", 1795240800 * NS_PER_S + 500000000 },
		{ "-1.5", -1500000000 },
		{ "0", 0 },
	};
	static const char *const bad[] = { "",
					   "now",
					   "2026-13-01",
					   "2026-02-29",
					   "2100-02-29",
					   "2026-00-10",
					   "2026-01-32",
					   "2026-11-21T24:00:00Z",
					   "2026-11-21T06:60:00Z",
					   "2026-11-21T06:00:61Z",
					   "2026-11-21T06:00:00.Z",
					   "2026-11-21T06:00:00+0100",
					   "2026-11-21T06:00:00Zz",
					   "2026-11-21T",
					   "2026-11-21T06",
					   "2026-1-1",
					   "1.5s",
					   "--1",
					   "1 " };
	struct err err = { "" };
	int64_t ns;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
		if (ns_parse_time(good[i].text, &ns, &err) != 0 || ns != good[i].ns)
			fail_msg("'%s' gave %lld: %s", good[i].text, (long long)ns, err.text);
	}
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		if (ns_parse_time(bad[i], &ns, &err) != -EINVAL)
			fail_msg("'%s' was taken", bad[i]);
	assert_int_equal(ns_parse_time("9999-01-01", &ns, &err), -ERANGE);
	assert_int_equal(ns_parse_time("0000-01-01", &ns, &err), -ERANGE);
	assert_int_equal(ns_parse_time("99999999999", &ns, &err), -ERANGE);
}

/* Every day from 1700 to 2200 and back: the calendar here against the C library's. */
static void times_read_back(void **state)
{
	char text[NS_TEXT_BYTES];
	int64_t day, back;

	(void)state;
	for (day = -98000; day < 84000; day++) {
		int64_t ns = day * NS_PER_D + (day & 0xffff) * 1000003;

		assert_int_equal(ns_parse_time(ns_format_time(ns, text), &back, NULL), 0);
		assert_true(back == ns);
	}
	assert_string_equal(ns_format_time(1795240800 * NS_PER_S, text), "2026-11-21T06:00:00Z");
	assert_string_equal(ns_format_time(-1, text), "1969-12-31T23:59:59.999999999Z");
	assert_string_equal(ns_format_time(INT64_MAX, text), "2262-04-11T23:47:16.854775807Z");
	assert_string_equal(ns_format_time(INT64_MIN, text), "1677-09-21T00:12:43.145224192Z");
}

static void seconds(void **state)
{
	char text[NS_TEXT_BYTES];
	int64_t ns;
	int i;

	(void)state;
	assert_string_equal(ns_format_seconds(1479000000001, text), "1479.000000001");
	assert_string_equal(ns_format_seconds(0, text), "0.000000000");
	assert_string_equal(ns_format_seconds(-1, text), "-0.000000001");
	assert_string_equal(ns_format_seconds(INT64_MAX, text), "9223372036.854775807");
	assert_string_equal(ns_format_seconds(INT64_MIN, text), "-9223372036.854775808");
	for (i = -3000; i < 3000; i++) {
		int64_t value = (int64_t)i * i * i * 1234567;

		ns_format_seconds(value, text);
		assert_int_equal(ns_parse_seconds(text, strlen(text), &ns), 0);
		assert_true(ns == value);
	}
	assert_int_equal(ns_parse_seconds("12", 1, &ns), 0); /* no more than n_text is read */
	assert_true(ns == NS_PER_S);
	assert_int_equal(ns_parse_seconds("1.0000000019", 12, &ns), 0);
	assert_true(ns == NS_PER_S + 1);
	assert_int_equal(ns_parse_seconds("", 0, &ns), -EINVAL);
	assert_int_equal(ns_parse_seconds("-", 1, &ns), -EINVAL);
	assert_int_equal(ns_parse_seconds(".", 1, &ns), -EINVAL);
	assert_int_equal(ns_parse_seconds("1.5x", 4, &ns), -EINVAL);
	assert_int_equal(ns_parse_seconds("9223372037", 10, &ns), -ERANGE);
}

static void clocks(void **state)
{
	int64_t a = ns_monotonic(), b = ns_process_cpu();
	volatile int i;

	(void)state;
	for (i = 0; i < 1000000; i++)
		;
	assert_true(ns_monotonic() > a);
	assert_true(ns_process_cpu() > b);
	assert_true(ns_realtime() > 1700000000 * NS_PER_S);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(durations), cmocka_unit_test(durations_read_back),
		cmocka_unit_test(times),     cmocka_unit_test(times_read_back),
		cmocka_unit_test(seconds),   cmocka_unit_test(clocks),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
