/* SPDX-License-Identifier: Apache-2.0 */
/* Checksums made anew, where adjusting them is not enough. */
#include "replay/rewrite_internal.h"

#include "base/bytes.h"
#include "packet/checksum.h"
#include "packet/wire.h"

enum {
	OPTION_END = 0, /* RFC 791, 3.1 */
	OPTION_NOTHING = 1,
	OPTION_LOOSE_ROUTE = 131,
	OPTION_STRICT_ROUTE = 137,
	EXT_HOP_BY_HOP = 0, /* RFC 8200, 4 */
};

void rewrite_sum_v4_header(uint8_t *ip, uint32_t n)
{
	be16_put(ip + 10, 0);
	be16_put(ip + 10, checksum_finish(checksum_add(0, ip, n)));
}

static uint64_t pseudo_header(const uint8_t *ip, uint8_t version, uint8_t proto, uint32_t n)
{
	uint8_t tail[8] = { 0 };
	uint64_t sum = version == 4 ? checksum_add(0, ip + 12, 8) : checksum_add(0, ip + 8, 32);

	be32_put(tail, n);
	tail[7] = proto;
	return checksum_add(sum, tail, sizeof(tail));
}

void rewrite_sum_transport(uint8_t *ip, const struct headers *h, uint8_t *transport, uint32_t n)
{
	uint32_t at = checksum_transport_at(h->proto);
	uint64_t sum = 0;

	if (at == 0 || (h->proto == PROTO_UDP && be16_get(transport + at) == 0))
		return;
	be16_put(transport + at, 0);
	if (h->proto != PROTO_ICMP)
		sum = pseudo_header(ip, h->version, h->proto, n);
	be16_put(transport + at, checksum_finish(checksum_add(sum, transport, n)));
	if (h->proto == PROTO_UDP && be16_get(transport + at) == 0)
		be16_put(transport + at, 0xffff);
}

/* IPv4 options that name a destination other than the header's. */
static bool has_source_route(const uint8_t *ip, uint32_t n_header)
{
	for (uint32_t at = WIRE_IPV4_BYTES; at < n_header && ip[at] != OPTION_END;) {
		if (ip[at] == OPTION_LOOSE_ROUTE || ip[at] == OPTION_STRICT_ROUTE)
			return true;
		if (ip[at] == OPTION_NOTHING) {
			at++;
			continue;
		}
		if (at + 1 == n_header || ip[at + 1] < 2)
			return false;
		at += ip[at + 1];
	}
	return false;
}

/*
 * Are the addresses that a transport's checksum covers those of the IP header? Not with routes in
 * IPv4 options, and perhaps not with IPv6 extension headers, of routing (RFC 8200, 8.1) and
 * destination options (RFC 6275, 6.3): only hop-by-hop options are sure to name none.
 */
static bool has_plain_addresses(const uint8_t *ip, const struct headers *h)
{
	if (h->version == 4)
		return !has_source_route(ip, h->net_bytes);
	return h->net_bytes == WIRE_IPV6_BYTES ||
	       (ip[6] == EXT_HOP_BY_HOP &&
		h->net_bytes == WIRE_IPV6_BYTES + (ip[WIRE_IPV6_BYTES + 1] + 1u) * 8);
}

/* Not cut by a snaplen; a length of 0 is that of a packet the card was to cut up. */
static bool is_whole(const uint8_t *ip, const struct headers *h)
{
	uint32_t n = h->version == 4 ? be16_get(ip + 2) : be16_get(ip + 4);

	return n == 0 || n + (h->version == 4 ? 0 : WIRE_IPV6_BYTES) == h->ip_bytes;
}

static bool fix_transport(uint8_t *ip, const struct headers *h)
{
	uint32_t at = checksum_transport_at(h->proto), n = h->ip_bytes - h->net_bytes;
	uint8_t *transport = ip + h->net_bytes;
	uint64_t sum = 0;

	if (at == 0 || !h->has_transport || h->fragment || !is_whole(ip, h) ||
	    !has_plain_addresses(ip, h))
		return false;
	if (h->proto == PROTO_UDP) {
		uint32_t n_udp = be16_get(transport + 4);

		/* None was made (RFC 768, RFC 6935), or nobody knows over what. */
		if (be16_get(transport + at) == 0 || n_udp < WIRE_UDP_BYTES || n_udp > n)
			return false;
		n = n_udp;
	}
	if (h->proto != PROTO_ICMP)
		sum = pseudo_header(ip, h->version, h->proto, n);
	if (checksum_finish(checksum_add(sum, transport, n)) == 0)
		return false;
	rewrite_sum_transport(ip, h, transport, n);
	return true;
}

bool rewrite_fix_sums(uint8_t *ip, const struct headers *h)
{
	bool header = h->version == 4 && checksum_finish(checksum_add(0, ip, h->net_bytes)) != 0;

	if (header)
		rewrite_sum_v4_header(ip, h->net_bytes);
	return fix_transport(ip, h) || header;
}
