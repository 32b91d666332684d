/* SPDX-License-Identifier: Apache-2.0 */
#include "replay/lateness.h"

enum { SUB = 1 << LATENESS_SUB_BITS };

/* Values below SUB have a bucket each; [2^k, 2^(k+1)) has SUB of them from there on. */
static uint32_t bucket_of(uint64_t v)
{
	uint32_t power, bucket;

	if (v < SUB)
		return (uint32_t)v;
	power = 63 - (uint32_t)__builtin_clzll(v);
	bucket = (power - LATENESS_SUB_BITS + 1) * SUB +
		 ((uint32_t)(v >> (power - LATENESS_SUB_BITS)) & (SUB - 1));
	return bucket < LATENESS_BUCKETS ? bucket : LATENESS_BUCKETS - 1;
}

static int64_t bucket_end(uint32_t bucket)
{
	uint32_t shift;

	if (bucket < SUB)
		return bucket;
	shift = bucket / SUB - 1;
	return (int64_t)(((uint64_t)SUB + bucket % SUB + 1) << shift) - 1;
}

void lateness_add(struct lateness *l, int64_t ns)
{
	if (ns < 0)
		ns = 0;
	l->n++;
	l->counts[bucket_of((uint64_t)ns)]++;
	if (ns > l->max_ns)
		l->max_ns = ns;
}

int64_t lateness_quantile(const struct lateness *l, uint32_t per_100k)
{
	/* The rank in whole frames, rounded up; n / 100000 apart so that it cannot overflow. */
	uint64_t rank = l->n / 100000 * per_100k + (l->n % 100000 * per_100k + 99999) / 100000;
	uint64_t sum = 0;

	if (l->n == 0)
		return 0;
	for (uint32_t b = 0; b < LATENESS_BUCKETS; b++) {
		sum += l->counts[b];
		if (sum >= rank && sum > 0)
			return bucket_end(b) < l->max_ns ? bucket_end(b) : l->max_ns;
	}
	return l->max_ns;
}
