/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The walk's law. Statistics: seeds are fixed; bounds are exceeded by a right walk with probability
 * 1e-6 each (chi-square), for the seed chosen they are not.
 */
#include "tests/automata/walk_law.h"

#include "automata/walk_internal.h"

/* Draws against the enumerated law; side 0: the usual table. */
static void check_payload_law(struct automaton *a, uint32_t side, struct walk_payload payload,
			      uint32_t f, uint32_t b)
{
	struct paths paths = { .a = a, .silent = payload.silent, .n_steps = f + b };
	CLEANUP(walk_freep) struct walk *w = NULL;
	CLEANUP(walk_scratch_freep) struct walk_scratch *scratch = NULL;
	struct automaton_step steps[16];
	uint64_t *counts;
	uint16_t edges[16] = { 0 };
	struct rng rng;

	paths.edges = calloc(LIMIT_PATHS, sizeof(*paths.edges));
	paths.p = calloc(LIMIT_PATHS, sizeof(*paths.p));
	counts = calloc(LIMIT_PATHS, sizeof(*counts));
	enumerate(&paths, edges, 0, 0, payload.heard, f, b, 1);
	assert_int_equal(payload.silent == 0 && payload.heard == 0
				 ? walk_new_sized(a, side, &w, NULL)
				 : walk_new_payload(a, payload, &w, NULL),
			 0);
	assert_int_equal(walk_scratch_new(&scratch, NULL), 0);
	if (paths.sum > 0) {
		assert_float_equal(walk_log2_mass(w, f, b), log2(paths.sum), 1e-5);
	} else {
		assert_true(isinf(walk_log2_mass(w, f, b)));
	}
	rng_init(&rng, 7, f * 100 + b, side, RNG_TEST);
	for (int k = 0; paths.sum > 0 && k < N_DRAWS; k++) {
		assert_int_equal(walk_path(w, scratch, f, b, &rng, steps), 0);
		counts[find_path(&paths, steps)]++;
	}
	if (paths.sum > 0) {
		for (size_t k = 0; k < paths.n; k++)
			paths.p[k] /= paths.sum;
		assert_distributed(counts, paths.p, paths.n, N_DRAWS);
	} else {
		assert_int_equal(walk_path(w, scratch, f, b, &rng, steps), -ENOENT);
	}
	free(paths.edges);
	free(paths.p);
	free(counts);
}

static void check_law(struct automaton *a, uint32_t side, uint32_t f, uint32_t b)
{
	check_payload_law(a, side, (struct walk_payload) { 0, 0 }, f, b);
}

/* Directions that carry no data, or must: paths that are so keep their probabilities. */
static void test_law_of_payload(void **state)
{
	static const uint32_t counts[][2] = { { 1, 1 }, { 2, 2 }, { 4, 4 }, { 1, 6 }, { 6, 3 } };
	struct automaton *a = toy(5, TOY_RICH_ENDS, TOY_RICH);

	(void)state;
	for (size_t i = 0; i < sizeof(counts) / sizeof(*counts); i++)
		for (uint8_t k = 1; k < 16; k++) {
			const struct walk_payload payload = { k & 3, k >> 2 };

			if ((payload.silent & payload.heard) == 0)
				check_payload_law(a, 0, payload, counts[i][0], counts[i][1]);
		}
	automaton_freep(&a);
}

static void test_law_of_the_table(void **state)
{
	static const uint32_t counts[][2] = { { 1, 0 }, { 0, 1 }, { 1, 1 }, { 2, 2 }, { 3, 2 },
					      { 4, 4 }, { 1, 6 }, { 7, 1 }, { 6, 3 }, { 5, 0 } };
	struct automaton *a = toy(5, TOY_RICH_ENDS, TOY_RICH);

	(void)state;
	for (size_t i = 0; i < sizeof(counts) / sizeof(*counts); i++)
		check_law(a, 0, counts[i][0], counts[i][1]);
	automaton_freep(&a);
}

