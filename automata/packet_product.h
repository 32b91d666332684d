/* SPDX-License-Identifier: Apache-2.0 */
/*
 * From a structure of states learned in whatever way to a packet automaton: each state is joined
 * with the kind of the last packet and the connection's memory (base/conn.h), which by themselves
 * make the automaton of automata/markov.c. As what may follow is what was seen to follow in that
 * memory, every path ends in the end state it was learned for.
 *
 * Edges that differ by the structure alone share one distribution of gaps. A walk draws its path
 * before the duration has a say, and the duration then stretches the gaps of the edges it took:
 * where pauses were edges of their own, paths without one had to stretch everything.
 */
#ifndef SOSIE_AUTOMATA_PACKET_PRODUCT_H
#define SOSIE_AUTOMATA_PACKET_PRODUCT_H

#include "automata/automaton.h"

struct packet_structure {
	/* The state after each packet of the flow: word->n_steps of them. */
	int (*trace)(void *context, const struct automaton_word *word, uint32_t *ret_states,
		     struct err *err);
	void *context;
	const atomic_bool *stop; /* may be NULL; ends the work with -EINTR */
};

/* words: n_words, 1 or more, that automaton_word_fits. Where the joined states would be
 * AUTOMATON_LIMIT_STATES or more, the structure's are left out; -E2BIG where that is still so. */
int packet_product(const char *service, uint8_t proto, enum conn_state state,
		   const struct automaton_word *const *words, size_t n_words,
		   const struct packet_structure *structure, struct automaton **ret_automaton,
		   struct err *err);

#endif
