/* SPDX-License-Identifier: Apache-2.0 */
#include "eval/auc.h"

#include <stdlib.h>

#include "base/mem.h"

struct ranked {
	double score;
	uint32_t cluster;
	bool positive;
	double all, own; /* midranks from 1, among all rows and among those of its class */
};

static int by_score(const void *a, const void *b)
{
	const struct ranked *x = a, *y = b;

	return (x->score > y->score) - (x->score < y->score);
}

static int by_cluster(const void *a, const void *b)
{
	const struct ranked *x = a, *y = b;

	if (x->cluster != y->cluster)
		return x->cluster < y->cluster ? -1 : 1;
	/* Sums in floating point: in one order. */
	return by_score(a, b);
}

static size_t tie_end(const struct ranked *rows, size_t n, size_t from)
{
	size_t to = from + 1;

	while (to < n && rows[to].score <= rows[from].score)
		to++;
	return to;
}

/* Of rows sorted by score. */
static void rank_rows(struct ranked *rows, size_t n)
{
	size_t before[2] = { 0, 0 };

	for (size_t from = 0, to; from < n; from = to) {
		size_t tied[2] = { 0, 0 };

		to = tie_end(rows, n, from);
		for (size_t i = from; i < to; i++)
			tied[rows[i].positive]++;
		for (size_t i = from; i < to; i++) {
			int class = rows[i].positive;

			rows[i].all = (double)from + (double)(to - from + 1) / 2;
			rows[i].own = (double)before[class] + (double)(tied[class] + 1) / 2;
		}
		before[0] += tied[0];
		before[1] += tied[1];
	}
}

/* The share of the other class that the row is on the right side of. */
static double placement(const struct ranked *row, const struct eval_auc *auc)
{
	double below = row->all - row->own;

	return row->positive ? below / (double)auc->n_negative
			     : 1 - below / (double)auc->n_positive;
}

/* Of rows sorted by cluster. */
static double variance(const struct ranked *rows, size_t n, const struct eval_auc *auc)
{
	double squares[2] = { 0, 0 }, products = 0, result;
	double n_with[2] = { 0, 0 }, n_clusters = 0;

	for (size_t from = 0, to; from < n; from = to) {
		double sums[2] = { 0, 0 };
		bool has[2] = { false, false };

		for (to = from; to < n && rows[to].cluster == rows[from].cluster; to++) {
			sums[rows[to].positive] += placement(&rows[to], auc) - auc->auc;
			has[rows[to].positive] = true;
		}
		for (int class = 0; class < 2; class ++) {
			squares[class] += sums[class] * sums[class];
			n_with[class] += has[class];
		}
		products += sums[0] * sums[1];
		n_clusters++;
	}
	if (n_with[0] < 2 || n_with[1] < 2)
		return 0.25;
	result = squares[1] * n_with[1] / (n_with[1] - 1) /
			 ((double)auc->n_positive * (double)auc->n_positive) +
		 squares[0] * n_with[0] / (n_with[0] - 1) /
			 ((double)auc->n_negative * (double)auc->n_negative) +
		 2 * products * n_clusters / (n_clusters - 1) /
			 ((double)auc->n_positive * (double)auc->n_negative);
	return result > 0 ? result : 0;
}

static struct ranked *ranked_rows(const struct eval_score *scores, size_t n)
{
	struct ranked *rows = mem_array(n, sizeof(*rows));

	for (size_t i = 0; rows != NULL && i < n; i++)
		rows[i] = (struct ranked) { scores[i].score, scores[i].cluster, scores[i].positive,
					    0, 0 };
	if (rows != NULL)
		qsort(rows, n, sizeof(*rows), by_score);
	return rows;
}

int eval_auc(const struct eval_score *scores, size_t n, struct eval_auc *ret_auc, struct err *err)
{
	CLEANUP(freep) struct ranked *rows = ranked_rows(scores, n);
	struct eval_auc auc = { 0, 0, 0, 0 };
	double sum = 0;

	if (rows == NULL)
		return err_no_memory(err);
	rank_rows(rows, n);
	for (size_t i = 0; i < n; i++) {
		auc.n_positive += rows[i].positive;
		sum += rows[i].positive ? rows[i].all - rows[i].own : 0;
	}
	auc.n_negative = n - auc.n_positive;
	if (auc.n_positive == 0 || auc.n_negative == 0)
		return 0;
	auc.auc = sum / (double)auc.n_positive / (double)auc.n_negative;
	qsort(rows, n, sizeof(*rows), by_cluster);
	auc.variance = variance(rows, n, &auc);
	*ret_auc = auc;
	return 1;
}

/* The points below the end of a straight piece; one that ends on a point may be topped by the next,
 * which may go straight up. */
static int roc_piece(const size_t from[2], const size_t to[2], const size_t n_class[2], int i_point,
		     double ret_rates[EVAL_ROC_POINTS])
{
	const size_t last = EVAL_ROC_POINTS - 1;

	for (; (size_t)i_point * n_class[0] < to[0] * last; i_point++) {
		double along =
			((double)i_point * (double)n_class[0] / (double)last - (double)from[0]) /
			(double)(to[0] - from[0]);

		ret_rates[i_point] =
			((double)from[1] + (double)(to[1] - from[1]) * along) / (double)n_class[1];
	}
	return i_point;
}

int eval_roc(const struct eval_score *scores, size_t n, double ret_rates[EVAL_ROC_POINTS],
	     struct err *err)
{
	CLEANUP(freep) struct ranked *rows = ranked_rows(scores, n);
	size_t n_class[2] = { 0, 0 }, at[2] = { 0, 0 };
	int i_point = 0;

	if (rows == NULL)
		return err_no_memory(err);
	for (size_t i = 0; i < n; i++)
		n_class[rows[i].positive]++;
	/* From the highest score down; ties at once are a straight piece. */
	for (size_t from = n, to; from > 0;) {
		size_t next[2] = { at[0], at[1] };

		to = from;
		do
			next[rows[--from].positive]++;
		while (from > 0 && rows[from - 1].score >= rows[to - 1].score);
		i_point = roc_piece(at, next, n_class, i_point, ret_rates);
		at[0] = next[0];
		at[1] = next[1];
	}
	ret_rates[i_point] = 1; /* the last: all are found */
	return 0;
}