static void test_law_above_the_table(void **state)
{
	static const uint32_t counts[][2] = { { 2, 2 }, { 3, 2 }, { 4, 4 }, { 1, 6 },
					      { 7, 1 }, { 6, 3 }, { 0, 5 } };
	struct automaton *a = toy(5, TOY_RICH_ENDS, TOY_RICH);

	(void)state;
	for (size_t i = 0; i < sizeof(counts) / sizeof(*counts); i++) {
		check_law(a, 2, counts[i][0], counts[i][1]);
		check_law(a, 3, counts[i][0], counts[i][1]);
	}
	automaton_freep(&a);
}

/* Only alternation, and only even lengths: periods and impossible counts above the table. */
static void test_law_of_alternation(void **state)
{
	struct automaton *a = toy(3, "2, 10", "[0,1,0,10,1,0], [1,2,1,20,1,0], [2,1,0,10,1,0]");

	(void)state;
	check_law(a, 0, 3, 3);
	check_law(a, 4, 5, 5);
	check_law(a, 4, 5, 4);
	check_law(a, 4, 6, 4);
	automaton_freep(&a);
}

static void test_law_of_acyclic(void **state)
{
	struct automaton *a = toy(4, "1, 1, 3, 5",
				  "[0,1,0,3,1,0], [0,2,0,7,1,0], [1,2,1,2,1,0], [1,3,3,4,1,0,9], "
				  "[2,3,0,5,1,0]");

	(void)state;
	for (uint32_t f = 0; f < 4; f++) {
		for (uint32_t b = 0; b < 4; b++) {
			check_law(a, 0, f, b);
			check_law(a, 1, f, b);
		}
	}
	automaton_freep(&a);
}

/* Many edges of one state, some with far smaller counts: the choice without a buffer. */
static void test_law_of_many_edges(void **state)
{
	char edges[8192] = "";
	struct automaton *a;
	size_t n = 0;

	(void)state;
	for (int k = 0; k < 70; k++)
		n += (size_t)snprintf(edges + n, sizeof(edges) - n, "[0,%d,%d,%d,1,0],", k % 2,
				      k % 2, k < 35 ? 1 : 1000 * k);
	snprintf(edges + n, sizeof(edges) - n, "[1,0,1,5,1,0]");
	a = toy(2, "0, 9, 1, 3", edges);
	check_law(a, 0, 2, 1);
	check_law(a, 1, 1, 1);
	automaton_freep(&a);
}

/* Edge usage of long paths against the table, where both serve: a chi-square over edges is not
 * exact, for edges of one path depend on each other; so one edge is looked at per path, at a place
 * drawn. */
static void test_long_paths_against_the_table(void **state)
{
	static const uint32_t counts[][2] = { { 60, 70 }, { 30, 100 }, { 100, 25 }, { 9, 91 } };
	struct automaton *a = toy(5, TOY_RICH_ENDS, TOY_RICH);
	CLEANUP(walk_freep) struct walk *exact = NULL, *small = NULL;
	CLEANUP(walk_scratch_freep) struct walk_scratch *scratch = NULL;
	struct automaton_step steps[256];
	struct rng rng;

	(void)state;
	assert_int_equal(walk_new_sized(a, 140, &exact, NULL), 0);
	assert_int_equal(walk_new_sized(a, 24, &small, NULL), 0);
	assert_int_equal(walk_scratch_new(&scratch, NULL), 0);
	for (size_t i = 0; i < sizeof(counts) / sizeof(*counts); i++) {
		uint32_t f = counts[i][0], b = counts[i][1];
		/* Two samples of one distribution: the sum of squared differences over the sum. */
		uint64_t used[2][16] = { { 0 } };
		double x = 0, degrees = -1;

		rng_init(&rng, 8, i, 0, RNG_TEST);
		for (int k = 0; k < 40000; k++) {
			assert_int_equal(walk_path(exact, scratch, f, b, &rng, steps), 0);
			used[0][steps[rng_below(&rng, f + b)].edge]++;
			assert_int_equal(walk_path(small, scratch, f, b, &rng, steps), 0);
			used[1][steps[rng_below(&rng, f + b)].edge]++;
		}
		for (int e = 0; e < 16; e++) {
			double sum = (double)(used[0][e] + used[1][e]);
			double off = (double)used[0][e] - (double)used[1][e];

			if (sum < 16)
				continue;
			x += off * off / sum;
			degrees++;
		}
		if (x > chi_square_bound(degrees))
			fail_msg("%u, %u: chi-square %.1f with %.0f degrees", f, b, x, degrees);
	}
	automaton_freep(&a);
}

