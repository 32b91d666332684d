/* SPDX-License-Identifier: Apache-2.0 */
#include "flow/key.h"

#include <netinet/in.h>
#include <string.h>
#include <xxhash.h>

/*
 * Requests and their answers: RFC 792 (echo, timestamp, information), RFC 950 (mask), RFC 1256
 * (router), RFC 4443 (echo), RFC 4861 (router, neighbour), RFC 2710 (listener), RFC 4620 (node
 * information), RFC 6275 (home agent). The same pairs as in Community ID.
 */
static const struct {
	uint8_t proto, request, answer;
} pairs[] = {
	{ IPPROTO_ICMP, 8, 0 },	      { IPPROTO_ICMP, 10, 9 },	    { IPPROTO_ICMP, 13, 14 },
	{ IPPROTO_ICMP, 15, 16 },     { IPPROTO_ICMP, 17, 18 },	    { IPPROTO_ICMPV6, 128, 129 },
	{ IPPROTO_ICMPV6, 130, 131 }, { IPPROTO_ICMPV6, 133, 134 }, { IPPROTO_ICMPV6, 135, 136 },
	{ IPPROTO_ICMPV6, 139, 140 }, { IPPROTO_ICMPV6, 144, 145 },
};

enum { N_PAIRS = sizeof(pairs) / sizeof(pairs[0]) };

int flow_icmp_answer(uint8_t proto, uint8_t type)
{
	for (size_t i = 0; i < N_PAIRS; i++) {
		if (pairs[i].proto == proto && pairs[i].request == type)
			return pairs[i].answer;
	}
	return -1;
}

int flow_icmp_request(uint8_t proto, uint8_t type)
{
	for (size_t i = 0; i < N_PAIRS; i++) {
		if (pairs[i].proto == proto && pairs[i].answer == type)
			return pairs[i].request;
	}
	return -1;
}

static void key_put(struct flow_key *key, const struct ip_addr *low, uint16_t low_port,
		    const struct ip_addr *high, uint16_t high_port)
{
	key->low = *low;
	key->high = *high;
	key->low_port = low_port;
	key->high_port = high_port;
}

void flow_key_make(const struct ip_addr *src, uint16_t src_port, const struct ip_addr *dst,
		   uint16_t dst_port, uint8_t proto, struct flow_key *ret_key)
{
	int order = memcmp(src, dst, sizeof(*src));

	memset(ret_key, 0, sizeof(*ret_key));
	ret_key->proto = proto;
	if (proto == IPPROTO_ICMP || proto == IPPROTO_ICMPV6) {
		int request = flow_icmp_request(proto, (uint8_t)src_port);

		/* Type and code belong to the flow, not to a side. */
		if (request >= 0)
			src_port = (uint16_t)request;
		key_put(ret_key, order <= 0 ? src : dst, src_port, order <= 0 ? dst : src,
			dst_port);
		return;
	}
	if (order < 0 || (order == 0 && src_port <= dst_port))
		key_put(ret_key, src, src_port, dst, dst_port);
	else
		key_put(ret_key, dst, dst_port, src, src_port);
}

uint64_t flow_key_hash(const struct flow_key *key, uint64_t seed)
{
	return XXH3_64bits_withSeed(key, sizeof(*key), seed);
}

bool flow_key_equal(const struct flow_key *a, const struct flow_key *b)
{
	return memcmp(a, b, sizeof(*a)) == 0;
}
