/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "base/mem.h"
#include "conf/text.h"

static void expect(const char *text, const char *normalised)
{
	CLEANUP(freep) char *out = NULL;
	struct err err = { "" };

	if (conf_text_normalise("t", text, &out, &err) < 0)
		fail_msg("'%s': %s", text, err.text);
	assert_string_equal(out, normalised);
}

static void refuse(const char *text, const char *sentence)
{
	CLEANUP(freep) char *out = NULL;
	struct err err = { "" };

	assert_int_equal(conf_text_normalise("t", text, &out, &err), -EINVAL);
	assert_null(out);
	assert_string_equal(err.text, sentence);
}

static void integers_become_64_bits(void **state)
{
	(void)state;
	expect("", "");
	expect("a=1;b=[0,-0,+7];", "a=1L;b=[0L,-0L,+7L];");
	expect("a=5L;b=5LL;c=0x1F;d=0XffL;", "a=5L;b=5L;c=0x1FL;d=0XffL;");
	expect("a=9223372036854775807", "a=9223372036854775807L");
	expect("a=-9223372036854775808", "a=-9223372036854775808L");
	expect("a=0x7fffffffffffffff", "a=0x7fffffffffffffffL");
}

static void other_tokens_stay(void **state)
{
	static const char *const same[] = {
		"a=1.5;b=.5;c=5.;d=1e5;e=-1.5E-7;f=+0.0e+0;",
		"a1=true; b-2 = FALSE; *c_3 : { };",
		"a=\"12 # 3 // 4 /* 5 \\\" 6 @include\" \"7\";",
		"# 12\n// 34\n/* 56 \n 78 @include \"x\" */ a = \"\\\\\";",
		"a=\"x\n12\n\";\n",
		"\r\n\t\f a = ( ) ;",
	};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(same) / sizeof(same[0]); i++)
		expect(same[i], same[i]);
}

static void bad_tokens_are_refused(void **state)
{
	(void)state;
	refuse("\n\na=010;", "t:3: '010' has a leading zero");
	refuse("a=-00;", "t:1: '-00' has a leading zero");
	refuse("a=9223372036854775808;", "t:1: '9223372036854775808' is beyond 64 bits");
	refuse("a=-9223372036854775809;", "t:1: '-9223372036854775809' is beyond 64 bits");
	refuse("a=0x8000000000000000;", "t:1: '0x8000000000000000' is beyond 64 bits");
	refuse("a=12abc;", "t:1: '12abc' is no number");
	refuse("a=5LLL;", "t:1: '5LLL' is no number");
	refuse("a=0x;", "t:1: '0x' is no number");
	refuse("a=-0x10;", "t:1: '-0x10' is no number");
	refuse("a=-;", "t:1: '-' is no number");
	refuse("a=1.2.3;", "t:1: '1.2.3' is no number");
	refuse("a=1e;", "t:1: '1e' is no number");
	refuse("a=1e+;", "t:1: '1e+' is no number");
	refuse("a=.;", "t:1: '.' is no number");
	refuse("a=1\n@include \"x\"", "t:2: '@' has no meaning here; @include is not supported");
	refuse("\"x\" = 1;", "t:1: a string stands where no value can");
	refuse("a \"x\";", "t:1: a string stands where no value can");
	refuse("a = 1 /* : */ \"x\";", "t:1: a string stands where no value can");
	refuse("a = 1, \"x\";", "t:1: a string stands where no value can");
	refuse("a = ( \"x\" ) \"y\";", "t:1: a string stands where no value can");
	refuse("a=\"x\ny", "t:1: the string that begins here does not end");
	refuse("a=\"x\\", "t:1: the string that begins here does not end");
	refuse("\n/* x *", "t:2: the comment that begins here does not end");
}

static char *repeat(const char *head, const char *text, size_t n, const char *tail)
{
	size_t n_text = strlen(text), i;
	char *out = malloc(strlen(head) + n * n_text + strlen(tail) + 1), *p = out;

	assert_non_null(out);
	p += strlen(strcpy(p, head));
	for (i = 0; i < n; i++, p += n_text)
		memcpy(p, text, n_text);
	strcpy(p, tail);
	return out;
}

/* At each limit: it passes; one more: it is refused. */
static void limits(void **state)
{
	static const struct {
		const char *head, *text;
		size_t n;
		const char *sentence;
	} cases[] = {
		{ "a=", "(", CONF_LIMIT_DEPTH, "t:1: nested deeper than 32" },
		{ "a=", "[", CONF_LIMIT_DEPTH, "t:1: nested deeper than 32" },
		{ "", "k={", CONF_LIMIT_DEPTH, "t:1: nested deeper than 32" },
		{ "", "k=1;", CONF_LIMIT_KEYS, "t:1: more than 512 keys in one group" },
		{ "g={", "k:1,", CONF_LIMIT_KEYS, "t:1: more than 512 keys in one group" },
		{ "", "k", CONF_LIMIT_NAME_BYTES,
		  "t:1: a name of 129 characters; at most 128 are allowed" },
		{ "a=1.", "0", CONF_LIMIT_NUMBER_BYTES - 2,
		  "t:1: a number of 401 characters; at most 400 are allowed" },
		{ "", ",", CONF_LIMIT_VALUES, "t:1: more than 4000000 values in all" },
	};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		char *at = repeat(cases[i].head, cases[i].text, cases[i].n, "");
		char *above = repeat(cases[i].head, cases[i].text, cases[i].n + 1, "");
		char *out = NULL;

		assert_int_equal(conf_text_normalise("t", at, &out, NULL), 0);
		free(out);
		refuse(above, cases[i].sentence);
		free(at);
		free(above);
	}
}

/* Keys are counted group by group, and closing more than was opened does no harm. */
static void groups_count_apart(void **state)
{
	char *text = repeat("", "g={a=1;b=2;};", CONF_LIMIT_KEYS, "}}})]]");
	char *out = NULL;

	(void)state;
	assert_int_equal(conf_text_normalise("t", text, &out, NULL), 0);
	free(out);
	free(text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(integers_become_64_bits), cmocka_unit_test(other_tokens_stay),
		cmocka_unit_test(bad_tokens_are_refused),  cmocka_unit_test(limits),
		cmocka_unit_test(groups_count_apart),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
