/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What makes two packets one flow: the unordered pair of (address, port) and the protocol. For ICMP
 * a request type and its answer type count as one (RFC 792, RFC 4443, RFC 4861), so that an echo
 * and its reply meet.
 */
#ifndef SOSIE_FLOW_KEY_H
#define SOSIE_FLOW_KEY_H

#include "base/addr.h"
#include <stdbool.h>
#include <stdint.h>

struct flow_key {
	struct ip_addr low, high; /* ordered by address, then port */
	uint16_t low_port, high_port;
	uint8_t proto;
};

/* src and dst as in the packet; for ICMP the ports are type and code. Zeroed padding: keys compare
 * with memcmp. */
void flow_key_make(const struct ip_addr *src, uint16_t src_port, const struct ip_addr *dst,
		   uint16_t dst_port, uint8_t proto, struct flow_key *ret_key);
uint64_t flow_key_hash(const struct flow_key *key, uint64_t seed);
bool flow_key_equal(const struct flow_key *a, const struct flow_key *b);

/* The ICMP(v6) type that answers `type` (echo 8 -> 0, neighbour solicitation 135 -> 136 ...), or -1
 * when none does. */
int flow_icmp_answer(uint8_t proto, uint8_t type);
/* The type that `type` answers, or -1. */
int flow_icmp_request(uint8_t proto, uint8_t type);

#endif
