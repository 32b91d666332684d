/* SPDX-License-Identifier: Apache-2.0 */
#include "replay/headers.h"

#include <string.h>

#include "base/bytes.h"
#include "packet/wire.h"

enum {
	LIMIT_TAGS = 8,
	TAG_BYTES = 4,
	TYPE_ARP = 0x0806,
	TYPE_VLAN = 0x8100,
	TYPE_QINQ = 0x88a8,
	TYPE_QINQ_OLD = 0x9100,
	ARP_BYTES = 28,
	LIMIT_EXTENSIONS = 16,
	/* RFC 8200, 4; RFC 4302 */
	EXT_HOP_BY_HOP = 0,
	EXT_ROUTING = 43,
	EXT_FRAGMENT = 44,
	EXT_AUTH = 51,
	EXT_DESTINATION = 60,
	EXT_MOBILITY = 135,
};

static uint32_t transport_bytes(uint8_t proto)
{
	switch (proto) {
	case PROTO_TCP:
		return WIRE_TCP_BYTES;
	case PROTO_UDP:
		return WIRE_UDP_BYTES;
	case PROTO_ICMP:
	case PROTO_ICMP6:
		return WIRE_ICMP_BYTES;
	default:
		return 0;
	}
}

static void set_transport(struct headers *h)
{
	uint32_t n = transport_bytes(h->proto);

	h->has_transport = h->first && n > 0 && h->ip_bytes - h->net_bytes >= n;
}

static bool headers_of_v4(const uint8_t *b, size_t n, struct headers *h)
{
	uint32_t header, total;
	uint16_t fragment;

	if (n < WIRE_IPV4_BYTES)
		return false;
	header = (b[0] & 15u) * 4;
	total = be16_get(b + 2);
	if (header < WIRE_IPV4_BYTES || header > n)
		return false;
	/* 0: a packet that the card was to cut up (TSO). */
	if (total == 0 || total > n)
		total = (uint32_t)n;
	if (total < header)
		return false;
	fragment = be16_get(b + 6);
	h->version = 4;
	h->net_bytes = header;
	h->ip_bytes = total;
	h->proto = b[9];
	h->fragment = (fragment & 0x3fff) != 0;
	h->first = (fragment & 0x1fff) == 0;
	set_transport(h);
	return true;
}

/* Walks the extension headers; stops where they are cut off. */
static bool headers_of_v6(const uint8_t *b, size_t n, struct headers *h)
{
	uint32_t total, at = WIRE_IPV6_BYTES;
	bool first = true;
	uint8_t next;

	if (n < WIRE_IPV6_BYTES)
		return false;
	total = be16_get(b + 4) + (uint32_t)WIRE_IPV6_BYTES;
	if (total == WIRE_IPV6_BYTES || total > n)
		total = (uint32_t)n;
	next = b[6];
	for (int i = 0; i < LIMIT_EXTENSIONS; i++) {
		uint32_t length;

		if (next != EXT_HOP_BY_HOP && next != EXT_ROUTING && next != EXT_FRAGMENT &&
		    next != EXT_AUTH && next != EXT_DESTINATION && next != EXT_MOBILITY)
			break;
		if (total - at < 8)
			break;
		if (next == EXT_FRAGMENT) {
			length = 8;
			h->v6_fragment_at = at;
			h->fragment = true;
			first = (be16_get(b + at + 2) & 0xfff8) == 0;
		} else {
			length = next == EXT_AUTH ? (b[at + 1] + 2u) * 4 : (b[at + 1] + 1u) * 8;
		}
		if (length > total - at)
			break;
		next = b[at];
		at += length;
		if (!first)
			break;
	}
	h->version = 6;
	h->net_bytes = at;
	h->ip_bytes = total;
	h->proto = next;
	h->first = first;
	set_transport(h);
	return true;
}

bool headers_of_ip(const uint8_t *bytes, size_t n_bytes, struct headers *h)
{
	memset(h, 0, sizeof(*h));
	if (n_bytes == 0)
		return false;
	if (bytes[0] >> 4 == 4)
		return headers_of_v4(bytes, n_bytes, h);
	return bytes[0] >> 4 == 6 && headers_of_v6(bytes, n_bytes, h);
}

static bool is_tag(uint16_t type)
{
	return type == TYPE_VLAN || type == TYPE_QINQ || type == TYPE_QINQ_OLD;
}

bool headers_of_frame(const uint8_t *bytes, size_t n_bytes, struct headers *h)
{
	uint32_t at = WIRE_ETHER_BYTES, n_tags = 0;
	uint16_t type;

	memset(h, 0, sizeof(*h));
	if (n_bytes < WIRE_ETHER_BYTES)
		return false;
	type = be16_get(bytes + 12);
	while (is_tag(type) && n_bytes - at >= TAG_BYTES && n_tags < LIMIT_TAGS) {
		type = be16_get(bytes + at + 2);
		at += TAG_BYTES;
		n_tags++;
	}
	if ((type == ETHERTYPE_IPV4 || type == ETHERTYPE_IPV6) &&
	    headers_of_ip(bytes + at, n_bytes - at, h)) {
		h->net_at = at;
		if (h->v6_fragment_at > 0)
			h->v6_fragment_at += at;
	} else if (type == TYPE_ARP && n_bytes - at >= ARP_BYTES &&
		   be16_get(bytes + at + 2) == ETHERTYPE_IPV4 && bytes[at + 4] == 6 &&
		   bytes[at + 5] == 4) {
		h->net_at = at;
		h->version = HEADERS_ARP;
		h->net_bytes = ARP_BYTES;
	}
	h->n_tags = n_tags;
	return true;
}
