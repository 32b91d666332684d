/* SPDX-License-Identifier: Apache-2.0 */
#include "eval/distance.h"

#include <assert.h>
#include <float.h>
#include <stdlib.h>
#include <string.h>

#include "base/detmath.h"
#include "base/mem.h"

static int compare_doubles(const void *a, const void *b)
{
	const double *x = a, *y = b;

	return *x < *y ? -1 : *x > *y;
}

void eval_points_done(struct eval_points *points)
{
	for (size_t c = 0; c < points->n_numbers; c++)
		free(points->numbers[c]);
	for (size_t c = 0; c < points->n_codes; c++)
		free(points->codes[c]);
	memset(points, 0, sizeof(*points));
}

struct encoding {
	const struct eval_rows *const *sides;
	size_t n_sides;
	struct eval_points *points;
};

static int add_code(const struct encoding *e, enum eval_code column, struct err *err)
{
	for (size_t s = 0; s < e->n_sides; s++) {
		struct eval_points *points = &e->points[s];
		uint32_t *codes = mem_array(points->n, sizeof(*codes));

		if (codes == NULL)
			return err_no_memory(err);
		memcpy(codes, e->sides[s]->codes[column], points->n * sizeof(*codes));
		points->codes[points->n_codes++] = codes;
	}
	return 0;
}

/* Distinct values of all sides, at most EVAL_ONE_HOT_BELOW of them, in the order found. */
static size_t distinct(const struct encoding *e, const double *const *columns,
		       double ret_values[EVAL_ONE_HOT_BELOW])
{
	size_t n = 0;

	for (size_t s = 0; s < e->n_sides; s++) {
		for (size_t i = 0; i < e->points[s].n; i++) {
			size_t at = 0;

			while (at < n && ret_values[at] != columns[s][i])
				at++;
			if (at < n)
				continue;
			ret_values[n++] = columns[s][i];
			if (n == EVAL_ONE_HOT_BELOW)
				return n;
		}
	}
	return n;
}

static int add_one_hot(const struct encoding *e, const double *const *columns, double *values,
		       size_t n_values, struct err *err)
{
	qsort(values, n_values, sizeof(*values), compare_doubles);
	for (size_t s = 0; s < e->n_sides; s++) {
		struct eval_points *points = &e->points[s];
		uint32_t *codes = mem_array(points->n, sizeof(*codes));

		if (codes == NULL)
			return err_no_memory(err);
		for (size_t i = 0; i < points->n; i++) {
			const double *at = bsearch(&columns[s][i], values, n_values,
						   sizeof(*values), compare_doubles);

			codes[i] = (uint32_t)(at - values);
		}
		points->codes[points->n_codes++] = codes;
	}
	return 0;
}

static int add_scaled(const struct encoding *e, const double *const *columns, struct err *err)
{
	double low = DBL_MAX, high = -DBL_MAX;

	for (size_t s = 0; s < e->n_sides; s++) {
		for (size_t i = 0; i < e->points[s].n; i++) {
			low = columns[s][i] < low ? columns[s][i] : low;
			high = columns[s][i] > high ? columns[s][i] : high;
		}
	}
	for (size_t s = 0; s < e->n_sides; s++) {
		struct eval_points *points = &e->points[s];
		double *numbers = mem_array(points->n, sizeof(*numbers));

		if (numbers == NULL)
			return err_no_memory(err);
		for (size_t i = 0; high > low && i < points->n; i++)
			numbers[i] = (columns[s][i] - low) / (high - low);
		points->numbers[points->n_numbers++] = numbers;
	}
	return 0;
}

/* column EVAL_N_NUMBERS: the time */
static int add_number(const struct encoding *e, int column, enum eval_space space, struct err *err)
{
	const double *columns[EVAL_MAX_TABLES];
	double values[EVAL_ONE_HOT_BELOW];
	size_t n_values;

	for (size_t s = 0; s < e->n_sides; s++) {
		const struct eval_rows *side = e->sides[s];

		columns[s] = column == EVAL_N_NUMBERS	     ? side->time_ns
			     : space == EVAL_SPACE_CORRECTED ? side->logs[column]
							     : side->numbers[column];
	}
	if (space == EVAL_SPACE_CORRECTED)
		return add_scaled(e, columns, err);
	n_values = distinct(e, columns, values);
	return n_values < EVAL_ONE_HOT_BELOW ? add_one_hot(e, columns, values, n_values, err)
					     : add_scaled(e, columns, err);
}

int eval_points_encode(const struct eval_rows *const *sides, size_t n_sides, enum eval_space space,
		       struct eval_points *ret_points, struct err *err)
{
	const struct eval_columns *set =
		space == EVAL_SPACE_CORRECTED ? &eval_corrected_columns : &eval_published_columns;
	struct encoding e = { sides, n_sides, ret_points };
	int n_numbers = space == EVAL_SPACE_CORRECTED ? EVAL_N_NUMBERS : EVAL_N_NUMBERS + 1;
	int r = 0;

