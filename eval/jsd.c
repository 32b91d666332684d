/* SPDX-License-Identifier: Apache-2.0 */
#include "eval/jsd.h"

#include "base/detmath.h"
#include "base/mem.h"

static const double ln2 = 0.69314718055994530942;

/* p log(p / m), the continuous 0 at 0. */
static double share(double p, double m)
{
	return p > 0 ? p * det_log(p / m) : 0;
}

double eval_jsd_counts(const double *a, const double *b, size_t n)
{
	double sum_a = 0, sum_b = 0, jsd = 0;

	for (size_t i = 0; i < n; i++) {
		sum_a += a[i];
		sum_b += b[i];
	}
	if (!(sum_a > 0) || !(sum_b > 0))
		return sum_a > 0 || sum_b > 0 ? ln2 : 0;
	for (size_t i = 0; i < n; i++) {
		double p = a[i] / sum_a, q = b[i] / sum_b, m = (p + q) / 2;

		jsd += share(p, m) + share(q, m);
	}
	jsd /= 2;
	return jsd > 0 ? jsd : 0; /* rounding may leave less than nothing */
}

static int column_jsd(const struct eval_rows *real, const struct eval_rows *synth,
		      enum eval_code column, double *ret_jsd, struct err *err)
{
	size_t n = real->n_values[column];
	CLEANUP(freep) double *a = mem_array(n, sizeof(*a));
	CLEANUP(freep) double *b = mem_array(n, sizeof(*b));

	if (a == NULL || b == NULL)
		return err_no_memory(err);
	for (size_t i = 0; i < real->n; i++)
		a[real->codes[column][i]]++;
	for (size_t i = 0; i < synth->n; i++)
		b[synth->codes[column][i]]++;
	*ret_jsd = eval_jsd_counts(a, b, n);
	return 0;
}

int eval_jsd_published(const struct eval_rows *real, const struct eval_rows *synth, double *ret_jsd,
		       struct err *err)
{
	const struct eval_columns *set = &eval_published_columns;
	double sum = 0, jsd = 0;

	for (size_t c = 0; c < set->n; c++) {
		int r = column_jsd(real, synth, set->columns[c], &jsd, err);

		if (r < 0)
			return r;
		sum += det_sqrt(jsd);
	}
	*ret_jsd = sum / (double)set->n;
	return 0;
}

int eval_jsd_corrected(const struct eval_rows *real, const struct eval_rows *synth, double *ret_jsd,
		       struct err *err)
{
	const struct eval_columns *set = &eval_corrected_columns;
	double sum = 0, jsd = 0;

	for (size_t c = 0; c < set->n; c++) {
		int r = column_jsd(real, synth, set->columns[c], &jsd, err);

		if (r < 0)
			return r;
		sum += jsd / ln2;
	}
	*ret_jsd = sum / (double)set->n;
	return 0;
}
