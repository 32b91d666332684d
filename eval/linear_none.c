/* SPDX-License-Identifier: Apache-2.0 */
/* Builds without liblinear. */
#include "eval/linear.h"

#include <errno.h>

#include "config.h"

#if !HAVE_LIBLINEAR

bool eval_linear_here(void)
{
	return false;
}

int eval_linear_run(enum eval_linear how, const struct eval_matrix *train, const uint16_t *labels,
		    const struct eval_matrix *test, uint16_t *ret_answers, struct err *err)
{
	(void)how;
	(void)train;
	(void)labels;
	(void)test;
	(void)ret_answers;
	return err_set(err, -ENOSYS, "built without liblinear (package liblinear-dev)");
}

#endif
