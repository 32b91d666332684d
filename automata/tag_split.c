/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <stdlib.h>

#include "automata/tag_internal.h"
#include "base/mem.h"

struct hull {
	int32_t low, high;
};

static void hull_add(struct hull *hull, struct hull more)
{
	if (more.low < hull->low)
		hull->low = more.low;
	if (more.high > hull->high)
		hull->high = more.high;
}

static bool hull_disjoint(struct hull a, struct hull b)
{
	return a.high < b.low || b.high < a.low;
}

/* The one edge into the state, from elsewhere; TAG_NONE when there are more. Dead ones are
 * dropped from the list. */
static uint32_t only_way_in(struct tag_graph *g, uint32_t state)
{
	uint32_t *at = &g->states[state].first_in, only = TAG_NONE, n = 0;

	while (*at != TAG_NONE) {
		if (g->edges[*at].forward != *at) {
			*at = g->edges[*at].next_in;
			continue;
		}
		only = *at;
		n++;
		at = &g->edges[*at].next_in;
	}
	return n == 1 && g->edges[only].src != state ? only : TAG_NONE;
}

/* The delays of `in` before each of the state's out-edges, in their order. */
static void hulls_of(struct tag_graph *g, uint32_t in, uint32_t state, struct hull *hulls)
{
	uint32_t n = 0;

	for (uint32_t e = g->states[state].first_out; e != TAG_NONE; e = g->edges[e].next_out) {
		hulls[n] = (struct hull) { INT32_MAX, INT32_MIN };
		g->edges[e].rank = n++;
	}
	for (uint32_t v = g->edges[in].first_visit; v != TAG_NONE; v = g->next_visit[v]) {
		const int32_t delay = g->words->events[v].value[0];

		if (!g->last[v])
			hull_add(&hulls[g->edges[tag_edge_find(g, g->edge_of[v + 1])].rank],
				 (struct hull) { delay, delay });
	}
}

/* An out-edge whose delays lie apart from those of all others; *ret_others is their hull. */
static uint32_t edge_apart(const struct tag_graph *g, uint32_t state, const struct hull *hulls,
			   uint32_t n, struct hull *ret_others)
{
	for (uint32_t e = g->states[state].first_out; e != TAG_NONE; e = g->edges[e].next_out) {
		struct hull others = { INT32_MAX, INT32_MIN };

		for (uint32_t i = 0; i < n; i++) {
			if (i != g->edges[e].rank)
				hull_add(&others, hulls[i]);
		}
		if (hull_disjoint(hulls[g->edges[e].rank], others)) {
			*ret_others = others;
			return e;
		}
	}
	return TAG_NONE;
}

/* A word that ends in the split state stays with the nearer delays; a tie stays. */
static bool nearer_to(int32_t delay, struct hull moved, struct hull others)
{
	if (moved.high < others.low)
		return delay - (int64_t)moved.high < others.low - (int64_t)delay;
	return moved.low - (int64_t)delay < delay - (int64_t)others.high;
}

/* Edge `out` of state gets a source of its own, reached by those visits of `in` that go on by it.
 */
static int split_off(struct tag_graph *g, uint32_t in, uint32_t state, uint32_t out,
		     struct hull moved, struct hull others)
{
	uint32_t fresh, way, next, v = g->edges[in].first_visit;
	int r = tag_state_new(g, &fresh);

	if (r == 0)
		r = tag_edge_new(g, g->edges[in].src, fresh, g->edges[in].symbol, &way);
	if (r < 0)
		return r;
	tag_edge_unlink_out(g, out);
	g->edges[out].src = fresh;
	tag_edge_link_out(g, out);
	g->edges[in].first_visit = g->edges[in].last_visit = TAG_NONE;
	g->edges[in].count = 0;
	g->edges[in].low = INT32_MAX;
	g->edges[in].high = INT32_MIN;
	for (; v != TAG_NONE; v = next) {
		bool moves;

		next = g->next_visit[v];
		if (g->last[v]) {
			moves = nearer_to(g->words->events[v].value[0], moved, others);
			g->states[state].end_count -= moves;
			g->states[fresh].end_count += moves;
		} else {
			moves = tag_edge_find(g, g->edge_of[v + 1]) == out;
		}
		tag_edge_visit(g, moves ? way : in, v);
	}
	return 0;
}

/* Splits state as often as it can be; returns how often. */
static int64_t split_state(struct tag_graph *g, uint32_t state, struct hull *hulls, uint32_t limit)
{
	const uint32_t in = only_way_in(g, state);
	int64_t n_splits = 0;

	while (in != TAG_NONE && n_splits < limit) {
		struct hull others;
		uint32_t n = 0, out;
		int r;

		for (uint32_t e = g->states[state].first_out; e != TAG_NONE;
		     e = g->edges[e].next_out)
			n++;
		if (n < 2)
			break;
		hulls_of(g, in, state, hulls);
		out = edge_apart(g, state, hulls, n, &others);
		if (out == TAG_NONE)
			break;
		r = split_off(g, in, state, out, hulls[g->edges[out].rank], others);
		if (r < 0)
			return r;
		n_splits++;
	}
	return n_splits;
}

int64_t tag_graph_split(struct tag_graph *graph, uint32_t limit)
{
	CLEANUP(freep) struct hull *hulls = mem_array(graph->n_edges, sizeof(*hulls));
	const uint32_t n_states = graph->n_states; /* states split off have one way on */
	int64_t n_splits = 0;

	if (hulls == NULL)
		return -ENOMEM;
	for (uint32_t s = 1; s < n_states; s++) {
		int64_t n;

		if (!tag_state_alive(graph, s))
			continue;
		n = split_state(graph, s, hulls, limit - (uint32_t)n_splits);
		if (n < 0)
			return n;
		n_splits += n;
	}
	return n_splits;
}
