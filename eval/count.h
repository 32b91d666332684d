/* SPDX-License-Identifier: Apache-2.0 */
/* Histograms over 64-bit keys. */
#ifndef SOSIE_EVAL_COUNT_H
#define SOSIE_EVAL_COUNT_H

#include "base/err.h"
#include <stddef.h>
#include <stdint.h>

struct eval_cell {
	uint64_t key, n; /* n 0: free */
};

struct eval_counts {
	struct eval_cell *cells; /* open addressing; a power of two */
	size_t capacity, n_keys;
};

enum { EVAL_COUNTS_LIMIT_KEYS = 1 << 24 };

void eval_counts_done(struct eval_counts *counts);
/* Returns 0, -ENOMEM, or -E2BIG above EVAL_COUNTS_LIMIT_KEYS different keys. */
int eval_counts_add(struct eval_counts *counts, uint64_t key);
uint64_t eval_counts_get(const struct eval_counts *counts, uint64_t key); /* 0: never added */

/*
 * Jensen-Shannon divergence in bits, [0, 1], within groups of keys, those whose key >> group_shift
 * is the same: the mean over groups weighted by the mean of both sides' shares; a group that one
 * side lacks has 1. group_shift 64: all are one group. Returns 1, or 0 when a side has no counts.
 */
int eval_counts_jsd(const struct eval_counts *a, const struct eval_counts *b,
		    unsigned int group_shift, double *ret_jsd, struct err *err);

/* The value's quarter octave: 0 to 7 are themselves, then four buckets for each doubling. */
uint32_t eval_quarter_octave(uint64_t value);

#endif
