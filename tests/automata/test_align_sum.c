/* SPDX-License-Identifier: Apache-2.0 */
/* Sums over alignments, worked out by hand, and against the cheapest alignment. */
#include "tests/unit.h"

#include <math.h>
#include <string.h>

#include "automata/align_sum.h"
#include "automata/code_length.h"
#include "base/rng.h"

enum { A, B, N_SYMBOLS, END = N_SYMBOLS };

static int64_t cost_of(double p)
{
	return p > 0 ? code_of_bits(-log2(p)) : ALIGN_NEVER;
}

static int64_t no_value(const void *context, uint32_t name, const struct word_event *event)
{
	(void)context;
	(void)name;
	(void)event;
	return 0;
}

static int64_t foreign(const void *context, const struct word_event *event)
{
	(void)context;
	(void)event;
	return cost_of(0.5); /* one of two symbols */
}

/* Kinds in the order of enum align_kind. */
static void init(struct align_machine *m, const struct align_edge *edges, uint32_t n_edges,
		 uint32_t n_states, const double *kinds)
{
	*m = (struct align_machine) { .value_cost = no_value, .foreign_cost = foreign };
	for (int k = 0; k < ALIGN_N_KINDS; k++)
		m->kind_cost[k] = cost_of(kinds[k]);
	assert_int_equal(align_machine_build(m, edges, n_edges, n_states, N_SYMBOLS), 0);
}

/* p[i]: probability of the first i + 1 letters of text as what comes first, then of all of it. */
static void sums(const struct align_machine *m, const char *text, double *ret_p)
{
	struct word_event events[16] = { 0 };
	struct align_sum sum = { 0 };
	const struct word word = { events, (uint32_t)strlen(text) };

	for (uint32_t i = 0; i < word.n_events; i++)
		events[i].symbol = (uint16_t)(text[i] - 'a');
	assert_int_equal(align_sum_word(m, &sum, &word, ret_p), 0);
	for (uint32_t i = 0; i <= word.n_events; i++)
		ret_p[i] = exp2(ret_p[i]);
	align_sum_done(&sum);
}

static void assert_near(double p, double expected)
{
	assert_true(fabs(p - expected) < 1e-6 * expected + 1e-12);
}

/* One state: a, three times in four, or the end. */
static void test_one_state(void **state)
{
	const struct align_edge edges[] = { { 0, 0, A, 0, cost_of(0.75) },
					    { 0, 1, END, 1, cost_of(0.25) } };
	static const double clean[ALIGN_N_KINDS] = { 1 },
			    added[ALIGN_N_KINDS] = { 0.8, 0, 0, 0, 0.2 },
			    omitted[ALIGN_N_KINDS] = { 0.8, 0.2 },
			    repeated[ALIGN_N_KINDS] = { 0.8, 0, 0.2 };
	struct align_machine m;
	double p[4];

	(void)state;
	init(&m, edges, 2, 2, clean);
	sums(&m, "aa", p);
	assert_near(p[0], 0.75), assert_near(p[1], 0.5625), assert_near(p[2], 0.140625);
	sums(&m, "ab", p);
	assert_near(p[0], 0.75), assert_near(p[1], 0), assert_near(p[2], 0);
	align_machine_done(&m);

	init(&m, edges, 2, 2, added); /* read, 0.6, or foreign, 0.1; a b must be foreign */
	sums(&m, "ab", p);
	assert_near(p[0], 0.7), assert_near(p[1], 0.07), assert_near(p[2], 0.07 * 0.2);
	align_machine_done(&m);

	init(&m, edges, 2, 2, omitted); /* before each event any number of others, 0.15 each */
	sums(&m, "a", p);
	assert_near(p[0], 0.6 / 0.85), assert_near(p[1], 0.6 / 0.85 * 0.2 / 0.85);
	align_machine_done(&m);

	init(&m, edges, 2, 2, repeated); /* the second a is read, 0.6, or echoes the first, 0.2 */
	sums(&m, "aa", p);
	assert_near(p[0], 0.6), assert_near(p[1], 0.6 * 0.8), assert_near(p[2], 0.6 * 0.8 * 0.2);
	align_machine_done(&m);
}

/* a then b, swapped now and then: b comes first as the half of a swap, or not at all. */
static void test_swapped(void **state)
{
	const struct align_edge edges[] = { { 0, 1, A, 0, cost_of(1) },
					    { 1, 2, B, 1, cost_of(1) },
					    { 2, 3, END, 2, cost_of(1) } };
	static const double kinds[ALIGN_N_KINDS] = { 0.9, 0, 0, 0.1, 0 };
	struct align_machine m;
	double p[3];

	(void)state;
	init(&m, edges, 3, 4, kinds);
	sums(&m, "ab", p);
	assert_near(p[0], 0.9), assert_near(p[1], 0.81), assert_near(p[2], 0.729);
	sums(&m, "ba", p);
	assert_near(p[0], 0.1), assert_near(p[1], 0.1), assert_near(p[2], 0.09);
	align_machine_done(&m);
}

/* On random machines and words no sum is less than its largest term, and longer is no likelier. */
static void test_no_less_than_the_cheapest(void **state)
{
	static const double kinds[ALIGN_N_KINDS] = { 0.8, 0.05, 0.05, 0.05, 0.05 };
	struct rng rng;

	(void)state;
	rng_init(&rng, 5, 0, 0, RNG_TEST);
	for (int round = 0; round < 200; round++) {
		struct align_scratch scratch = { 0 };
		struct align_machine m;
		struct align_edge edges[12];
		struct word_event events[12] = { 0 };
		char text[13] = "";
		const uint32_t n = rng_below(&rng, 12);
		int64_t cost = ALIGN_NEVER;
		double p[13];

		for (uint32_t e = 0; e < 12; e++)
			edges[e] = (struct align_edge) { e % 4, rng_below(&rng, 4),
							 rng_below(&rng, 2), e, cost_of(0.25) };
		for (uint32_t e = 0; e < 4; e++) {
			edges[3 * e].dst = 4;
			edges[3 * e].symbol = END;
		}
		init(&m, edges, 12, 5, kinds);
		for (uint32_t i = 0; i < n; i++) {
			events[i].symbol = (uint16_t)rng_below(&rng, 2);
			text[i] = (char)('a' + events[i].symbol);
		}
		sums(&m, text, p);
		assert_int_equal(align_cost(&m, &scratch, &(struct word) { events, n },
					    ALIGN_NEVER - 1, &cost),
				 0);
		assert_true(p[n] > exp2(-code_in_bits(cost)) * (1 - 1e-6));
		for (uint32_t i = 0; i < n; i++)
			assert_true(p[i + 1] <= p[i] * (1 + 1e-9));
		align_scratch_done(&scratch);
		align_machine_done(&m);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_one_state),
		cmocka_unit_test(test_swapped),
		cmocka_unit_test(test_no_less_than_the_cheapest),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
