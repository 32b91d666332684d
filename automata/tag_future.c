/* SPDX-License-Identifier: Apache-2.0 */
#include "automata/tag_future.h"

#include <errno.h>
#include <stdlib.h>

#include "base/hash.h"
#include "base/mem.h"

enum { HASH_DEPTH = 1, HASH_END = 2, HASH_SYMBOL = 3 };

void tag_future_done(struct tag_future *future)
{
	free(future->states);
	free(future->edges);
	*future = (struct tag_future) { 0 };
}

static int push(uint32_t **stack, size_t *n, size_t *capacity, uint32_t value)
{
	int r = mem_grow(stack, capacity, *n + 1, sizeof(**stack), SIZE_MAX / sizeof(**stack));

	if (r == 0)
		(*stack)[(*n)++] = value;
	return r;
}

/* Puts an edge in its place among edges[begin ..], by symbol. */
static int push_edge(struct tag_future *f, const struct tag_graph *g, size_t begin, uint32_t edge)
{
	int r = push(&f->edges, &f->n_edges, &f->edges_capacity, edge);

	for (size_t i = f->n_edges; r == 0 && i - 1 > begin; i--) {
		if (g->edges[f->edges[i - 2]].symbol <= g->edges[edge].symbol)
			break;
		f->edges[i - 1] = f->edges[i - 2];
		f->edges[i - 2] = edge;
	}
	return r;
}

/* The strings of length `depth` from any of states[begin .. n_states): the trie of them, hashed.
 * At most TAG_LIMIT_K deep. */
static int hash_futures(struct tag_future *f, const struct tag_graph *g, size_t begin,
			uint32_t depth, uint64_t *ret_hash)
{
	const size_t edges_begin = f->n_edges, end = f->n_states;
	uint64_t hash = HASH_DEPTH, child;
	bool ends = false;
	int r = 0;

	for (size_t i = begin; i < end && depth > 0; i++) {
		uint32_t e = g->states[f->states[i]].first_out;

		ends |= g->states[f->states[i]].end_count > 0;
		for (; e != TAG_NONE && r == 0; e = g->edges[e].next_out)
			r = push_edge(f, g, edges_begin, e);
	}
	if (ends)
		hash = hash_mix(hash, HASH_END);
	for (size_t i = edges_begin; i < f->n_edges && r == 0;) {
		const uint32_t symbol = g->edges[f->edges[i]].symbol;

		for (; i < f->n_edges && g->edges[f->edges[i]].symbol == symbol && r == 0; i++)
			r = push(&f->states, &f->n_states, &f->states_capacity,
				 g->edges[f->edges[i]].dst);
		if (r == 0)
			r = hash_futures(f, g, end, depth - 1, &child);
		hash = hash_mix(hash_mix(hash, HASH_SYMBOL + (uint64_t)symbol), child);
		f->n_states = end;
	}
	f->n_edges = edges_begin;
	*ret_hash = hash;
	return r;
}

int tag_future_hash(struct tag_future *future, const struct tag_graph *graph, uint32_t state,
		    uint32_t k, uint64_t *ret_hash)
{
	int r;

	future->n_states = future->n_edges = 0;
	r = push(&future->states, &future->n_states, &future->states_capacity, state);
	if (r == 0)
		r = hash_futures(future, graph, 0, k, ret_hash);
	return r;
}