enum { USAGE_SIDE = 160, USAGE_DRAWS = 60000 };

/* Total variation between the edges walked and the exact law, by the table, by the tilt above a
 * small one, and by its jumps. Sampling alone gives about 0.0005. */
static void test_usage_of_edges(void **state)
{
	static const struct {
		uint32_t side, f, b;
		bool jumps;
	} cases[] = {
		{ USAGE_SIDE, 70, 80, false },
		{ 24, 70, 80, false },
		{ 24, 190, 210, true },
		{ 24, 120, 280, true },
	};
	struct automaton *a = toy(5, TOY_RICH_ENDS, TOY_RICH);
	CLEANUP(walk_scratch_freep) struct walk_scratch *scratch = NULL;
	struct automaton_step steps[400];
	double usage[16];
	struct rng rng;

	(void)state;
	assert_int_equal(walk_scratch_new(&scratch, NULL), 0);
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		const uint32_t n = cases[i].f + cases[i].b;
		const int n_draws = USAGE_DRAWS / (cases[i].jumps ? 6 : 1);
		CLEANUP(walk_freep) struct walk *w = NULL;
		uint64_t used[16] = { 0 };
		double off = 0;

		exact_usage(a, cases[i].f, cases[i].b, usage);
		assert_int_equal(walk_new_sized(a, cases[i].side, &w, NULL), 0);
		rng_init(&rng, 11, i, 0, RNG_TEST);
		for (int k = 0; k < n_draws; k++) {
			assert_int_equal(walk_path(w, scratch, cases[i].f, cases[i].b, &rng, steps),
					 0);
			for (uint32_t j = 0; j < n; j++)
				used[steps[j].edge]++;
		}
		for (uint32_t e = 0; e < a->n_edges; e++)
			off += fabs((double)used[e] / ((double)n * n_draws) - usage[e]) / 2;
		if (off >= 0.002)
			fail_msg("side %u, %u packets: total variation %.5f", cases[i].side, n,
				 off);
		if (cases[i].jumps)
			assert_non_null(
				walk_tilt_get(w, scratch, walk_curve_tilt(w, cases[i].f, n), n)
					->jumps);
	}
	automaton_freep(&a);
}

/* The probability of each jump, read off the table, against its weight: no draws, no chance. The
 * alternating automaton has rows that repeat in pairs. */
static void test_jumps_have_their_weights(void **state)
{
	struct automaton *automata[] = {
		toy(5, TOY_RICH_ENDS, TOY_RICH),
		toy(3, "0, 1, 2, 10",
		    "[0,1,0,10,1,0], [1,0,1,2,1,0], [1,2,1,20,1,0], [2,1,0,10,1,0], [2,1,1,4,1,0]"),
	};

	(void)state;
	for (size_t i = 0; i < sizeof(automata) / sizeof(*automata); i++) {
		CLEANUP(walk_freep) struct walk *w = NULL;
		CLEANUP(walk_scratch_freep) struct walk_scratch *scratch = NULL;
		const struct walk_tilt *tilt;
		double x;

		assert_int_equal(walk_new_sized(automata[i], 24, &w, NULL), 0);
		assert_int_equal(walk_scratch_new(&scratch, NULL), 0);
		tilt = walk_tilt_get(w, scratch, walk_curve_tilt(w, 900, 2000), 2000);
		assert_non_null(tilt);
		assert_non_null(tilt->jumps);
		assert_int_equal(tilt->jump_steps % tilt->period, 0);
		x = exp((double)tilt->theta / WALK_TILT_UNIT);
		for (uint32_t s = 0; s < w->n_states; s++) {
			static double got[1 << 16], want[1 << 16];
			const uint32_t n_cells = UINT32_C(1) << tilt->jump_bits;
			double sum = 0;

			memset(got, 0, sizeof(got));
			memset(want, 0, sizeof(want));
			for (uint32_t k = 0; k < n_cells; k++) {
				const struct walk_jump *j = &tilt->jumps[s * n_cells + k];
				const double own = (double)j->threshold / 0x1p32;

				got[j->own] += own / n_cells;
				got[j->other] += (1 - own) / n_cells;
			}
			for (uint32_t dst = 0; dst < w->n_states; dst++) {
				for (uint32_t f = 0; f <= tilt->jump_steps; f++) {
					want[dst << WALK_JUMP_SHIFT | f] =
						walk_reach(tilt, w->n_states, dst, f)[s] *
						pow(x, f) * tilt->settled[dst];
					sum += want[dst << WALK_JUMP_SHIFT | f];
				}
			}
			for (uint32_t k = 0; sum > 0 && k < 1 << 16; k++) {
				if (fabs(got[k] - want[k] / sum) > 1e-7)
					fail_msg("automaton %zu, state %u, jump %u: %g, not %g", i,
						 s, k, got[k], want[k] / sum);
			}
		}
		automaton_freep(&automata[i]);
	}
}

