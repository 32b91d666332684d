/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How late frames were handed over: counts in buckets that widen with the value (32 to each power
 * of two, so a quantile is right within 3.2 %), from 1 ns to days, in 8 KiB.
 */
#ifndef SOSIE_REPLAY_LATENESS_H
#define SOSIE_REPLAY_LATENESS_H

#include <stdint.h>

enum {
	LATENESS_SUB_BITS = 5,
	LATENESS_POWERS = 50,
	LATENESS_BUCKETS = (LATENESS_POWERS - LATENESS_SUB_BITS + 1) << LATENESS_SUB_BITS,
};

struct lateness {
	uint64_t n, counts[LATENESS_BUCKETS];
	int64_t max_ns;
};

void lateness_add(struct lateness *lateness, int64_t ns); /* below 0 counts as 0 */

/* The smallest value that per_100k of 100,000 frames were at most late by (50000: the median;
 * 99900: p99.9), rounded up to its bucket's end; 0 when there were none. */
int64_t lateness_quantile(const struct lateness *lateness, uint32_t per_100k);

#endif
