/* SPDX-License-Identifier: Apache-2.0 */
#include "eval/summary.h"

#include "base/detmath.h"

enum { SUB_BITS = 6, SUB = 1 << SUB_BITS };

/* 0 to 127 are themselves, then 64 buckets for each doubling. */
static uint32_t bucket_of(uint64_t value)
{
	unsigned int shift;

	if (value < 2 * SUB)
		return (uint32_t)value;
	shift = 63 - (unsigned int)__builtin_clzll(value) - SUB_BITS;
	return shift * SUB + (uint32_t)(value >> shift);
}

/* The least value of a bucket. */
static double bucket_value(uint32_t bucket)
{
	uint32_t shift;

	if (bucket < 2 * SUB)
		return (double)bucket;
	shift = bucket / SUB - 1;
	return (double)((uint64_t)(bucket - shift * SUB) << shift);
}

static uint64_t whole(double value)
{
	if (!(value > 0))
		return 0;
	return value < 9.2e18 ? (uint64_t)value : UINT64_C(9200000000000000000);
}

void eval_summary_add(struct eval_summary *summary, double value, double scale)
{
	double before = (double)summary->n, n = before + 1;
	double delta = value - summary->mean, step = delta / n, square = step * step;
	double term = delta * step * before;

	summary->min = summary->n == 0 || value < summary->min ? value : summary->min;
	summary->max = summary->n == 0 || value > summary->max ? value : summary->max;
	summary->n++;
	summary->n_zero += !(value > 0);
	summary->mean += step;
	summary->m4 += term * square * (n * n - 3 * n + 3) + 6 * square * summary->m2 -
		       4 * step * summary->m3;
	summary->m3 += term * step * (n - 2) - 3 * step * summary->m2;
	summary->m2 += term;
	summary->buckets[bucket_of(whole(value * scale))]++;
}

/* Differences that are rounding, no more, are none. */
static double variance(const struct eval_summary *summary)
{
	double v = summary->n > 0 ? summary->m2 / (double)summary->n : 0;

	return v > 1e-24 * summary->max * summary->max ? v : 0;
}

double eval_summary_std(const struct eval_summary *summary)
{
	return det_sqrt(variance(summary));
}

double eval_summary_skewness(const struct eval_summary *summary)
{
	double v = variance(summary);

	return v > 0 ? summary->m3 / (double)summary->n / (v * det_sqrt(v)) : 0;
}

double eval_summary_kurtosis(const struct eval_summary *summary)
{
	double v = variance(summary);

	return v > 0 ? summary->m4 / (double)summary->n / (v * v) - 3 : 0;
}

double eval_summary_quantile(const struct eval_summary *summary, double share, double scale)
{
	double want = share * (double)summary->n, seen = 0;

	for (uint32_t i = 0; i < EVAL_SUMMARY_BUCKETS; i++) {
		seen += (double)summary->buckets[i];
		if (seen > 0 && seen >= want) {
			double value = bucket_value(i) / scale;

			return value > summary->min ? value : summary->min;
		}
	}
	return summary->n > 0 ? summary->max : 0;
}

void eval_range_add(struct eval_range *range, double value)
{
	double delta = value - range->mean;

	range->min = range->n == 0 || value < range->min ? value : range->min;
	range->max = range->n == 0 || value > range->max ? value : range->max;
	range->n++;
	range->mean += delta / (double)range->n;
	range->m2 += delta * (value - range->mean);
}

double eval_range_std(const struct eval_range *range)
{
	return range->n > 0 ? det_sqrt(range->m2 / (double)range->n) : 0;
}
