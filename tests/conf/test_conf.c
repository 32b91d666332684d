/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/mem.h"
#include "conf/conf.h"
#include "conf/text.h"

static const char good[] = "# a plan\n"
			   "name = \"of\\\"fice\" \" two\";\n"
			   "rate = 1.5;\n"
			   "big = 3000000000;\n"
			   "small = -7;\n"
			   "on = true;\n"
			   "hosts = ( { weight = 1; },\n"
			   "          { weight = 2.5; name = \"x\"; } );\n"
			   "ports = [ 1, 3000000000, -5L ];\n"
			   "deep : { er : { est = 0x10; }; };\n";

static struct conf *parse(const char *text)
{
	struct conf *conf = NULL;
	struct err err = { "" };

	if (conf_parse("plan.conf", text, &conf, &err) < 0)
		fail_msg("%s", err.text);
	return conf;
}

static void values_are_found(void **state)
{
	CLEANUP(conf_freep) struct conf *conf = parse(good);
	const config_setting_t *root = conf_root(conf), *node = NULL;
	CLEANUP(freep) int64_t *ports = NULL;
	const char *text = NULL;
	int64_t n = 0;
	double d = 0;
	bool on = false;
	size_t n_ports;

	(void)state;
	assert_string_equal(conf_name(conf), "plan.conf");
	assert_int_equal(conf_get_string(conf, root, "name", true, &text, NULL), 0);
	assert_string_equal(text, "of\"fice two");
	assert_int_equal(conf_get_float(conf, root, "rate", true, 0, 2, &d, NULL), 0);
	assert_true(d == 1.5);
	assert_int_equal(conf_get_float(conf, root, "small", true, -10, 2, &d, NULL), 0);
	assert_true(d == -7);
	assert_int_equal(conf_get_int(conf, root, "big", true, 0, INT64_MAX, &n, NULL), 0);
	assert_true(n == 3000000000);
	assert_int_equal(conf_get_bool(conf, root, "on", true, &on, NULL), 0);
	assert_true(on);
	assert_int_equal(conf_get_list(conf, root, "hosts", true, &node, NULL), 0);
	assert_int_equal(config_setting_length(node), 2);
	assert_int_equal(conf_get_ints(conf, root, "ports", true, -5, INT64_MAX, 3, &ports,
				       &n_ports, NULL),
			 0);
	assert_int_equal(n_ports, 3);
	assert_true(ports[0] == 1 && ports[1] == 3000000000 && ports[2] == -5);
	assert_int_equal(conf_get_group(conf, root, "deep", true, &node, NULL), 0);
	assert_int_equal(conf_get_group(conf, node, "er", true, &node, NULL), 0);
	assert_int_equal(conf_get_int(conf, node, "est", true, 16, 16, &n, NULL), 0);
}

static void absent_keys_leave_the_value(void **state)
{
	CLEANUP(conf_freep) struct conf *conf = parse("a = 1;");
	const config_setting_t *root = conf_root(conf), *node = NULL;
	const char *text = "kept";
	int64_t n = 5, *values = NULL;
	size_t n_values = 9;
	double d = 2.5;
	bool on = true;
	struct err err = { "" };

	(void)state;
	assert_int_equal(conf_get_int(conf, root, "x", false, 0, 1, &n, &err), 0);
	assert_int_equal(conf_get_float(conf, root, "x", false, 0, 1, &d, &err), 0);
	assert_int_equal(conf_get_bool(conf, root, "x", false, &on, &err), 0);
	assert_int_equal(conf_get_string(conf, root, "x", false, &text, &err), 0);
	assert_int_equal(conf_get_list(conf, root, "x", false, &node, &err), 0);
	assert_int_equal(conf_get_group(conf, root, "x", false, &node, &err), 0);
	assert_int_equal(conf_get_ints(conf, root, "x", false, 0, 1, 9, &values, &n_values, &err),
			 0);
	assert_true(n == 5 && d == 2.5 && on && node == NULL && values == NULL && n_values == 9);
	assert_string_equal(text, "kept");
	assert_int_equal(conf_get_int(conf, root, "x", true, 0, 1, &n, &err), -EINVAL);
	assert_string_equal(err.text, "plan.conf: 'x' is missing");
}

enum getter { INT, FLOAT, BOOL, STRING, LIST, GROUP, INTS };

