/* SPDX-License-Identifier: Apache-2.0 */
/* Makes a flow table fit to learn from beside the automata of captures: what tables of other
 * programs do not tell is filled in, what could not be played is left out. */
#ifndef SOSIE_GEN_ADAPT_H
#define SOSIE_GEN_ADAPT_H

#include "automata/bank.h"
#include "flow/table.h"

/* For tables that tell bytes and not payload (NetFlow, and so CIDDS): payload is what is left above
 * the smallest headers, the best guess there is. */
void adapt_payload(struct flow_table *table);

/*
 * A model must be able to play all it draws. A row may have an end state that the captures do not
 * have (tables guess it from flags): it gets the usual one of its service and is counted as moved.
 * Rows whose service has no automaton either are dropped and counted.
 */
void adapt_states(struct flow_table *table, const struct automaton_bank *bank,
		  uint64_t *ret_n_moved, uint64_t *ret_n_dropped);

#endif
