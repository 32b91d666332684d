/* SPDX-License-Identifier: Apache-2.0 */
#include "base/json.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static void check_put(const char *text, const char *wanted)
{
	char *got = NULL;
	size_t n = 0;
	FILE *out = open_memstream(&got, &n);

	assert_non_null(out);
	json_put_string(out, text);
	assert_int_equal(fclose(out), 0);
	assert_string_equal(got, wanted);
	free(got);
}

static void test_plain_and_escaped(void **state)
{
	(void)state;
	check_put("", "\"\"");
	check_put("eth0.7", "\"eth0.7\"");
	check_put("a\"b\\c/d", "\"a\\\"b\\\\c/d\"");
	check_put("\n\t\x01\x1f\x7f~", "\"\\u000a\\u0009\\u0001\\u001f\\u007f~\"");
}

/* The first and last characters of each length stand as they are. */
static void test_utf8(void **state)
{
	static const char *const whole[] = {
		"\xc2\x80",	"\xdf\xbf",	    "\xe0\xa0\x80",
		"\xed\x9f\xbf", "\xee\x80\x80",	    "\xef\xbf\xbf",
		"b\xc3\xbcro",	"\xf0\x90\x80\x80", "\xf4\x8f\xbf\xbf"
	};
	char wanted[16];

	(void)state;
	for (size_t i = 0; i < sizeof(whole) / sizeof(whole[0]); i++) {
		snprintf(wanted, sizeof(wanted), "\"%s\"", whole[i]);
		check_put(whole[i], wanted);
	}
}

/* Continuations alone, cut off, too long, halves of pairs, beyond the last. */
static void test_not_utf8(void **state)
{
	(void)state;
	check_put("\x80", "\"\\u0080\"");
	check_put("x\xff", "\"x\\u00ff\"");
	check_put("\xc3", "\"\\u00c3\"");
	check_put("\xc3(", "\"\\u00c3(\"");
	check_put("\xe2\x82", "\"\\u00e2\\u0082\"");
	check_put("\xc0\xaf", "\"\\u00c0\\u00af\"");
	check_put("\xe0\x9f\xbf", "\"\\u00e0\\u009f\\u00bf\"");
	check_put("\xed\xa0\x80", "\"\\u00ed\\u00a0\\u0080\"");
	check_put("\xf0\x8f\xbf\xbf", "\"\\u00f0\\u008f\\u00bf\\u00bf\"");
	check_put("\xf4\x90\x80\x80", "\"\\u00f4\\u0090\\u0080\\u0080\"");
	check_put("\xe4\xc3\xa4", "\"\\u00e4\xc3\xa4\"");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_plain_and_escaped),
		cmocka_unit_test(test_utf8),
		cmocka_unit_test(test_not_utf8),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
