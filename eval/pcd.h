/* SPDX-License-Identifier: Apache-2.0 */
/* Pairwise correlation difference of the numeric columns. */
#ifndef SOSIE_EVAL_PCD_H
#define SOSIE_EVAL_PCD_H

#include "eval/rows.h"

/*
 * The Frobenius norm of the difference between the two matrices (5 x 5) of Pearson's correlation,
 * undefined ones being 0. The artifact's joint scaling to [0, 1] before it changes nothing.
 */
int eval_pcd_published(const struct eval_rows *real, const struct eval_rows *synth, double *ret_pcd,
		       struct err *err);

/* The same of Spearman's rank correlation (ties have their mean rank): one huge flow moves it no
 * more than any other. */
int eval_pcd_corrected(const struct eval_rows *real, const struct eval_rows *synth, double *ret_pcd,
		       struct err *err);

#endif
