/* SPDX-License-Identifier: Apache-2.0 */
#include "flow/window.h"

#include <stdlib.h>
#include <string.h>

#include "tests/unit.h"

static void classes(void **state)
{
	(void)state;
	assert_int_equal(window_class_of(0), 0);
	assert_int_equal(window_class_of(UINT64_MAX), WINDOW_N_CLASSES - 1);
	for (uint32_t i = 1; i < WINDOW_N_CLASSES; i++) {
		assert_int_equal(window_class_of(window_class_bytes(i)), i);
		assert_int_equal(window_class_of(window_class_bytes(i) - 1), i - 1);
	}
}

/* Each range has its share of the quantiles, each value in it the same. */
static void draws(void **state)
{
	const struct window_class c = { .n_ranges = 2,
					.total = 4,
					.ranges = { { 5, 5, 1 }, { 10, 12, 3 } } };

	(void)state;
	assert_int_equal(window_draw(&c, 0), 5);
	assert_int_equal(window_draw(&c, 0x3fffffff), 5);
	assert_int_equal(window_draw(&c, 0x40000000), 10);
	assert_int_equal(window_draw(&c, 0x7fffffff), 10);
	assert_int_equal(window_draw(&c, 0x80000001), 11);
	assert_int_equal(window_draw(&c, 0xc0000001), 12);
	assert_int_equal(window_draw(&c, 0xffffffff), 12);
}

static int load(const char *text, struct window_set *set, struct err *err)
{
	struct conf *conf = NULL;
	int r = conf_parse("hosts.conf", text, &conf, err);

	if (r == 0)
		r = window_set_load(conf, set, err);
	conf_freep(&conf);
	return r;
}

#define PROFILE(syn, body)                                                                         \
	"{ syn = " syn "; scale = 7; answers = true; resets = 3; received = (" body "); }"
#define ONE "{ bytes = 128; moves = 20; fields = [501, 501, 740, 502, 510, 259]; }"

static void round_trip(void **state)
{
	const struct window_key key = { true, 9, 7 }, other = { false, 9, 7 };
	struct window_set set = { 0 };
	struct err err = { "" };
	const struct window_profile *p;
	char *text = NULL, *again = NULL;
	size_t n;
	FILE *out;

	(void)state;
	assert_int_equal(load("windows = (" PROFILE("8", ONE) "," PROFILE("9", ONE) ");", &set,
			      &err),
			 0);
	assert_int_equal(set.n, 2);
	p = window_find(&set, &key);
	assert_ptr_equal(p, &set.profiles[1]);
	assert_null(window_find(&set, &other));
	assert_int_equal(p->resets, 3);
	assert_int_equal(p->classes[3].total, 999);
	/* What is not known is as the nearest that is. */
	assert_ptr_equal(window_class_at(p, 0), &p->classes[3]);
	assert_ptr_equal(window_class_at(p, 19), &p->classes[3]);
	out = open_memstream(&text, &n);
	assert_int_equal(window_set_save(&set, out), 0);
	fclose(out);
	window_set_done(&set);
	assert_int_equal(load(text, &set, &err), 0);
	out = open_memstream(&again, &n);
	assert_int_equal(window_set_save(&set, out), 0);
	fclose(out);
	assert_string_equal(again, text);
	window_set_done(&set);
	free(text);
	free(again);
	assert_int_equal(load("hosts = ();", &set, &err), 0);
	assert_int_equal(set.n, 0);
	window_set_done(&set);
}

static void refusals(void **state)
{
	static const struct {
		const char *text, *says;
	} cases[] = {
		{ "windows = (" PROFILE("9", ONE) "," PROFILE("8", ONE) ");", "ascend" },
		{ "windows = (" PROFILE("9", ONE) "," PROFILE("9", ONE) ");", "ascend" },
		{ "windows = (" PROFILE("9", "") ");", "1 to 20" },
		{ "windows = (" PROFILE("9", ONE "," ONE) ");", "twice" },
		{ "windows = (" PROFILE("70000", ONE) ");", "syn" },
		{ "windows = ( 3 );", "group" },
		{ "windows = (" PROFILE("9",
					"{ bytes = 100; moves = 0; fields = [1, 1, 1]; }") ");",
		  "power of two" },
		{ "windows = (" PROFILE("9",
					"{ bytes = 0; moves = 1001; fields = [1, 1, 1]; }") ");",
		  "moves" },
		{ "windows = (" PROFILE("9", "{ bytes = 0; moves = 0; fields = [1, 1]; }") ");",
		  "lowest, highest, weight" },
		{ "windows = (" PROFILE("9", "{ bytes = 0; moves = 0; fields = []; }") ");",
		  "lowest, highest, weight" },
		{ "windows = (" PROFILE("9", "{ bytes = 0; moves = 0; fields = [0, 1, 1]; }") ");",
		  "fields" },
		{ "windows = (" PROFILE("9", "{ bytes = 0; moves = 0; fields = [2, 1, 1]; }") ");",
		  "no range" },
		{ "windows = (" PROFILE("9", "{ bytes = 0; moves = 0; fields = [1, 3, 1, 3, 4, 1]; "
					     "}") ");",
		  "above" },
		{ "windows = (" PROFILE("9",
					"{ bytes = 0; moves = 0; fields = [1, 1, 1001]; }") ");",
		  "weight" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct window_set set = { 0 };
		struct err err = { "" };

		assert_true(load(cases[i].text, &set, &err) < 0);
		assert_non_null(strstr(err.text, "hosts.conf:1"));
		if (strstr(err.text, cases[i].says) == NULL)
			fail_msg("'%s' does not say '%s'", err.text, cases[i].says);
		assert_null(set.profiles);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(classes),
		cmocka_unit_test(draws),
		cmocka_unit_test(round_trip),
		cmocka_unit_test(refusals),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
