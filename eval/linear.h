/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Linear classifiers, one class against the rest, by liblinear (Fan, Chang, Hsieh, Wang, Lin, JMLR
 * 9, 2008): L2-regularised, C = 1, with a bias. Both are solved in the primal by Newton's method,
 * which draws nothing at random. The library is loaded by the first call (base/library.h).
 */
#ifndef SOSIE_EVAL_LINEAR_H
#define SOSIE_EVAL_LINEAR_H

#include "eval/features.h"

enum eval_linear { EVAL_LINEAR_LOGISTIC, EVAL_LINEAR_SVC /* squared hinge */ };

/* Whether the build knows liblinear and it can be loaded; without it eval_linear_run is -ENOSYS or
 * -ENOENT. */
bool eval_linear_here(void);

/* Learns from train, whose labels (n) are class numbers, and answers for test. No value is NaN.
 * Safe in several threads at once. */
int eval_linear_run(enum eval_linear how, const struct eval_matrix *train, const uint16_t *labels,
		    const struct eval_matrix *test, uint16_t *ret_answers, struct err *err);

#endif
