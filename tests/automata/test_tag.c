/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/automata/learn_words.h"

#include <errno.h>
#include <math.h>

#include "automata/tag.h"
#include "tests/automata/made_words.h"

static struct guarded *learned(const struct word_set *words, uint32_t k)
{
	struct guarded *g = NULL;
	struct err err = { "" };

	if (tag_learn(words, k, &g, &err) < 0)
		fail_msg("%s", err.text);
	return g;
}

/* What follows b does not depend on the a or c before it, so the two b are one; with that, one
 * state is left for each future. */
static void test_merges_equal_futures(void **state)
{
	struct word_set words = words_of("a b d\na b d\nc b d\nc b d\n");
	struct guarded *g = learned(&words, 2);

	(void)state;
	assert_int_equal(g->n_states, 4);
	assert_int_equal(g->n_edges, 4);
	assert_counts(g, &words);
	guarded_freep(&g);
	word_set_done(&words);
}

/* (a b)* within k = 2 is a cycle of two states and one where it began. */
static void test_finds_a_loop(void **state)
{
	struct word_set words = words_of("a b\na b a b\na b a b a b\na b a b a b a b\n");
	struct guarded *g = learned(&words, 2);
	const struct guarded_edge *edge;

	(void)state;
	assert_counts(g, &words);
	assert_in_range(g->n_states, 2, 3);
	edge = guarded_edge_for(g, 0, &words.events[0]);
	assert_non_null(edge);
	edge = guarded_edge_for(g, edge->dst, &words.events[1]);
	assert_non_null(edge);
	edge = guarded_edge_for(g, edge->dst, &words.events[0]);
	assert_non_null(edge);
	guarded_freep(&g);
	word_set_done(&words);
}

/* After a short delay comes b, after a long one c: delays apart, so the state is split. */
static void test_splits_disjoint_delays(void **state)
{
	struct word_set words = words_of("a:1 b:5 d:1\na:3 b:5 d:1\na:2 b:6 d:1\n"
					 "a:40 c:5 e:1\na:55 c:7 e:1\na:41 c:5 e:1\n");
	struct guarded *g = learned(&words, 2);

	(void)state;
	assert_counts(g, &words);
	assert_int_equal(g->first_edge[1] - g->first_edge[0], 2);
	assert_int_equal(g->edges[0].low, 1);
	assert_int_equal(g->edges[0].high, 3);
	assert_int_equal(g->edges[1].low, 40);
	assert_int_equal(g->edges[1].high, 55);
	assert_int_not_equal(g->edges[0].dst, g->edges[1].dst);
	guarded_freep(&g);
	word_set_done(&words);
}

/* One long delay before b: the intervals overlap, nothing is split. */
static void test_keeps_overlapping_delays(void **state)
{
	struct word_set words = words_of("a:1 b:5 d:1\na:3 b:5 d:1\na:50 b:6 d:1\n"
					 "a:40 c:5 e:1\na:55 c:7 e:1\na:41 c:5 e:1\n");
	struct guarded *g = learned(&words, 2);

	(void)state;
	assert_counts(g, &words);
	assert_int_equal(g->first_edge[1] - g->first_edge[0], 1);
	assert_int_equal(g->edges[0].low, 1);
	assert_int_equal(g->edges[0].high, 55);
	guarded_freep(&g);
	word_set_done(&words);
}

/* Words that end in the split state stay where their delay belongs. */
static void test_ends_go_with_their_delays(void **state)
{
	struct word_set words = words_of("a:1 b:5\na:3 b:5\na:4\na:40 c:5\na:55 c:7\na:39\na:38\n");
	struct guarded *g = learned(&words, 1);

	(void)state;
	assert_counts(g, &words);
	assert_int_equal(g->first_edge[1] - g->first_edge[0], 2);
	assert_int_equal(g->edges[0].high, 4);
	assert_int_equal(g->edges[0].count, 3);
	assert_int_equal(g->end_count[g->edges[0].dst], 1);
	assert_int_equal(g->edges[1].low, 38);
	assert_int_equal(g->end_count[g->edges[1].dst], 2);
	guarded_freep(&g);
	word_set_done(&words);
}

