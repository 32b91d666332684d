/* SPDX-License-Identifier: Apache-2.0 */
/* Frames that are too long for the wire: into segments, into fragments, cut, or left out. */
#include "replay/rewrite_internal.h"

#include <string.h>

#include "base/bytes.h"
#include "packet/checksum.h"
#include "packet/wire.h"

enum { TCP_FIN = 1, TCP_PSH = 8, TCP_CWR = 128, V6_FRAGMENT_BYTES = 8, MORE_FRAGMENTS = 0x2000 };

/* The length field of an IP packet of n bytes whose header is in place, and its checksum. */
static void set_length(uint8_t *ip, uint8_t version, uint32_t header, uint32_t n)
{
	if (version == 4) {
		be16_put(ip + 2, (uint16_t)n);
		rewrite_sum_v4_header(ip, header);
	} else {
		be16_put(ip + 4, (uint16_t)(n - WIRE_IPV6_BYTES));
	}
}

/*
 * As a card with TSO: headers repeated, sequence numbers and IP ids counting on; FIN and PSH on the
 * last, CWR on the first (RFC 3168, 6.1.2).
 */
static int segment(const struct rewrite_buffer *f, const struct headers *h, uint32_t mtu,
		   uint8_t *scratch, const struct rewrite_put *put)
{
	const uint8_t *tcp = f->bytes + h->net_at + h->net_bytes;
	uint32_t n_tcp = (tcp[12] >> 4) * 4u, n_headers = h->net_at + h->net_bytes + n_tcp;
	uint32_t n_data = h->ip_bytes - h->net_bytes - n_tcp, room, n;
	uint8_t *ip = scratch + h->net_at, *out = ip + h->net_bytes;
	int r = 0;

	room = mtu - h->net_bytes - n_tcp;
	for (uint32_t at = 0, i = 0; r == 0 && at < n_data; at += n, i++) {
		n = n_data - at < room ? n_data - at : room;
		memcpy(scratch, f->bytes, n_headers);
		memcpy(scratch + n_headers, f->bytes + n_headers + at, n);
		be32_put(out + 4, be32_get(tcp + 4) + at);
		if (at + n < n_data)
			out[13] &= (uint8_t) ~(TCP_FIN | TCP_PSH);
		if (at > 0)
			out[13] &= (uint8_t)~TCP_CWR;
		if (h->version == 4)
			be16_put(ip + 4, (uint16_t)(be16_get(ip + 4) + i));
		set_length(ip, h->version, h->net_bytes, h->net_bytes + n_tcp + n);
		rewrite_sum_transport(ip, h, out, n_tcp + n);
		r = put->put(put->context, scratch, n_headers + n);
	}
	return r;
}

static bool can_segment(const struct rewrite_buffer *f, const struct headers *h, uint32_t mtu)
{
	uint32_t n_tcp;

	if (h->proto != PROTO_TCP || !h->has_transport || h->fragment)
		return false;
	n_tcp = (f->bytes[h->net_at + h->net_bytes + 12] >> 4) * 4u;
	return n_tcp >= WIRE_TCP_BYTES && h->net_bytes + n_tcp < h->ip_bytes &&
	       h->net_bytes + n_tcp + 8 <= mtu;
}

/* IPv4: of a fragment its parts are fragments again. */
static int fragment_v4(const struct rewrite_buffer *f, const struct headers *h, uint32_t mtu,
		       uint8_t *scratch, const struct rewrite_put *put)
{
	const uint8_t *from = f->bytes + h->net_at;
	uint32_t n_headers = h->net_at + h->net_bytes, n_data = h->ip_bytes - h->net_bytes, n;
	uint32_t room = (mtu - h->net_bytes) & ~7u;
	uint16_t field = be16_get(from + 6), first = field & 0x1fff;
	uint8_t *ip = scratch + h->net_at;
	int r = 0;

	for (uint32_t at = 0; r == 0 && at < n_data; at += n) {
		bool more;

		n = n_data - at < room ? n_data - at : room;
		more = at + n < n_data || (field & MORE_FRAGMENTS) != 0;
		memcpy(scratch, f->bytes, n_headers);
		memcpy(scratch + n_headers, f->bytes + n_headers + at, n);
		/* DF is gone: it would forbid what is done. The reserved bit, a mark, stays. */
		be16_put(ip + 6, (uint16_t)((field & 0x8000) | (more ? MORE_FRAGMENTS : 0) |
					    ((first + at / 8) & 0x1fff)));
		set_length(ip, 4, h->net_bytes, h->net_bytes + n);
		r = put->put(put->context, scratch, n_headers + n);
	}
	return r;
}

