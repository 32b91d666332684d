/* SPDX-License-Identifier: Apache-2.0 */
/* The way down: link layer to the IP packet; then decode_ip.c, decode_transport.c. */
#include "packet/decode.h"

#include <net/ethernet.h>
#include <string.h>

#include "base/bytes.h"
#include "packet/decode_layers.h"

enum {
	ETHER_BYTES = 14,
	SLL_BYTES = 16,
	SLL2_BYTES = 20,
	FAMILY_BYTES = 4, /* before BSD loopback packets */
	LIMIT_TAGS = 8,
	TYPE_QINQ = 0x88a8, /* IEEE 802.1ad */
	TYPE_QINQ_OLD = 0x9100,
	TYPE_LENGTH_MAX = 1500, /* up to here the field is an IEEE 802.3 length */
};

static bool is_tag(uint16_t type)
{
	return type == ETHERTYPE_VLAN || type == TYPE_QINQ || type == TYPE_QINQ_OLD;
}

/* LLC and SNAP (IEEE 802.2, RFC 1042): the Ethernet type behind six more bytes, else 0. */
static uint16_t snap_type(struct layer *layer)
{
	static const uint8_t snap[6] = { 0xaa, 0xaa, 0x03, 0, 0, 0 };
	uint16_t type;

	if (layer->n < 8 || memcmp(layer->bytes, snap, sizeof(snap)) != 0)
		return 0;
	type = be16_get(layer->bytes + 6);
	layer_skip(layer, 8);
	return type;
}

static enum decode_result decode_type(struct layer *layer, uint16_t type, struct packet_view *view)
{
	for (int i = 0; i < LIMIT_TAGS && is_tag(type); i++) {
		if (layer->n < 4)
			return DECODE_MALFORMED;
		view->vlan = be16_get(layer->bytes) & 0x0fff;
		type = be16_get(layer->bytes + 2);
		layer_skip(layer, 4);
	}
	if (type <= TYPE_LENGTH_MAX)
		type = snap_type(layer);
	switch (type) {
	case ETHERTYPE_IP:
		return decode_ipv4(layer, view);
	case ETHERTYPE_IPV6:
		return decode_ipv6(layer, view);
	default:
		return DECODE_NOT_IP;
	}
}

static enum decode_result decode_ethernet(struct layer *layer, struct packet_view *view)
{
	uint16_t type;

	if (layer->n < ETHER_BYTES)
		return DECODE_MALFORMED;
	view->dst_mac = layer->bytes;
	view->src_mac = layer->bytes + 6;
	type = be16_get(layer->bytes + 12);
	layer_skip(layer, ETHER_BYTES);
	return decode_type(layer, type, view);
}

/* Linux "cooked": a header whose type field stands at type_at. */
static enum decode_result decode_cooked(struct layer *layer, uint32_t n_header, uint32_t type_at,
					struct packet_view *view)
{
	uint16_t type;

	if (layer->n < n_header)
		return DECODE_MALFORMED;
	type = be16_get(layer->bytes + type_at);
	layer_skip(layer, n_header);
	return decode_type(layer, type, view);
}

static enum decode_result decode_raw(struct layer *layer, struct packet_view *view)
{
	if (layer->n < 1)
		return DECODE_MALFORMED;
	switch (layer->bytes[0] >> 4) {
	case 4:
		return decode_ipv4(layer, view);
	case 6:
		return decode_ipv6(layer, view);
	default:
		return DECODE_NOT_IP;
	}
}

/*
 * BSD loopback: the address family in the byte order of the host that captured (or, for LOOP, of
 * the network). IPv4 is 2 everywhere; IPv6 is 10 (Linux), 24, 28 or 30 (the BSDs, macOS).
 */
static enum decode_result decode_family(struct layer *layer, struct packet_view *view)
{
	uint32_t family;

	if (layer->n < FAMILY_BYTES)
		return DECODE_MALFORMED;
	family = be32_get(layer->bytes);
	if (family > 0xffff)
		family = le32_get(layer->bytes);
	layer_skip(layer, FAMILY_BYTES);
	switch (family) {
	case 2:
		return decode_ipv4(layer, view);
	case 10:
	case 24:
	case 28:
	case 30:
		return decode_ipv6(layer, view);
	default:
		return DECODE_NOT_IP;
	}
}

enum decode_result packet_decode(const struct capture_packet *packet, struct packet_view *ret_view)
{
	struct layer layer = { packet->bytes, packet->n_captured, packet->n_original };

	memset(ret_view, 0, sizeof(*ret_view));
	if (layer.n_wire < layer.n)
		layer.n_wire = layer.n;
	switch (packet->link_type) {
	case LINKTYPE_ETHERNET:
		return decode_ethernet(&layer, ret_view);
	case LINKTYPE_LINUX_SLL:
		return decode_cooked(&layer, SLL_BYTES, 14, ret_view);
	case LINKTYPE_LINUX_SLL2:
		return decode_cooked(&layer, SLL2_BYTES, 0, ret_view);
	case LINKTYPE_NULL:
	case LINKTYPE_LOOP:
		return decode_family(&layer, ret_view);
	case LINKTYPE_RAW:
		return decode_raw(&layer, ret_view);
	case LINKTYPE_IPV4:
		return decode_ipv4(&layer, ret_view);
	case LINKTYPE_IPV6:
		return decode_ipv6(&layer, ret_view);
	default:
		return DECODE_NOT_IP;
	}
}
