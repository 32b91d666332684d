/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The sum is kept in the machine's byte order: one's-complement addition does not care (RFC 1071,
 * section 2 (B)), so only the result is swapped. The loop is plain because compilers turn 16-bit
 * loads into a 32-bit accumulator into vector code, which beats sums by 64 bits and carry.
 */
#include "packet/checksum.h"

#include <string.h>

#include "packet/wire.h"

enum { BLOCK_WORDS = 32768 /* 32768 * 65535 is below 2^32 */ };

uint64_t checksum_add(uint64_t sum, const void *bytes, size_t n_bytes)
{
	const uint8_t *p = bytes;
	size_t n_words = n_bytes / 2;

	while (n_words > 0) {
		size_t n = n_words < BLOCK_WORDS ? n_words : BLOCK_WORDS;
		uint32_t part = 0;

		for (size_t i = 0; i < n; i++) {
			uint16_t word;

			memcpy(&word, p + 2 * i, 2);
			part += word;
		}
		sum += part;
		p += 2 * n;
		n_words -= n;
	}
	if (n_bytes % 2 != 0) {
		uint8_t last[2] = { *p, 0 };
		uint16_t word;

		memcpy(&word, last, 2);
		sum += word;
	}
	return sum;
}

uint16_t checksum_finish(uint64_t sum)
{
	uint16_t folded;
	uint8_t wire[2];

	sum = (sum & 0xffffffff) + (sum >> 32);
	sum = (sum & 0xffff) + (sum >> 16);
	sum = (sum & 0xffff) + (sum >> 16);
	sum = (sum & 0xffff) + (sum >> 16);
	folded = (uint16_t)~sum;
	memcpy(wire, &folded, 2);
	return (uint16_t)(wire[0] << 8 | wire[1]);
}

uint32_t checksum_transport_at(uint8_t proto)
{
	switch (proto) {
	case PROTO_TCP:
		return 16;
	case PROTO_UDP:
		return 6;
	case PROTO_ICMP:
	case PROTO_ICMP6:
		return 2;
	default:
		return 0;
	}
}
