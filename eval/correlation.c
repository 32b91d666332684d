/* SPDX-License-Identifier: Apache-2.0 */
#include "eval/correlation.h"

#include <stdlib.h>

#include "base/detmath.h"

void eval_correlations_add(struct eval_correlations *correlations, uint32_t defined,
			   const double values[EVAL_N_FLAG_FEATURES])
{
	double x[EVAL_N_FLAG_FEATURES] = { 0 };
	struct eval_moments *pair = correlations->pairs;

	for (int i = 0; i < EVAL_N_FLAG_FEATURES; i++) {
		if ((defined >> i & 1) == 0)
			continue;
		x[i] = eval_flag_feature_info((enum eval_flag_feature)i)->is_share
			       ? values[i]
			       : det_log2(1 + values[i]);
		if ((correlations->seen >> i & 1) == 0)
			correlations->shift[i] = x[i];
		correlations->seen |= 1U << i;
		x[i] -= correlations->shift[i];
	}
	for (int i = 0; i < EVAL_N_FLAG_FEATURES; i++) {
		for (int j = i + 1; j < EVAL_N_FLAG_FEATURES; j++, pair++) {
			if ((defined >> i & defined >> j & 1) == 0)
				continue;
			pair->n++;
			pair->x += x[i];
			pair->y += x[j];
			pair->xx += x[i] * x[i];
			pair->yy += x[j] * x[j];
			pair->xy += x[i] * x[j];
		}
	}
}

/* 0 where one of them does not change: what is left of the variance then is rounding. */
static double pearson(const struct eval_moments *pair)
{
	static const double rounding = 1e-12;
	double n = (double)pair->n;
	double xx, yy, r;

	if (pair->n < 2)
		return 0;
	xx = pair->xx - pair->x * pair->x / n;
	yy = pair->yy - pair->y * pair->y / n;
	if (!(xx > rounding * pair->xx) || !(yy > rounding * pair->yy))
		return 0;
	r = (pair->xy - pair->x * pair->y / n) / (det_sqrt(xx) * det_sqrt(yy));
	return r > 1 ? 1 : r < -1 ? -1 : r;
}

static double size_of(double r)
{
	return r < 0 ? -r : r;
}

static int compare(const void *a, const void *b)
{
	const struct eval_correlation *x = a, *y = b;
	double rx = size_of(x->r), ry = size_of(y->r);

	if (rx > ry || rx < ry)
		return rx > ry ? -1 : 1;
	if (x->a != y->a)
		return x->a < y->a ? -1 : 1;
	return x->b < y->b ? -1 : x->b > y->b;
}

size_t eval_correlations_above(const struct eval_correlations *correlations, double limit,
			       struct eval_correlation ret_found[EVAL_N_PAIRS])
{
	const struct eval_moments *pair = correlations->pairs;
	size_t n = 0;

	for (int i = 0; i < EVAL_N_FLAG_FEATURES; i++) {
		for (int j = i + 1; j < EVAL_N_FLAG_FEATURES; j++, pair++) {
			double r = pearson(pair);

			if (size_of(r) > limit)
				ret_found[n++] =
					(struct eval_correlation) { (enum eval_flag_feature)i,
								    (enum eval_flag_feature)j,
								    pair->n, r };
		}
	}
	qsort(ret_found, n, sizeof(ret_found[0]), compare);
	return n;
}
