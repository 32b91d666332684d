/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Hashes of bytes: XXH3 (64 bits), the same on every machine. For tables and digests, not against
 * an adversary who may choose both inputs and seed.
 */
#ifndef SOSIE_BASE_HASH_H
#define SOSIE_BASE_HASH_H

#include <stddef.h>
#include <stdint.h>

uint64_t hash_bytes(const void *bytes, size_t n_bytes, uint64_t seed);
uint64_t hash_text(const char *text, uint64_t seed);

/* Puts one more value into a running hash; the order of calls matters. */
uint64_t hash_mix(uint64_t hash, uint64_t value);

#endif
