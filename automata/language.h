/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A distribution over words without values, as a weighted automaton that need not be deterministic,
 * and how far two of them are apart.
 */
#ifndef SOSIE_AUTOMATA_LANGUAGE_H
#define SOSIE_AUTOMATA_LANGUAGE_H

#include "base/err.h"
#include <stddef.h>
#include <stdint.h>

struct language_edge {
	uint32_t src, dst;
	uint32_t symbol;
	double p;
};

/* State 0 is the start. Of every state, the probabilities of its edges and of its end sum to 1. */
struct language {
	uint32_t n_symbols, n_states, n_edges;
	struct language_edge *edges; /* sorted by (src, symbol, dst) */
	uint32_t *first_edge;	     /* n_states + 1 */
	double *end;		     /* n_states */
};

/* Room for so many, all zero; the caller fills edges and end, then calls language_index. */
int language_new(uint32_t n_symbols, uint32_t n_states, uint32_t n_edges,
		 struct language **ret_language, struct err *err);
/* Sorts the edges, fills first_edge, and scales each state's probabilities to sum to 1 (a state
 * without any ends). -EINVAL for an edge out of range or a probability below 0. */
int language_index(struct language *language, struct err *err);
void language_freep(struct language **language);

enum { LANGUAGE_MAX_DEPTH = 64 };

struct language_distance {
	double js;	/* Jensen-Shannon divergence in bits, 0 to 1 */
	double jaccard; /* |A and B| / |A or B|, 1 for equal sets */
	double rest;	/* the larger of the two probabilities not told apart */
};

/*
 * How far two distributions over one alphabet are apart, on words cut after `depth` symbols (1 to
 * LANGUAGE_MAX_DEPTH). Words that share a prefix of probability below `floor` in both are not told
 * apart; their probability is `rest`, and js is at most that much too low. The sets of jaccard
 * are the cut words of probability `floor` or more. -EINVAL for two alphabets.
 */
int language_compare(const struct language *a, const struct language *b, uint32_t depth,
		     double floor, struct language_distance *ret_distance, struct err *err);

#endif
