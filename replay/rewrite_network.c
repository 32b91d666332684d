/* SPDX-License-Identifier: Apache-2.0 */
/* Addresses, ports, TTL, DSCP and marks, with every checksum that covers them. */
#include "replay/rewrite_internal.h"

#include <string.h>

#include "base/bytes.h"
#include "packet/checksum.h"
#include "packet/wire.h"
#include "replay/patch.h"

enum { ARP_SENDER_IP_AT = 14, ARP_TARGET_IP_AT = 24 };

/* Bits of `to` in front, of the address behind. */
static void map_bits(const struct ip_prefix *to, uint8_t *bytes)
{
	uint32_t n = to->n_bits / 8u, rest = to->n_bits % 8u;

	memcpy(bytes, to->addr.bytes, n);
	if (rest > 0) {
		uint8_t mask = (uint8_t)(0xff00 >> rest);

		bytes[n] = (uint8_t)((to->addr.bytes[n] & mask) | (bytes[n] & ~mask));
	}
}

/* The last 32 bits of a unicast address, so that it stays one for 2^24 loops. */
static void add_loop(uint64_t loop, uint8_t *bytes, uint32_t n)
{
	uint8_t *low = bytes + n - 4;
	uint32_t kept = n == 4 ? be32_get(low) & 0xe0000000u : 0;
	uint32_t sum = be32_get(low) + (uint32_t)loop;

	be32_put(low, n == 4 ? kept | (sum & 0x1fffffffu) : sum);
}

/* What an address becomes; false: itself. */
static bool new_address(const struct rewrite_options *o, uint64_t loop, const uint8_t *from,
			uint32_t n, uint8_t to[16])
{
	struct ip_addr addr = n == 4 ? ip_from_v4_bytes(from) : ip_from_v6_bytes(from);
	bool changed = false;

	memcpy(to, from, n);
	for (size_t i = 0; i < o->n_maps && !changed; i++) {
		if (ip_prefix_holds(&o->maps[i].from, &addr)) {
			map_bits(&o->maps[i].to, to);
			changed = true;
		}
	}
	if (o->unique && loop > 0 && !ip_is_multicast(&addr) && !ip_is_unspecified(&addr)) {
		add_loop(loop, to, n);
		changed = true;
	}
	return changed;
}

static void map_address(const struct rewrite_options *o, uint64_t loop, const struct patch *patch,
			uint8_t *at, uint32_t n)
{
	uint8_t to[16];

	if (new_address(o, loop, at, n, to))
		patch_bytes(patch, at, to, n);
}

static void map_port(const struct rewrite_options *o, const struct patch *patch, uint8_t *at)
{
	uint16_t port = be16_get(at);
	uint8_t to[2];

	for (size_t i = 0; i < o->n_ports; i++) {
		const struct rewrite_ports *p = &o->ports[i];

		if (port >= p->from_first && port <= p->from_last) {
			be16_put(to, (uint16_t)(p->to_first + (port - p->from_first)));
			patch_bytes(patch, at, to, 2);
			return;
		}
	}
}

/* ICMP messages that quote the packet they are about (RFC 792, RFC 4443). */
static bool quotes_packet(uint8_t proto, uint8_t type)
{
	if (proto == PROTO_ICMP6)
		return type >= 1 && type <= 4;
	return proto == PROTO_ICMP &&
	       (type == ICMP_UNREACHABLE || type == ICMP_SOURCE_QUENCH || type == ICMP_REDIRECT ||
		type == ICMP_TIME_EXCEEDED || type == ICMP_PARAMETER);
}

/* The checksum of the transport header at `at`, or one without a field. */
static struct cover transport_cover(const struct headers *h, uint8_t *at, const struct cover *outer)
{
	uint32_t field = h->has_transport ? checksum_transport_at(h->proto) : 0;

	return (struct cover) { field > 0 ? at + field : NULL, h->proto == PROTO_UDP, outer };
}

/* Only these have the addresses in their checksum (a pseudo header). */
static bool covers_addresses(uint8_t proto)
{
	return proto == PROTO_TCP || proto == PROTO_UDP || proto == PROTO_ICMP6;
}

/*
 * Addresses and ports of one IP packet. quoted: under the ICMP checksum `outer`, and cut off after
 * a few bytes, so that even a transport header whose checksum is not there may have ports.
 */
