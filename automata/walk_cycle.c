/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The cycles with the least and the most forward packets in a hundred: what long paths can do lies
 * between them. Found by improving a cycle until none is better (Lawler 1976): a cycle is better
 * when its weight is positive under weights that make the present one weigh 0.
 */
#include <errno.h>

#include "automata/walk_internal.h"
#include "base/mem.h"

#define NO_EDGE UINT32_MAX

struct search {
	int64_t *distance; /* n_states */
	uint32_t *edge;	   /* n_states: the edge that gave it */
	uint32_t *src;	   /* n_edges */
};

static int64_t weight_of(const struct walk_edge *edge, int64_t per_forward, int64_t per_packet)
{
	return per_packet + (edge->direction == STEP_FORWARD ? per_forward : 0);
}

/* Counts the packets of the cycle that the parent edges of state s lead back into. */
static void count_cycle(const struct walk *w, const struct search *search, uint32_t s,
			uint64_t ret_packets[2])
{
	uint32_t at;

	for (uint32_t k = 0; k < w->n_states; k++)
		s = search->src[search->edge[s]];
	ret_packets[0] = ret_packets[1] = 0;
	at = s;
	do {
		uint32_t e = search->edge[at];

		ret_packets[w->edges[e].direction]++;
		at = search->src[e];
	} while (at != s);
}

/* Bellman and Ford: a cycle of positive weight, if there is one. */
static bool find_positive(const struct walk *w, struct search *search, int64_t per_forward,
			  int64_t per_packet, uint64_t ret_packets[2])
{
	uint32_t changed = NO_EDGE;

	for (uint32_t s = 0; s < w->n_states; s++) {
		search->distance[s] = 0;
		search->edge[s] = NO_EDGE;
	}
	for (uint32_t round = 0; round <= w->n_states; round++) {
		changed = NO_EDGE;
		for (uint32_t e = 0; e < w->n_edges; e++) {
			uint32_t dst = w->edges[e].dst;
			int64_t d = search->distance[search->src[e]] +
				    weight_of(&w->edges[e], per_forward, per_packet);

			if (d <= search->distance[dst])
				continue;
			search->distance[dst] = d;
			search->edge[dst] = e;
			changed = dst;
		}
		if (changed == NO_EDGE)
			return false;
	}
	count_cycle(w, search, changed, ret_packets);
	return true;
}

int walk_cycle_make(struct walk *w, struct err *err)
{
	CLEANUP(freep) int64_t *distance = mem_array(w->n_states, sizeof(*distance));
	CLEANUP(freep) uint32_t *edge = mem_array(w->n_states, sizeof(*edge));
	CLEANUP(freep) uint32_t *src = mem_array(w->n_edges, sizeof(*src));
	struct search search = { .distance = distance, .edge = edge, .src = src };
	uint64_t cycle[2];

	if (distance == NULL || edge == NULL || src == NULL)
		return err_no_memory(err);
	for (uint32_t s = 0; s < w->n_states; s++) {
		for (uint32_t e = w->first[s]; e < w->first[s + 1]; e++)
			src[e] = s;
	}
	w->cyclic = find_positive(w, &search, 0, 1, cycle);
	for (int most = 0; w->cyclic && most < 2; most++) {
		int64_t sign = most != 0 ? 1 : -1;

		find_positive(w, &search, 0, 1, cycle);
		do {
			w->cycle[most][0] = cycle[0];
			w->cycle[most][1] = cycle[1];
		} while (find_positive(w, &search, sign * (int64_t)(cycle[0] + cycle[1]),
				       -sign * (int64_t)cycle[0], cycle));
	}
	return 0;
}