/* One getter on key k with range [0, 10], at most 2 values; the sentence it must give. */
static void errors_say_what_and_where(void **state)
{
	static const struct {
		const char *text;
		enum getter getter;
		const char *sentence;
	} cases[] = {
		{ "\nk = 1.5;", INT,
		  "plan.conf:2: k: an integer was expected, not a number with a fraction or "
		  "exponent" },
		{ "k = \"1\";", INT, "plan.conf:1: k: an integer was expected, not a string" },
		{ "k = true;", INT, "plan.conf:1: k: an integer was expected, not true or false" },
		{ "k = -1;", INT, "plan.conf:1: k: -1 is below 0" },
		{ "k = 11;", INT, "plan.conf:1: k: 11 is above 10" },
		{ "k = [1];", FLOAT, "plan.conf:1: k: a number was expected, not an array" },
		{ "k = 10.5;", FLOAT, "plan.conf:1: k: 10.5 is above 10" },
		{ "k = -0.5;", FLOAT, "plan.conf:1: k: -0.5 is below 0" },
		{ "k = 1e999;", FLOAT, "plan.conf:1: k: the number is too large" },
		{ "k = 1;", BOOL, "plan.conf:1: k: true or false was expected, not an integer" },
		{ "k = 1;", STRING, "plan.conf:1: k: a string was expected, not an integer" },
		{ "k = 1;", LIST, "plan.conf:1: k: a list was expected, not an integer" },
		{ "k = (1);", GROUP, "plan.conf:1: k: a group was expected, not a list" },
		{ "k = 1;", INTS,
		  "plan.conf:1: k: an array of integers was expected, not an integer" },
		{ "k = [1, 2, 3];", INTS, "plan.conf:1: k: 3 values; at most 2 are allowed" },
		{ "k = [1,\n 11];", INTS, "plan.conf:2: k[1]: 11 is above 10" },
		{ "k = [1.5];", INTS,
		  "plan.conf:1: k[0]: an integer was expected, not a number with a fraction or "
		  "exponent" },
		{ "k = {a=1;};", INTS,
		  "plan.conf:1: k: an array of integers was expected, not a group" },
	};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		CLEANUP(conf_freep) struct conf *conf = parse(cases[i].text);
		const config_setting_t *root = conf_root(conf), *node = NULL;
		struct err err = { "" };
		const char *text;
		int64_t n, *values = NULL;
		size_t n_values;
		double d;
		bool on;
		int r = 0;

		switch (cases[i].getter) {
		case INT:
			r = conf_get_int(conf, root, "k", true, 0, 10, &n, &err);
			break;
		case FLOAT:
			r = conf_get_float(conf, root, "k", true, 0, 10, &d, &err);
			break;
		case BOOL:
			r = conf_get_bool(conf, root, "k", true, &on, &err);
			break;
		case STRING:
			r = conf_get_string(conf, root, "k", true, &text, &err);
			break;
		case LIST:
			r = conf_get_list(conf, root, "k", true, &node, &err);
			break;
		case GROUP:
			r = conf_get_group(conf, root, "k", true, &node, &err);
			break;
		case INTS:
			r = conf_get_ints(conf, root, "k", true, 0, 10, 2, &values, &n_values,
					  &err);
			break;
		}
		assert_int_equal(r, -EINVAL);
		assert_null(values);
		assert_string_equal(err.text, cases[i].sentence);
	}
}

static void texts_that_do_not_parse(void **state)
{
	static const char *const cases[][2] = {
		{ "a = 1;\nb = ;", "plan.conf:2: syntax error" },
		{ "a = 1;\n\na = 2;", "plan.conf:3: duplicate setting name" },
		{ "a = [1, \"x\"];", "plan.conf:1: mismatched element type in array" },
		{ "a = {", "plan.conf:1: syntax error" },
		{ "a = 1;\n  @include \"/etc/hostname\"\n",
		  "plan.conf:2: '@' has no meaning here; @include is not supported" },
	};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct conf *conf = NULL;
		struct err err = { "" };

		assert_int_equal(conf_parse("plan.conf", cases[i][0], &conf, &err), -EINVAL);
		assert_null(conf);
		assert_string_equal(err.text, cases[i][1]);
	}
}

static void unknown_keys_name_the_nearest(void **state)
{
	static const char *const keys[] = { "weight", "name", "address" };
	CLEANUP(conf_freep)
	struct conf *conf = parse("hosts = ( { weight = 1; },\n {\n wieght = 2; } ); zzzz = 1;");
	const config_setting_t *hosts = NULL;
	struct err err = { "" };

	(void)state;
	assert_int_equal(conf_get_list(conf, conf_root(conf), "hosts", true, &hosts, &err), 0);
	assert_int_equal(conf_check_keys(conf, config_setting_get_elem(hosts, 0), keys, 3, &err),
			 0);
	assert_int_equal(conf_check_keys(conf, config_setting_get_elem(hosts, 1), keys, 3, &err),
			 -EINVAL);
	assert_string_equal(err.text, "plan.conf:3: hosts[1].wieght: unknown key; did you mean "
				      "'weight'?");
	assert_int_equal(conf_check_keys(conf, conf_root(conf), (const char *[]) { "hosts" }, 1,
					 &err),
			 -EINVAL);
	assert_string_equal(err.text, "plan.conf:3: zzzz: unknown key");
	assert_int_equal(conf_check_keys(conf, hosts, keys, 3, &err), -EINVAL); /* not a group */
	assert_int_equal(conf_error(conf, NULL, &err, "%d hosts", 0), -EINVAL);
	assert_string_equal(err.text, "plan.conf: 0 hosts");
}

