/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SOSIE_AUTOMATA_HMM_INTERNAL_H
#define SOSIE_AUTOMATA_HMM_INTERNAL_H

#include "automata/hmm.h"

/*
 * The forward pass with scaling. Fills, for every event t and state j: forward[t][j], the
 * probability of being in j given the events up to t, and emission[t][j], that of event t in j as a
 * part of scale[t]. scale[n_events] is that of the end. Returns ln of the word's probability.
 */
double hmm_forward(const struct hmm *hmm, struct word word, double *forward, double *emission,
		   double *scale);

/* emission[n_states] of one event, divided by what is returned the ln of (so that the largest of
 * them does not underflow). */
double hmm_emission(const struct hmm *hmm, const struct word_event *event, double *emission);

#endif
