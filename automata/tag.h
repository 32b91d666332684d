/* SPDX-License-Identifier: Apache-2.0 */
/*
 * TAG (timed automata generator; AAAI 2022): a prefix tree whose states are merged when the same
 * strings of length k may follow (k-tails), then split where the delay on the way in tells what
 * follows, then merged again where guards overlap.
 *
 * The end of a word is a symbol like any other here, so that where words end counts as a future.
 * Each search for a pair to merge begins again at the start, breadth first, and ends with the first
 * state whose future another before it has: futures are compared by 64-bit hashes, so that costs
 * little, for the pair is found early as long as there is much to merge.
 */
#ifndef SOSIE_AUTOMATA_TAG_H
#define SOSIE_AUTOMATA_TAG_H

#include "automata/guarded.h"

enum { TAG_DEFAULT_K = 2, TAG_LIMIT_K = 16 };

/* -EINVAL for an empty set or k outside 1 .. TAG_LIMIT_K. */
int tag_learn(const struct word_set *words, uint32_t k, struct guarded **ret_guarded,
	      struct err *err);

extern const struct timed_learner_ops timed_learner_tag;

#endif
