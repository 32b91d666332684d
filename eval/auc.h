/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The area under the ROC curve, and how sure it is.
 *
 * The area is the chance that a positive row scores above a negative one, ties counting half
 * (Mann and Whitney 1947). Its variance is that of DeLong, DeLong and Clarke-Pearson (Biometrics
 * 44, 1988) from the placement of each row among those of the other class, computed by ranks (Sun
 * and Xu, IEEE Signal Processing Letters 21, 2014), with the placements summed over clusters first
 * (Obuchowski, Biometrics 53, 1997), because flows of one session are no independent evidence. When
 * every row is a cluster of its own, it is DeLong's.
 */
#ifndef SOSIE_EVAL_AUC_H
#define SOSIE_EVAL_AUC_H

#include "base/err.h"
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct eval_score {
	double score; /* the higher, the more it looks positive; not NaN */
	uint32_t cluster;
	bool positive;
};

struct eval_auc {
	double auc;
	double variance; /* 0.25, the most there is, when a class is in one cluster only */
	size_t n_positive, n_negative;
};

/* Returns 1; 0 when a class has no rows: there is no area. */
int eval_auc(const struct eval_score *scores, size_t n, struct eval_auc *ret_auc, struct err *err);

/* The curve: the highest share of positives found at false alarm rates 0, 0.01 ... 1, straight
 * between the points of the data. */
enum { EVAL_ROC_POINTS = 101 };

/* Both classes have rows. */
int eval_roc(const struct eval_score *scores, size_t n, double ret_rates[EVAL_ROC_POINTS],
	     struct err *err);

#endif
