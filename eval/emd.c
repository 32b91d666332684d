/* SPDX-License-Identifier: Apache-2.0 */
#include "eval/emd.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

enum { LIMIT_BINS = 1 << 22 };

static int compare_doubles(const void *a, const void *b)
{
	const double *x = a, *y = b;

	return *x < *y ? -1 : *x > *y;
}

double eval_wasserstein(double *a, size_t n_a, double *b, size_t n_b)
{
	double area = 0, at;
	size_t i = 0, j = 0;

	qsort(a, n_a, sizeof(*a), compare_doubles);
	qsort(b, n_b, sizeof(*b), compare_doubles);
	at = a[0] < b[0] ? a[0] : b[0];
	while (i < n_a || j < n_b) {
		double next = j == n_b || (i < n_a && a[i] <= b[j]) ? a[i] : b[j];
		double apart = (double)i / (double)n_a - (double)j / (double)n_b;

		area += (apart < 0 ? -apart : apart) * (next - at);
		at = next;
		while (i < n_a && a[i] <= at)
			i++;
		while (j < n_b && b[j] <= at)
			j++;
	}
	return area;
}

/* Linear between order statistics, numpy's default. sorted has n > 0 values. */
static double quantile(const double *sorted, size_t n, double q)
{
	double at = q * (double)(n - 1);
	size_t i = (size_t)at;

	return i + 1 < n ? sorted[i] + (sorted[i + 1] - sorted[i]) * (at - (double)i)
			 : sorted[n - 1];
}

static double cube_root(double x)
{
	double y = x > 1 ? x : 1;

	/* Newton from above falls monotonically until rounding stops it. */
	for (;;) {
		double next = (2 * y + x / (y * y)) / 3;

		if (next >= y)
			return y;
		y = next;
	}
}

/* numpy's histogram_bin_edges(bins="fd"): ceil(range / (2 IQR n^(-1/3))); one bin where IQR is 0.
 */
static size_t fd_bins(const double *sorted, size_t n)
{
	double range = sorted[n - 1] - sorted[0];
	double width =
		2 * (quantile(sorted, n, 0.75) - quantile(sorted, n, 0.25)) / cube_root((double)n);
	double bins;

	if (!(range > 0) || !(width > 0))
		return 1;
	bins = range / width;
	if (bins >= LIMIT_BINS)
		return LIMIT_BINS;
	return (size_t)bins + ((double)(size_t)bins < bins);
}

struct bins {
	double low, high;
	size_t n;
};

static double edge(const struct bins *bins, size_t i)
{
	/* numpy's linspace: the last is the end itself. */
	return i == bins->n ? bins->high
			    : (double)i * ((bins->high - bins->low) / (double)bins->n) + bins->low;
}

/* ret_heights (n bins): cumulated counts over `scale`. The last bin is closed on both sides. */
static void heights(const double *values, size_t n, const struct bins *bins, double scale,
		    double *ret_heights)
{
	double sum = 0;

	memset(ret_heights, 0, bins->n * sizeof(*ret_heights));
	for (size_t i = 0; i < n; i++) {
		size_t bin;

		if (values[i] < bins->low || values[i] > bins->high)
			continue;
		bin = (size_t)((values[i] - bins->low) / (bins->high - bins->low) *
			       (double)bins->n);
		if (bin >= bins->n)
			bin = bins->n - 1;
		/* Division may put a value at an edge on its wrong side. */
		if (bin > 0 && values[i] < edge(bins, bin))
			bin--;
		else if (bin + 1 < bins->n && values[i] >= edge(bins, bin + 1))
			bin++;
		ret_heights[bin]++;
	}
	for (size_t i = 0; i < bins->n; i++) {
		sum += ret_heights[i];
		ret_heights[i] = sum / scale;
	}
}

static int column_published(const double *real, size_t n_real, const double *synth, size_t n_synth,
			    double *ret_emd, struct err *err)
{
	CLEANUP(freep) double *sorted = mem_array(n_real, sizeof(*sorted));
	CLEANUP(freep) double *a = NULL;
	CLEANUP(freep) double *b = NULL;
	struct bins bins;

	if (sorted == NULL)
		return err_no_memory(err);
	memcpy(sorted, real, n_real * sizeof(*real));
	qsort(sorted, n_real, sizeof(*sorted), compare_doubles);
	bins = (struct bins) { sorted[0], sorted[n_real - 1], fd_bins(sorted, n_real) };
	if (!(bins.high > bins.low)) {
		/* numpy widens an empty range by a half each way. */
		bins.low -= 0.5;
		bins.high += 0.5;
	}
	a = mem_array(bins.n, sizeof(*a));
	b = mem_array(bins.n, sizeof(*b));
	if (a == NULL || b == NULL)
		return err_no_memory(err);
	heights(real, n_real, &bins, (double)n_real, a);
	heights(synth, n_synth, &bins, (double)n_synth, b);
	*ret_emd = eval_wasserstein(a, bins.n, b, bins.n);
	return 0;
}

int eval_emd_published(const struct eval_rows *real, const struct eval_rows *synth, double *ret_emd,
		       struct err *err)
{
	double sum = 0, emd = 0;

	for (int c = 0; c < EVAL_N_NUMBERS; c++) {
		int r = column_published(real->numbers[c], real->n, synth->numbers[c], synth->n,
					 &emd, err);

		if (r < 0)
			return r;
		sum += emd;
	}
	*ret_emd = sum / EVAL_N_NUMBERS;
	return 0;
}

int eval_emd_corrected(const struct eval_rows *real, const struct eval_rows *synth, double *ret_emd,
		       struct err *err)
{
	CLEANUP(freep) double *a = mem_array(real->n, sizeof(*a));
	CLEANUP(freep) double *b = mem_array(synth->n, sizeof(*b));
	double sum = 0;

	if (a == NULL || b == NULL)
		return err_no_memory(err);
	for (int c = 0; c < EVAL_N_NUMBERS; c++) {
		memcpy(a, real->logs[c], real->n * sizeof(*a));
		memcpy(b, synth->logs[c], synth->n * sizeof(*b));
		sum += eval_wasserstein(a, real->n, b, synth->n);
	}
	*ret_emd = sum / EVAL_N_NUMBERS;
	return 0;
}
