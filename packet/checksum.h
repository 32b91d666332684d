/* SPDX-License-Identifier: Apache-2.0 */
/* The internet checksum (RFC 1071). */
#ifndef SOSIE_PACKET_CHECKSUM_H
#define SOSIE_PACKET_CHECKSUM_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

/* Adds n bytes to a running one's-complement sum (not folded to 16 bits; start with 0). Every part
 * but the last has even length. */
uint64_t checksum_add(uint64_t sum, const void *bytes, size_t n_bytes);
/* What a field of two bytes, value in host order, adds to a sum. */
static inline uint64_t checksum_word(uint16_t value)
{
	const uint8_t wire[2] = { (uint8_t)(value >> 8), (uint8_t)value };
	uint16_t word;

	memcpy(&word, wire, 2);
	return word;
}

/* The sum of an IPv4 header without options, by 32 bits, which a fold makes 16 (RFC 1071, section 2
 * (C)). */
static inline uint64_t checksum_ipv4_header(const uint8_t bytes[20])
{
	uint64_t sum = 0;

	for (int i = 0; i < 20; i += 4) {
		uint32_t word;

		memcpy(&word, bytes + i, 4);
		sum += word;
	}
	return sum;
}

/* Folds and complements: the value for the header field, in host order. */
uint16_t checksum_finish(uint64_t sum);

/* Where the checksum stands in the header of TCP, UDP, ICMP and ICMPv6, in bytes; 0: other
 * protocols, whose checksums are none of ours. */
uint32_t checksum_transport_at(uint8_t proto);

#endif
