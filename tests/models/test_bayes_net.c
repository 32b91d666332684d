/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "models/bayes_net.h"
#include "tests/chi_square.h"

enum { N_DRAWS = 100000 };

static const char *const names[] = { "a", "b", "c", "c@1" };

static struct bayes_cell cell(uint16_t p, uint16_t q, uint16_t code, uint32_t count)
{
	return (struct bayes_cell) { .key = (uint64_t)p << 16 | q, .code = code, .count = count };
}

/* A node of two parents, variables 1 and 2, itself variable 0. */
static struct bayes_node two_parents(void)
{
	struct bayes_cell cells[] = {
		cell(1, 0, 3, 5), cell(0, 0, 1, 10), cell(0, 0, 2, 30),
		cell(0, 1, 1, 7), cell(1, 0, 3, 5), /* in parts: 10 in all */
		cell(0, 1, 4, 3),
	};
	struct bayes_node node = { .n_parents = 2, .parents = { 1, 2 } };

	assert_int_equal(bayes_node_fill(&node, cells, sizeof(cells) / sizeof(*cells)), 0);
	return node;
}

static void node_done(struct bayes_node *node)
{
	static struct bayes_net net; /* large */

	memset(&net, 0, sizeof(net));
	net.nodes[0] = *node;
	bayes_net_done(&net);
}

static void unseen_parents_back_off(void **state)
{
	struct bayes_node node = two_parents();
	uint16_t codes[3] = { 0, 0, 0 };
	struct bayes_row row;
	uint32_t level;

	(void)state;
	row = bayes_node_row(&node, codes, &level);
	assert_int_equal(level, 2);
	assert_int_equal(row.n, 2);
	assert_int_equal(bayes_row_count(&row, 0), 10);
	assert_int_equal(bayes_row_count(&row, 1), 30);
	codes[2] = 9; /* unseen with 0: the rows of the first parent in sum */
	row = bayes_node_row(&node, codes, &level);
	assert_int_equal(level, 1);
	assert_int_equal(row.n, 3);
	assert_int_equal(row.codes[0], 1);
	assert_int_equal(bayes_row_count(&row, 0), 17);
	codes[2] = BAYES_NO_CODE;
	row = bayes_node_row(&node, codes, &level);
	assert_int_equal(level, 1);
	codes[1] = 5;
	row = bayes_node_row(&node, codes, &level);
	assert_int_equal(level, 0);
	assert_int_equal(row.sums[row.n - 1], 60);
	node_done(&node);
}

static void draws_follow_the_counts(void **state)
{
	struct bayes_node node = two_parents();
	const double law[5] = { 0, 17 / 60., 30 / 60., 10 / 60., 3 / 60. };
	const double except[5] = { 0, 17 / 30., 0, 10 / 30., 3 / 30. };
	struct bayes_row row = bayes_level_row(&node.levels[0], 0);
	uint64_t counts[5] = { 0 }, others[5] = { 0 };
	struct rng rng;

	(void)state;
	rng_init(&rng, 11, 0, 0, RNG_TEST);
	for (int i = 0; i < N_DRAWS; i++) {
		counts[bayes_row_draw(&row, &rng)]++;
		others[bayes_row_draw_except(&row, 2, &rng)]++;
	}
	assert_true(chi_square_fits(counts, law, 5, N_DRAWS));
	assert_true(chi_square_fits(others, except, 5, N_DRAWS));
	/* What is not in the row is nothing to leave out; what is alone leaves nothing. */
	assert_true(bayes_row_draw_except(&row, 77, &rng) <= 4);
	row = bayes_level_row(&node.levels[2], UINT64_C(1) << 16);
	assert_int_equal(bayes_row_draw_except(&row, 3, &rng), BAYES_NO_CODE);
	node_done(&node);
}

