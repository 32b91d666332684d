/* SPDX-License-Identifier: Apache-2.0 */
/* Alignment: costs worked out by hand, and against trying every sequence of moves. */
#include "tests/unit.h"

#include <errno.h>
#include <string.h>

#include "automata/align.h"
#include "base/rng.h"

enum { A, B, C, N_SYMBOLS, END = N_SYMBOLS };

/* Start -A-> 1 -B-> 2 -end->, and 1 -A-> 1. Costs are plain numbers here. */
static const struct align_edge edges[] = {
	{ 0, 1, A, 0, 0 }, { 1, 2, B, 1, 10 }, { 1, 1, A, 2, 20 }, { 2, 3, END, 3, 0 }
};

static int64_t value_cost(const void *context, uint32_t name, const struct word_event *event)
{
	(void)context;
	return event->value[0] == (int32_t)name ? 0 : 5;
}

static int64_t foreign_cost(const void *context, const struct word_event *event)
{
	(void)context;
	(void)event;
	return 7;
}

static void build(struct align_machine *m, const struct align_edge *e, uint32_t n_edges,
		  uint32_t n_states)
{
	static const int64_t costs[ALIGN_N_KINDS] = { 1, 30, 40, 50, 60 };

	m->value_cost = value_cost;
	m->foreign_cost = foreign_cost;
	memcpy(m->kind_cost, costs, sizeof(costs));
	assert_int_equal(align_machine_build(m, e, n_edges, n_states, N_SYMBOLS), 0);
}

struct expected {
	const char *what;
	struct word_event events[5];
	uint32_t n_events;
	int64_t cost;	   /* -1: none */
	const char *kinds; /* a letter for each move: c o r t s a */
};

static const struct expected by_hand[] = {
	/* clean: 1+0+0, 1+10+0, end 1 */
	{ "exact", { { A, { 0 } }, { B, { 1 } } }, 2, 13, "ccc" },
	{ "value off", { { A, { 9 } }, { B, { 1 } } }, 2, 18, "ccc" },
	{ "B omitted", { { A, { 0 } } }, 1, 1 + 30 + 10 + 1, "coc" },
	{ "A omitted", { { B, { 1 } } }, 1, 30 + 11 + 1, "occ" },
	{ "loop", { { A, { 0 } }, { A, { 2 } }, { B, { 1 } } }, 3, 1 + 21 + 11 + 1, "cccc" },
	{ "B again", { { A, { 0 } }, { B, { 1 } }, { B, { 1 } } }, 3, 12 + 40 + 1, "ccrc" },
	{ "B twice again",
	  { { A, { 0 } }, { B, { 1 } }, { B, { 1 } }, { B, { 1 } } },
	  4,
	  12 + 80 + 1,
	  "ccrrc" },
	{ "foreign", { { A, { 0 } }, { C, { 1 } }, { B, { 1 } } }, 3, 13 + 67, "cacc" },
	{ "unknown symbol", { { A, { 0 } }, { 99, { 1 } }, { B, { 1 } } }, 3, 13 + 67, "cacc" },
	/* 50 and both edges, against a foreign B and an omission: 67 + 1 + 30 + 10 + 1 */
	{ "swapped", { { B, { 1 } }, { A, { 0 } } }, 2, 50 + 10 + 1, "tsc" },
	{ "nothing", { { A, { 0 } } }, 0, 30 + 30 + 10 + 1, "ooc" },
};

static void test_costs_by_hand(void **state)
{
	struct align_machine m = { 0 };
	struct align_scratch scratch = { 0 };

	(void)state;
	build(&m, edges, 4, 4);
	for (size_t i = 0; i < sizeof(by_hand) / sizeof(by_hand[0]); i++) {
		const struct word word = { by_hand[i].events, by_hand[i].n_events };
		char kinds[16] = "";
		int64_t cost = -1, again = -1;
		size_t n = 0;

		assert_int_equal(align_word(&m, &scratch, &word, 1000, &cost, &n), 0);
		for (size_t k = 0; k < n; k++)
			kinds[k] = "cortas"[scratch.moves[k].kind];
		if (cost != by_hand[i].cost || strcmp(kinds, by_hand[i].kinds) != 0)
			fail_msg("%s: %lld by %s, expected %lld by %s", by_hand[i].what,
				 (long long)cost, kinds, (long long)by_hand[i].cost,
				 by_hand[i].kinds);
		assert_int_equal(align_cost(&m, &scratch, &word, 1000, &again), 0);
		assert_int_equal(again, cost);
		/* The limit is inclusive. */
		assert_int_equal(align_cost(&m, &scratch, &word, cost, &again), 0);
		assert_int_equal(align_cost(&m, &scratch, &word, cost - 1, &again), -ENOENT);
	}
	align_machine_done(&m);
	align_scratch_done(&scratch);
}

