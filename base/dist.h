/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Integer samplers: the same value for the same 32-bit draws on every machine.
 */
#ifndef SOSIE_BASE_DIST_H
#define SOSIE_BASE_DIST_H

#include "base/rng.h"
#include <stddef.h>
#include <stdint.h>

__extension__ typedef __int128 base_int128;

/*
 * Categorical by alias table (Walker 1977, Vose 1991) in integers: one draw of 64 bits, two
 * look-ups. Outcome i has probability weight[i] / sum, exact to 2^-32 per cell; a weight of 0 is
 * never drawn.
 */
struct alias_table {
	uint32_t n;
	uint32_t *threshold; /* n: keep i when the low word is below it */
	uint32_t *alias;     /* n */
};

/* Sum of weights in (0, 2^63). Returns 0, -EINVAL (no weight above 0), -ENOMEM. */
int alias_init(struct alias_table *table, const uint64_t *weights, uint32_t n);
void alias_done(struct alias_table *table);
uint32_t alias_draw(const struct alias_table *table, struct rng *rng);

/*
 * A distribution on integers as its quantiles: n_knots values at equal steps of probability, the
 * first the minimum, the last the maximum, linear between, rounded to the nearest integer. A value
 * that repeats over adjacent knots is an atom and is drawn exactly. Storage belongs to the caller.
 */
struct quantile_table {
	uint32_t n_knots; /* 1 or more */
	const int64_t *knots;
};

/* The value at probability u / 2^32. Monotone in u. */
static inline int64_t quantile_value(const struct quantile_table *table, uint32_t u)
{
	uint64_t position = (uint64_t)u * (table->n_knots - 1);
	uint32_t i = (uint32_t)(position >> 32);
	uint32_t part = (uint32_t)position;
	int64_t low = table->knots[i];
	base_int128 rise;

	if (part == 0 || table->knots[i + 1] == low)
		return low;
	rise = (base_int128)table->knots[i + 1] - low;
	return (int64_t)(low + ((rise * part + (UINT32_C(1) << 31)) >> 32));
}

/*
 * Fills n_knots (1..) quantiles of values, which must be sorted ascending, n >= 1. Knots are values
 * of the sample, never between two, so that atoms stay whole; a single knot is the median.
 */
void quantile_fit(const int64_t *sorted, size_t n, int64_t *ret_knots, uint32_t n_knots);

/*
 * Poisson counts for any mean in [0, 1e9] (above: as 1e9; below or NaN: 0), in O(1): by inversion
 * with 64 bits below a mean of 10, by transformed rejection with squeeze (PTRS, Hoermann 1993,
 * "The transformed rejection method for generating Poisson random variables") above, its acceptance
 * in Loader's saddle-point form (2000). Uses base/detmath.h only, so the count is the same on every
 * machine.
 */
uint64_t poisson_draw(double mean, struct rng *rng);

#endif
