/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Rows as points of a mixed space: numbers scaled to [0, 1] over all sides, and codes, which are
 * one-hot: two of them are 0 or a fixed distance apart. Mismatches are counted rather than
 * multiplied out, since a one-hot matrix of some thousand addresses holds nothing but them; and
 * differences are taken directly, not as |a|^2 + |b|^2 - 2ab, so that equal rows are exactly 0
 * apart and ties are ties.
 */
#ifndef SOSIE_EVAL_DISTANCE_H
#define SOSIE_EVAL_DISTANCE_H

#include "eval/rows.h"

enum { EVAL_MAX_DIMENSIONS = EVAL_N_NUMBERS + 1, EVAL_ONE_HOT_BELOW = 40 };

struct eval_points {
	size_t n;
	size_t n_numbers, n_codes;
	double *numbers[EVAL_MAX_DIMENSIONS];
	uint32_t *codes[EVAL_N_CODES + EVAL_MAX_DIMENSIONS];
	double mismatch; /* squared distance of two codes */
};

enum eval_space {
	/*
	 * The artifact's: 11 columns with the time; a numeric column of fewer than 40 distinct
	 * values over all sides is one-hot; a mismatch weighs 2 (two coordinates of one-hot).
	 */
	EVAL_SPACE_PUBLISHED,
	/*
	 * No clock, for a synthetic hour need not be the real one's; numbers as log2(1 + x), or all
	 * but the largest are 0; the corrected columns; a mismatch weighs 1, as much as the whole
	 * range of a number.
	 */
	EVAL_SPACE_CORRECTED,
};

/* Encodes n_sides <= EVAL_MAX_TABLES samples together; each of ret_points needs eval_points_done.
 */
int eval_points_encode(const struct eval_rows *const *sides, size_t n_sides, enum eval_space space,
		       struct eval_points *ret_points, struct err *err);
void eval_points_done(struct eval_points *points);

enum { EVAL_DISTANCE_BLOCK = 512 };

/*
 * Squared distances from point i of x to points [from, from + n) of y, n <= EVAL_DISTANCE_BLOCK.
 * Budget: 3 ns a pair of 11 columns; see tests/bench/bench_eval.c.
 */
void eval_distances(const struct eval_points *x, size_t i, const struct eval_points *y, size_t from,
		    size_t n, double *ret_squares);

/* Distances nearer to one another than this are equal on paper, and differ by rounding only. */
#define EVAL_TIE 1e-10

/*
 * The distance of each point of x to its nearest of y (ret_x, x->n) and of each of y to its nearest
 * of x (ret_y, y->n), in one pass, rounded to multiples of EVAL_TIE. Both have points.
 */
void eval_nearest(const struct eval_points *x, const struct eval_points *y, double *ret_x,
		  double *ret_y);

#endif
