/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Trees, boosted or grown side by side, by libxgboost (Chen and Guestrin, KDD 2016).
 *
 * Every call uses one thread, so that sums are made in one order and the number of threads that
 * call does not show. Numbers are the same for one version of the library and of the C library.
 * The library is loaded by the first call (base/library.h).
 */
#ifndef SOSIE_EVAL_BOOST_H
#define SOSIE_EVAL_BOOST_H

#include "eval/features.h"

struct eval_boost {
	uint32_t n_classes;	    /* 2: one score, else a tree for each class in every round */
	uint32_t n_rounds, n_trees; /* trees side by side in a round */
	uint32_t depth;
	double rate;	     /* of learning */
	double row_share;    /* of rows that a tree sees */
	double column_share; /* of columns that a split chooses from */
	double lambda, min_weight;
	uint32_t seed;
};

/* Whether the build knows libxgboost and it can be loaded; without it eval_boost_run is -ENOSYS or
 * -ENOENT. */
bool eval_boost_here(void);

/*
 * Learns from train, whose labels (n) are 0 ... n_classes - 1, and scores test: the chance of class
 * 1 (n_classes 2), else of each class, row by row.
 */
int eval_boost_run(const struct eval_boost *boost, const struct eval_matrix *train,
		   const float *labels, const struct eval_matrix *test, float *ret_scores,
		   struct err *err);

#endif
