/* SPDX-License-Identifier: Apache-2.0 */
#include "eval/cmd.h"

#include <stdlib.h>

#include "base/detmath.h"
#include "base/mem.h"

static int compare_cells(const void *a, const void *b)
{
	const uint64_t *x = a, *y = b;

	return *x < *y ? -1 : *x > *y;
}

static void cells_of(const struct eval_rows *rows, enum eval_code a, enum eval_code b,
		     uint64_t *ret_cells)
{
	for (size_t i = 0; i < rows->n; i++)
		ret_cells[i] = (uint64_t)rows->codes[a][i] << 32 | rows->codes[b][i];
	qsort(ret_cells, rows->n, sizeof(*ret_cells), compare_cells);
}

static size_t run_length(const uint64_t *cells, size_t n, size_t from, uint64_t cell)
{
	size_t end = from;

	while (end < n && cells[end] == cell)
		end++;
	return end - from;
}

/* Sum of squares and sum of magnitudes of the differences, over cells that either side has. */
static void compare_sides(const uint64_t *a, size_t n_a, const uint64_t *b, size_t n_b,
			  double *ret_squares, double *ret_magnitudes)
{
	double squares = 0, magnitudes = 0;
	size_t i = 0, j = 0;

	while (i < n_a || j < n_b) {
		uint64_t cell = j == n_b || (i < n_a && a[i] < b[j]) ? a[i] : b[j];
		size_t in_a = run_length(a, n_a, i, cell), in_b = run_length(b, n_b, j, cell);
		double apart = (double)in_a / (double)n_a - (double)in_b / (double)n_b;

		squares += apart * apart;
		magnitudes += apart < 0 ? -apart : apart;
		i += in_a;
		j += in_b;
	}
	*ret_squares = squares;
	*ret_magnitudes = magnitudes;
}

static int mean_over_pairs(const struct eval_rows *real, const struct eval_rows *synth,
			   const struct eval_columns *set, bool frobenius, double *ret_cmd,
			   struct err *err)
{
	CLEANUP(freep) uint64_t *a = mem_array(real->n, sizeof(*a));
	CLEANUP(freep) uint64_t *b = mem_array(synth->n, sizeof(*b));
	double sum = 0, squares, magnitudes;
	size_t n = 0;

	if (a == NULL || b == NULL)
		return err_no_memory(err);
	for (size_t i = 0; i < set->n; i++) {
		for (size_t j = i + 1; j < set->n; j++, n++) {
			cells_of(real, set->columns[i], set->columns[j], a);
			cells_of(synth, set->columns[i], set->columns[j], b);
			compare_sides(a, real->n, b, synth->n, &squares, &magnitudes);
			sum += frobenius ? det_sqrt(squares) : magnitudes / 2;
		}
	}
	*ret_cmd = sum / (double)n;
	return 0;
}

int eval_cmd_published(const struct eval_rows *real, const struct eval_rows *synth, double *ret_cmd,
		       struct err *err)
{
	return mean_over_pairs(real, synth, &eval_published_columns, true, ret_cmd, err);
}

int eval_cmd_corrected(const struct eval_rows *real, const struct eval_rows *synth, double *ret_cmd,
		       struct err *err)
{
	return mean_over_pairs(real, synth, &eval_corrected_columns, false, ret_cmd, err);
}
