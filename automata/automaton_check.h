/* SPDX-License-Identifier: Apache-2.0 */
/* What the makers of automata (loader, learners) share; nothing outside this folder needs it. */
#ifndef SOSIE_AUTOMATA_AUTOMATON_CHECK_H
#define SOSIE_AUTOMATA_AUTOMATON_CHECK_H

#include "automata/automaton.h"

/* True when a flow of this protocol can have the symbol: flags in TCP only, types in ICMP only. */
bool automaton_symbol_fits(automaton_symbol symbol, uint8_t proto);

/* False for words that cannot be learned from: they end elsewhere (a flow cut short), or a SYN
 * opens a second connection within. */
bool automaton_word_fits(const struct automaton_word *word, uint8_t proto, enum conn_state state);

/* Makes first_edge from edges, which must be sorted by src and within n_states. */
int automaton_index(struct automaton *automaton, struct err *err);

/* Every state is reached from the start and able to end; else -EINVAL with the state it is about.
 */
int automaton_check_states(const struct automaton *automaton, uint32_t *ret_state, struct err *err);

#endif