/* Every sequence of moves by recursion: `last` is the edge that read the event before, or none. */
struct brute {
	const struct align_machine *m;
	const struct align_edge *edges;
	uint32_t n_edges;
	const struct word *word;
	int64_t best;
};

static void try_all(struct brute *b, uint32_t at, uint32_t l, uint32_t last, int64_t cost)
{
	const struct align_machine *m = b->m;
	const struct word_event *ev = b->word->events;

	if (cost >= b->best)
		return;
	for (uint32_t e = 0; e < b->n_edges; e++) {
		const struct align_edge *x = &b->edges[e];

		if (x->src != at)
			continue;
		if (x->symbol == END) {
			if (l == b->word->n_events && cost + m->kind_cost[0] + x->cost < b->best)
				b->best = cost + m->kind_cost[0] + x->cost;
			continue;
		}
		try_all(b, x->dst, l, UINT32_MAX, cost + m->kind_cost[1] + x->cost);
		if (l < b->word->n_events && x->symbol == ev[l].symbol)
			try_all(b, x->dst, l + 1, e,
				cost + m->kind_cost[0] + x->cost +
					value_cost(NULL, x->name, ev + l));
		if (l + 2 > b->word->n_events || x->symbol != ev[l + 1].symbol ||
		    ev[l].symbol == ev[l + 1].symbol)
			continue;
		for (uint32_t f = 0; f < b->n_edges; f++) {
			const struct align_edge *y = &b->edges[f];

			if (y->src == x->dst && y->symbol == ev[l].symbol)
				try_all(b, y->dst, l + 2, UINT32_MAX,
					cost + m->kind_cost[3] + x->cost + y->cost +
						value_cost(NULL, x->name, ev + l + 1) +
						value_cost(NULL, y->name, ev + l));
		}
	}
	if (l == b->word->n_events)
		return;
	try_all(b, at, l + 1, UINT32_MAX, cost + m->kind_cost[4] + 7);
	if (last != UINT32_MAX && ev[l].symbol == b->edges[last].symbol)
		try_all(b, at, l + 1, last,
			cost + m->kind_cost[2] + value_cost(NULL, b->edges[last].name, ev + l));
}

static void test_agrees_with_all_alignments(void **state)
{
	struct align_machine m = { 0 };
	struct align_scratch scratch = { 0 };
	struct rng rng;

	(void)state;
	rng_init(&rng, 5, 0, 0, RNG_TEST);
	for (int k = 0; k < 300; k++) {
		struct align_edge random[8];
		struct word_event events[4];
		struct word word = { events, rng_below(&rng, 5) };
		struct brute b = {
			.m = &m, .edges = random, .n_edges = 8, .word = &word, .best = 260
		};
		int64_t cost = -1;
		size_t n;
		int r;

		for (uint32_t e = 0; e < 8; e++) {
			const uint32_t symbol = e == 0 ? END : rng_below(&rng, N_SYMBOLS);

			random[e] = (struct align_edge) { rng_below(&rng, 3),
							  symbol == END ? 3 : rng_below(&rng, 3),
							  symbol, e, rng_below(&rng, 20) };
		}
		for (uint32_t i = 0; i < word.n_events; i++)
			events[i] = (struct word_event) { (uint16_t)rng_below(&rng, N_SYMBOLS),
							  { (int32_t)rng_below(&rng, 8) } };
		build(&m, random, 8, 4);
		try_all(&b, 0, 0, UINT32_MAX, 0);
		r = align_word(&m, &scratch, &word, 259, &cost, &n);
		assert_int_equal(r, b.best == 260 ? -ENOENT : 0);
		if (r == 0)
			assert_int_equal(cost, b.best);
	}
	align_machine_done(&m);
	align_scratch_done(&scratch);
}

static void test_open_end(void **state)
{
	static const struct word_event event = { A, { 0 } };
	const struct word word = { &event, 1 };
	struct align_machine m = { 0 };
	struct align_scratch scratch = { 0 };
	int64_t cost;
	size_t n;

	(void)state;
	build(&m, edges, 4, 4);
	m.open_end = true;
	assert_int_equal(align_word(&m, &scratch, &word, 1000, &cost, &n), 0);
	assert_int_equal(cost, 1);
	assert_int_equal(n, 1);
	align_machine_done(&m);
	align_scratch_done(&scratch);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_costs_by_hand),
		cmocka_unit_test(test_agrees_with_all_alignments),
		cmocka_unit_test(test_open_end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
