/* SPDX-License-Identifier: Apache-2.0 */
#include "eval/mutual.h"

#include "base/detmath.h"
#include "base/mem.h"

static const double ln2 = 0.69314718055994530942;

static double entropy(const double *counts, size_t n, double all, size_t *n_occupied)
{
	double bits = 0;

	for (size_t i = 0; i < n; i++) {
		if (counts[i] > 0) {
			bits -= counts[i] / all * det_log2(counts[i] / all);
			(*n_occupied)++;
		}
	}
	return bits > 0 ? bits : 0;
}

static double less_chance(double bits, double n, double freedom)
{
	double corrected = freedom > 0 ? bits - freedom / (2 * n * ln2) : bits;

	return corrected > 0 ? corrected : 0;
}

int eval_mutual(const double *counts, size_t n_rows, size_t n_columns,
		struct eval_mutual *ret_mutual, struct err *err)
{
	CLEANUP(freep) double *rows = mem_array(n_rows, sizeof(*rows));
	CLEANUP(freep) double *columns = mem_array(n_columns, sizeof(*columns));
	size_t used_rows = 0, used_columns = 0, used_cells = 0;
	struct eval_mutual mutual = { 0, 0, 0, 0 };
	double all = 0;

	if (rows == NULL || columns == NULL)
		return err_no_memory(err);
	for (size_t i = 0; i < n_rows; i++) {
		for (size_t j = 0; j < n_columns; j++) {
			rows[i] += counts[i * n_columns + j];
			columns[j] += counts[i * n_columns + j];
		}
		all += rows[i];
	}
	if (all > 0) {
		mutual.row_bits = entropy(rows, n_rows, all, &used_rows);
		mutual.column_bits = entropy(columns, n_columns, all, &used_columns);
		mutual.bits = mutual.row_bits + mutual.column_bits -
			      entropy(counts, n_rows * n_columns, all, &used_cells);
		mutual.bits = mutual.bits > 0 ? mutual.bits : 0;
		mutual.corrected = less_chance(mutual.bits, all,
					       (double)used_cells - (double)used_rows -
						       (double)used_columns + 1);
	}
	*ret_mutual = mutual;
	return 0;
}
