/* SPDX-License-Identifier: Apache-2.0 */
#include "eval/prdc.h"

#include <errno.h>
#include <float.h>

#include "base/detmath.h"

/* Distance of a point to its k-th nearest other one of its side. */
static double radius(const struct eval_points *points, size_t i)
{
	double squares[EVAL_DISTANCE_BLOCK], nearest[EVAL_PRDC_K];

	for (int k = 0; k < EVAL_PRDC_K; k++)
		nearest[k] = DBL_MAX;
	for (size_t from = 0; from < points->n; from += EVAL_DISTANCE_BLOCK) {
		size_t n = points->n - from < EVAL_DISTANCE_BLOCK ? points->n - from
								  : EVAL_DISTANCE_BLOCK;

		eval_distances(points, i, points, from, n, squares);
		if (i >= from && i < from + n)
			squares[i - from] = DBL_MAX;
		for (size_t j = 0; j < n; j++) {
			int at = EVAL_PRDC_K - 1;

			if (squares[j] >= nearest[at])
				continue;
			for (; at > 0 && squares[j] < nearest[at - 1]; at--)
				nearest[at] = nearest[at - 1];
			nearest[at] = squares[j];
		}
	}
	return det_sqrt(nearest[EVAL_PRDC_K - 1]);
}

static size_t count_inside(const struct eval_points *real, size_t i,
			   const struct eval_points *synth, double rim, bool closed)
{
	/* What is a tie on paper is one here: the rim moves by the rounding that there may be. */
	double at = closed ? rim + EVAL_TIE : rim > EVAL_TIE ? rim - EVAL_TIE : 0;
	double squares[EVAL_DISTANCE_BLOCK], limit = at * at;
	size_t inside = 0;

	for (size_t from = 0; from < synth->n; from += EVAL_DISTANCE_BLOCK) {
		size_t n = synth->n - from < EVAL_DISTANCE_BLOCK ? synth->n - from
								 : EVAL_DISTANCE_BLOCK;

		eval_distances(real, i, synth, from, n, squares);
		if (closed) {
			for (size_t j = 0; j < n; j++)
				inside += squares[j] <= limit;
		} else {
			for (size_t j = 0; j < n; j++)
				inside += squares[j] < limit;
		}
	}
	return inside;
}

int eval_prdc(const struct eval_points *real, const struct eval_points *synth, bool closed,
	      struct eval_prdc *ret_prdc, struct err *err)
{
	uint64_t pairs = 0, covered = 0;

	if (real->n <= EVAL_PRDC_K)
		return err_set(err, -EINVAL,
			       "density and coverage: %zu real rows, expected more than %d",
			       real->n, EVAL_PRDC_K);
	for (size_t i = 0; i < real->n; i++) {
		size_t inside = count_inside(real, i, synth, radius(real, i), closed);

		pairs += inside;
		covered += inside > 0;
	}
	ret_prdc->density = (double)pairs / ((double)EVAL_PRDC_K * (double)synth->n);
	ret_prdc->coverage = (double)covered / (double)real->n;
	return 0;
}
