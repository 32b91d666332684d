/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Adding edges: the way back from deleting one too many. Where words have foreign or repeated
 * events again and again in one state, those may be no noise but an edge that is missing: it is
 * tried with every state that it may lead to, on the words that would have had it. An edge that
 * leads to the wrong state is redirected: the same edge to another, with the words that took it.
 */
#include "automata/tadam_internal.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/detmath.h"
#include "base/mem.h"

#define LEAST_SPREAD 0.25 /* variance */

/* Calls back for each foreign or repeated event of a word with the state it was met in. */
typedef void oddity_fn(void *context, uint32_t state, const struct word_event *event,
		       uint32_t weight);

static void each_oddity(const struct tadam *t, const struct tadam_word *word, oddity_fn *fn,
			void *context)
{
	uint32_t at = TADAM_START;

	for (uint32_t i = 0; i < word->n_moves; i++) {
		const struct align_move *move = &word->moves[i];

		if (move->kind == ALIGN_ADDITION || move->kind == ALIGN_REEMISSION)
			fn(context, at, &word->events[move->event], word->weight);
		else
			at = t->edges[tadam_alias(t, move->edge)].dst;
	}
}

struct tally {
	int64_t *weights; /* by state, symbol */
	uint32_t n_symbols;
};

static void tally_one(void *context, uint32_t state, const struct word_event *event,
		      uint32_t weight)
{
	struct tally *tally = context;

	tally->weights[(size_t)state * tally->n_symbols + event->symbol] += weight;
}

int tadam_oddities(const struct tadam *t, struct tadam_oddity *ret_oddities, uint32_t *ret_n)
{
	const size_t n = (size_t)t->sums.n_state_slots * t->frame->n_symbols;
	CLEANUP(freep) int64_t *weights = mem_array(n, sizeof(*weights));
	struct tally tally = { weights, t->frame->n_symbols };
	uint32_t n_found = 0;

	if (weights == NULL)
		return -ENOMEM;
	for (uint32_t w = 0; w < t->n_words; w++) {
		if (t->words[w].moves != NULL && t->words[w].noisy)
			each_oddity(t, &t->words[w], tally_one, &tally);
	}
	while (n_found < TADAM_ODDITIES) {
		size_t best = 0;

		for (size_t i = 1; i < n; i++) {
			if (weights[i] > weights[best])
				best = i;
		}
		if (n == 0 || weights[best] < TADAM_LEAST_ODD)
			break;
		weights[best] = 0;
		ret_oddities[n_found++] =
			(struct tadam_oddity) { (uint32_t)(best / t->frame->n_symbols),
						(uint32_t)(best % t->frame->n_symbols) };
	}
	*ret_n = n_found;
	return 0;
}

/* What a new edge would have seen. */
struct sight {
	struct tadam *t;
	uint32_t state, symbol;
	size_t n;
	int64_t weight;
	double sum[WORD_MAX_VALUES], squares[WORD_MAX_VALUES];
};

static void see(void *context, uint32_t state, const struct word_event *event, uint32_t weight)
{
	struct sight *sight = context;

	if (state != sight->state || event->symbol != sight->symbol)
		return;
	sight->n++;
	sight->weight += weight;
	for (uint32_t k = 0; k < sight->t->frame->n_values; k++) {
		const double v = event->value[k];

		sight->sum[k] += weight * v;
		sight->squares[k] += weight * v * v;
	}
}

/* The words that have the oddity, and what they say of it. */
static size_t list_words(struct sight *sight, uint32_t *words)
{
	struct tadam *t = sight->t;
	size_t n = 0;

	for (uint32_t w = 0; w < t->n_words; w++) {
		const size_t before = sight->n;

		if (t->words[w].moves == NULL || !t->words[w].noisy)
			continue;
		each_oddity(t, &t->words[w], see, sight);
		if (sight->n > before)
			words[n++] = w;
	}
	return n;
}

/* The edge as it would be if it had all that list_words() found. */
static uint32_t make_edge(struct sight *sight, uint32_t dst)
{
	struct tadam *t = sight->t;
	const uint32_t edge = tadam_add_edge(t, sight->state, dst, sight->symbol);
	struct tadam_edge *e = &t->edges[edge];

	e->n_uses = sight->weight;
	for (uint32_t k = 0; k < t->frame->n_values; k++) {
		const double n = (double)sight->weight;

		e->mean[k] = sight->sum[k] / n;
		e->variance[k] = sight->squares[k] / n - e->mean[k] * e->mean[k];
		if (e->variance[k] < LEAST_SPREAD)
			e->variance[k] = LEAST_SPREAD;
		e->inverse_deviation[k] = 1 / det_sqrt(e->variance[k]);
	}
	return edge;
}

static bool has_edge(const struct tadam *t, uint32_t src, uint32_t dst, uint32_t symbol)
{
	for (uint32_t e = t->states[src].first_out; e != TADAM_NONE; e = t->edges[e].next_out) {
		if (t->edges[e].dst == dst && t->edges[e].symbol == symbol)
			return true;
	}
	return false;
}

int tadam_add(struct tadam *t, uint32_t src, uint32_t dst, uint32_t symbol)
{
	CLEANUP(freep) uint32_t *words = mem_array(t->n_words, sizeof(*words));
	struct sight sight = { .t = t, .state = src, .symbol = symbol };
	uint32_t edge;
	size_t n;
	int r;

	if (words == NULL)
		return -ENOMEM;
	if (has_edge(t, src, dst, symbol))
		return -ENOENT;
	n = list_words(&sight, words);
	if (n == 0)
		return -ENOENT;
	edge = make_edge(&sight, dst);
	r = tadam_explain_anew(t, words, n);
	tadam_change(t, edge, NULL, 0, -(int32_t)sight.weight);
	tadam_flush(t);
	tadam_settle(t);
	return r < 0 ? r : t->error;
}

/* The words of the edge are spelled out first, so that the old edge is gone; the new one has its
 * count and guard until they are read by it, or otherwise. */
int tadam_redirect(struct tadam *t, uint32_t edge, uint32_t dst)
{
	const uint32_t *words = t->users + t->first_user[edge];
	const size_t n = t->first_user[edge + 1] - t->first_user[edge];
	const struct tadam_edge old = t->edges[edge];
	uint32_t new;
	int r;

	if (old.dst == dst || old.symbol == t->frame->n_symbols ||
	    has_edge(t, old.src, dst, old.symbol))
		return -ENOENT;
	for (size_t i = 0; i < n; i++) {
		tadam_put_word(t, words[i], -1);
		tadam_explain(t, words[i], NULL, 0);
		tadam_put_word(t, words[i], 1);
	}
	new = tadam_add_edge(t, old.src, dst, old.symbol);
	tadam_flush(t);
	tadam_settle(t);
	t->edges[new].n_uses = old.n_uses;
	for (uint32_t k = 0; k < t->frame->n_values; k++) {
		t->edges[new].mean[k] = old.mean[k];
		t->edges[new].variance[k] = old.variance[k];
		t->edges[new].inverse_deviation[k] = old.inverse_deviation[k];
	}
	r = tadam_explain_anew(t, words, n);
	tadam_change(t, new, NULL, 0, -(int32_t)old.n_uses);
	tadam_flush(t);
	tadam_settle(t);
	return r < 0 ? r : t->error;
}
