/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What words cost that no automaton explains: bits to spell them out. A code over all words, so
 * that every learner can fall back on it and costs stay comparable.
 */
#ifndef SOSIE_AUTOMATA_SPELL_H
#define SOSIE_AUTOMATA_SPELL_H

#include "automata/word.h"

/* One event, or the end (NULL); n_values of the event are spelled (0 or 1). */
double spell_event_bits(const struct word_event *event, uint32_t n_symbols, uint32_t n_values);

#endif
