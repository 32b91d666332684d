/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a column of numbers looks like, from one pass and in fixed memory: moments by the updates of
 * Pebay (SAND2008-6212), quantiles from a histogram with 64 buckets to the doubling.
 */
#ifndef SOSIE_EVAL_SUMMARY_H
#define SOSIE_EVAL_SUMMARY_H

#include <stdint.h>

enum { EVAL_SUMMARY_BUCKETS = 59 * 64 };

struct eval_summary {
	uint64_t n, n_zero;
	double min, max, mean;
	double m2, m3, m4; /* sums of powers of the differences to the mean */
	uint64_t buckets[EVAL_SUMMARY_BUCKETS];
};

/* value >= 0. scale: what a value is multiplied with before its bucket is taken, so that small ones
 * keep their digits; the same for all values of a summary. */
void eval_summary_add(struct eval_summary *summary, double value, double scale);

/* Of the population; 0 where there is nothing to tell. */
double eval_summary_std(const struct eval_summary *summary);
double eval_summary_skewness(const struct eval_summary *summary);
double eval_summary_kurtosis(const struct eval_summary *summary); /* excess: 0 for a normal law */

/*
 * The value of rank ceil(share * n) in order, share in (0, 1], from below: exact up to 127 / scale
 * where value * scale is whole, else less than 1/64 of it too low. 0 when n is.
 */
double eval_summary_quantile(const struct eval_summary *summary, double share, double scale);

/* Mean, deviation and range alone, for many small groups. */
struct eval_range {
	uint64_t n;
	double min, max, mean, m2;
};
void eval_range_add(struct eval_range *range, double value);
double eval_range_std(const struct eval_range *range);

#endif
