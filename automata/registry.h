/* SPDX-License-Identifier: Apache-2.0 */
/* The learners; one line for each, its file includes this too. */
#ifndef SOSIE_AUTOMATA_REGISTRY_H
#define SOSIE_AUTOMATA_REGISTRY_H

#include "automata/automaton.h"

extern const struct automaton_learner_ops automaton_learner_markov;
extern const struct automaton_learner_ops automaton_learner_tadam;

#endif
