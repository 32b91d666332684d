/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "models/bayes_learn.h"
#include "tests/chi_square.h"

enum { N_ROWS = 20000, N_VARS = 5, N_DRAWS = 200000 };
enum { A, B, C, D, E };

/* A -> B, (B, C) -> D; E for itself. Four codes each; a child copies a parent 7 or 8 times in 10.
 */
static void make_rows(uint16_t columns[N_VARS][N_ROWS], struct code_table *table)
{
	struct rng rng;

	rng_init(&rng, 21, 0, 0, RNG_TEST);
	for (int i = 0; i < N_ROWS; i++) {
		bool copy = rng_below(&rng, 10) < 7;
		uint32_t who = rng_below(&rng, 10);

		columns[A][i] = (uint16_t)rng_below(&rng, 4);
		columns[B][i] = copy ? columns[A][i] : (uint16_t)rng_below(&rng, 4);
		columns[C][i] = (uint16_t)rng_below(&rng, 4);
		columns[D][i] = who < 4	  ? columns[B][i]
				: who < 8 ? columns[C][i]
					  : (uint16_t)rng_below(&rng, 4);
		columns[E][i] = (uint16_t)rng_below(&rng, 4);
	}
	memset(table, 0, sizeof(*table));
	table->n_rows = N_ROWS;
	table->n_columns = N_VARS;
	for (int v = 0; v < N_VARS; v++) {
		table->columns[v] = columns[v];
		table->n_codes[v] = 4;
	}
}

static uint16_t columns[N_VARS][N_ROWS]; /* too large for the stack */
static struct bayes_net net;

static bool has_parent(uint32_t child, uint32_t parent)
{
	for (uint32_t k = 0; k < net.nodes[child].n_parents; k++)
		if (net.nodes[child].parents[k] == parent)
			return true;
	return false;
}

/* With the variables' order given, as tiers do: which way an edge stands is not in the data. */
static void learn_all(struct bayes_learn *learn, struct code_table *table)
{
	struct err err = { "" };

	make_rows(columns, table);
	learn->table = table;
	learn->n_nodes = N_VARS;
	for (int c = 0; c < N_VARS; c++)
		for (int p = 0; p < N_VARS; p++)
			learn->allowed[c][p] = p < c;
	assert_int_equal(bayes_learn(learn, &net, &err), 0);
}

static void edges_are_found(void **state)
{
	static struct bayes_learn learn;
	struct code_table table;

	(void)state;
	learn_all(&learn, &table);
	assert_true(has_parent(D, B) && has_parent(D, C));
	assert_int_equal(net.nodes[D].n_parents, 2);
	assert_true(has_parent(B, A));
	assert_int_equal(net.nodes[E].n_parents, 0);
	for (uint32_t i = 0; i < N_VARS; i++)
		assert_false(has_parent(i, E));
	assert_int_equal(net.nodes[A].n_parents + net.nodes[B].n_parents + net.nodes[C].n_parents,
			 1);
	bayes_net_done(&net);
}

/* P(codes) as the tables say: the product over the nodes. */
static double probability(const uint16_t *codes)
{
	double p = 1;

	for (int v = 0; v < N_VARS; v++) {
		uint32_t level;
		struct bayes_row row = bayes_node_row(&net.nodes[v], codes, &level);
		double n = 0;

		for (uint32_t i = 0; i < row.n; i++)
			if (row.codes[i] == codes[v])
				n = bayes_row_count(&row, i);
		p *= n / row.sums[row.n - 1];
	}
	return p;
}

/* All 1,024 combinations against the product law: chi-square, false alarm 1e-6, seed fixed. */
static void the_joint_is_drawn(void **state)
{
	static uint64_t counts[1024];
	static double law[1024];
	static struct bayes_learn learn;
	struct code_table table;
	struct rng rng;

	(void)state;
	learn_all(&learn, &table);
	rng_init(&rng, 22, 0, 0, RNG_TEST);
	for (int i = 0; i < N_DRAWS; i++) {
		uint16_t codes[N_VARS] = { 0 };
		uint32_t cell = 0;

		for (int k = 0; k < N_VARS; k++)
			codes[net.order[k]] =
				bayes_node_draw(&net.nodes[net.order[k]], codes, &rng);
		for (int v = 0; v < N_VARS; v++)
			cell = cell << 2 | codes[v];
		counts[cell]++;
	}
	for (uint32_t cell = 0; cell < 1024; cell++) {
		const uint16_t codes[N_VARS] = { cell >> 8 & 3, cell >> 6 & 3, cell >> 4 & 3,
						 cell >> 2 & 3, cell & 3 };

		law[cell] = probability(codes);
	}
	assert_true(chi_square_fits(counts, law, 1024, N_DRAWS));
	bayes_net_done(&net);
}

static void forced_and_forbidden_edges_are_kept(void **state)
{
	static struct bayes_learn learn;
	struct code_table table;
	struct err err = { "" };

	(void)state;
	make_rows(columns, &table);
	learn.table = &table;
	learn.n_nodes = 4; /* E is an input */
	learn.n_forced[C] = 1;
	learn.forced[C][0] = E;
	learn.allowed[D][B] = true; /* and nothing else */
	assert_int_equal(bayes_learn(&learn, &net, &err), 0);
	assert_int_equal(net.nodes[C].n_parents, 1);
	assert_true(has_parent(C, E) && has_parent(D, B));
	assert_int_equal(net.nodes[A].n_parents + net.nodes[B].n_parents, 0);
	assert_int_equal(net.nodes[D].n_parents, 1);
	bayes_net_done(&net);

	learn.n_forced[A] = learn.n_forced[B] = 1;
	learn.forced[A][0] = B;
	learn.forced[B][0] = A;
	assert_int_equal(bayes_learn(&learn, &net, &err), -ELOOP);
	assert_non_null(strstr(err.text, "cycle"));
	table.n_rows = 0;
	assert_int_equal(bayes_learn(&learn, &net, &err), -EINVAL);
}

/* The structure comes of fewer rows when told so; the counts are of all. */
static void counts_are_of_all_rows(void **state)
{
	static struct bayes_learn learn;
	struct code_table table;

	(void)state;
	learn.limit_rows = 3000;
	learn_all(&learn, &table);
	for (int v = 0; v < N_VARS; v++) {
		struct bayes_row row = bayes_level_row(&net.nodes[v].levels[0], 0);

		assert_int_equal(row.sums[row.n - 1], N_ROWS);
	}
	assert_true(has_parent(D, B) && has_parent(D, C));
	bayes_net_done(&net);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(edges_are_found),
		cmocka_unit_test(the_joint_is_drawn),
		cmocka_unit_test(forced_and_forbidden_edges_are_kept),
		cmocka_unit_test(counts_are_of_all_rows),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