/* Masked draws have the masked, renormalised law, in every row. */
static void masks_are_exact(void **state)
{
	const bool allowed[5] = { true, true, false, false, true };
	const bool none[5] = { false };
	struct bayes_node node = two_parents();
	const double law[5] = { 0, 17 / 20., 0, 0, 3 / 20. };
	uint64_t counts[5] = { 0 };
	uint16_t codes[3] = { 0, 1, 0 };
	uint32_t level;
	struct rng rng;

	(void)state;
	assert_int_equal(bayes_node_mask(&node, none), -ENOENT);
	assert_int_equal(bayes_node_mask(&node, allowed), 0);
	rng_init(&rng, 12, 0, 0, RNG_TEST);
	/* Nothing is left of parents (1, 0), nor of 1: all rows together. */
	bayes_node_row(&node, codes, &level);
	assert_int_equal(level, 0);
	for (int i = 0; i < N_DRAWS; i++)
		counts[bayes_node_draw(&node, codes, &rng)]++;
	assert_true(chi_square_fits(counts, law, 5, N_DRAWS));
	codes[1] = 0;
	assert_int_equal(bayes_node_draw(&node, codes, &rng), 1);
	node_done(&node);
}

static void fill_refuses_what_does_not_add_up(void **state)
{
	struct bayes_cell nothing[] = { cell(0, 0, 1, 0) };
	struct bayes_cell much[] = { cell(0, 0, 1, UINT32_MAX), cell(0, 0, 2, 1) };
	struct bayes_node node = { .n_parents = 2, .parents = { 1, 2 } };

	(void)state;
	assert_int_equal(bayes_node_fill(&node, nothing, 1), -EINVAL);
	assert_int_equal(bayes_node_fill(&node, much, 2), -EINVAL);
	node_done(&node);
}

static int load(const char *text, struct bayes_net *net, struct err *err)
{
	const config_setting_t *list = NULL;
	struct conf *conf = NULL;
	int r = conf_parse("n.conf", text, &conf, err);

	memset(net, 0, sizeof(*net));
	net->n_nodes = 3;
	net->n_variables = 4;
	for (uint32_t i = 0; i < 4; i++)
		net->n_codes[i] = 5;
	if (r == 0)
		r = conf_get_list(conf, conf_root(conf), "nodes", true, &list, err);
	if (r == 0)
		r = bayes_net_load(conf, list, names, net, err);
	conf_freep(&conf);
	return r;
}

#define A "{ name = \"a\"; parents = []; rows = ([0,3, 2,5]); }"
#define B "{ name = \"b\"; parents = [\"a\"]; rows = ([0, 1,1], [2, 0,4, 3,1]); }"
#define C "{ name = \"c\"; parents = [\"b\",\"c@1\"]; rows = ([0,0, 4,1], [1,3, 2,2]); }"

static void saved_and_loaded_draws_the_same(void **state)
{
	static struct bayes_net net, back;
	char *text = NULL, *again = NULL;
	struct err err = { "" };
	struct rng r1, r2;
	size_t n = 0;
	FILE *out;

	(void)state;
	if (load("nodes = (" C "," A "," B ");", &net, &err) < 0)
		fail_msg("%s", err.text);
	assert_int_equal(net.order[0], 0);
	assert_int_equal(net.order[2], 2);
	out = open_memstream(&text, &n);
	assert_int_equal(bayes_net_save(&net, names, out), 0);
	fclose(out);
	assert_int_equal(load(text, &back, &err), 0);
	out = open_memstream(&again, &n);
	assert_int_equal(bayes_net_save(&back, names, out), 0);
	fclose(out);
	assert_string_equal(text, again);
	rng_init(&r1, 5, 0, 0, RNG_TEST);
	rng_init(&r2, 5, 0, 0, RNG_TEST);
	for (int i = 0; i < 1000; i++) {
		uint16_t x[4] = { 0, 0, 0, (uint16_t)(i % 5) }, y[4] = { 0, 0, 0, x[3] };

		for (int k = 0; k < 3; k++) {
			x[k] = bayes_node_draw(&net.nodes[k], x, &r1);
			y[k] = bayes_node_draw(&back.nodes[k], y, &r2);
			assert_int_equal(x[k], y[k]);
		}
	}
	free(text);
	free(again);
	bayes_net_done(&net);
	bayes_net_done(&back);
}