static void nearest(void **state)
{
	static const char *const names[] = { "model", "mark", "seed", "snaplen", "threads" };
	static const char *const cases[][2] = {
		{ "modle", "model" },	 { "sede", "seed" }, { "snap-len", "snaplen" },
		{ "thread", "threads" }, { "mask", "mark" }, { "model", "model" },
		{ "xyz", NULL },	 { "", NULL },	     { "m", NULL },
		{ "completely", NULL },
	};
	char big[300];
	const char *big_names[] = { big };
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const char *got = conf_nearest(cases[i][0], names, 5);

		if (cases[i][1] == NULL)
			assert_null(got);
		else
			assert_string_equal(got, cases[i][1]);
	}
	memset(big, 'a', sizeof(big) - 1);
	big[sizeof(big) - 1] = '\0';
	assert_null(conf_nearest(big, big_names, 1));
	assert_null(conf_nearest("aaaa", big_names, 1));
	assert_null(conf_nearest("x", NULL, 0));
}

static void files(void **state)
{
	char path[] = "/tmp/test_conf.XXXXXX";
	struct conf *conf = NULL;
	struct err err = { "" };
	int fd = mkstemp(path);

	(void)state;
	assert_true(fd >= 0);
	assert_int_equal(write(fd, good, sizeof(good) - 1), sizeof(good) - 1);
	assert_int_equal(conf_load(path, &conf, &err), 0);
	assert_string_equal(conf_name(conf), path);
	conf_freep(&conf);
	conf_freep(&conf);
	assert_int_equal(write(fd, "\0x", 2), 2); /* hidden behind a NUL */
	assert_int_equal(conf_load(path, &conf, &err), -EINVAL);
	assert_non_null(strstr(err.text, "is 0; a text was expected"));
	assert_int_equal(ftruncate(fd, CONF_LIMIT_BYTES + 1), 0);
	assert_int_equal(conf_load(path, &conf, &err), -EFBIG);
	close(fd);
	unlink(path);
	assert_int_equal(conf_load(path, &conf, &err), -ENOENT);
	assert_null(conf);
}

/* Every byte but 0, through the printer and the parser. */
static void strings_read_back(void **state)
{
	char bytes[256], *text = NULL;
	const char *back = NULL;
	size_t n_text;
	FILE *out = open_memstream(&text, &n_text);
	struct conf *conf;
	int i;

	(void)state;
	assert_non_null(out);
	for (i = 0; i < 255; i++)
		bytes[i] = (char)(i + 1);
	bytes[255] = '\0';
	fputs("k = ", out);
	conf_print_string(out, bytes);
	fputc(';', out);
	fclose(out);
	conf = parse(text);
	assert_int_equal(conf_get_string(conf, conf_root(conf), "k", true, &back, NULL), 0);
	assert_string_equal(back, bytes);
	conf_freep(&conf);
	free(text);
}

/* The deepest and the most crowded text that is allowed still parses and is freed. */
static void the_limits_parse(void **state)
{
	char *text = malloc(100000), *p = text;
	int i;

	(void)state;
	assert_non_null(text);
	p += sprintf(p, "deep = ");
	for (i = 0; i < CONF_LIMIT_DEPTH; i++)
		*p++ = '(';
	for (i = 0; i < CONF_LIMIT_DEPTH; i++)
		*p++ = ')';
	*p++ = ';';
	for (i = 1; i < CONF_LIMIT_KEYS; i++)
		p += sprintf(p, "key%d = %d;\n", i, i);
	*p = '\0';
	{
		CLEANUP(conf_freep) struct conf *conf = parse(text);
		int64_t n;

		assert_int_equal(conf_get_int(conf, conf_root(conf), "key511", true, 511, 511, &n,
					      NULL),
				 0);
	}
	free(text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(values_are_found),
		cmocka_unit_test(absent_keys_leave_the_value),
		cmocka_unit_test(errors_say_what_and_where),
		cmocka_unit_test(texts_that_do_not_parse),
		cmocka_unit_test(unknown_keys_name_the_nearest),
		cmocka_unit_test(nearest),
		cmocka_unit_test(files),
		cmocka_unit_test(strings_read_back),
		cmocka_unit_test(the_limits_parse),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
