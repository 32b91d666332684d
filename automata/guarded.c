/* SPDX-License-Identifier: Apache-2.0 */
#include "automata/guarded.h"

#include <stdlib.h>

#include "automata/code_length.h"
#include "automata/share.h"
#include "automata/spell.h"
#include "base/detmath.h"
#include "base/mem.h"

int guarded_new(const struct timed_learner_ops *ops, const struct word_set *words,
		uint32_t n_states, uint32_t n_edges, uint32_t n_bins, struct guarded **ret_guarded,
		struct err *err)
{
	CLEANUP(guarded_freep) struct guarded *g = mem_array(1, sizeof(*g));

	if (g == NULL)
		return err_no_memory(err);
	g->base = (struct timed_model) { ops, n_states, n_edges };
	g->n_symbols = words->n_symbols;
	g->n_values = words->n_values < 1 ? words->n_values : 1;
	g->n_states = n_states;
	g->n_edges = n_edges;
	g->n_bins = n_bins;
	g->edges = mem_array(n_edges, sizeof(*g->edges));
	g->first_edge = mem_array((size_t)n_states + 1, sizeof(*g->first_edge));
	g->end_count = mem_array(n_states, sizeof(*g->end_count));
	g->bin_low = mem_array((size_t)n_bins + 1, sizeof(*g->bin_low));
	g->bin_count = mem_array((size_t)n_states * n_bins, sizeof(*g->bin_count));
	if (g->edges == NULL || g->first_edge == NULL || g->end_count == NULL ||
	    g->bin_low == NULL || g->bin_count == NULL)
		return err_no_memory(err);
	*ret_guarded = take(&g);
	return 0;
}

void guarded_freep(struct guarded **guarded)
{
	if (*guarded == NULL)
		return;
	free((*guarded)->edges);
	free((*guarded)->first_edge);
	free((*guarded)->end_count);
	free((*guarded)->bin_low);
	free((*guarded)->bin_count);
	free(*guarded);
	*guarded = NULL;
}

void guarded_free(struct timed_model *model)
{
	struct guarded *guarded = (struct guarded *)model;

	guarded_freep(&guarded);
}

static int compare_edge(const void *left, const void *right)
{
	const struct guarded_edge *a = left, *b = right;

	if (a->src != b->src)
		return a->src < b->src ? -1 : 1;
	if (a->symbol != b->symbol)
		return a->symbol < b->symbol ? -1 : 1;
	if (a->low != b->low)
		return a->low < b->low ? -1 : 1;
	if (a->high != b->high)
		return a->high < b->high ? -1 : 1;
	if (a->dst != b->dst)
		return a->dst < b->dst ? -1 : 1;
	return (a->count > b->count) - (a->count < b->count);
}

void guarded_index(struct guarded *g)
{
	qsort(g->edges, g->n_edges, sizeof(*g->edges), compare_edge);
	for (uint32_t s = 0, e = 0; s < g->n_states; s++) {
		g->first_edge[s] = e;
		while (e < g->n_edges && g->edges[e].src == s)
			e++;
		g->first_edge[s + 1] = e;
	}
}

/* How far the delay is from the guard. */
static int64_t distance(const struct guarded_edge *edge, int32_t delay)
{
	if (delay < edge->low)
		return (int64_t)edge->low - delay;
	return delay > edge->high ? (int64_t)delay - edge->high : 0;
}

const struct guarded_edge *guarded_edge_for(const struct guarded *guarded, uint32_t state,
					    const struct word_event *event)
{
	const struct guarded_edge *nearest = NULL;

	for (uint32_t e = guarded->first_edge[state]; e < guarded->first_edge[state + 1]; e++) {
		const struct guarded_edge *edge = &guarded->edges[e];

		if (edge->symbol == event->symbol &&
		    (nearest == NULL ||
		     distance(edge, event->value[0]) < distance(nearest, event->value[0])))
			nearest = edge;
	}
	return nearest;
}

/* How often the state was left, ends included, and how often by this symbol. */
static uint64_t state_visits(const struct guarded *g, uint32_t state, uint32_t symbol,
			     uint64_t *ret_symbol)
{
	uint64_t n = g->end_count[state];

	*ret_symbol = 0;
	for (uint32_t e = g->first_edge[state]; e < g->first_edge[state + 1]; e++) {
		n += g->edges[e].count;
		if (g->edges[e].symbol == symbol)
			*ret_symbol += g->edges[e].count;
	}
	return n;
}

