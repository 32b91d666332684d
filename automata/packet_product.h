/* SPDX-License-Identifier: Apache-2.0 */
/*
 * From a structure of states learned in whatever way to a packet automaton: each state is joined
 * with the connection's memory (base/conn.h), as in automata/markov.c. What may follow is what was
 * seen to follow in that state and memory, so every path ends in the end state it was learned for.
 */
#ifndef SOSIE_AUTOMATA_PACKET_PRODUCT_H
#define SOSIE_AUTOMATA_PACKET_PRODUCT_H

#include "automata/automaton.h"

struct packet_structure {
	uint32_t n_states; /* 2^16 at most */
	/* The state after each packet of the flow: word->n_steps of them, below n_states. */
	int (*trace)(void *context, const struct automaton_word *word, uint32_t *ret_states,
		     struct err *err);
	void *context;
	const atomic_bool *stop; /* may be NULL; ends the work with -EINTR */
};

/* words: n_words, 1 or more, that automaton_word_fits. -E2BIG beyond AUTOMATON_LIMIT_STATES. */
int packet_product(const char *service, uint8_t proto, enum conn_state state,
		   const struct automaton_word *const *words, size_t n_words,
		   const struct packet_structure *structure, struct automaton **ret_automaton,
		   struct err *err);

#endif
