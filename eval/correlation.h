/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Pearson's correlation of every two features of flows, in one pass. Of sizes it takes the
 * logarithm, log2(1 + value): heavy tails would leave it to a few flows. A pair is over the flows
 * that have both features.
 */
#ifndef SOSIE_EVAL_CORRELATION_H
#define SOSIE_EVAL_CORRELATION_H

#include "eval/flag_flow.h"

enum { EVAL_N_PAIRS = EVAL_N_FLAG_FEATURES * (EVAL_N_FLAG_FEATURES - 1) / 2 };

struct eval_correlations {
	uint32_t seen;			    /* features that have had a value */
	double shift[EVAL_N_FLAG_FEATURES]; /* the first one, against cancellation */
	struct eval_moments {
		uint64_t n;
		double x, y, xx, yy, xy; /* sums, shifted */
	} pairs[EVAL_N_PAIRS];
};

/* defined, values: eval_flag_features'. */
void eval_correlations_add(struct eval_correlations *correlations, uint32_t defined,
			   const double values[EVAL_N_FLAG_FEATURES]);

struct eval_correlation {
	enum eval_flag_feature a, b; /* a < b */
	uint64_t n;
	double r;
};

/* Those whose |r| is above the limit, the strongest first; ties in order of the features. Returns
 * how many. */
size_t eval_correlations_above(const struct eval_correlations *correlations, double limit,
			       struct eval_correlation ret_found[EVAL_N_PAIRS]);

#endif
