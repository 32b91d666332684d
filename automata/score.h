/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How well flows fit the automata of a model: code lengths of packet sequences, with noise allowed.
 * A packet costs its edge, and the classes of its gap and payload length under the edge's
 * distributions; classes are of even width on a log scale, so that bits of different automata, and
 * of different flows, can be compared.
 */
#ifndef SOSIE_AUTOMATA_SCORE_H
#define SOSIE_AUTOMATA_SCORE_H

#include "automata/align.h"
#include "automata/automaton.h"

enum { SCORE_GAP_CLASSES = 64, SCORE_SIZE_CLASSES = 112 };

/* Least values of the classes: half an octave each for gaps (ns), an eighth for sizes (bytes). */
struct score_scale {
	int64_t gap[SCORE_GAP_CLASSES];
	int64_t size[SCORE_SIZE_CLASSES];
};
void score_scale_init(struct score_scale *scale);

/* Packets as events of words, n of them. */
void score_events(const struct score_scale *scale, uint8_t proto,
		  const struct automaton_step *steps, size_t n, struct word_event *ret_events);

struct score; /* one automaton, ready to score with; belongs to one thread */

/* Borrows neither. */
int score_new(const struct automaton *automaton, const struct score_scale *scale,
	      struct score **ret_score, struct err *err);
void score_freep(struct score **score);

/*
 * Bits of a word, the end of the flow included unless it is cut short. Returns 0, -ENOENT (more
 * than limit bits; limit below 1e9) or -ENOMEM.
 */
int score_bits(struct score *score, const struct word *word, bool cut_short, double limit,
	       double *ret_bits);

/* The moves of the cheapest alignment; borrowed until the next call. Returns 0, -ENOENT (none),
 * -ENOMEM, -E2BIG (too long). */
int score_moves(struct score *score, const struct word *word, const struct align_move **ret_moves,
		size_t *ret_n);

#endif
