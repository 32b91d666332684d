/* SPDX-License-Identifier: Apache-2.0 */
#include "eval/md.h"

#include <stdlib.h>

enum { N_COLUMNS = 11 };

static size_t at_most(size_t n)
{
	return n < EVAL_MD_ROWS ? n : EVAL_MD_ROWS;
}

static int mismatches(const struct eval_rows *a, size_t i, const struct eval_rows *b, size_t j)
{
	int n = a->time_ns[i] != b->time_ns[j];

	for (size_t c = 0; c < eval_published_columns.n; c++) {
		enum eval_code column = eval_published_columns.columns[c];

		n += a->codes[column][i] != b->codes[column][j];
	}
	for (int c = 0; c < EVAL_N_NUMBERS; c++)
		n += a->numbers[c][i] != b->numbers[c][j];
	return n;
}

/* ret_counts[m]: rows whose nearest synthetic row differs in m columns. */
static void nearest_counts(const struct eval_rows *rows, const struct eval_rows *synth,
			   uint32_t ret_counts[N_COLUMNS + 1])
{
	for (int m = 0; m <= N_COLUMNS; m++)
		ret_counts[m] = 0;
	for (size_t i = 0; i < at_most(rows->n); i++) {
		int nearest = N_COLUMNS;

		for (size_t j = 0; j < at_most(synth->n); j++) {
			int n = mismatches(rows, i, synth, j);

			nearest = n < nearest ? n : nearest;
		}
		ret_counts[nearest]++;
	}
}

int eval_md_published(const struct eval_rows *members, const struct eval_rows *others,
		      const struct eval_rows *synth, double *ret_md, struct err *err)
{
	uint32_t of_members[N_COLUMNS + 1], of_others[N_COLUMNS + 1];
	double sum = 0;

	(void)err;
	nearest_counts(members, synth, of_members);
	nearest_counts(others, synth, of_others);
	for (int radius = 0; radius < EVAL_MD_RADII; radius++) {
		uint64_t hits = 0, false_alarms = 0;

		/* m / 11 <= radius / 14, in whole numbers */
		for (int m = 0; m <= N_COLUMNS && m * (EVAL_MD_RADII - 1) <= radius * N_COLUMNS;
		     m++) {
			hits += of_members[m];
			false_alarms += of_others[m];
		}
		/* 2 TP / (2 TP + FP + FN) = 2 TP / (called + members) */
		if (hits + false_alarms > 0)
			sum += 2 * (double)hits /
			       (double)(hits + false_alarms + at_most(members->n));
	}
	*ret_md = sum;
	return 0;
}

static int compare_doubles(const void *a, const void *b)
{
	const double *x = a, *y = b;

	return *x < *y ? -1 : *x > *y;
}

double eval_md_corrected(double *members, size_t n_members, double *others, size_t n_others)
{
	uint64_t halves = 0;
	size_t below = 0, up_to = 0;

	qsort(members, n_members, sizeof(*members), compare_doubles);
	qsort(others, n_others, sizeof(*others), compare_doubles);
	/* For each other row: members strictly nearer count two halves, equally near ones one. */
	for (size_t i = 0; i < n_others; i++) {
		while (below < n_members && members[below] < others[i])
			below++;
		while (up_to < n_members && members[up_to] <= others[i])
			up_to++;
		halves += below + up_to;
	}
	return (double)halves / 2 / ((double)n_members * (double)n_others);
}
