/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The automaton TAG works on: edges know their visits (events of the words), so that guards,
 * splits and what follows are read off them.
 */
#ifndef SOSIE_AUTOMATA_TAG_GRAPH_H
#define SOSIE_AUTOMATA_TAG_GRAPH_H

#include "automata/word.h"
#include <stdbool.h>

#define TAG_NONE UINT32_MAX

struct tag_edge {
	uint32_t src, dst;
	uint32_t symbol;
	uint32_t count;
	uint32_t first_visit, last_visit; /* a list of events, see next_visit */
	uint32_t next_out, next_in;
	uint32_t forward;  /* the edge that took this one in; its own number while alive */
	uint32_t rank;	   /* scratch of a split: which of its state's out-edges it is */
	int32_t low, high; /* hull of the visits' delays */
};

struct tag_state {
	uint32_t first_out; /* alive, by symbol */
	uint32_t first_in;  /* may hold dead edges */
	uint32_t end_count;
	uint32_t forward; /* as of an edge */
};

struct tag_graph {
	const struct word_set *words;
	struct tag_state *states;
	struct tag_edge *edges;
	uint32_t n_states, n_edges; /* dead ones included */
	size_t states_capacity, edges_capacity;
	uint32_t *next_visit; /* n_events: the next visit of the same edge */
	uint32_t *edge_of;    /* n_events: the edge that read it, perhaps taken in since */
	uint8_t *last;	      /* n_events: the word ends behind it */
	uint32_t n_events;

	/* Work lists of a merge. */
	uint32_t (*pairs)[2];
	uint32_t *dirty;
	size_t n_pairs, pairs_capacity, n_dirty, dirty_capacity;
};

/* The prefix tree of the words; state 0 is the start. 0 or -ENOMEM. */
int tag_graph_init(struct tag_graph *graph, const struct word_set *words);
void tag_graph_done(struct tag_graph *graph);

uint32_t tag_state_find(const struct tag_graph *graph, uint32_t state); /* who took it in */
uint32_t tag_edge_find(const struct tag_graph *graph, uint32_t edge);
static inline bool tag_state_alive(const struct tag_graph *graph, uint32_t state)
{
	return graph->states[state].forward == state;
}

/*
 * Makes one state of two, and of their destinations wherever two edges with one symbol leave a
 * state: always (timed false), or when their guards overlap. The lower number stays. 0 or -ENOMEM.
 */
int tag_graph_merge(struct tag_graph *graph, uint32_t a, uint32_t b, bool timed);

/* Whether edges of a and b with the same symbol overlap in time. */
bool tag_graph_overlap(const struct tag_graph *graph, uint32_t a, uint32_t b);

/*
 * Splits states whose one way in tells by its delay which edge comes next; at most `limit` times.
 * Returns how often, or -ENOMEM.
 */
int64_t tag_graph_split(struct tag_graph *graph, uint32_t limit);

#endif