/* Bits by hand: start seen 3 times, its edge a 3 times with delays 1..4, then two ends. */
static void test_bits(void **state)
{
	struct word_set words = words_of("a:1\na:4\na:2\n"), other = words_of("a:3\n");
	struct guarded *g = learned(&words, 2);
	struct err err = { "" };
	double bits, known, late;

	(void)state;
	assert_int_equal(timed_model_bits(&g->base, word_at(&other, 0), &known, &err), 0);
	/* 3 of 4 for the edge, 3 of 4 for inside the guard, 1 of 4 delays, 3 of 4 for the end. */
	assert_true(fabs(known - (2 - 3 * log2(0.75))) < 1e-9);
	other.events[0].value[0] = 5;
	assert_int_equal(timed_model_bits(&g->base, word_at(&other, 0), &late, &err), 0);
	/* 1 of 4 for outside; log* of 6 is 1.5186 + 2.5850 + 1.3701 + 0.4543. */
	assert_true(fabs(late - (2 - 2 * log2(0.75) + 5.9280)) < 1e-3);
	other.n_words = 0;
	assert_int_equal(timed_model_bits(&g->base, (struct word) { NULL, 0 }, &bits, &err), 0);
	/* No word ended at once: 1 of 4 to spell it, one bit for a or the end. */
	assert_true(fabs(bits - 3) < 1e-9);
	guarded_freep(&g);
	word_set_done(&words);
	word_set_done(&other);
}

/* On clean words of a known automaton of 5 states and 11 edges: TAG finds it. */
static void test_made_words(void **state)
{
	struct made_automaton *made = made_automaton_new(1, 5, 5);
	struct word_set words = made_words(made, 1, 1000, 0, 0);
	struct word_set more = made_words(made, 2, 500, 0, 0);
	struct guarded *g = learned(&words, 2), *again = learned(&words, 2);
	double bits = 0, truth = 0, cost;
	struct err err;

	(void)state;
	assert_counts(g, &words);
	assert_int_equal(g->n_states, made->n_states);
	assert_int_equal(g->n_edges, made->n_edges);
	assert_int_equal(g->n_states, again->n_states);
	assert_int_equal(g->n_edges, again->n_edges);
	for (size_t w = 0; w < more.n_words; w++) {
		assert_int_equal(timed_model_bits(&g->base, word_at(&more, w), &cost, &err), 0);
		bits += cost;
		truth += made_bits(made, word_at(&more, w));
	}
	assert_true(bits > truth);
	assert_true(bits < 1.25 * truth);
	guarded_freep(&g);
	guarded_freep(&again);
	word_set_done(&words);
	word_set_done(&more);
	made_automaton_freep(&made);
}

static void test_refusals(void **state)
{
	struct word_set words = words_of("a b\n"), none = words_of("");
	struct guarded *g = NULL;
	struct err err = { "" };

	(void)state;
	assert_int_equal(tag_learn(&none, 2, &g, &err), -EINVAL);
	assert_int_equal(tag_learn(&words, 0, &g, &err), -EINVAL);
	assert_int_equal(tag_learn(&words, TAG_LIMIT_K + 1, &g, &err), -EINVAL);
	word_set_done(&words);
	word_set_done(&none);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_merges_equal_futures),
		cmocka_unit_test(test_finds_a_loop),
		cmocka_unit_test(test_splits_disjoint_delays),
		cmocka_unit_test(test_keeps_overlapping_delays),
		cmocka_unit_test(test_ends_go_with_their_delays),
		cmocka_unit_test(test_bits),
		cmocka_unit_test(test_made_words),
		cmocka_unit_test(test_refusals),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
