/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The classifier two-sample test (Lopez-Paz and Oquab, ICLR 2017): boosted trees learn to tell real
 * flows from synthetic ones, and are asked about flows they have not seen. An area under the ROC
 * curve of 0.5 is guessing, 1 is knowing.
 *
 * Cross-validated in EVAL_N_FOLDS folds of whole sessions (eval/context.h), as flows of a session
 * are near duplicates of one another. The area is the mean of the folds'; its variance that of the
 * mean, each fold's by DeLong over sessions (eval/auc.h), after LeDell, Petersen and van der Laan
 * (Electronic Journal of Statistics 9, 2015), which is for the judges as they were learned. The
 * interval is 1.96 standard errors either way; it is about the flows at hand, not about what else
 * might have happened in that time, which for short captures is more: pairs of six minutes of one
 * model have 0.46 to 0.56, of half an hour 0.48 to 0.51. An area below 0.5 is as good as 0.5, but
 * where synthetic flows copy real ones: each side then looks like the other.
 */
#ifndef SOSIE_EVAL_TWO_SAMPLE_H
#define SOSIE_EVAL_TWO_SAMPLE_H

#include "eval/auc.h"
#include "eval/judged.h"

enum { EVAL_N_FOLDS = 5 };

struct eval_two_sample {
	uint32_t n_folds;	      /* that had flows of both sides; below 2: nothing is known */
	double auc, low, high, error; /* the 95% interval, the standard error */
	double roc[EVAL_ROC_POINTS];  /* the mean of the folds' curves */
	struct eval_score *scores; /* n, each by a judge that had not seen it; positive: synthetic
				    */
	uint8_t *folds;		   /* n */
	size_t n;
};
void eval_two_sample_done(struct eval_two_sample *test);

/* Room for scores, and the folds: the same for one seed and judged. */
int eval_two_sample_init(const struct eval_judged *judged, uint64_t seed,
			 struct eval_two_sample *ret_test, struct err *err);
/* Fills the scores of one fold, by the first n_columns features. Folds may be done at once. */
int eval_two_sample_fold(const struct eval_judged *judged, size_t n_columns, uint64_t seed,
			 uint32_t fold, struct eval_two_sample *test, struct err *err);
/* The area and the rest, from all scores. */
int eval_two_sample_sum(struct eval_two_sample *test, struct err *err);

#endif
