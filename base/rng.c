/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How a stream's name becomes the cipher's input, injectively:
 *
 *	key[0..1]    seed, low word first
 *	counter[0]   number of the block in the stream (2^32 blocks of 16 bytes each)
 *	counter[1]   window, bits 0..31
 *	counter[2]   window, bits 32..47, and purpose << 16
 *	counter[3]   occurrence
 */
#include "base/rng.h"

#include <string.h>
#ifdef __SSE2__
#include <emmintrin.h>
#endif

__extension__ typedef unsigned __int128 uint128;

enum { ROUNDS = 10 };

#define MULTIPLIER_0 UINT32_C(0xD2511F53)
#define MULTIPLIER_1 UINT32_C(0xCD9E8D57)
#define WEYL_0	     UINT32_C(0x9E3779B9) /* golden ratio */
#define WEYL_1	     UINT32_C(0xBB67AE85) /* sqrt(3) - 1 */

void rng_philox(const uint32_t counter[4], const uint32_t key[2], uint32_t ret_block[4])
{
	uint32_t c0 = counter[0], c1 = counter[1], c2 = counter[2], c3 = counter[3];
	uint32_t k0 = key[0], k1 = key[1];

	for (int i = 0; i < ROUNDS; i++) {
		uint64_t p0 = (uint64_t)MULTIPLIER_0 * c0;
		uint64_t p1 = (uint64_t)MULTIPLIER_1 * c2;

		c0 = (uint32_t)(p1 >> 32) ^ c1 ^ k0;
		c1 = (uint32_t)p1;
		c2 = (uint32_t)(p0 >> 32) ^ c3 ^ k1;
		c3 = (uint32_t)p0;
		k0 += WEYL_0;
		k1 += WEYL_1;
	}
	ret_block[0] = c0;
	ret_block[1] = c1;
	ret_block[2] = c2;
	ret_block[3] = c3;
}

#ifdef __SSE2__

enum { PAIRS = RNG_AHEAD_BLOCKS / 2 };

/* Blocks 2i and 2i + 1 in lanes of 64 bits, whose upper halves the multiplication ignores. One
 * block is a chain of multiplications that wait for one another; here four chains overlap. */
struct lanes {
	__m128i c0, c1, c2, c3;
};

static inline void put_lanes(const struct lanes *l, uint32_t *ret_words)
{
	const __m128i low01 = _mm_unpacklo_epi32(l->c0, l->c1);
	const __m128i low23 = _mm_unpacklo_epi32(l->c2, l->c3);
	const __m128i high01 = _mm_unpackhi_epi32(l->c0, l->c1);
	const __m128i high23 = _mm_unpackhi_epi32(l->c2, l->c3);

	_mm_storeu_si128((__m128i *)ret_words, _mm_unpacklo_epi64(low01, low23));
	_mm_storeu_si128((__m128i *)(ret_words + 4), _mm_unpacklo_epi64(high01, high23));
}

void rng_philox_ahead(const uint32_t counter[4], const uint32_t key[2],
		      uint32_t ret_words[RNG_AHEAD_WORDS])
{
	const __m128i m0 = _mm_set1_epi64x(MULTIPLIER_0), m1 = _mm_set1_epi64x(MULTIPLIER_1);
	__m128i k0 = _mm_set1_epi64x(key[0]), k1 = _mm_set1_epi64x(key[1]);
	struct lanes lanes[PAIRS];

	for (uint32_t i = 0; i < PAIRS; i++) {
		lanes[i].c0 = _mm_set_epi64x((uint32_t)(counter[0] + 2 * i + 1),
					     (uint32_t)(counter[0] + 2 * i));
		lanes[i].c1 = _mm_set1_epi64x(counter[1]);
		lanes[i].c2 = _mm_set1_epi64x(counter[2]);
		lanes[i].c3 = _mm_set1_epi64x(counter[3]);
	}
	for (int round = 0; round < ROUNDS; round++) {
		for (uint32_t i = 0; i < PAIRS; i++) {
			struct lanes *l = &lanes[i];
			const __m128i p0 = _mm_mul_epu32(m0, l->c0), p1 = _mm_mul_epu32(m1, l->c2);

			l->c0 = _mm_xor_si128(_mm_srli_epi64(p1, 32), _mm_xor_si128(l->c1, k0));
			l->c1 = p1;
			l->c2 = _mm_xor_si128(_mm_srli_epi64(p0, 32), _mm_xor_si128(l->c3, k1));
			l->c3 = p0;
		}
		k0 = _mm_add_epi32(k0, _mm_set1_epi64x(WEYL_0));
		k1 = _mm_add_epi32(k1, _mm_set1_epi64x(WEYL_1));
	}
	for (uint32_t i = 0; i < PAIRS; i++)
		put_lanes(&lanes[i], ret_words + 8 * (size_t)i);
}

