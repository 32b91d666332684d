/* SPDX-License-Identifier: Apache-2.0 */
/* Seeded draws of rows without replacement. */
#ifndef SOSIE_EVAL_SAMPLE_H
#define SOSIE_EVAL_SAMPLE_H

#include "eval/rows.h"

/*
 * min(n, rows->n) rows in random order; ret_sample needs eval_rows_done. The draw depends on
 * (seed, draw, side) and the number of rows only.
 */
int eval_sample(const struct eval_rows *rows, size_t n, uint64_t seed, uint32_t draw, uint32_t side,
		struct eval_rows *ret_sample, struct err *err);

/* Mean and standard deviation (n - 1; 0 of a single value) of n values. */
struct eval_value {
	uint32_t n; /* 0: not known */
	double mean, std;
};
struct eval_value eval_value_of(const double *values, size_t n);

#endif
