/* SPDX-License-Identifier: Apache-2.0 */
/* IPv4 (RFC 791) and IPv6 (RFC 8200) headers and the pseudo header of the transport checksum. */
#include "packet/headers.h"

#include "base/bytes.h"
#include "packet/checksum.h"
#include "packet/wire.h"

enum { TTL_DEFAULT = 64, IP_FLAG_DF = 0x4000, PORT_MDNS = 5353 };

uint32_t ip_header_bytes(const struct flow_record *record)
{
	return record->src.version == 6 ? WIRE_IPV6_BYTES : WIRE_IPV4_BYTES;
}

/* 224.0.0.0/24 and ff02::/16: not forwarded, whatever the TTL. */
static bool stays_on_link(const struct ip_addr *addr)
{
	const uint8_t *b = addr->bytes;

	if (addr->version == 6)
		return b[0] == 0xff && (b[1] & 0x0f) <= 2;
	return b[0] == 224 && b[1] == 0 && b[2] == 0;
}

/* What protocols that must not leave the link prescribe; elsewhere the host's own. */
static uint8_t hop_limit(const struct build_flow *flow, uint8_t direction, uint8_t type)
{
	const struct flow_record *r = &flow->record;
	const struct ip_addr *to = direction == STEP_FORWARD ? &r->dst : &r->src;
	uint8_t ttl = flow->side[direction].stack.ttl;

	if (r->proto == PROTO_ICMP6 && type >= ICMP6_ROUTER_SOLICIT && type <= ICMP6_REDIRECT)
		return 255; /* RFC 4861, section 7.1 */
	if (r->proto == PROTO_UDP && r->dst_port == PORT_MDNS)
		return 255; /* RFC 6762, section 11 */
	if (r->proto == PROTO_VRRP)
		return 255; /* RFC 5798, section 5.1 */
	if (stays_on_link(to) || r->proto == PROTO_IGMP)
		return 1;
	return ttl == 0 ? TTL_DEFAULT : ttl;
}

static void write_v4(struct build_flow *flow, uint8_t direction, uint8_t type, uint32_t n_body,
		     uint8_t *ret_bytes)
{
	struct build_side *side = &flow->side[direction];
	const struct flow_record *r = &flow->record;
	bool df = side->stack.df && r->proto == PROTO_TCP;
	bool no_id = df && side->stack.ip_id_zero;

	ret_bytes[0] = 0x45;
	ret_bytes[1] = 0;
	be16_put(ret_bytes + 2, (uint16_t)(WIRE_IPV4_BYTES + n_body));
	be16_put(ret_bytes + 4, no_id ? 0 : side->ip_id);
	be16_put(ret_bytes + 6, df ? IP_FLAG_DF : 0);
	ret_bytes[8] = hop_limit(flow, direction, type);
	ret_bytes[9] = r->proto;
	be16_put(ret_bytes + 10, 0);
	memcpy(ret_bytes + 12, direction == STEP_FORWARD ? r->src.bytes : r->dst.bytes, 4);
	memcpy(ret_bytes + 16, direction == STEP_FORWARD ? r->dst.bytes : r->src.bytes, 4);
	be16_put(ret_bytes + 10, checksum_finish(checksum_ipv4_header(ret_bytes)));
	side->ip_id++;
}

static void write_v6(const struct build_flow *flow, uint8_t direction, uint8_t type,
		     uint32_t n_body, uint8_t *ret_bytes)
{
	const struct flow_record *r = &flow->record;

	be32_put(ret_bytes, 0x60000000u | flow->side[direction].label);
	be16_put(ret_bytes + 4, (uint16_t)n_body);
	ret_bytes[6] = r->proto;
	ret_bytes[7] = hop_limit(flow, direction, type);
	memcpy(ret_bytes + 8, direction == STEP_FORWARD ? r->src.bytes : r->dst.bytes, 16);
	memcpy(ret_bytes + 24, direction == STEP_FORWARD ? r->dst.bytes : r->src.bytes, 16);
}

void ip_write(struct build_flow *flow, uint8_t direction, uint8_t type, uint32_t n_body,
	      uint8_t *ret_bytes)
{
	if (flow->record.src.version == 6)
		write_v6(flow, direction, type, n_body, ret_bytes);
	else
		write_v4(flow, direction, type, n_body, ret_bytes);
}

uint64_t ip_pseudo_sum(const struct flow_record *record, uint32_t n_body)
{
	const uint8_t tail[4] = { (uint8_t)(n_body >> 8), (uint8_t)n_body, 0, record->proto };
	size_t n = record->src.version == 6 ? 16 : 4;
	uint64_t sum = checksum_add(0, tail, sizeof(tail));

	sum = checksum_add(sum, record->src.bytes, n);
	return checksum_add(sum, record->dst.bytes, n);
}