	memset(ret_points, 0, n_sides * sizeof(*ret_points));
	for (size_t s = 0; s < n_sides; s++) {
		ret_points[s].n = sides[s]->n;
		ret_points[s].mismatch = space == EVAL_SPACE_CORRECTED ? 1 : 2;
	}
	for (size_t c = 0; r == 0 && c < set->n; c++)
		r = add_code(&e, set->columns[c], err);
	for (int c = 0; r == 0 && c < n_numbers; c++)
		r = add_number(&e, c, space, err);
	for (size_t s = 0; r < 0 && s < n_sides; s++)
		eval_points_done(&ret_points[s]);
	return r;
}

/* Eight codes at a time, said outright: left alone, gcc 12 compiles the comparison one by one. */
enum { LANES = 8 };
typedef int32_t lanes_int __attribute__((vector_size(LANES * sizeof(int32_t))));
static_assert(EVAL_DISTANCE_BLOCK % LANES == 0, "no lane beyond a block");

static inline __attribute__((always_inline)) void
count_mismatches(const uint32_t *codes, uint32_t code, size_t n, int32_t *mismatches)
{
	size_t j = 0;

	for (; j + LANES <= n; j += LANES) {
		lanes_int there, counts;

		memcpy(&there, codes + j, sizeof(there));
		memcpy(&counts, mismatches + j, sizeof(counts));
		counts -= there != (int32_t)code; /* -1 where it is so */
		memcpy(mismatches + j, &counts, sizeof(counts));
	}
	for (; j < n; j++)
		mismatches[j] += codes[j] != code;
}

/* The loops over a block, compiled once for any machine and once for AVX2: the same operations in
 * the same order on each pair, so the same result. */
static inline __attribute__((always_inline)) void
block_distances(const struct eval_points *x, size_t i, const struct eval_points *y, size_t from,
		size_t n, double *restrict ret_squares)
{
	int32_t mismatches[EVAL_DISTANCE_BLOCK];

	memset(mismatches, 0, n * sizeof(*mismatches));
	for (size_t c = 0; c < y->n_codes; c++)
		count_mismatches(y->codes[c] + from, x->codes[c][i], n, mismatches);
	for (size_t j = 0; j < n; j++)
		ret_squares[j] = mismatches[j] * y->mismatch;
	for (size_t c = 0; c < y->n_numbers; c++) {
		const double *numbers = y->numbers[c] + from;
		double number = x->numbers[c][i];

		for (size_t j = 0; j < n; j++)
			ret_squares[j] += (numbers[j] - number) * (numbers[j] - number);
	}
}

#ifdef __x86_64__
__attribute__((target("avx2"))) static void
block_distances_avx2(const struct eval_points *x, size_t i, const struct eval_points *y,
		     size_t from, size_t n, double *ret_squares)
{
	block_distances(x, i, y, from, n, ret_squares);
}
#endif

void eval_distances(const struct eval_points *x, size_t i, const struct eval_points *y, size_t from,
		    size_t n, double *ret_squares)
{
#ifdef __x86_64__
	if (__builtin_cpu_supports("avx2")) {
		block_distances_avx2(x, i, y, from, n, ret_squares);
		return;
	}
#endif
	block_distances(x, i, y, from, n, ret_squares);
}

/* To the grid of ties. */
static void squares_to_distances(double *values, size_t n)
{
	for (size_t i = 0; i < n; i++)
		values[i] = (double)(int64_t)(det_sqrt(values[i]) / EVAL_TIE + 0.5) * EVAL_TIE;
}

void eval_nearest(const struct eval_points *x, const struct eval_points *y, double *ret_x,
		  double *ret_y)
{
	double squares[EVAL_DISTANCE_BLOCK];

	for (size_t j = 0; j < y->n; j++)
		ret_y[j] = DBL_MAX;
	for (size_t i = 0; i < x->n; i++) {
		double nearest = DBL_MAX;

		for (size_t from = 0; from < y->n; from += EVAL_DISTANCE_BLOCK) {
			size_t n = y->n - from < EVAL_DISTANCE_BLOCK ? y->n - from
								     : EVAL_DISTANCE_BLOCK;

			eval_distances(x, i, y, from, n, squares);
			for (size_t j = 0; j < n; j++) {
				double *other = &ret_y[from + j];

				*other = squares[j] < *other ? squares[j] : *other;
				nearest = squares[j] < nearest ? squares[j] : nearest;
			}
		}
		ret_x[i] = nearest;
	}
	squares_to_distances(ret_x, x->n);
	squares_to_distances(ret_y, y->n);
}
