/* SPDX-License-Identifier: Apache-2.0 */
/* Frames put together field by field, and checked the same way, for the tests of what changes them.
 */
#ifndef SOSIE_TESTS_REPLAY_MADE_FRAMES_H
#define SOSIE_TESTS_REPLAY_MADE_FRAMES_H

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include "base/bytes.h"
#include "packet/checksum.h"

struct made_frame {
	uint8_t bytes[70000];
	uint32_t n;
	uint32_t ip_at, transport_at;
	uint8_t version, proto;
};

static inline uint32_t made_random(uint32_t *x)
{
	*x = *x * 1664525 + 1013904223;
	return *x >> 8;
}

static inline uint64_t made_pseudo(const uint8_t *ip, uint8_t version, uint8_t proto, uint32_t n)
{
	uint8_t tail[4] = { (uint8_t)(n >> 8), (uint8_t)n, 0, proto };
	uint64_t sum = checksum_add(0, ip + (version == 4 ? 12 : 8), version == 4 ? 8 : 32);

	return checksum_add(sum, tail, 4);
}

/* The transport checksum's offset. */
static inline uint32_t made_sum_at(uint8_t proto)
{
	return proto == 6 ? 16 : proto == 17 ? 6 : 2;
}

/* Are all checksums of an IP packet right? n bytes are there. */
static inline bool made_is_right(const uint8_t *ip, uint32_t n)
{
	uint8_t version = ip[0] >> 4, proto = version == 4 ? ip[9] : ip[6];
	uint32_t header = version == 4 ? (ip[0] & 15) * 4u : 40;
	uint64_t sum = 0;

	if (version == 4 &&
	    (be16_get(ip + 2) != n || checksum_finish(checksum_add(0, ip, header)) != 0))
		return false;
	if (version == 6 && be16_get(ip + 4) + 40u != n)
		return false;
	if (proto != 1)
		sum = made_pseudo(ip, version, proto, n - header);
	return checksum_finish(checksum_add(sum, ip + header, n - header)) == 0;
}

/* A packet of random addresses, ports and payload, all checksums right, behind an Ethernet header.
 */
static inline void made_packet(struct made_frame *f, uint8_t version, uint8_t proto,
			       uint32_t payload, uint32_t *x)
{
	uint32_t header = version == 4 ? 20 : 40, fixed = proto == 6 ? 20 : 8;
	uint8_t *ip = f->bytes + 14, *t = ip + header;

	for (uint32_t i = 0; i < 14 + header + fixed + payload; i++)
		f->bytes[i] = (uint8_t)made_random(x);
	be16_put(f->bytes + 12, version == 4 ? 0x0800 : 0x86dd);
	f->version = version;
	f->proto = proto;
	f->ip_at = 14;
	f->transport_at = 14 + header;
	f->n = 14 + header + fixed + payload;
	if (version == 4) {
		ip[0] = 0x45;
		be16_put(ip + 2, (uint16_t)(header + fixed + payload));
		be16_put(ip + 6, 0x4000);
		ip[9] = proto;
		be16_put(ip + 10, 0);
		be16_put(ip + 10, checksum_finish(checksum_add(0, ip, 20)));
	} else {
		ip[0] = (uint8_t)(0x60 | (ip[0] & 15));
		be16_put(ip + 4, (uint16_t)(fixed + payload));
		ip[6] = proto;
	}
	if (proto == 6)
		t[12] = 0x50;
	if (proto == 17)
		be16_put(t + 4, (uint16_t)(fixed + payload));
	if (proto == 1)
		t[0] = 8; /* echo: quotes nothing */
	if (proto == 58)
		t[0] = 128;
	be16_put(t + made_sum_at(proto), 0);
	be16_put(t + made_sum_at(proto),
		 checksum_finish(
			 checksum_add(proto == 1 ? 0
						 : made_pseudo(ip, version, proto, fixed + payload),
				      t, fixed + payload)));
	if (proto == 17 && be16_get(t + 6) == 0)
		be16_put(t + 6, 0xffff);
}

#endif
