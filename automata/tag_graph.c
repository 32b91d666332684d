/* SPDX-License-Identifier: Apache-2.0 */
#include "automata/tag_graph.h"

#include <errno.h>
#include <stdlib.h>

#include "automata/tag_internal.h"
#include "base/mem.h"

int tag_state_new(struct tag_graph *g, uint32_t *ret_state)
{
	int r = mem_grow(&g->states, &g->states_capacity, (size_t)g->n_states + 1,
			 sizeof(*g->states), TAG_NONE);

	if (r < 0)
		return r;
	g->states[g->n_states] = (struct tag_state) { TAG_NONE, TAG_NONE, 0, g->n_states };
	*ret_state = g->n_states++;
	return 0;
}

void tag_edge_link_out(struct tag_graph *g, uint32_t edge)
{
	struct tag_edge *e = &g->edges[edge];
	uint32_t *at = &g->states[e->src].first_out;

	while (*at != TAG_NONE && g->edges[*at].symbol <= e->symbol)
		at = &g->edges[*at].next_out;
	e->next_out = *at;
	*at = edge;
}

void tag_edge_unlink_out(struct tag_graph *g, uint32_t edge)
{
	uint32_t *at = &g->states[g->edges[edge].src].first_out;

	while (*at != edge)
		at = &g->edges[*at].next_out;
	*at = g->edges[edge].next_out;
}

int tag_edge_new(struct tag_graph *g, uint32_t src, uint32_t dst, uint32_t symbol,
		 uint32_t *ret_edge)
{
	int r = mem_grow(&g->edges, &g->edges_capacity, (size_t)g->n_edges + 1, sizeof(*g->edges),
			 TAG_NONE);

	if (r < 0)
		return r;
	g->edges[g->n_edges] = (struct tag_edge) {
		.src = src,
		.dst = dst,
		.symbol = symbol,
		.first_visit = TAG_NONE,
		.last_visit = TAG_NONE,
		.next_in = g->states[dst].first_in,
		.forward = g->n_edges,
		.low = INT32_MAX,
		.high = INT32_MIN,
	};
	g->states[dst].first_in = g->n_edges;
	tag_edge_link_out(g, g->n_edges);
	*ret_edge = g->n_edges++;
	return 0;
}

void tag_edge_visit(struct tag_graph *g, uint32_t edge, uint32_t event)
{
	struct tag_edge *e = &g->edges[edge];
	const int32_t delay = g->words->events[event].value[0];

	g->next_visit[event] = TAG_NONE;
	if (e->last_visit == TAG_NONE)
		e->first_visit = event;
	else
		g->next_visit[e->last_visit] = event;
	e->last_visit = event;
	e->count++;
	g->edge_of[event] = edge;
	if (delay < e->low)
		e->low = delay;
	if (delay > e->high)
		e->high = delay;
}

static uint32_t out_edge(const struct tag_graph *g, uint32_t state, uint32_t symbol)
{
	uint32_t e = g->states[state].first_out;

	while (e != TAG_NONE && g->edges[e].symbol != symbol)
		e = g->edges[e].next_out;
	return e;
}

static int add_word(struct tag_graph *g, size_t w)
{
	const struct word word = word_at(g->words, w);
	uint32_t state = 0, next, edge;
	int r;

	for (uint32_t i = 0; i < word.n_events; i++) {
		edge = out_edge(g, state, word.events[i].symbol);
		if (edge == TAG_NONE) {
			r = tag_state_new(g, &next);
			if (r == 0)
				r = tag_edge_new(g, state, next, word.events[i].symbol, &edge);
			if (r < 0)
				return r;
		}
		tag_edge_visit(g, edge, g->words->first[w] + i);
		state = g->edges[edge].dst;
	}
	if (word.n_events > 0)
		g->last[g->words->first[w + 1] - 1] = 1;
	g->states[state].end_count++;
	return 0;
}

int tag_graph_init(struct tag_graph *graph, const struct word_set *words)
{
	uint32_t start;
	int r;

	*graph = (struct tag_graph) { .words = words, .n_events = words->first[words->n_words] };
	graph->next_visit = mem_array(graph->n_events, sizeof(*graph->next_visit));
	graph->edge_of = mem_array(graph->n_events, sizeof(*graph->edge_of));
	graph->last = mem_array(graph->n_events, sizeof(*graph->last));
	if (graph->next_visit == NULL || graph->edge_of == NULL || graph->last == NULL)
		return -ENOMEM;
	r = tag_state_new(graph, &start);
	for (size_t w = 0; w < words->n_words && r == 0; w++)
		r = add_word(graph, w);
	return r;
}

void tag_graph_done(struct tag_graph *graph)
{
	free(graph->states);
	free(graph->edges);
	free(graph->next_visit);
	free(graph->edge_of);
	free(graph->last);
	free(graph->pairs);
	free(graph->dirty);
	*graph = (struct tag_graph) { 0 };
}

uint32_t tag_state_find(const struct tag_graph *graph, uint32_t state)
{
	while (graph->states[state].forward != state) {
		/* Halves the way for the next search. */
		graph->states[state].forward = graph->states[graph->states[state].forward].forward;
		state = graph->states[state].forward;
	}
	return state;
}

uint32_t tag_edge_find(const struct tag_graph *graph, uint32_t edge)
{
	while (graph->edges[edge].forward != edge) {
		graph->edges[edge].forward = graph->edges[graph->edges[edge].forward].forward;
		edge = graph->edges[edge].forward;
	}
	return edge;
}
