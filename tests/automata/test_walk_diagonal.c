/* SPDX-License-Identifier: Apache-2.0 */
/* The walk's diagonals, by the law they draw from; seeds and bounds as in test_walk.c. */
#include "tests/automata/walk_law.h"

#include "automata/walk_internal.h"

/* The diagonals alone, against the enumerated law. */
static void test_law_of_the_diagonals(void **state)
{
	static const uint32_t counts[][2] = { { 4, 4 }, { 1, 6 }, { 6, 3 }, { 2, 2 }, { 0, 5 } };
	struct automaton *a = toy(5, TOY_RICH_ENDS, TOY_RICH);
	CLEANUP(walk_freep) struct walk *w = NULL;
	CLEANUP(walk_scratch_freep) struct walk_scratch *scratch = NULL;

	(void)state;
	assert_int_equal(walk_new(a, &w, NULL), 0);
	assert_int_equal(walk_scratch_new(&scratch, NULL), 0);
	assert_int_equal(walk_path_room(scratch, 16), 0);
	for (size_t i = 0; i < sizeof(counts) / sizeof(*counts); i++) {
		const uint32_t f = counts[i][0], b = counts[i][1];
		struct paths paths = { .a = a, .n_steps = f + b };
		struct automaton_step steps[16];
		uint64_t *n_drawn = calloc(LIMIT_PATHS, sizeof(*n_drawn));
		uint16_t edges[16] = { 0 };
		struct rng rng;

		paths.edges = calloc(LIMIT_PATHS, sizeof(*paths.edges));
		paths.p = calloc(LIMIT_PATHS, sizeof(*paths.p));
		enumerate(&paths, edges, 0, 0, 0, f, b, 1);
		rng_init(&rng, 13, i, 0, RNG_TEST);
		for (int k = 0; paths.sum > 0 && k < N_DRAWS; k++) {
			assert_int_equal(walk_diagonal_path(w, scratch,
							    ((int64_t)i - 2) * WALK_TILT_UNIT, f, b,
							    &rng, scratch->path),
					 0);
			walk_steps_make(w, scratch->path, f + b, steps);
			n_drawn[find_path(&paths, steps)]++;
		}
		for (size_t k = 0; k < paths.n; k++)
			paths.p[k] /= paths.sum;
		if (paths.sum > 0)
			assert_distributed(n_drawn, paths.p, paths.n, N_DRAWS);
		else
			assert_int_equal(walk_diagonal_path(w, scratch, 0, f, b, &rng,
							    scratch->path),
					 -ENOENT);
		free(paths.edges);
		free(paths.p);
		free(n_drawn);
	}
	automaton_freep(&a);
}

/* Counts that no path has, and a tilt so far off that too little is left: never a wrong path. */
static void test_diagonals_refuse(void **state)
{
	struct automaton *a = toy(3, "2, 10", "[0,1,0,10,1,0], [1,2,1,20,1,0], [2,1,0,10,1,0]");
	struct automaton *rich = toy(5, TOY_RICH_ENDS, TOY_RICH);
	CLEANUP(walk_freep) struct walk *w = NULL, *v = NULL;
	CLEANUP(walk_scratch_freep) struct walk_scratch *scratch = NULL;
	struct rng rng;

	(void)state;
	assert_int_equal(walk_new(a, &w, NULL), 0);
	assert_int_equal(walk_new(rich, &v, NULL), 0);
	assert_int_equal(walk_scratch_new(&scratch, NULL), 0);
	assert_int_equal(walk_path_room(scratch, 2000), 0);
	rng_init(&rng, 14, 0, 0, RNG_TEST);
	assert_int_equal(walk_diagonal_path(w, scratch, 0, 5, 4, &rng, scratch->path), -ENOENT);
	assert_int_equal(walk_diagonal_path(w, scratch, 0, 5, 5, &rng, scratch->path), 0);
	assert_int_equal(walk_diagonal_path(v, scratch, 16 * WALK_TILT_UNIT, 10, 990, &rng,
					    scratch->path),
			 -ENOENT);
	automaton_freep(&a);
	automaton_freep(&rich);
}

static void count_path(const struct walk *w, const uint16_t *path, size_t n, uint64_t *ret_used)
{
	for (size_t k = 0; k < n; k++)
		ret_used[w->edges[path[k]].edge]++;
}

/* The diagonals serve alone, under a tilt that fits and under ones that do not: stretches of 13
 * packets here. As many draws as make sampling alone give about 0.001. */
static void test_usage_of_edges_by_diagonals(void **state)
{
	static const int64_t thetas[] = { 0, WALK_TILT_UNIT, -2 * WALK_TILT_UNIT };
	static const uint32_t counts[][2] = { { 70, 80 }, { 12, 90 }, { 90, 30 } };
	enum { DRAWS = 12000 };
	struct automaton *a = toy(5, TOY_RICH_ENDS, TOY_RICH);
	CLEANUP(walk_freep) struct walk *w = NULL;
	CLEANUP(walk_scratch_freep) struct walk_scratch *scratch = NULL;
	double usage[16];

	(void)state;
	assert_int_equal(walk_new_sized(a, 24, &w, NULL), 0);
	assert_int_equal(walk_scratch_new(&scratch, NULL), 0);
	for (size_t i = 0; i < sizeof(thetas) / sizeof(*thetas); i++) {
		const uint32_t f = counts[i][0], b = counts[i][1];
		uint64_t used[16] = { 0 };
		double off = 0;
		struct rng rng;

		exact_usage(a, f, b, usage);
		rng_init(&rng, 12, i, 0, RNG_TEST);
		assert_int_equal(walk_path_room(scratch, f + b), 0);
		for (int k = 0; k < DRAWS; k++) {
			assert_int_equal(walk_diagonal_path(w, scratch, thetas[i], f, b, &rng,
							    scratch->path),
					 0);
			count_path(w, scratch->path, f + b, used);
		}
		for (uint32_t e = 0; e < a->n_edges; e++)
			off += fabs((double)used[e] / ((double)(f + b) * DRAWS) - usage[e]) / 2;
		if (off >= 0.002)
			fail_msg("%u, %u: total variation %.5f", f, b, off);
	}
	automaton_freep(&a);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_law_of_the_diagonals),
		cmocka_unit_test(test_diagonals_refuse),
		cmocka_unit_test(test_usage_of_edges_by_diagonals),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
