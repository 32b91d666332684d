/* SPDX-License-Identifier: Apache-2.0 */
/*
 * TADAM (automata/tadam.h) among the learners of timed words, with all first automata and kinds of
 * noise, one thread. Its language is that of the automaton, noise left out. Bits of a word add up
 * all its alignments, all values of an event included, with one chance in n + 1 (n events learned
 * from) for every event of a symbol that none of them had: an alignment takes any symbol that is
 * foreign to be as likely as any other. A model belongs to one thread.
 */
#ifndef SOSIE_AUTOMATA_TIMED_TADAM_H
#define SOSIE_AUTOMATA_TIMED_TADAM_H

#include "automata/timed_learner.h"

extern const struct timed_learner_ops timed_learner_tadam;

#endif
