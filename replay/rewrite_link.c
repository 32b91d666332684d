/* SPDX-License-Identifier: Apache-2.0 */
/* The link layer: any to Ethernet, MACs, 802.1Q tags. */
#include "replay/rewrite_internal.h"

#include <string.h>

#include "base/bytes.h"
#include "packet/capture.h"
#include "packet/wire.h"

enum {
	SLL_BYTES = 16,
	SLL2_BYTES = 20,
	FAMILY_BYTES = 4,
	TAG_BYTES = 4,
	TYPE_VLAN = 0x8100,
	TYPE_QINQ = 0x88a8,
	TYPE_QINQ_OLD = 0x9100,
	TYPE_MIN = 0x0600, /* below: an IEEE 802.3 length */
	SLL_OUTGOING = 4,  /* packet type: sent by the host that captured */
};

/* Locally administered, so that nobody has them: the one who captured, and the others. */
static const uint8_t own_mac[6] = { 0x02, 0, 0, 0, 0, 1 }, other_mac[6] = { 0x02, 0, 0, 0, 0, 2 };

static uint16_t type_of_ip(const struct rewrite_buffer *f, uint32_t at)
{
	if (f->n_bytes <= at)
		return 0;
	switch (f->bytes[at] >> 4) {
	case 4:
		return ETHERTYPE_IPV4;
	case 6:
		return ETHERTYPE_IPV6;
	default:
		return 0;
	}
}

/* Replaces the first n_old bytes by an Ethernet header. */
static void put_header(struct rewrite_buffer *f, uint32_t n_old, uint16_t type, bool outgoing)
{
	f->bytes += n_old;
	f->n_bytes -= n_old;
	f->n_before += n_old;
	f->bytes -= WIRE_ETHER_BYTES;
	f->n_bytes += WIRE_ETHER_BYTES;
	f->n_before -= WIRE_ETHER_BYTES;
	memcpy(f->bytes, outgoing ? other_mac : own_mac, 6);
	memcpy(f->bytes + 6, outgoing ? own_mac : other_mac, 6);
	be16_put(f->bytes + 12, type);
}

static bool from_ip(struct rewrite_buffer *f, uint32_t n_old)
{
	uint16_t type = type_of_ip(f, n_old);

	if (type == 0)
		return false;
	put_header(f, n_old, type, false);
	return true;
}

/* The captured sender's address is kept where it is a MAC. */
static bool from_cooked(struct rewrite_buffer *f, uint32_t n_old, uint32_t type_at,
			uint32_t packet_type, uint32_t mac_length_at, uint32_t mac_at)
{
	uint8_t mac[6];
	uint16_t type;
	bool has_mac;

	if (f->n_bytes < n_old)
		return false;
	type = be16_get(f->bytes + type_at);
	has_mac = f->bytes[mac_length_at] == 6;
	memcpy(mac, f->bytes + mac_at, sizeof(mac));
	/* 802.2 frames and such have no Ethernet type. */
	if (type < TYPE_MIN)
		return false;
	put_header(f, n_old, type, packet_type == SLL_OUTGOING);
	if (has_mac)
		memcpy(f->bytes + 6, mac, sizeof(mac));
	return true;
}

bool rewrite_to_ethernet(struct rewrite_buffer *f, uint16_t link_type)
{
	switch (link_type) {
	case LINKTYPE_ETHERNET:
		return true;
	case LINKTYPE_RAW:
	case LINKTYPE_IPV4:
	case LINKTYPE_IPV6:
		return from_ip(f, 0);
	case LINKTYPE_NULL:
	case LINKTYPE_LOOP:
		return from_ip(f, FAMILY_BYTES);
	case LINKTYPE_LINUX_SLL:
		return f->n_bytes >= SLL_BYTES &&
		       from_cooked(f, SLL_BYTES, 14, be16_get(f->bytes), 5, 6);
	case LINKTYPE_LINUX_SLL2:
		return f->n_bytes >= SLL2_BYTES &&
		       from_cooked(f, SLL2_BYTES, 0, f->bytes[10], 11, 12);
	default:
		return false;
	}
}

void rewrite_macs(const struct rewrite_macs *macs, struct rewrite_buffer *f)
{
	if (f->n_bytes < WIRE_ETHER_BYTES)
		return;
	if (macs->has_dst)
		memcpy(f->bytes, macs->dst, 6);
	if (macs->has_src)
		memcpy(f->bytes + 6, macs->src, 6);
}

static bool is_tagged(const struct rewrite_buffer *f)
{
	uint16_t type = be16_get(f->bytes + 12);

	return (type == TYPE_VLAN || type == TYPE_QINQ || type == TYPE_QINQ_OLD) &&
	       f->n_bytes >= WIRE_ETHER_BYTES + TAG_BYTES;
}

/* n bytes more (or, below 0, fewer) between the MACs and the type. */
static void move_macs(struct rewrite_buffer *f, int n)
{
	memmove(f->bytes - n, f->bytes, 12);
	f->bytes -= n;
	f->n_bytes = (uint32_t)((int)f->n_bytes + n);
	f->n_before = (uint32_t)((int)f->n_before - n);
}

void rewrite_vlan(const struct rewrite_options *o, struct rewrite_buffer *f)
{
	if (o->vlan == REWRITE_VLAN_KEEP || f->n_bytes < WIRE_ETHER_BYTES)
		return;
	switch (o->vlan) {
	case REWRITE_VLAN_ADD:
		move_macs(f, TAG_BYTES);
		be16_put(f->bytes + 12, TYPE_VLAN);
		be16_put(f->bytes + 14, o->vlan_id);
		break;
	case REWRITE_VLAN_SET:
		/* Priority and drop eligibility stay. */
		if (is_tagged(f))
			be16_put(f->bytes + 14,
				 (uint16_t)((be16_get(f->bytes + 14) & 0xf000) | o->vlan_id));
		break;
	default:
		if (is_tagged(f))
			move_macs(f, -TAG_BYTES);
		break;
	}
}
