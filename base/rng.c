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

__extension__ typedef unsigned __int128 uint128;

void rng_philox(const uint32_t counter[4], const uint32_t key[2], uint32_t ret_block[4])
{
	uint32_t c0 = counter[0], c1 = counter[1], c2 = counter[2], c3 = counter[3];
	uint32_t k0 = key[0], k1 = key[1];
	int i;

	for (i = 0; i < 10; i++) {
		uint64_t p0 = UINT64_C(0xD2511F53) * c0;
		uint64_t p1 = UINT64_C(0xCD9E8D57) * c2;

		c0 = (uint32_t)(p1 >> 32) ^ c1 ^ k0;
		c1 = (uint32_t)p1;
		c2 = (uint32_t)(p0 >> 32) ^ c3 ^ k1;
		c3 = (uint32_t)p0;
		k0 += UINT32_C(0x9E3779B9); /* golden ratio */
		k1 += UINT32_C(0xBB67AE85); /* sqrt(3) - 1 */
	}
	ret_block[0] = c0;
	ret_block[1] = c1;
	ret_block[2] = c2;
	ret_block[3] = c3;
}

void rng_init(struct rng *rng, uint64_t seed, uint64_t window, uint32_t occurrence,
	      enum rng_purpose purpose)
{
	memset(rng, 0, sizeof(*rng));
	rng->key[0] = (uint32_t)seed;
	rng->key[1] = (uint32_t)(seed >> 32);
	rng->counter[1] = (uint32_t)window;
	rng->counter[2] = ((uint32_t)(window >> 32) & 0xffff) | (uint32_t)purpose << 16;
	rng->counter[3] = occurrence;
}

uint32_t rng_next_block(struct rng *rng)
{
	rng_philox(rng->counter, rng->key, rng->block);
	rng->counter[0]++;
	rng->n_left = 3;
	return rng->block[0];
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
