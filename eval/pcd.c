/* SPDX-License-Identifier: Apache-2.0 */
#include "eval/pcd.h"

#include <stdlib.h>
#include <string.h>

#include "base/detmath.h"
#include "base/mem.h"

struct ranked {
	double value;
	uint32_t row;
};

static int compare_ranked(const void *a, const void *b)
{
	const struct ranked *x = a, *y = b;

	if (x->value != y->value)
		return x->value < y->value ? -1 : 1;
	return x->row < y->row ? -1 : x->row > y->row;
}

static void ranks(const double *values, size_t n, struct ranked *work, double *ret_ranks)
{
	for (size_t i = 0; i < n; i++)
		work[i] = (struct ranked) { values[i], (uint32_t)i };
	qsort(work, n, sizeof(*work), compare_ranked);
	for (size_t i = 0, end; i < n; i = end) {
		for (end = i; end < n && work[end].value == work[i].value;)
			end++;
		for (size_t j = i; j < end; j++)
			ret_ranks[work[j].row] = (double)(i + end - 1) / 2;
	}
}

/* Columns are centred in place. */
static void correlations(double *columns[EVAL_N_NUMBERS], size_t n,
			 double ret_matrix[EVAL_N_NUMBERS][EVAL_N_NUMBERS])
{
	double sums[EVAL_N_NUMBERS][EVAL_N_NUMBERS];

	for (int c = 0; c < EVAL_N_NUMBERS; c++) {
		double mean = 0;

		for (size_t i = 0; i < n; i++)
			mean += columns[c][i];
		mean /= (double)n;
		for (size_t i = 0; i < n; i++)
			columns[c][i] -= mean;
	}
	for (int a = 0; a < EVAL_N_NUMBERS; a++) {
		for (int b = 0; b <= a; b++) {
			double sum = 0;

			for (size_t i = 0; i < n; i++)
				sum += columns[a][i] * columns[b][i];
			sums[a][b] = sums[b][a] = sum;
		}
	}
	for (int a = 0; a < EVAL_N_NUMBERS; a++) {
		for (int b = 0; b < EVAL_N_NUMBERS; b++) {
			double scale = det_sqrt(sums[a][a]) * det_sqrt(sums[b][b]);

			ret_matrix[a][b] = scale > 0 ? sums[a][b] / scale : 0;
		}
	}
}

static bool is_constant(const double *values, size_t n)
{
	for (size_t i = 1; i < n; i++) {
		if (values[i] != values[0])
			return false;
	}
	return true;
}

static int matrix_of(const struct eval_rows *rows, bool rank,
		     double ret_matrix[EVAL_N_NUMBERS][EVAL_N_NUMBERS], struct err *err)
{
	CLEANUP(freep) double *room = mem_array(rows->n * EVAL_N_NUMBERS, sizeof(*room));
	CLEANUP(freep) struct ranked *work = mem_array(rows->n, sizeof(*work));
	double *columns[EVAL_N_NUMBERS];

	if (room == NULL || work == NULL)
		return err_no_memory(err);
	for (int c = 0; c < EVAL_N_NUMBERS; c++) {
		columns[c] = room + rows->n * (size_t)c;
		/* A constant's mean may round, and then it would correlate with noise. */
		if (is_constant(rows->numbers[c], rows->n))
			memset(columns[c], 0, rows->n * sizeof(double));
		else if (rank)
			ranks(rows->numbers[c], rows->n, work, columns[c]);
		else
			memcpy(columns[c], rows->numbers[c], rows->n * sizeof(double));
	}
	correlations(columns, rows->n, ret_matrix);
	return 0;
}

static int difference(const struct eval_rows *real, const struct eval_rows *synth, bool rank,
		      double *ret_pcd, struct err *err)
{
	double a[EVAL_N_NUMBERS][EVAL_N_NUMBERS], b[EVAL_N_NUMBERS][EVAL_N_NUMBERS], sum = 0;
	int r = matrix_of(real, rank, a, err);

	if (r == 0)
		r = matrix_of(synth, rank, b, err);
	if (r < 0)
		return r;
	for (int i = 0; i < EVAL_N_NUMBERS; i++) {
		for (int j = 0; j < EVAL_N_NUMBERS; j++)
			sum += (a[i][j] - b[i][j]) * (a[i][j] - b[i][j]);
	}
	*ret_pcd = det_sqrt(sum);
	return 0;
}

int eval_pcd_published(const struct eval_rows *real, const struct eval_rows *synth, double *ret_pcd,
		       struct err *err)
{
	return difference(real, synth, false, ret_pcd, err);
}

int eval_pcd_corrected(const struct eval_rows *real, const struct eval_rows *synth, double *ret_pcd,
		       struct err *err)
{
	return difference(real, synth, true, ret_pcd, err);
}