static void map_packet(const struct rewrite_options *o, uint64_t loop, uint8_t *ip,
		       const struct headers *h, const struct cover *outer)
{
	uint8_t *transport = ip + h->net_bytes;
	struct cover head = { h->version == 4 ? ip + 10 : NULL, false, outer };
	struct cover body = transport_cover(h, transport, outer);
	struct patch addresses = { 0, { NULL } }, ports = { 0, { NULL } };
	uint32_t n = h->version == 4 ? 4 : 16, at = h->version == 4 ? 12 : 8;

	if (head.field != NULL)
		addresses.covers[addresses.n_covers++] = &head;
	if (body.field != NULL && covers_addresses(h->proto))
		addresses.covers[addresses.n_covers++] = &body;
	if (outer != NULL)
		addresses.covers[addresses.n_covers++] = outer;
	map_address(o, loop, &addresses, ip + at, n);
	map_address(o, loop, &addresses, ip + at + n, n);
	if (body.field != NULL)
		ports.covers[ports.n_covers++] = &body;
	if (outer != NULL)
		ports.covers[ports.n_covers++] = outer;
	if (h->first && h->ip_bytes - h->net_bytes >= 4 &&
	    (h->proto == PROTO_TCP || h->proto == PROTO_UDP)) {
		map_port(o, &ports, transport);
		map_port(o, &ports, transport + 2);
	}
}

static void map_quoted(const struct rewrite_options *o, uint64_t loop, uint8_t *ip,
		       const struct headers *h)
{
	uint8_t *icmp = ip + h->net_bytes;
	uint32_t n = h->ip_bytes - h->net_bytes;
	const struct cover sum = { icmp + 2, false, NULL };
	struct headers quoted;

	if (!h->has_transport || h->fragment || !quotes_packet(h->proto, icmp[0]) ||
	    !headers_of_ip(icmp + WIRE_ICMP_BYTES, n - WIRE_ICMP_BYTES, &quoted))
		return;
	map_packet(o, loop, icmp + WIRE_ICMP_BYTES, &quoted, &sum);
}

static void set_ttl(const struct rewrite_options *o, uint8_t *ip, const struct headers *h)
{
	uint8_t *ttl = ip + (h->version == 4 ? 8 : 7);
	const struct cover head = { ip + 10, false, NULL };
	const struct patch patch = { h->version == 4, { &head } };
	int value = o->ttl == REWRITE_TTL_SET ? o->ttl_value : *ttl + o->ttl_value;
	uint8_t word[2];

	value = value < 1 ? 1 : value > 255 ? 255 : value;
	if (h->version == 6) {
		*ttl = (uint8_t)value;
		return;
	}
	word[0] = (uint8_t)value;
	word[1] = ip[9];
	patch_bytes(&patch, ttl, word, 2);
}

/* The upper six bits of the byte; the lower two (ECN, RFC 3168) stay. */
static void set_dscp(int dscp, uint8_t *ip, const struct headers *h)
{
	const struct cover head = { ip + 10, false, NULL };
	const struct patch patch = { 1, { &head } };
	uint8_t word[2] = { ip[0], (uint8_t)(dscp << 2 | (ip[1] & 3)) };

	if (h->version == 4) {
		patch_bytes(&patch, ip, word, 2);
		return;
	}
	ip[0] = (uint8_t)(0x60 | dscp >> 2);
	ip[1] = (uint8_t)((dscp & 3) << 6 | (ip[1] & 0x3f));
}

static void map_arp(const struct rewrite_options *o, uint64_t loop, uint8_t *arp)
{
	const struct patch none = { 0, { NULL } };

	map_address(o, loop, &none, arp + ARP_SENDER_IP_AT, 4);
	map_address(o, loop, &none, arp + ARP_TARGET_IP_AT, 4);
}

void rewrite_network(const struct rewrite_options *o, uint64_t loop, uint8_t *bytes,
		     const struct headers *h)
{
	bool maps = o->n_maps > 0 || o->n_ports > 0 || (o->unique && loop > 0);
	uint8_t *ip = bytes + h->net_at;

	if (h->version == HEADERS_ARP && maps)
		map_arp(o, loop, ip);
	if (h->version != 4 && h->version != 6)
		return;
	if (maps) {
		map_quoted(o, loop, ip, h);
		map_packet(o, loop, ip, h, NULL);
	}
	if (o->ttl != REWRITE_TTL_KEEP)
		set_ttl(o, ip, h);
	if (o->dscp >= 0)
		set_dscp(o->dscp, ip, h);
	if (o->mark.on)
		mark_set(&o->mark, ip, h->ip_bytes);
}
