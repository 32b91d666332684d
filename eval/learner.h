/* SPDX-License-Identifier: Apache-2.0 */
/* Classifiers that learn to name the class of a row. */
#ifndef SOSIE_EVAL_LEARNER_H
#define SOSIE_EVAL_LEARNER_H

#include "eval/features.h"

enum eval_learner {
	EVAL_LEARNER_LOGISTIC, /* linear ones: codes one-hot, numbers standardised, C = 1 */
	EVAL_LEARNER_SVC,
	EVAL_LEARNER_TREE,   /* one for each class, depth 12 */
	EVAL_LEARNER_FOREST, /* 40 for each class, each of 63% of the rows, a split from the square
				root of the columns */
	EVAL_N_LEARNERS
};

struct eval_learner_info {
	const char *key, *name; /* "logistic_regression", "Logistic regr." */
	const char *package;	/* that a build needs for it */
};
const struct eval_learner_info *eval_learner_info(enum eval_learner learner);
bool eval_learner_here(enum eval_learner learner);

struct eval_lesson {
	const struct eval_matrix *train, *test;
	const uint16_t *labels;		  /* of train, below n_classes */
	const enum eval_feature *columns; /* of both */
	uint32_t n_classes;		  /* 2 or more */
};

/* An answer for each row of test; UINT16_MAX when train has no rows. Different lessons may run at
 * once. */
int eval_learner_run(enum eval_learner learner, const struct eval_lesson *lesson, uint64_t seed,
		     uint16_t *ret_answers, struct err *err);

#endif
