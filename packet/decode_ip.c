/* SPDX-License-Identifier: Apache-2.0 */
/* IPv4 (RFC 791) and IPv6 with its extension headers (RFC 8200). */
#include <netinet/in.h>

#include "base/bytes.h"
#include "packet/decode_layers.h"

enum {
	IPV4_BYTES = 20,
	IPV6_BYTES = 40,
	FRAGMENT_BYTES = 8,
	FLAG_DF = 0x4000,
	FLAG_MF = 0x2000,
	OFFSET_MASK = 0x1fff,
	NEXT_MOBILITY = 135, /* RFC 6275 */
	NEXT_HIP = 139,	     /* RFC 7401 */
	NEXT_SHIM6 = 140,    /* RFC 5533 */
};

enum decode_result decode_ipv4(struct layer *layer, struct packet_view *view)
{
	const uint8_t *ip = layer->bytes;
	uint32_t n_header, length;
	uint16_t fragment;

	if (layer->n < IPV4_BYTES || ip[0] >> 4 != 4)
		return DECODE_MALFORMED;
	n_header = (ip[0] & 15u) * 4;
	length = be16_get(ip + 2);
	if (length == 0)
		length = layer->n_wire; /* left to the network card to fill in (TSO) */
	if (n_header < IPV4_BYTES || length < n_header)
		return DECODE_MALFORMED;
	fragment = be16_get(ip + 6);
	view->src = ip_from_v4_bytes(ip + 12);
	view->dst = ip_from_v4_bytes(ip + 16);
	view->proto = ip[9];
	view->ttl = ip[8];
	view->tos = ip[1];
	view->df = (fragment & FLAG_DF) != 0;
	view->ip_id = be16_get(ip + 4);
	view->fragment = (fragment & (FLAG_MF | OFFSET_MASK)) != 0;
	view->fragment_offset = (uint16_t)((fragment & OFFSET_MASK) * 8);
	view->fragment_id = view->ip_id;
	view->ip_bytes = length;
	layer_fit(layer, length);
	view->ip = layer->bytes;
	view->n_ip = layer->n;
	if (layer->n < n_header)
		return DECODE_MALFORMED; /* options cut off: the ports are too */
	layer_skip(layer, n_header);
	return decode_transport(layer, view);
}

/* Length of an extension header that is to be passed over, or 0: this is what IP carries. */
static uint32_t extension_bytes(uint8_t next, const uint8_t *header)
{
	switch (next) {
	case IPPROTO_HOPOPTS:
	case IPPROTO_ROUTING:
	case IPPROTO_DSTOPTS:
	case NEXT_MOBILITY:
	case NEXT_HIP:
	case NEXT_SHIM6:
		return (header[1] + 1u) * 8;
	case IPPROTO_AH:
		return (header[1] + 2u) * 4;
	default:
		return 0;
	}
}

static bool is_extension(uint8_t next)
{
	static const uint8_t any[2] = { 0, 0 };

	return next == IPPROTO_FRAGMENT || extension_bytes(next, any) > 0;
}

static enum decode_result decode_extensions(struct layer *layer, uint8_t next,
					    struct packet_view *view)
{
	while (is_extension(next)) {
		const uint8_t *header = layer->bytes;
		uint32_t n_header;

		if (layer->n < 8)
			return DECODE_MALFORMED;
		if (next == IPPROTO_FRAGMENT) {
			uint16_t offset = be16_get(header + 2);

			view->fragment = (offset & 0xfff9) != 0; /* an atomic fragment is whole */
			view->fragment_offset = offset & 0xfff8;
			view->fragment_id = be32_get(header + 4);
			n_header = FRAGMENT_BYTES;
		} else {
			n_header = extension_bytes(next, header);
		}
		if (layer->n < n_header)
			return DECODE_MALFORMED;
		next = header[0];
		layer_skip(layer, n_header);
		if (view->fragment_offset > 0)
			break;
	}
	view->proto = next;
	return decode_transport(layer, view);
}

enum decode_result decode_ipv6(struct layer *layer, struct packet_view *view)
{
	const uint8_t *ip = layer->bytes;
	uint32_t length;

	if (layer->n < IPV6_BYTES || ip[0] >> 4 != 6)
		return DECODE_MALFORMED;
	length = be16_get(ip + 4);
	if (length == 0)
		length = layer->n_wire - IPV6_BYTES; /* a jumbogram (RFC 2675), or TSO */
	view->src = ip_from_v6_bytes(ip + 8);
	view->dst = ip_from_v6_bytes(ip + 24);
	view->ttl = ip[7];
	view->tos = (uint8_t)(be16_get(ip) >> 4);
	view->ip_bytes = IPV6_BYTES + length;
	view->ip = layer->bytes;
	layer_skip(layer, IPV6_BYTES);
	layer_fit(layer, length);
	view->n_ip = IPV6_BYTES + layer->n;
	return decode_extensions(layer, ip[6], view);
}
