/* SPDX-License-Identifier: Apache-2.0 */
/* TCP (RFC 9293), UDP (RFC 768), ICMP (RFC 792), ICMPv6 (RFC 4443). */
#include <netinet/in.h>

#include "base/bytes.h"
#include "packet/decode_layers.h"

enum {
	TCP_BYTES = 20,
	TCP_UP_TO_FLAGS = 14,
	UDP_BYTES = 8,
	/* Type, code, checksum and the four bytes that every message gives a meaning of its own. */
	ICMP_BYTES = 8,
};

/* What is behind n_header bytes is payload. */
static void payload_behind(const struct layer *layer, uint32_t n_header, struct packet_view *view)
{
	view->payload_bytes = layer->n_wire > n_header ? layer->n_wire - n_header : 0;
	if (layer->n > n_header) {
		view->payload = layer->bytes + n_header;
		view->n_payload = layer->n - n_header;
	}
}

static enum decode_result decode_tcp(const struct layer *layer, struct packet_view *view)
{
	const uint8_t *tcp = layer->bytes;
	uint32_t n_header = TCP_BYTES;

	/* The first fragment may be cut in the header. */
	if (layer->n < 4 || (layer->n_wire < TCP_BYTES && !view->fragment))
		return DECODE_MALFORMED;
	view->src_port = be16_get(tcp);
	view->dst_port = be16_get(tcp + 2);
	if (layer->n >= TCP_UP_TO_FLAGS) {
		view->seq = be32_get(tcp + 4);
		view->ack = be32_get(tcp + 8);
		view->tcp_flags = tcp[13];
		n_header = (tcp[12] >> 4) * 4u;
		if (n_header < TCP_BYTES || (n_header > layer->n_wire && !view->fragment))
			return DECODE_MALFORMED;
	}
	if (layer->n >= 16)
		view->window = be16_get(tcp + 14);
	if (n_header > TCP_BYTES && layer->n > TCP_BYTES) {
		uint32_t end = layer->n < n_header ? layer->n : n_header;

		view->tcp_options = tcp + TCP_BYTES;
		view->n_tcp_options = end - TCP_BYTES;
	}
	payload_behind(layer, n_header, view);
	return DECODE_IP;
}

static enum decode_result decode_udp(const struct layer *layer, struct packet_view *view)
{
	if (layer->n < 4 || (layer->n_wire < UDP_BYTES && !view->fragment))
		return DECODE_MALFORMED;
	view->src_port = be16_get(layer->bytes);
	view->dst_port = be16_get(layer->bytes + 2);
	if (layer->n >= 6) {
		uint16_t length = be16_get(layer->bytes + 4);

		if (length > 0 && length < UDP_BYTES)
			return DECODE_MALFORMED;
	}
	payload_behind(layer, UDP_BYTES, view);
	return DECODE_IP;
}

enum decode_result decode_transport(struct layer *layer, struct packet_view *view)
{
	if (view->fragment_offset > 0) {
		payload_behind(layer, 0, view);
		return DECODE_IP;
	}
	switch (view->proto) {
	case IPPROTO_TCP:
		return decode_tcp(layer, view);
	case IPPROTO_UDP:
		return decode_udp(layer, view);
	case IPPROTO_ICMP:
	case IPPROTO_ICMPV6:
		if (layer->n < 2)
			return DECODE_MALFORMED;
		view->src_port = layer->bytes[0];
		view->dst_port = layer->bytes[1];
		payload_behind(layer, ICMP_BYTES, view);
		return DECODE_IP;
	default:
		payload_behind(layer, 0, view);
		return DECODE_IP;
	}
}
