/* SPDX-License-Identifier: Apache-2.0 */
#include "eval/dcr.h"

#include <stdlib.h>

#include "base/mem.h"

static int compare_doubles(const void *a, const void *b)
{
	const double *x = a, *y = b;

	return *x < *y ? -1 : *x > *y;
}

int eval_dcr(const struct eval_points *synth, const struct eval_points *train,
	     const struct eval_points *real, struct eval_dcr *ret_dcr, struct err *err)
{
	CLEANUP(freep) double *to_train = mem_array(synth->n, sizeof(*to_train));
	uint64_t halves = 0, copies = 0;

	if (to_train == NULL)
		return err_no_memory(err);
	for (size_t i = 0; i < synth->n; i++) {
		double to_real = eval_nearest(synth, i, real);

		to_train[i] = eval_nearest(synth, i, train);
		halves += to_train[i] < to_real ? 2 : to_train[i] == to_real;
		copies += to_train[i] == 0;
	}
	qsort(to_train, synth->n, sizeof(*to_train), compare_doubles);
	ret_dcr->nearer_to_train = (double)halves / 2 / (double)synth->n;
	ret_dcr->copies = (double)copies / (double)synth->n;
	ret_dcr->percentile_5 = to_train[(synth->n - 1) / 20];
	return 0;
}
