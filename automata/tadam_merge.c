/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Merging states. What then has two edges with one symbol may stay so (the alignment takes the
 * cheaper), or be made deterministic again: by merging the targets of edges whose guards overlap in
 * time (TADAM_FOLD_TIMED), or of all (TADAM_FOLD_FULL). The search tries all three and lets the
 * description length choose.
 */
#include "automata/tadam_internal.h"

#include <errno.h>

#include "base/detmath.h"
#include "base/mem.h"

enum { LIMIT_STACK = 1 << 26, OVERLAP_DEVIATIONS = 2 };

static void push(struct tadam *t, uint32_t state)
{
	if (mem_grow(&t->stack, &t->stack_capacity, t->n_stack + 1, sizeof(*t->stack),
		     LIMIT_STACK) < 0)
		t->error = -ENOMEM;
	else
		t->stack[t->n_stack++] = state;
}

/* Edges whose means are within two deviations of both of each other, in every value. */
static bool overlap(const struct tadam *t, const struct tadam_edge *a, const struct tadam_edge *b)
{
	for (uint32_t k = 0; k < t->frame->n_values; k++) {
		const double reach =
			OVERLAP_DEVIATIONS * (det_sqrt(a->variance[k]) + det_sqrt(b->variance[k]));
		const double off = a->mean[k] - b->mean[k];

		if ((off < 0 ? -off : off) > reach + 1)
			return false;
	}
	return true;
}

/* Edge `gone` becomes part of `keep`: same ends, same symbol. */
static void absorb(struct tadam *t, uint32_t keep, uint32_t gone)
{
	struct tadam_edge *k = &t->edges[keep];

	tadam_dirty_edge(t, keep);
	tadam_save(t, k, sizeof(*k));
	for (uint32_t i = 0; i < t->frame->n_values; i++)
		k->hist[i] = tadam_hist_merge(t, k->hist[i], t->edges[gone].hist[i]);
	k->n_uses += t->edges[gone].n_uses;
	tadam_save(t, &t->alias[gone], sizeof(t->alias[gone]));
	t->alias[gone] = keep;
	tadam_kill_edge(t, gone);
	/* The guard is needed while folding goes on. */
	t->sums.guard_data -= k->guard_data;
	t->sums.guard_model -= k->guard_model;
	tadam_cost_edge(t, k);
	t->sums.guard_data += k->guard_data;
	t->sums.guard_model += k->guard_model;
}

/* True when two parallel edges cost less as one. */
static bool absorbing_pays(struct tadam *t, uint32_t a, uint32_t b)
{
	const struct tadam_edge *x = &t->edges[a], *y = &t->edges[b];
	const double n = (double)x->n_uses, m = (double)y->n_uses;
	struct tadam_edge both = *x;
	double bits = 6.643856189774724 + t->frame->log2_symbols +
		      2 * code_log2(t->sums.n_states); /* of an edge less */

	bits += n * det_log2((n + m + 1) / (n + 0.5)) + m * det_log2((n + m + 1) / (m + 0.5));
	for (uint32_t k = 0; k < t->frame->n_values; k++)
		both.hist[k] = tadam_hist_merge(t, x->hist[k], y->hist[k]);
	tadam_cost_edge(t, &both);
	return both.guard_data + both.guard_model <=
	       x->guard_data + x->guard_model + y->guard_data + y->guard_model + code_of_bits(bits);
}

static uint32_t merge_two(struct tadam *t, uint32_t a, uint32_t b)
{
	const bool swap = t->red != NULL && t->red[a] != t->red[b] ? t->red[b] : b < a;
	const uint32_t keep = swap ? b : a, gone = swap ? a : b;
	uint32_t e;

	while ((e = t->states[gone].first_out) != TADAM_NONE)
		tadam_move_edge(t, e, keep, t->edges[e].dst == gone ? keep : t->edges[e].dst);
	while ((e = t->states[gone].first_in) != TADAM_NONE)
		tadam_move_edge(t, e, t->edges[e].src, keep);
	tadam_kill_state(t, gone);
	push(t, keep);
	for (e = t->states[keep].first_in; e != TADAM_NONE; e = t->edges[e].next_in)
		push(t, t->edges[e].src);
	return keep;
}

/* Resolves one clash among the edges of a state; false: there is none. */
static bool resolve(struct tadam *t, uint32_t state, enum tadam_fold fold)
{
	for (uint32_t a = t->states[state].first_out; a != TADAM_NONE; a = t->edges[a].next_out) {
		const struct tadam_edge *x = &t->edges[a];

		for (uint32_t b = x->next_out; b != TADAM_NONE; b = t->edges[b].next_out) {
			const struct tadam_edge *y = &t->edges[b];

			if (x->symbol != y->symbol)
				continue;
			if (x->dst == y->dst && absorbing_pays(t, a, b)) {
				absorb(t, a < b ? a : b, a < b ? b : a);
				return true;
			}
			if (x->dst != y->dst && (fold == TADAM_FOLD_FULL ||
						 (fold == TADAM_FOLD_TIMED && overlap(t, x, y)))) {
				merge_two(t, x->dst, y->dst);
				return true;
			}
		}
	}
	return false;
}

int tadam_merge(struct tadam *t, uint32_t a, uint32_t b, enum tadam_fold fold)
{
	t->n_stack = 0;
	merge_two(t, a, b);
	while (t->n_stack > 0 && t->error == 0) {
		const uint32_t state = t->stack[--t->n_stack];

		while (t->states[state].alive && t->error == 0 && resolve(t, state, fold))
			;
	}
	tadam_settle(t);
	return t->error;
}

int tadam_merge_edges(struct tadam *t, uint32_t a, uint32_t b)
{
	absorb(t, a, b);
	tadam_settle(t);
	return t->error;
}