static void check_steps(const struct automaton *a, const struct automaton_step *steps, uint32_t f,
			uint32_t b)
{
	uint32_t s = 0, seen[2] = { 0, 0 };

	for (uint32_t k = 0; k < f + b; k++) {
		const struct automaton_edge *e = &a->edges[steps[k].edge];

		assert_int_equal(e->src, s);
		assert_int_equal(automaton_symbol_direction(e->symbol), steps[k].direction);
		assert_int_equal(automaton_symbol_flags(e->symbol), steps[k].flags);
		assert_int_equal(automaton_symbol_payload(e->symbol), steps[k].payload_bytes);
		seen[steps[k].direction]++;
		s = e->dst;
	}
	assert_true(a->end_count[s] > 0);
	assert_int_equal(seen[0], f);
	assert_int_equal(seen[1], b);
}

static void test_counts_are_exact(void **state)
{
	static const uint32_t lengths[] = { 100, 1000, 10000, 100000 };
	static const double shares[] = { 0.45, 0.2, 0.8, 0.01, 0.97 };
	struct automaton *a = toy(5, TOY_RICH_ENDS, TOY_RICH);
	CLEANUP(walk_freep) struct walk *w = NULL;
	CLEANUP(walk_scratch_freep) struct walk_scratch *scratch = NULL;
	struct rng rng;

	(void)state;
	assert_int_equal(walk_new(a, &w, NULL), 0);
	assert_int_equal(walk_scratch_new(&scratch, NULL), 0);
	rng_init(&rng, 9, 0, 0, RNG_TEST);
	for (size_t i = 0; i < sizeof(lengths) / sizeof(*lengths); i++) {
		for (size_t k = 0; k < sizeof(shares) / sizeof(*shares); k++) {
			uint32_t n = lengths[i], f = (uint32_t)(shares[k] * n);
			struct automaton_step *steps = walk_scratch_steps(scratch, n);

			assert_non_null(steps);
			assert_int_equal(walk_path(w, scratch, f, n - f, &rng, steps), 0);
			check_steps(a, steps, f, n - f);
		}
	}
	automaton_freep(&a);
}

/* Two loops that share no state and a bridge: no tilt makes a mixture usual, the rectangle does. */
static void test_counts_no_tilt_meets(void **state)
{
	struct automaton *a = toy(4, "3, 1",
				  "[0,1,0,1000,1,0], [0,2,1,1000,1,0], [1,1,0,1000000,1,0], "
				  "[1,3,0,1000,1,0], [1,2,1,1,1,0], [2,2,1,1000000,1,0], "
				  "[2,3,1,1000,1,0]");
	CLEANUP(walk_freep) struct walk *w = NULL;
	CLEANUP(walk_scratch_freep) struct walk_scratch *scratch = NULL;
	struct automaton_step *steps;
	struct rng rng;

	(void)state;
	assert_int_equal(walk_new_sized(a, 24, &w, NULL), 0);
	assert_int_equal(walk_scratch_new(&scratch, NULL), 0);
	rng_init(&rng, 10, 0, 0, RNG_TEST);
	steps = walk_scratch_steps(scratch, 600);
	assert_int_equal(walk_path(w, scratch, 300, 300, &rng, steps), 0);
	check_steps(a, steps, 300, 300);
	assert_int_equal(walk_rectangle_path(w, scratch, 200, 100, &rng, scratch->path), 0);
	walk_steps_make(w, scratch->path, 300, steps);
	check_steps(a, steps, 200, 100);
	automaton_freep(&a);
}

