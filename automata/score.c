/* SPDX-License-Identifier: Apache-2.0 */
#include "automata/score.h"

#include <errno.h>
#include <stdlib.h>

#include "automata/code_length.h"
#include "base/detmath.h"
#include "base/mem.h"

enum {
	SYMBOLS = 1 << 11,
	/* Kinds of noise per thousand packets. Automata on disk have none of their own. */
	OMITTED = 2,
	REPEATED = 10,
	SWAPPED = 3,
	FOREIGN = 10,
	FOREIGN_BITS = 16, /* a symbol and its values, spelled out */
};

/* Visits that the classes an edge has not seen stand for, together. */
#define UNSEEN 2.0

struct score {
	struct align_machine machine;
	struct align_scratch scratch;
	struct value_costs {
		uint32_t gap[SCORE_GAP_CLASSES];
		uint32_t size[SCORE_SIZE_CLASSES]; /* 0 for edges without payload */
	} * costs;				   /* by edge */
};

static void fill_scale(int64_t *least, int n, double per_octave, int64_t unit)
{
	least[0] = 0;
	for (int c = 1; c < n; c++) {
		const double x = det_exp(0.69314718055994530942 * c / per_octave);

		least[c] = (int64_t)(x * (double)unit);
		if (least[c] <= least[c - 1])
			least[c] = least[c - 1] + unit;
	}
}

void score_scale_init(struct score_scale *scale)
{
	fill_scale(scale->gap, SCORE_GAP_CLASSES, 2, 1000);
	fill_scale(scale->size, SCORE_SIZE_CLASSES, 8, 1);
}

/* The last class that begins at or below x. */
static int32_t class_of(const int64_t *least, int n, int64_t x)
{
	int low = 0;

	while (n - low > 1) {
		const int middle = (low + n) / 2;

		if (least[middle] <= x)
			low = middle;
		else
			n = middle;
	}
	return low;
}

void score_events(const struct score_scale *scale, uint8_t proto,
		  const struct automaton_step *steps, size_t n, struct word_event *ret_events)
{
	for (size_t i = 0; i < n; i++)
		ret_events[i] = (struct word_event) {
			.symbol = automaton_symbol_of(proto, &steps[i]),
			.value = { class_of(scale->gap, SCORE_GAP_CLASSES,
					    i == 0 ? 0 : steps[i].gap_ns),
				   class_of(scale->size, SCORE_SIZE_CLASSES,
					    steps[i].payload_bytes) },
		};
}

/* The part of a distribution that lies below x. */
static double mass_below(const struct quantile_table *table, int64_t x)
{
	uint32_t i = 0;
	double rise;

	while (i < table->n_knots && table->knots[i] < x)
		i++;
	if (i == 0 || i == table->n_knots)
		return i == 0 ? 0 : 1;
	rise = (double)table->knots[i] - (double)table->knots[i - 1];
	return ((double)(i - 1) + ((double)x - (double)table->knots[i - 1]) / rise) /
	       (table->n_knots - 1);
}

static void fill_costs(const struct quantile_table *table, double count, const int64_t *least,
		       int n, uint32_t *ret_costs)
{
	for (int c = 0; c < n; c++) {
		const double below = mass_below(table, least[c]);
		const double within = (c + 1 < n ? mass_below(table, least[c + 1]) : 1) - below;
		const double p = (count * within + UNSEEN / n) / (count + UNSEEN);

		ret_costs[c] = (uint32_t)code_of_bits(-det_log2(p));
	}
}

static int64_t value_cost(const void *context, uint32_t name, const struct word_event *event)
{
	const struct value_costs *costs = &((const struct score *)context)->costs[name];

	return (int64_t)costs->gap[event->value[0]] + costs->size[event->value[1]];
}

static int64_t foreign_cost(const void *context, const struct word_event *event)
{
	(void)context;
	(void)event;
	return (int64_t)FOREIGN_BITS * CODE_BIT;
}

