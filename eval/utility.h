/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Train on synthetic, test on real (Esteban, Hyland and Raetsch, 2017): what a classifier that
 * learned from synthetic flows is worth on real ones, beside the same one that learned from real
 * flows.
 *
 * It learns to name the label where both sides have labels of two kinds or more ("-" is one), else
 * the service, from the features of eval/features.h of flows alone; not from the ports' classes and
 * the service when that is what is asked for. Half of the sessions drawn of each side are learned
 * from, the other half of the real ones tests both. Classes are those of 20 real rows or more, at
 * most EVAL_MAX_CLASSES, the most frequent; flows of others are left out.
 */
#ifndef SOSIE_EVAL_UTILITY_H
#define SOSIE_EVAL_UTILITY_H

#include "eval/f1.h"
#include "eval/judged.h"
#include "eval/learner.h"

enum eval_trained_on { EVAL_ON_SYNTHETIC, EVAL_ON_REAL, EVAL_N_TRAINED_ON };

struct eval_utility {
	const char *target; /* "label" or "service" */
	uint32_t n_classes; /* below 2: nothing is known */
	char classes[EVAL_MAX_CLASSES][FLOW_LABEL_BYTES];
	enum eval_feature columns[EVAL_N_FLOW_FEATURES];
	size_t n_columns;
	struct eval_matrix test, train[EVAL_N_TRAINED_ON];
	uint16_t *truth;				       /* of the test's rows */
	uint16_t *train_truth[EVAL_N_TRAINED_ON];	       /* of the training rows */
	uint16_t *answers[EVAL_N_LEARNERS][EVAL_N_TRAINED_ON]; /* UINT16_MAX: none */
	double f1[EVAL_N_LEARNERS][EVAL_N_TRAINED_ON];	       /* macro */
};
void eval_utility_done(struct eval_utility *utility);

/* Everything but answers and F1. */
int eval_utility_init(const struct eval_judged *judged, const struct flow_table *const tables[2],
		      uint64_t seed, struct eval_utility *ret_utility, struct err *err);
/* Answers and F1 of one; different ones may run at once. n_classes is 2 or more. */
int eval_utility_run(struct eval_utility *utility, enum eval_learner learner,
		     enum eval_trained_on on, uint64_t seed, struct err *err);

#endif
