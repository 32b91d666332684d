/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Code lengths: what numbers cost in bits, for models chosen by their description length.
 *
 * Lengths are summed in units of 2^-24 bit, as integers: a sum is the same in whatever order its
 * terms come, so a score can be kept up to date by differences and still be exact.
 */
#ifndef SOSIE_AUTOMATA_CODE_LENGTH_H
#define SOSIE_AUTOMATA_CODE_LENGTH_H

#include <stdbool.h>
#include <stdint.h>

enum { CODE_BIT = 1 << 24 }; /* one bit */

static inline int64_t code_of_bits(double bits)
{
	return (int64_t)(bits * CODE_BIT + (bits < 0 ? -0.5 : 0.5));
}
static inline double code_in_bits(int64_t cost)
{
	return (double)cost / CODE_BIT;
}

/* log2, 0 for n <= 1, in bits. */
double code_log2(double n);

/* n log2(n), and log2 of n halves, from a table where n is a small integer, which counts often are.
 */
enum { CODE_COUNTS = 4096 };
struct code_counts {
	double n_log_n[CODE_COUNTS], log2_half[2 * CODE_COUNTS];
};
void code_counts_init(struct code_counts *table);
double code_n_log_n(const struct code_counts *table, double n);
double code_log2_halves(const struct code_counts *table, uint64_t n); /* n from 1 */

/*
 * An integer n >= 0: Rissanen's universal code (1983), log* of n + 1. A negative n costs a sign bit
 * more than its size. compat: as the published Python package computes it, which also adds the
 * first negative iterate; for comparing with its figures only.
 */
double code_integer(int64_t n, bool compat);

/* What an event costs under a normal distribution: mass of the unit interval around the value, at
 * least CODE_LEAST_MASS. */
#define CODE_LEAST_MASS 1e-3

enum { CODE_NORMAL_STEPS = 32, CODE_NORMAL_REACH = 9 }; /* steps in one deviation; deviations */
struct code_normal {
	double cdf[2 * CODE_NORMAL_STEPS * CODE_NORMAL_REACH + 1];
	double density[2 * CODE_NORMAL_STEPS * CODE_NORMAL_REACH + 1];
};
void code_normal_init(struct code_normal *table);
/* The normal distribution function, to 1e-13. */
double code_normal_cdf(const struct code_normal *table, double z);
int64_t code_normal_value(const struct code_normal *table, double mean, double inverse_deviation,
			  int32_t value);

#endif
