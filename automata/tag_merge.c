/* SPDX-License-Identifier: Apache-2.0 */
#include "automata/tag_internal.h"

#include "base/mem.h"

static int push_pair(struct tag_graph *g, uint32_t a, uint32_t b)
{
	int r = mem_grow(&g->pairs, &g->pairs_capacity, g->n_pairs + 1, sizeof(*g->pairs),
			 SIZE_MAX / sizeof(*g->pairs));

	if (r < 0)
		return r;
	g->pairs[g->n_pairs][0] = a;
	g->pairs[g->n_pairs++][1] = b;
	return 0;
}

static int push_dirty(struct tag_graph *g, uint32_t state)
{
	int r = mem_grow(&g->dirty, &g->dirty_capacity, g->n_dirty + 1, sizeof(*g->dirty),
			 SIZE_MAX / sizeof(*g->dirty));

	if (r == 0)
		g->dirty[g->n_dirty++] = state;
	return r;
}

static bool guards_overlap(const struct tag_edge *a, const struct tag_edge *b)
{
	return a->low <= b->high && b->low <= a->high;
}

/* `from` is parallel to `into`: its visits become the other's. */
static void absorb_edge(struct tag_graph *g, uint32_t into, uint32_t from)
{
	struct tag_edge *a = &g->edges[into], *b = &g->edges[from];

	tag_edge_unlink_out(g, from);
	g->next_visit[a->last_visit] = b->first_visit;
	a->last_visit = b->last_visit;
	a->count += b->count;
	if (b->low < a->low)
		a->low = b->low;
	if (b->high > a->high)
		a->high = b->high;
	b->forward = into;
}

/* State b's edges and ends become a's. */
static int absorb_state(struct tag_graph *g, uint32_t a, uint32_t b)
{
	uint32_t next, e;
	int r;

	for (e = g->states[b].first_in; e != TAG_NONE; e = next) {
		next = g->edges[e].next_in;
		if (g->edges[e].forward != e)
			continue;
		g->edges[e].dst = a;
		g->edges[e].next_in = g->states[a].first_in;
		g->states[a].first_in = e;
		/* It may be parallel to another now. */
		r = push_dirty(g, g->edges[e].src);
		if (r < 0)
			return r;
	}
	for (e = g->states[b].first_out; e != TAG_NONE; e = next) {
		next = g->edges[e].next_out;
		g->edges[e].src = a;
		tag_edge_link_out(g, e);
	}
	g->states[b].first_out = g->states[b].first_in = TAG_NONE;
	g->states[a].end_count += g->states[b].end_count;
	g->states[b].forward = a;
	return push_dirty(g, a);
}

/* Of the edges behind e with its symbol parallel ones are joined with it, others' destinations put
 * down for merging. */
static int determinise_edge(struct tag_graph *g, uint32_t e, bool timed)
{
	uint32_t next;
	int r = 0;

	for (uint32_t f = g->edges[e].next_out;
	     r == 0 && f != TAG_NONE && g->edges[f].symbol == g->edges[e].symbol; f = next) {
		next = g->edges[f].next_out;
		if (g->edges[f].dst == g->edges[e].dst) {
			absorb_edge(g, e, f);
			r = push_dirty(g, g->edges[e].src); /* the guard is wider now */
		} else if (!timed || guards_overlap(&g->edges[e], &g->edges[f])) {
			r = push_pair(g, g->edges[e].dst, g->edges[f].dst);
		}
	}
	return r;
}

static int determinise(struct tag_graph *g, uint32_t state, bool timed)
{
	uint32_t e = g->states[state].first_out;
	int r = 0;

	while (r == 0 && e != TAG_NONE) {
		r = determinise_edge(g, e, timed);
		e = g->edges[e].next_out;
	}
	return r;
}

int tag_graph_merge(struct tag_graph *graph, uint32_t a, uint32_t b, bool timed)
{
	int r = push_pair(graph, a, b);

	while (r == 0 && (graph->n_pairs > 0 || graph->n_dirty > 0)) {
		if (graph->n_pairs == 0) {
			r = determinise(graph,
					tag_state_find(graph, graph->dirty[--graph->n_dirty]),
					timed);
			continue;
		}
		graph->n_pairs--;
		a = tag_state_find(graph, graph->pairs[graph->n_pairs][0]);
		b = tag_state_find(graph, graph->pairs[graph->n_pairs][1]);
		if (a != b)
			r = absorb_state(graph, a < b ? a : b, a < b ? b : a);
	}
	return r;
}

bool tag_graph_overlap(const struct tag_graph *graph, uint32_t a, uint32_t b)
{
	for (uint32_t e = graph->states[a].first_out; e != TAG_NONE; e = graph->edges[e].next_out) {
		uint32_t f = graph->states[b].first_out;

		for (; f != TAG_NONE; f = graph->edges[f].next_out) {
			if (graph->edges[e].symbol == graph->edges[f].symbol &&
			    guards_overlap(&graph->edges[e], &graph->edges[f]))
				return true;
		}
	}
	return false;
}
