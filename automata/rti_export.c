/* SPDX-License-Identifier: Apache-2.0 */
#include "automata/rti_internal.h"

#include <string.h>

#include "base/mem.h"

/* What the sink sees: everything that comes after its tails. */
static void count_sink(const struct rti *rti, uint32_t *counts)
{
	for (uint32_t s = 0; s < rti->n_states; s++) {
		const struct rti_tails *tails = &rti->states[s].tails;

		for (size_t i = 0; i < tails->n; i++) {
			struct rti_tail tail = tails->at[i];

			rti_count(rti, counts, &tail);
			for (; tail.event < tail.end;) {
				tail.event++;
				rti_count(rti, counts, &tail);
			}
		}
	}
}

static void export_state(const struct rti *rti, uint32_t number, const uint32_t *counts,
			 struct guarded *guarded)
{
	guarded->end_count[number] = counts[rti->n_symbols];
	if (rti->n_bins > 0)
		memcpy(guarded->bin_count + (size_t)number * rti->n_bins,
		       counts + rti->n_symbols + 1, rti->n_bins * sizeof(*counts));
}

/* Numbers the red states; counts what the automaton will have. Returns whether there is a sink. */
static bool count_all(const struct rti *rti, uint32_t *number, uint32_t *sink_counts,
		      uint32_t *ret_states, uint32_t *ret_edges)
{
	uint32_t n_states = 0, n_edges = 0;
	bool any_sink = false;

	for (uint32_t s = 0; s < rti->n_states; s++) {
		any_sink |= rti->states[s].tails.n > 0;
		if (rti->states[s].red)
			number[s] = n_states++;
	}
	count_sink(rti, sink_counts);
	for (uint32_t s = 0; s < rti->n_symbols; s++)
		n_edges += sink_counts[s] > 0;
	for (uint32_t w = 0; w < rti->n_ways; w++)
		n_edges += rti->ways[w].count > 0;
	*ret_states = n_states;
	*ret_edges = n_edges;
	return any_sink;
}

/* Red states in order, and their ways out; returns how many edges. */
static uint32_t export_red(const struct rti *rti, const uint32_t *number, uint32_t sink,
			   struct guarded *g)
{
	uint32_t n_edges = 0;

	for (uint32_t s = 0; s < rti->n_states; s++) {
		const struct rti_state *state = &rti->states[s];

		if (!state->red)
			continue;
		export_state(rti, number[s], state->counts, g);
		for (uint32_t w = state->first_way; w != RTI_NONE; w = rti->ways[w].next) {
			const struct rti_way *way = &rti->ways[w];
			const bool red = rti->states[way->dst].red;

			if (way->count > 0)
				g->edges[n_edges++] = (struct guarded_edge) {
					number[s],   red ? number[way->dst] : sink,
					way->symbol, way->low,
					way->high,   way->count,
				};
		}
	}
	return n_edges;
}

/* Red states, then the sink if anything goes there. */
int rti_export(const struct rti *rti, struct guarded **ret_guarded, struct err *err)
{
	CLEANUP(freep) uint32_t *number = mem_array(rti->n_states, sizeof(*number));
	CLEANUP(freep) uint32_t *sink_counts = mem_array(rti->n_categories, sizeof(*sink_counts));
	uint32_t n_states, n_edges;
	struct guarded *g;
	bool any_sink;
	int r;

	if (number == NULL || sink_counts == NULL)
		return err_no_memory(err);
	any_sink = count_all(rti, number, sink_counts, &n_states, &n_edges);
	r = guarded_new(&timed_learner_rti, rti->words, n_states + any_sink, n_edges, rti->n_bins,
			&g, err);
	if (r < 0)
		return r;
	memcpy(g->bin_low, rti->bin_low, ((size_t)rti->n_bins + 1) * sizeof(*g->bin_low));
	n_edges = export_red(rti, number, n_states, g);
	if (any_sink)
		export_state(rti, n_states, sink_counts, g);
	for (uint32_t s = 0; s < rti->n_symbols; s++) {
		if (sink_counts[s] > 0)
			g->edges[n_edges++] = (struct guarded_edge) {
				n_states, n_states, s, INT32_MIN, INT32_MAX, sink_counts[s],
			};
	}
	guarded_index(g);
	*ret_guarded = g;
	return 0;
}
