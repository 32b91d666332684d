/* SPDX-License-Identifier: Apache-2.0 */
/* Earth mover's distance of the numeric columns. */
#ifndef SOSIE_EVAL_EMD_H
#define SOSIE_EVAL_EMD_H

#include "eval/rows.h"

/* Wasserstein-1 of two samples, which are sorted in place: the area between their ECDFs. n > 0. */
double eval_wasserstein(double *a, size_t n_a, double *b, size_t n_b);

/*
 * As FlowChronicle's artifact has it, which is no EMD of the data: histograms on the bins that
 * Freedman and Diaconis give for the real side (what is synthetic and outside of them is lost),
 * cumulated and divided by the side's rows, and then the Wasserstein-1 of the two sets of
 * heights. Mean over the columns. Bins are at most 2^22 here; the artifact has no bound and would
 * not end.
 */
int eval_emd_published(const struct eval_rows *real, const struct eval_rows *synth, double *ret_emd,
		       struct err *err);

/* The mean over the columns of the Wasserstein-1 of log2(1 + x): how many doublings off. */
int eval_emd_corrected(const struct eval_rows *real, const struct eval_rows *synth, double *ret_emd,
		       struct err *err);

#endif