/* The first `kept` bytes of the packet go into every fragment, then the fragment header. */
static void begin_v6_fragment(const uint8_t *from, uint8_t *ip, uint32_t kept, uint32_t next_at,
			      uint32_t id)
{
	memcpy(ip, from, kept);
	ip[kept] = ip[next_at];
	ip[kept + 1] = 0;
	ip[next_at] = 44;
	be32_put(ip + kept + 4, id);
}

/*
 * IPv6 (RFC 8200, 4.5): all extension headers are left in the part that is cut up, which every
 * receiver takes; only hop-by-hop options, which must come first, go into each fragment.
 */
static int fragment_v6(const struct rewrite_buffer *f, const struct headers *h, uint32_t mtu,
		       uint8_t *scratch, const struct rewrite_put *put)
{
	const uint8_t *from = f->bytes + h->net_at;
	uint32_t kept = WIRE_IPV6_BYTES, next_at = 6, n_data, room, n, id;
	uint8_t *ip = scratch + h->net_at;
	int r = 0;

	if (from[6] == 0 && h->net_bytes > WIRE_IPV6_BYTES) {
		kept += (from[41] + 1u) * 8;
		next_at = WIRE_IPV6_BYTES;
	}
	n_data = h->ip_bytes - kept;
	room = (mtu - kept - V6_FRAGMENT_BYTES) & ~7u;
	/* The same packet has the same id in every run; packets of a flow differ in what is summed.
	 */
	id = (uint32_t)checksum_finish(checksum_add(0, from, h->ip_bytes)) << 16 |
	     checksum_finish(checksum_add(0, from + kept, n_data < 64 ? n_data : 64));
	memcpy(scratch, f->bytes, h->net_at);
	for (uint32_t at = 0; r == 0 && at < n_data; at += n) {
		n = n_data - at < room ? n_data - at : room;
		begin_v6_fragment(from, ip, kept, next_at, id);
		be16_put(ip + kept + 2, (uint16_t)(at | (at + n < n_data ? 1 : 0)));
		memcpy(ip + kept + V6_FRAGMENT_BYTES, from + kept + at, n);
		set_length(ip, 6, 0, kept + V6_FRAGMENT_BYTES + n);
		r = put->put(put->context, scratch, h->net_at + kept + V6_FRAGMENT_BYTES + n);
	}
	return r;
}

static bool can_fragment(const struct headers *h, const uint8_t *ip, uint32_t mtu)
{
	if (h->ip_bytes > UINT16_MAX)
		return false;
	if (h->version == 4)
		return h->net_bytes + 8 <= mtu;
	/* Fragments of fragments are no IPv6; extension headers must leave room for data. */
	return h->v6_fragment_at == 0 && h->net_bytes + V6_FRAGMENT_BYTES + 8 <= mtu &&
	       (ip[6] != 0 || WIRE_IPV6_BYTES + (ip[41] + 1u) * 8 <= h->net_bytes);
}

static int truncate_packet(const struct rewrite_buffer *f, const struct headers *h, uint32_t mtu,
			   uint8_t *scratch, const struct rewrite_put *put)
{
	uint8_t *ip = scratch + h->net_at, *transport = ip + h->net_bytes;
	uint32_t n = mtu - h->net_bytes;

	memcpy(scratch, f->bytes, h->net_at + mtu);
	if (h->has_transport && !h->fragment) {
		if (h->proto == PROTO_UDP)
			be16_put(transport + 4, (uint16_t)n);
		rewrite_sum_transport(ip, h, transport, n);
	}
	set_length(ip, h->version, h->net_bytes, mtu);
	return put->put(put->context, scratch, h->net_at + mtu);
}

/* Headers that leave room for nothing else are not cut. */
static bool can_truncate(const struct headers *h, uint32_t mtu)
{
	return h->net_bytes + 60 <= mtu;
}

int rewrite_oversize(const struct rewrite_options *o, const struct rewrite_buffer *f,
		     const struct headers *h, uint8_t *scratch, struct rewrite_counters *counters,
		     const struct rewrite_put *put)
{
	const uint8_t *ip = f->bytes + h->net_at;

	if (o->mtu_policy == REWRITE_MTU_SEGMENT && can_segment(f, h, o->mtu)) {
		counters->n_segmented++;
		return segment(f, h, o->mtu, scratch, put);
	}
	if (o->mtu_policy == REWRITE_MTU_FRAGMENT && can_fragment(h, ip, o->mtu)) {
		counters->n_fragmented++;
		return h->version == 4 ? fragment_v4(f, h, o->mtu, scratch, put)
				       : fragment_v6(f, h, o->mtu, scratch, put);
	}
	if (o->mtu_policy == REWRITE_MTU_TRUNCATE && can_truncate(h, o->mtu)) {
		counters->n_truncated++;
		return truncate_packet(f, h, o->mtu, scratch, put);
	}
	counters->n_dropped++;
	return 0;
}
