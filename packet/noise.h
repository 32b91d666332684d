/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Noise on TCP segments: what a network does to them between sender and capture. A data segment
 * that follows another of the same kind and direction may become
 *
 *	re-emission	the end of the one before, sent again
 *	transposition	one that is captured before the one before
 *
 * Neither adds or takes a packet or a byte: counts, totals, flags and end state stay as they were
 * drawn, and the ground truth stays true. Flows too short to have such neighbours have no noise.
 */
#ifndef SOSIE_PACKET_NOISE_H
#define SOSIE_PACKET_NOISE_H

#include "automata/step.h"
#include "base/err.h"
#include "base/rng.h"
#include <stdbool.h>

/* Of all data segments, in 2^-32. */
struct noise {
	uint32_t reemission, transposition;
};

/* In automaton_step's edge, which the builder has no other use for. */
enum {
	NOISE_REEMISSION = UINT16_MAX,	      /* the end of the step before, again */
	NOISE_TRANSPOSITION = UINT16_MAX - 1, /* changes places with the next */
};

static inline bool noise_is_on(const struct noise *noise)
{
	return noise->reemission > 0 || noise->transposition > 0;
}

/* "0.01": of each class so much; "reemission=0.01,transposition=0.002". Shares lie in [0, 0.5].
 * -EINVAL. */
int noise_parse(const char *text, struct noise *ret_noise, struct err *err);

/*
 * Marks steps of a TCP flow, whose payload lengths are final. A share of all data segments is met
 * on average where enough of them can be marked; those that can are then marked more often than
 * that. Draws one number for each that can. Returns how many were marked.
 */
uint32_t noise_mark(const struct noise *noise, struct automaton_step *steps, uint32_t n_steps,
		    struct rng *rng);

#endif
