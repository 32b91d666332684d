/* SPDX-License-Identifier: Apache-2.0 */
/*
 * RTI+ (Verwer, de Weerdt, Witteveen 2010): probabilistic deterministic real-time automata by
 * splits and merges in the red-blue frame, each decided by a likelihood-ratio test. In every state
 * the next symbol and the next delay are independent, delays as a histogram over bins common to all
 * states.
 *
 * Choices where implementations differ: the end of a word is a symbol; ten bins of equal frequency;
 * a pair of states counts when both have min_data visits, counts below min_data in both are pooled;
 * the most visited blue state is looked at, a split goes before a merge, a merge before a
 * promotion; p-values of splits are not corrected for the number of points tried (neither are
 * theirs), so splits are found at random: in 123 of 200 sets of 200 words at alpha 0.05. What is
 * seen less than min_data times leads to one common sink, which is a state like others.
 */
#ifndef SOSIE_AUTOMATA_RTI_H
#define SOSIE_AUTOMATA_RTI_H

#include "automata/guarded.h"

struct rti_options {
	double alpha;	   /* significance, within (0, 1) */
	uint32_t min_data; /* visits, 1 or more */
	uint32_t n_bins;   /* 1 to 100 */
};

#define RTI_DEFAULT_OPTIONS ((struct rti_options) { 0.05, 10, 10 })

enum {
	RTI_LIMIT_SYMBOLS = 4096,
	RTI_LIMIT_STATES = 100000,
	RTI_DEPTH = 200, /* how far ahead a test looks */
};

/* -EINVAL for an empty set or options out of range, -E2BIG beyond a limit. */
int rti_learn(const struct word_set *words, const struct rti_options *options,
	      struct guarded **ret_guarded, struct err *err);

extern const struct timed_learner_ops timed_learner_rti;

#endif