#else

void rng_philox_ahead(const uint32_t counter[4], const uint32_t key[2],
		      uint32_t ret_words[RNG_AHEAD_WORDS])
{
	uint32_t own[4];

	memcpy(own, counter, sizeof(own));
	for (uint32_t i = 0; i < RNG_AHEAD_BLOCKS; i++, own[0]++)
		rng_philox(own, key, ret_words + 4 * (size_t)i);
}

#endif

void rng_init(struct rng *rng, uint64_t seed, uint64_t window, uint32_t occurrence,
	      enum rng_purpose purpose)
{
	rng->n_left = 0;
	rng->many = false;
	rng->key[0] = (uint32_t)seed;
	rng->key[1] = (uint32_t)(seed >> 32);
	rng->counter[0] = 0;
	rng->counter[1] = (uint32_t)window;
	rng->counter[2] = ((uint32_t)(window >> 32) & 0xffff) | (uint32_t)purpose << 16;
	rng->counter[3] = occurrence;
}

uint32_t rng_refill(struct rng *rng)
{
	uint32_t n = 1;

	if (rng->counter[0] == 0 && !rng->many) {
		rng_philox(rng->counter, rng->key, rng->words + RNG_AHEAD_WORDS - 4);
	} else {
		n = RNG_AHEAD_BLOCKS;
		rng_philox_ahead(rng->counter, rng->key, rng->words);
	}
	rng->counter[0] += n;
	rng->n_left = 4 * n - 1;
	return rng->words[RNG_AHEAD_WORDS - 4 * n];
}

uint64_t rng_u64(struct rng *rng)
{
	uint64_t low = rng_u32(rng);

	return low | (uint64_t)rng_u32(rng) << 32;
}

uint64_t rng_below64(struct rng *rng, uint64_t n)
{
	uint128 m = (uint128)rng_u64(rng) * n;

	if ((uint64_t)m < n) {
		uint64_t reject = (0 - n) % n; /* 2^64 mod n */

		while ((uint64_t)m < reject)
			m = (uint128)rng_u64(rng) * n;
	}
	return (uint64_t)(m >> 64);
}

/* Steele, Lea, Flood: "Fast splittable pseudorandom number generators", OOPSLA 2014. */
static uint64_t splitmix(uint64_t z)
{
	z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
	z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
	return z ^ (z >> 31);
}

/* The two halves of a 128-bit product, mixed: wyrand's step (Wang Yi, 2019). One multiplication a
 * word. */
static uint64_t fold(uint64_t state)
{
	const uint128 m = (uint128)state * (state ^ UINT64_C(0xe7037ed1a0b428db));

	return (uint64_t)(m >> 64) ^ (uint64_t)m;
}

static uint64_t to_little_endian(uint64_t v)
{
#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
	return __builtin_bswap64(v);
#else
	return v;
#endif
}

void rng_fill(uint64_t key, void *ret_bytes, size_t n_bytes)
{
	const uint64_t gamma = UINT64_C(0xa0761d6478bd642f);
	uint64_t state = splitmix(key);
	uint8_t *out = ret_bytes;
	uint64_t word;
	size_t i;

	for (i = 0; i + 8 <= n_bytes; i += 8) {
		state += gamma;
		word = to_little_endian(fold(state));
		memcpy(out + i, &word, 8);
	}
	if (i < n_bytes) {
		word = to_little_endian(fold(state + gamma));
		memcpy(out + i, &word, n_bytes - i);
	}
}
