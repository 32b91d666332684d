/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The description length, in words: an automaton costs
 * its states, its edges (ends, symbol, mean and variance of the guard) and its probabilities, each
 * to a hundredth; words cost the choices along their path, the mass of the unit interval around
 * each value under the guard, and the noise. Guards have no covariances: each value of an event is
 * coded by itself, under a normal distribution of its own.
 */
#include "automata/tadam_internal.h"

#include "base/detmath.h"

#define LOG2_100       6.643856189774724
#define LEAST_VARIANCE 1e-6
#define VARIANCE_STEP  0.1

enum {
	MOST_NOISE = 3,		 /* clean steps are at least so many times the others */
	HOPEFUL_COST = 89288000, /* of one in forty: 5.322 bits */
};

/* Krichevsky and Trofimov's estimate: half a use more for each edge. In halves. */
static uint64_t halves_of(const struct tadam_edge *edge)
{
	return 2 * (uint64_t)edge->n_uses + 1;
}

static uint64_t out_halves(const struct tadam *t, uint32_t state)
{
	uint64_t total = 0;

	for (uint32_t e = t->states[state].first_out; e != TADAM_NONE; e = t->edges[e].next_out)
		total += halves_of(&t->edges[e]);
	return total;
}

int64_t tadam_edge_cost(const struct tadam *t, const struct tadam_edge *edge)
{
	const struct code_counts *counts = &t->frame->counts;

	return code_of_bits(code_log2_halves(counts, out_halves(t, edge->src)) -
			    code_log2_halves(counts, halves_of(edge)));
}

static int64_t state_cost(const struct tadam *t, uint32_t state)
{
	const struct code_counts *counts = &t->frame->counts;
	int64_t cost = 0;
	double log2_total;

	if (t->states[state].first_out == TADAM_NONE)
		return 0;
	log2_total = code_log2_halves(counts, out_halves(t, state));
	for (uint32_t e = t->states[state].first_out; e != TADAM_NONE; e = t->edges[e].next_out) {
		const struct tadam_edge *edge = &t->edges[e];

		/* Each term is rounded, so that the order of the list does not matter. */
		cost += code_of_bits((double)edge->n_uses *
				     (log2_total - code_log2_halves(counts, halves_of(edge))));
	}
	return cost;
}

void tadam_settle(struct tadam *t)
{
	for (uint32_t i = 0; i < t->sums.n_dirty_edges; i++) {
		struct tadam_edge *e = &t->edges[t->dirty_edges[i]];

		tadam_save(t, e, sizeof(*e));
		e->dirty = false;
		if (!e->alive)
			continue;
		t->sums.guard_data -= e->guard_data;
		t->sums.guard_model -= e->guard_model;
		tadam_cost_edge(t, e);
		t->sums.guard_data += e->guard_data;
		t->sums.guard_model += e->guard_model;
	}
	for (uint32_t i = 0; i < t->sums.n_dirty_states; i++) {
		struct tadam_state *s = &t->states[t->dirty_states[i]];

		tadam_save(t, s, sizeof(*s));
		s->dirty = false;
		if (!s->alive)
			continue;
		t->sums.choice -= s->cost;
		s->cost = state_cost(t, t->dirty_states[i]);
		t->sums.choice += s->cost;
	}
	t->sums.n_dirty_edges = 0;
	t->sums.n_dirty_states = 0;
}

void tadam_kind_costs(const struct tadam *t, bool hopeful, int64_t ret_costs[ALIGN_N_KINDS])
{
	double n[ALIGN_N_KINDS], noise = 0, total;

	for (int k = 0; k < ALIGN_N_KINDS; k++) {
		n[k] = 1 + (double)t->sums.n_kind[k];
		if (k != ALIGN_CLEAN && (t->frame->noise >> k & 1) != 0)
			noise += n[k];
	}
	if (n[ALIGN_CLEAN] < MOST_NOISE * noise)
		n[ALIGN_CLEAN] = MOST_NOISE * noise;
	total = noise + n[ALIGN_CLEAN];
	for (int k = 0; k < ALIGN_N_KINDS; k++)
		ret_costs[k] = k == ALIGN_CLEAN || (t->frame->noise >> k & 1) != 0
				       ? code_of_bits(det_log2(total) - det_log2(n[k]))
				       : ALIGN_NEVER;
	for (int k = 0; k < ALIGN_N_KINDS && hopeful; k++) {
		if (ret_costs[k] < ALIGN_NEVER && ret_costs[k] > HOPEFUL_COST)
			ret_costs[k] = HOPEFUL_COST;
	}
}

int64_t tadam_foreign(const struct tadam_frame *frame, const struct word_event *event)
{
	double bits = frame->log2_symbols;

	if (frame->foreign != NULL)
		return frame->foreign[event - frame->set->events];

	for (uint32_t k = 0; k < frame->n_values; k++)
		bits += code_integer(event->value[k], frame->compat) +
			(frame->negative && event->value[k] >= 0);
	return code_of_bits(bits);
}

double tadam_model_bits(const struct tadam *t)
{
	const double n = t->sums.n_states, n_edges = t->sums.n_edges;
	double n_noise = 0;

	for (int k = 0; k < ALIGN_N_KINDS; k++)
		n_noise += k != ALIGN_CLEAN && (t->frame->noise >> k & 1) != 0;
	return code_integer(t->sums.n_states, t->frame->compat) + 2 * code_log2(n) +
	       (n_noise + n_edges + 1 - n) * LOG2_100 +
	       n_edges * (2 * code_log2(n) + t->frame->log2_symbols) +
	       code_in_bits(t->sums.guard_model);
}

int64_t tadam_score(const struct tadam *t)
{
	const double n_spelled = (double)t->sums.n_spelled_words;
	const double n_words = (double)t->frame->n_words, n_read = n_words - n_spelled;
	int64_t kind[ALIGN_N_KINDS], noise = 0;
	double status = 0;

	tadam_kind_costs(t, false, kind);
	for (int k = 0; k < ALIGN_N_KINDS; k++) {
		if (t->sums.n_kind[k] > 0)
			noise += t->sums.n_kind[k] * kind[k];
	}
	if (n_spelled > 0)
		status += n_spelled * (det_log2(n_words) - det_log2(n_spelled));
	if (n_read > 0)
		status += n_read * (det_log2(n_words) - det_log2(n_read));
	return code_of_bits(tadam_model_bits(t)) + t->sums.guard_data + t->sums.choice +
	       t->sums.foreign + t->sums.spelled + noise + code_of_bits(status);
}
