/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Counter-based random streams: Philox4x32-10 (Salmon, Moraes, Dror, Shaw: "Parallel random
 * numbers: as easy as 1, 2, 3", SC'11).
 *
 * A stream is named by (seed, window, occurrence, purpose) and depends on nothing else, so the same
 * flow is drawn whatever thread or host draws it, and in whatever order. Two different names never
 * share a block: the name is the counter. The order of draws inside one stream is part of the
 * contract of whoever draws.
 */
#ifndef SOSIE_BASE_RNG_H
#define SOSIE_BASE_RNG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* What a stream is for. Append only: the number is part of every drawn value. */
enum rng_purpose {
	RNG_SCHEDULE = 0, /* how many occurrences a window has, and when */
	RNG_FLOW = 1,	  /* the flow model's columns */
	RNG_TUPLE = 2,	  /* hosts and ports */
	RNG_WALK = 3,	  /* the path through the automaton */
	RNG_SIZES = 4,	  /* payload sizes */
	RNG_GAPS = 5,	  /* gaps */
	RNG_STACK = 6,	  /* sequence numbers, IP ids, timestamps */
	RNG_PAYLOAD = 7,  /* payload bytes */
	RNG_LEARN = 8,	  /* sampling while learning */
	RNG_PORTS = 9,	  /* ephemeral ports */
	RNG_TEST = 10,
	RNG_EVAL = 11,	 /* rows drawn for a metric */
	RNG_WINDOW = 12, /* TCP windows */
	RNG_NOISE = 13,	 /* what the network does to segments */
};

enum { RNG_AHEAD_BLOCKS = 4, RNG_AHEAD_WORDS = 4 * RNG_AHEAD_BLOCKS };

struct rng {
	uint32_t key[2];
	uint32_t counter[4];
	uint32_t n_left; /* unused words: the last of them */
	bool many;	 /* see rng_expect_many() */
	uint32_t words[RNG_AHEAD_WORDS];
};

/*
 * window is below 2^48 (seconds since 1970 in practice). The name is laid into the cipher whole
 * (see rng.c), so streams of one seed never overlap before 2^32 blocks, that is 64 GiB, of one of
 * them.
 */
void rng_init(struct rng *rng, uint64_t seed, uint64_t window, uint32_t occurrence,
	      enum rng_purpose purpose);

/* One block of the cipher, for tests against the published vectors and for counter-indexed noise.
 */
void rng_philox(const uint32_t counter[4], const uint32_t key[2], uint32_t ret_block[4]);

/* RNG_AHEAD_BLOCKS blocks that follow one another, as rng_philox() makes them, in half the time. */
void rng_philox_ahead(const uint32_t counter[4], const uint32_t key[2],
		      uint32_t ret_words[RNG_AHEAD_WORDS]);

/* Makes the next words of the stream, of which one is handed out: a block at first, for most
 * streams are short, then several at once. */
uint32_t rng_refill(struct rng *rng);

/* For streams that draw five words and more: several blocks at once from the first. The words are
 * the same. */
static inline void rng_expect_many(struct rng *rng)
{
	rng->many = true;
}

/* In the header because a packet draws about ten of them. */
static inline uint32_t rng_u32(struct rng *rng)
{
	return rng->n_left > 0 ? rng->words[RNG_AHEAD_WORDS - rng->n_left--] : rng_refill(rng);
}

uint64_t rng_u64(struct rng *rng); /* two words, the low one first */

/* Uniform on [0, n), exactly (Lemire 2019: multiply, reject the short remainder). n > 0. */
static inline uint32_t rng_below(struct rng *rng, uint32_t n)
{
	uint64_t m = (uint64_t)rng_u32(rng) * n;

	if ((uint32_t)m < n) {
		const uint32_t reject = (0 - n) % n; /* 2^32 mod n */

		while ((uint32_t)m < reject)
			m = (uint64_t)rng_u32(rng) * n;
	}
	return (uint32_t)(m >> 32);
}

uint64_t rng_below64(struct rng *rng, uint64_t n);

/*
 * Fills bytes with noise that depends on key only: bulk filler for payloads (a wyrand sequence from
 * the mixed key), above 10 bytes per ns. Not for decisions.
 */
void rng_fill(uint64_t key, void *ret_bytes, size_t n_bytes);

#endif
