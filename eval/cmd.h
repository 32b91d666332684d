/* SPDX-License-Identifier: Apache-2.0 */
/* Contingency matrix difference: joint frequencies of pairs of columns. */
#ifndef SOSIE_EVAL_CMD_H
#define SOSIE_EVAL_CMD_H

#include "eval/rows.h"

/* The mean over the 10 pairs of the Frobenius norm of the difference of joint frequencies. */
int eval_cmd_published(const struct eval_rows *real, const struct eval_rows *synth, double *ret_cmd,
		       struct err *err);

/*
 * The mean over the 21 pairs of the total variation distance, [0, 1], of the joint frequencies: the
 * share of rows that would have to change. A Frobenius norm fades as the cells get many.
 */
int eval_cmd_corrected(const struct eval_rows *real, const struct eval_rows *synth, double *ret_cmd,
		       struct err *err);

#endif