/* What is drawn is the same on every machine and compiler: steps of fixed flows, as a digest. */
static void test_draws_are_fixed(void **state)
{
	struct automaton *a = toy(5, TOY_RICH_ENDS, TOY_RICH);
	CLEANUP(walk_freep) struct walk *w = NULL;
	CLEANUP(walk_scratch_freep) struct walk_scratch *scratch = NULL;
	uint64_t digest = 0;

	(void)state;
	assert_int_equal(walk_new_sized(a, 64, &w, NULL), 0);
	assert_int_equal(walk_scratch_new(&scratch, NULL), 0);
	for (uint32_t k = 0; k < 2000; k++) {
		struct walk_request request = {
			.packets = { 1 + k * 7 % 40, 1 + k * k % (k % 50 == 0 ? 900 : 60) },
			.payload = { 600, 1500 * (k % 9) },
			.duration_ns = (int64_t)k * 1000000,
			.max_payload = { 1460, 1448 },
			.max_gap_ns = 300 * INT64_C(1000000000),
			.quantum_ns = 1000,
		};
		struct automaton_step *steps;
		struct rng rng[3];

		for (int i = 0; i < 3; i++)
			rng_init(&rng[i], 1, k, 0, RNG_WALK + i);
		assert_true(walk_flow(w, scratch, &request, &rng[0], &rng[1], &rng[2], &steps) >=
			    0);
		for (uint64_t i = 0; i < request.packets[0] + request.packets[1]; i++) {
			digest = (digest ^ steps[i].edge) * UINT64_C(0x9e3779b97f4a7c15);
			digest = (digest ^ steps[i].payload_bytes) * UINT64_C(0x9e3779b97f4a7c15);
			digest =
				(digest ^ (uint64_t)steps[i].gap_ns) * UINT64_C(0x9e3779b97f4a7c15);
			digest ^= digest >> 32;
		}
	}
	assert_int_equal(digest, UINT64_C(0x0f7c4559359a1182));
	automaton_freep(&a);
}

/* Draws do not depend on what the scratch drew before. */
static void test_scratch_does_not_show(void **state)
{
	struct automaton *a = toy(5, TOY_RICH_ENDS, TOY_RICH);
	CLEANUP(walk_freep) struct walk *w = NULL;
	CLEANUP(walk_scratch_freep) struct walk_scratch *used = NULL;
	static struct automaton_step first[3000], second[3000];
	struct rng rng;

	(void)state;
	assert_int_equal(walk_new_sized(a, 32, &w, NULL), 0);
	assert_int_equal(walk_scratch_new(&used, NULL), 0);
	for (uint32_t k = 0; k < 60; k++) {
		CLEANUP(walk_scratch_freep) struct walk_scratch *fresh = NULL;
		uint32_t n = 40 + k * k * 37 % 2900, f = n * (k % 7 + 1) / 9;

		assert_int_equal(walk_scratch_new(&fresh, NULL), 0);
		memset(first, 0, sizeof(first));
		memset(second, 0, sizeof(second));
		rng_init(&rng, 2, k, 0, RNG_TEST);
		assert_int_equal(walk_path(w, used, f, n - f, &rng, first), 0);
		rng_init(&rng, 2, k, 0, RNG_TEST);
		assert_int_equal(walk_path(w, fresh, f, n - f, &rng, second), 0);
		for (uint32_t i = 0; i < n; i++)
			assert_int_equal(first[i].edge, second[i].edge);
	}
	automaton_freep(&a);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_law_of_the_table),
		cmocka_unit_test(test_law_of_payload),
		cmocka_unit_test(test_law_above_the_table),
		cmocka_unit_test(test_law_of_alternation),
		cmocka_unit_test(test_law_of_acyclic),
		cmocka_unit_test(test_law_of_many_edges),
		cmocka_unit_test(test_long_paths_against_the_table),
		cmocka_unit_test(test_usage_of_edges),
		cmocka_unit_test(test_jumps_have_their_weights),
		cmocka_unit_test(test_counts_are_exact),
		cmocka_unit_test(test_counts_no_tilt_meets),
		cmocka_unit_test(test_draws_are_fixed),
		cmocka_unit_test(test_scratch_does_not_show),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
