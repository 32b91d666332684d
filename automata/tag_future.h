/* SPDX-License-Identifier: Apache-2.0 */
/* k-futures: the set of symbol strings of length k (shorter at a word's end) that may follow. */
#ifndef SOSIE_AUTOMATA_TAG_FUTURE_H
#define SOSIE_AUTOMATA_TAG_FUTURE_H

#include "automata/tag_graph.h"

/* Scratch; zero is empty. */
struct tag_future {
	uint32_t *states, *edges;
	size_t n_states, n_edges, states_capacity, edges_capacity;
};

/* Equal for states with equal k-futures. 0 or -ENOMEM. */
int tag_future_hash(struct tag_future *future, const struct tag_graph *graph, uint32_t state,
		    uint32_t k, uint64_t *ret_hash);
void tag_future_done(struct tag_future *future);

#endif
