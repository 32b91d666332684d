/* SPDX-License-Identifier: Apache-2.0 */
/*
 * TADAM (automata/tadam.h) among the learners of timed words, with all first automata and kinds of
 * noise, one thread. Its language is that of the automaton, noise left out; bits of a word are
 * those of its cheapest alignment, all values of an event included. A model belongs to one thread.
 */
#ifndef SOSIE_AUTOMATA_TIMED_TADAM_H
#define SOSIE_AUTOMATA_TIMED_TADAM_H

#include "automata/timed_learner.h"

extern const struct timed_learner_ops timed_learner_tadam;

#endif
