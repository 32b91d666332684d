/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the words that an automaton was learned from had to pay for it. A description in two parts
 * has the automaton first, then the words given it; the bits of words leave the first part out, as
 * if edges were free. Here each word that takes an edge pays its part of the edge's description:
 * over the words learned from, the parts add up to the whole. An edge that few words made necessary
 * is dear, one of many words hardly more than its probability says.
 */
#ifndef SOSIE_AUTOMATA_SHARE_H
#define SOSIE_AUTOMATA_SHARE_H

#include <stdint.h>

/* Bits of one use of an edge: its ends, its symbol (the end of words is one more) and its
 * probability, as TADAM describes them (automata/tadam_score.c), guards left out, divided by how
 * often it was used. */
double share_bits(uint32_t n_states, uint32_t n_symbols, uint64_t n_uses);

#endif