void score_freep(struct score **score)
{
	if (*score != NULL) {
		align_machine_done(&(*score)->machine);
		align_scratch_done(&(*score)->scratch);
		free((*score)->costs);
	}
	free(*score);
	*score = NULL;
}

static void set_noise(struct align_machine *m)
{
	static const int permille[ALIGN_N_KINDS] = {
		[ALIGN_CLEAN] = 1000 - OMITTED - REPEATED - SWAPPED - FOREIGN,
		[ALIGN_OMISSION] = OMITTED,
		[ALIGN_REEMISSION] = REPEATED,
		[ALIGN_TRANSPOSITION] = SWAPPED,
		[ALIGN_ADDITION] = FOREIGN,
	};

	for (int k = 0; k < ALIGN_N_KINDS; k++)
		m->kind_cost[k] = code_of_bits(-det_log2(permille[k] / 1000.0));
}

static int64_t choice_cost(const struct automaton *a, uint16_t state, uint32_t count)
{
	double total = a->end_count[state];

	for (uint32_t e = a->first_edge[state]; e < a->first_edge[state + 1]; e++)
		total += a->edges[e].count;
	return code_of_bits(det_log2(total) - det_log2(count));
}

/* The automaton's edges, then an end for each state that has one, into a state after the last. */
static uint32_t fill_edges(const struct automaton *a, struct align_edge *edges)
{
	uint32_t n = a->n_edges;

	for (uint32_t e = 0; e < n; e++)
		edges[e] =
			(struct align_edge) { a->edges[e].src, a->edges[e].dst, a->edges[e].symbol,
					      e,
					      choice_cost(a, a->edges[e].src, a->edges[e].count) };
	for (uint16_t s = 0; s < a->n_states; s++) {
		if (a->end_count[s] == 0)
			continue;
		edges[n] = (struct align_edge) { s, a->n_states, SYMBOLS, n,
						 choice_cost(a, s, a->end_count[s]) };
		n++;
	}
	return n;
}

int score_new(const struct automaton *automaton, const struct score_scale *scale,
	      struct score **ret_score, struct err *err)
{
	const struct automaton *a = automaton;
	CLEANUP(score_freep) struct score *s = mem_array(1, sizeof(*s));
	CLEANUP(freep)
	struct align_edge *edges = mem_array((size_t)a->n_edges + a->n_states, sizeof(*edges));

	if (s != NULL)
		s->costs = mem_array(a->n_edges, sizeof(*s->costs));
	if (s == NULL || edges == NULL || s->costs == NULL)
		return err_no_memory(err);
	for (uint32_t e = 0; e < a->n_edges; e++) {
		fill_costs(&a->edges[e].gap, a->edges[e].count, scale->gap, SCORE_GAP_CLASSES,
			   s->costs[e].gap);
		if (a->edges[e].size.n_knots > 0)
			fill_costs(&a->edges[e].size, a->edges[e].count, scale->size,
				   SCORE_SIZE_CLASSES, s->costs[e].size);
	}
	set_noise(&s->machine);
	s->machine.value_cost = value_cost;
	s->machine.foreign_cost = foreign_cost;
	s->machine.context = s;
	if (align_machine_build(&s->machine, edges, fill_edges(a, edges), a->n_states + 1u,
				SYMBOLS) < 0)
		return err_no_memory(err);
	*ret_score = take(&s);
	return 0;
}

int score_bits(struct score *score, const struct word *word, bool cut_short, double limit,
	       double *ret_bits)
{
	int64_t cost;
	int r;

	score->machine.open_end = cut_short;
	r = align_cost(&score->machine, &score->scratch, word, code_of_bits(limit), &cost);
	if (r == 0)
		*ret_bits = code_in_bits(cost);
	return r;
}

int score_moves(struct score *score, const struct word *word, const struct align_move **ret_moves,
		size_t *ret_n)
{
	int64_t cost;
	int r;

	score->machine.open_end = false;
	r = align_word(&score->machine, &score->scratch, word, ALIGN_NEVER - 1, &cost, ret_n);
	if (r == 0)
		*ret_moves = score->scratch.moves;
	return r;
}
