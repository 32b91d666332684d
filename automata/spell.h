/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What words cost that no automaton explains: bits to spell them out. A code over all words, so
 * that every learner can fall back on it and costs stay comparable.
 */
#ifndef SOSIE_AUTOMATA_SPELL_H
#define SOSIE_AUTOMATA_SPELL_H

#include "automata/word.h"

/* Events i_event.. of the word and its end; n_values of each event are spelled (0 or 1). */
double spell_bits(struct word word, uint32_t i_event, uint32_t n_symbols, uint32_t n_values);

#endif
