/* SPDX-License-Identifier: Apache-2.0 */
/* Features as linear classifiers need them: codes one-hot, numbers standardised. */
#ifndef SOSIE_EVAL_ONE_HOT_H
#define SOSIE_EVAL_ONE_HOT_H

#include "eval/features.h"

/*
 * Both matrices again, from what train has: for a code a column of 0 and 1 for each value in train,
 * missing being one; for a number the number less its mean, over its standard deviation (a constant
 * one has no column). columns (n_columns of the matrices) says which feature stands in each. Both
 * of ret_ need eval_matrix_done.
 */
int eval_one_hot(const struct eval_matrix *train, const struct eval_matrix *test,
		 const enum eval_feature *columns, struct eval_matrix *ret_train,
		 struct eval_matrix *ret_test, struct err *err);

#endif