static void hostile_texts_are_refused(void **state)
{
	static const struct {
		const char *text, *why;
	} cases[] = {
		{ "nodes = (" A "," B ");", "'c' is missing" },
		{ "nodes = (" A "," B "," A ");", "stands twice" },
		{ "nodes = (" A "," B ",{ name = \"d\"; parents = []; rows = ([0,1]); });",
		  "is no column" },
		{ "nodes = (" A "," C ",{ name = \"b\"; parents = [\"b\"]; rows = ([0, 0,1]); });",
		  "its own parent" },
		{ "nodes = (" A "," C
		  ",{ name = \"b\"; parents = [\"a\",\"a\"]; rows = ([0,0, 0,1]); });",
		  "stands twice" },
		{ "nodes = (" B "," C ",{ name = \"a\"; parents = [\"b\"]; rows = ([0, 0,1]); });",
		  "cycle" },
		{ "nodes = (" A "," C ",{ name = \"b\"; parents = [\"aa\"]; rows = ([0, 0,1]); });",
		  "'aa' is no column" },
		{ "nodes = (" B "," C ",{ name = \"a\"; parents = []; rows = ([5,1]); });",
		  "5 is not in 0..4" },
		{ "nodes = (" B "," C ",{ name = \"a\"; parents = []; rows = ([-1,1]); });",
		  "-1 is not in" },
		{ "nodes = (" B "," C ",{ name = \"a\"; parents = []; rows = ([0,0]); });",
		  "0 is not in 1.." },
		{ "nodes = (" B "," C ",{ name = \"a\"; parents = []; rows = ([0,-3]); });",
		  "-3 is not in 1.." },
		{ "nodes = (" B "," C ",{ name = \"a\"; parents = []; rows = ([1,1, 0,1]); });",
		  "0 is not in 2..4" },
		{ "nodes = (" B "," C ",{ name = \"a\"; parents = []; rows = ([0,1,1]); });",
		  "a row is" },
		{ "nodes = (" B "," C ",{ name = \"a\"; parents = []; rows = ([]); });",
		  "a row is" },
		{ "nodes = (" B "," C ",{ name = \"a\"; parents = []; rows = (); });",
		  "has no rows" },
		{ "nodes = (" B "," C ",{ name = \"a\"; parents = []; rows = ([0,1],[1,1]); });",
		  "twice" },
		{ "nodes = (" B "," C
		  ",{ name = \"a\"; parents = []; rows = ([0,4294967295L, 1,1]); });",
		  "2^32" },
		{ "nodes = (" B "," C ",{ name = \"a\"; parents = []; rows = ([0.5,1.0]); });",
		  "expected an integer" },
		{ "nodes = (" B "," C ", 3);", "expected a group" },
		{ "nodes = (" B "," C
		  ",{ name = \"a\"; parents = [\"b\",\"c\",\"c@1\",\"b\"]; rows = ([0,1]); });",
		  "4 parents" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		static struct bayes_net net;
		struct err err = { "" };

		assert_true(load(cases[i].text, &net, &err) < 0);
		bayes_net_done(&net);
		if (strstr(err.text, cases[i].why) == NULL || strstr(err.text, "n.conf:1") == NULL)
			fail_msg("case %zu: %s", i, err.text);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(unseen_parents_back_off),
		cmocka_unit_test(draws_follow_the_counts),
		cmocka_unit_test(masks_are_exact),
		cmocka_unit_test(fill_refuses_what_does_not_add_up),
		cmocka_unit_test(saved_and_loaded_draws_the_same),
		cmocka_unit_test(hostile_texts_are_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
