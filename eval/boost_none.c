/* SPDX-License-Identifier: Apache-2.0 */
/* Builds without libxgboost. */
#include "eval/boost.h"

#include <errno.h>

#include "config.h"

#if !HAVE_XGBOOST

bool eval_boost_here(void)
{
	return false;
}

int eval_boost_run(const struct eval_boost *boost, const struct eval_matrix *train,
		   const float *labels, const struct eval_matrix *test, float *ret_scores,
		   struct err *err)
{
	(void)boost;
	(void)train;
	(void)labels;
	(void)test;
	(void)ret_scores;
	return err_set(err, -ENOSYS, "built without libxgboost (package libxgboost-dev)");
}

#endif