/* n of `of` chances. */
static double chance_bits(double n, double of)
{
	return det_log2(of) - det_log2(n);
}

static double uniform_bits(const struct guarded_edge *edge, int32_t delay)
{
	const double n = edge->count;

	if (distance(edge, delay) > 0)
		return chance_bits(1, n + 1) + code_integer(delay, false);
	return chance_bits(n, n + 1) + det_log2((double)edge->high - edge->low + 1);
}

static double bin_bits(const struct guarded *g, uint32_t state, int32_t delay)
{
	const uint32_t *count = &g->bin_count[(size_t)state * g->n_bins];
	double n = 0.5;
	uint32_t bin = g->n_bins;

	for (uint32_t b = 0; b < g->n_bins; b++) {
		n += count[b] + 0.5;
		if (delay >= g->bin_low[b] && delay < g->bin_low[b + 1])
			bin = b;
	}
	if (bin == g->n_bins)
		return chance_bits(0.5, n) + code_integer(delay, false);
	return chance_bits(count[bin] + 0.5, n) +
	       det_log2((double)g->bin_low[bin + 1] - g->bin_low[bin]);
}

/* The event read by an edge, from a state. */
static double read_bits(const struct guarded *g, uint32_t state, const struct guarded_edge *edge,
			const struct word_event *event)
{
	uint64_t n_symbol;
	const double n = (double)state_visits(g, state, event->symbol, &n_symbol);
	const double bits = chance_bits(g->n_bins > 0 ? (double)n_symbol : edge->count, n + 1);

	if (g->n_bins > 0)
		return bits + bin_bits(g, state, event->value[0]);
	return g->n_values > 0 ? bits + uniform_bits(edge, event->value[0]) : bits;
}

/* Of an edge or an end, one state more for the ends to lead to; 0 where nothing is shared. */
static double share_of(const struct guarded *g, bool shared, uint32_t count)
{
	return shared ? share_bits(g->n_states + 1, g->n_symbols, count) : 0;
}

static void events_bits(const struct guarded *g, struct word word, bool shared, double *ret_bits)
{
	const struct guarded_edge *edge = NULL;
	uint64_t n, n_symbol;
	uint32_t state = 0, i;

	for (i = 0; i < word.n_events; i++) {
		edge = guarded_edge_for(g, state, &word.events[i]);
		if (edge == NULL)
			break;
		ret_bits[i] = read_bits(g, state, edge, &word.events[i]) +
			      share_of(g, shared, edge->count);
		state = edge->dst;
	}
	n = state_visits(g, state, 0, &n_symbol);
	if (i == word.n_events && g->end_count[state] > 0) {
		ret_bits[i] = chance_bits(g->end_count[state], (double)n + 1) +
			      share_of(g, shared, g->end_count[state]);
		return;
	}
	/* Leaving the automaton costs where it happens. */
	for (uint32_t k = i; k <= word.n_events; k++)
		ret_bits[k] = spell_event_bits(k < word.n_events ? &word.events[k] : NULL,
					       g->n_symbols, g->n_values);
	ret_bits[i] += chance_bits(1, (double)n + 1);
}

int guarded_event_bits(const struct timed_model *model, struct word word, double *ret_bits,
		       struct err *err)
{
	(void)err;
	events_bits((const struct guarded *)model, word, false, ret_bits);
	return 0;
}

int guarded_event_shared_bits(const struct timed_model *model, struct word word, double *ret_bits,
			      struct err *err)
{
	(void)err;
	events_bits((const struct guarded *)model, word, true, ret_bits);
	return 0;
}

int guarded_language(const struct timed_model *model, struct language **ret_language,
		     struct err *err)
{
	const struct guarded *g = (const struct guarded *)model;
	struct language *l;
	int r = language_new(g->n_symbols, g->n_states, g->n_edges, &l, err);

	if (r < 0)
		return r;
	for (uint32_t e = 0; e < g->n_edges; e++) {
		const struct guarded_edge *edge = &g->edges[e];

		l->edges[e] =
			(struct language_edge) { edge->src, edge->dst, edge->symbol, edge->count };
	}
	for (uint32_t s = 0; s < g->n_states; s++)
		l->end[s] = g->end_count[s];
	r = language_index(l, err);
	if (r < 0)
		language_freep(&l);
	else
		*ret_language = l;
	return r;
}
