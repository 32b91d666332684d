/* SPDX-License-Identifier: Apache-2.0 */
#include "packet/payload_embedded.h"

#include "base/bytes.h"
#include "packet/checksum.h"
#include "packet/headers.h"
#include "packet/payload_noise.h"
#include "packet/wire.h"

enum { PORT_TRACEROUTE = 33434, PORT_EPHEMERAL = 40000 };

uint32_t embedded_least(const struct flow_record *record)
{
	return ip_header_bytes(record) + WIRE_UDP_BYTES;
}

static void write_ip(const struct flow_record *r, const struct ip_addr *from,
		     const struct ip_addr *to, uint8_t *p, uint32_t n)
{
	memset(p, 0, ip_header_bytes(r));
	if (r->src.version == 6) {
		p[0] = 0x60;
		be16_put(p + 4, (uint16_t)(n - WIRE_IPV6_BYTES));
		p[6] = PROTO_UDP;
		p[7] = 1;
		memcpy(p + 8, from->bytes, 16);
		memcpy(p + 24, to->bytes, 16);
		return;
	}
	p[0] = 0x45;
	be16_put(p + 2, (uint16_t)n);
	p[8] = 1;
	p[9] = PROTO_UDP;
	memcpy(p + 12, from->bytes, 4);
	memcpy(p + 16, to->bytes, 4);
	be16_put(p + 10, checksum_finish(checksum_add(0, p, WIRE_IPV4_BYTES)));
}

void embedded_write(const struct build_flow *flow, uint8_t direction, uint8_t *ret_bytes,
		    uint32_t n)
{
	const struct flow_record *r = &flow->record;
	bool forward = direction == STEP_FORWARD;
	struct flow_record probe = *r;
	uint32_t n_ip = ip_header_bytes(r);
	uint32_t n_udp = n - n_ip;
	uint8_t *udp = ret_bytes + n_ip;
	uint16_t sum;

	write_ip(r, forward ? &r->dst : &r->src, forward ? &r->src : &r->dst, ret_bytes, n);
	be16_put(udp, (uint16_t)(PORT_EPHEMERAL + flow->noise % 1000));
	be16_put(udp + 2, (uint16_t)(PORT_TRACEROUTE + (flow->noise >> 16) % 30));
	be16_put(udp + 4, (uint16_t)n_udp);
	be16_put(udp + 6, 0);
	payload_text(flow, direction, 0, udp + WIRE_UDP_BYTES, n_udp - WIRE_UDP_BYTES);
	probe.proto = PROTO_UDP;
	sum = checksum_finish(checksum_add(ip_pseudo_sum(&probe, n_udp), udp, n_udp));
	be16_put(udp + 6, sum == 0 ? 0xffff : sum);
}
