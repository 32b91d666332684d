/* SPDX-License-Identifier: Apache-2.0 */
/* States and edges of the working automaton: doubly linked lists, every change in the journal. */
#include "automata/tadam_internal.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum { LIMIT_SLOTS = 1 << 24 };

static struct tadam_edge *edit_edge(struct tadam *t, uint32_t edge)
{
	tadam_save(t, &t->edges[edge], sizeof(t->edges[edge]));
	return &t->edges[edge];
}

static struct tadam_state *edit_state(struct tadam *t, uint32_t state)
{
	tadam_save(t, &t->states[state], sizeof(t->states[state]));
	return &t->states[state];
}

void tadam_dirty_edge(struct tadam *t, uint32_t edge)
{
	if (t->edges[edge].dirty)
		return;
	edit_edge(t, edge)->dirty = true;
	t->dirty_edges[t->sums.n_dirty_edges++] = edge;
}

void tadam_dirty_state(struct tadam *t, uint32_t state)
{
	if (t->states[state].dirty)
		return;
	edit_state(t, state)->dirty = true;
	t->dirty_states[t->sums.n_dirty_states++] = state;
}

static void link_edge(struct tadam *t, uint32_t edge)
{
	struct tadam_edge *e = &t->edges[edge];

	e->prev_out = TADAM_NONE;
	e->next_out = t->states[e->src].first_out;
	if (e->next_out != TADAM_NONE)
		edit_edge(t, e->next_out)->prev_out = edge;
	edit_state(t, e->src)->first_out = edge;
	e->prev_in = TADAM_NONE;
	e->next_in = t->states[e->dst].first_in;
	if (e->next_in != TADAM_NONE)
		edit_edge(t, e->next_in)->prev_in = edge;
	edit_state(t, e->dst)->first_in = edge;
}

static void unlink_edge(struct tadam *t, uint32_t edge)
{
	const struct tadam_edge *e = &t->edges[edge];

	if (e->prev_out != TADAM_NONE)
		edit_edge(t, e->prev_out)->next_out = e->next_out;
	else
		edit_state(t, e->src)->first_out = e->next_out;
	if (e->next_out != TADAM_NONE)
		edit_edge(t, e->next_out)->prev_out = e->prev_out;
	if (e->prev_in != TADAM_NONE)
		edit_edge(t, e->prev_in)->next_in = e->next_in;
	else
		edit_state(t, e->dst)->first_in = e->next_in;
	if (e->next_in != TADAM_NONE)
		edit_edge(t, e->next_in)->prev_in = e->prev_in;
}

uint32_t tadam_add_state(struct tadam *t)
{
	const uint32_t state = t->sums.n_state_slots++;

	*edit_state(t, state) = (struct tadam_state) { .first_out = TADAM_NONE,
						       .first_in = TADAM_NONE,
						       .alive = true };
	t->sums.n_states++;
	return state;
}

uint32_t tadam_add_edge(struct tadam *t, uint32_t src, uint32_t dst, uint32_t symbol)
{
	const uint32_t edge = t->sums.n_edge_slots++;

	*edit_edge(t, edge) =
		(struct tadam_edge) { .src = src, .dst = dst, .symbol = symbol, .alive = true };
	t->alias[edge] = edge;
	t->sums.n_edges++;
	link_edge(t, edge);
	tadam_dirty_edge(t, edge);
	tadam_dirty_state(t, src);
	return edge;
}

void tadam_kill_edge(struct tadam *t, uint32_t edge)
{
	struct tadam_edge *e = edit_edge(t, edge);

	unlink_edge(t, edge);
	e->alive = false;
	t->sums.guard_data -= e->guard_data;
	t->sums.guard_model -= e->guard_model;
	t->sums.n_edges--;
	tadam_dirty_state(t, e->src);
}

void tadam_kill_state(struct tadam *t, uint32_t state)
{
	struct tadam_state *s = edit_state(t, state);

	s->alive = false;
	t->sums.choice -= s->cost;
	t->sums.n_states--;
}

void tadam_move_edge(struct tadam *t, uint32_t edge, uint32_t src, uint32_t dst)
{
	struct tadam_edge *e = edit_edge(t, edge);

	unlink_edge(t, edge);
	tadam_dirty_state(t, e->src);
	e->src = src;
	e->dst = dst;
	link_edge(t, edge);
	tadam_dirty_state(t, src);
}

static int resize(void *array, uint64_t n, size_t size)
{
	void *old, *new;

	memcpy(&old, array, sizeof(old));
	new = realloc(old, n * size);
	if (new == NULL)
		return -ENOMEM;
	memcpy(array, &new, sizeof(new));
	return 0;
}

int tadam_reserve(struct tadam *t, uint64_t n_edges, uint64_t n_states)
{
	uint64_t edges = t->sums.n_edge_slots + n_edges, states = t->sums.n_state_slots + n_states;
	int r = 0;

	if (edges > LIMIT_SLOTS || states > LIMIT_SLOTS)
		return -E2BIG;
	if (edges > t->edges_capacity) {
		edges += edges / 2;
		r = resize(&t->edges, edges, sizeof(*t->edges));
		if (r == 0)
			r = resize(&t->alias, edges, sizeof(*t->alias));
		if (r == 0)
			r = resize(&t->dirty_edges, edges, sizeof(*t->dirty_edges));
		if (r == 0)
			t->edges_capacity = (uint32_t)edges;
	}
	if (r == 0 && states > t->states_capacity) {
		states += states / 2;
		r = resize(&t->states, states, sizeof(*t->states));
		if (r == 0)
			r = resize(&t->dirty_states, states, sizeof(*t->dirty_states));
		if (r == 0)
			t->states_capacity = (uint32_t)states;
	}
	return r;
}
