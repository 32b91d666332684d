/* SPDX-License-Identifier: Apache-2.0 */
/* The eight bytes of ICMP (RFC 792) and ICMPv6 (RFC 4443, RFC 4861, RFC 3810) headers. */
#include "packet/headers.h"

#include "base/bytes.h"
#include "packet/payload_match.h"
#include "packet/wire.h"

enum {
	CODE_FRAGMENTATION_NEEDED = 4,
	ROUTER_LIFETIME_S = 1800,
	QUERY_RESPONSE_MS = 10000,
	MTU_TUNNEL = 1400, /* what a path that needs smaller packets says */
};

uint8_t icmp_code(const struct flow_record *record, uint8_t type)
{
	return type == record->src_port ? (uint8_t)record->dst_port : 0;
}

static bool is_echo(uint8_t proto, uint8_t type)
{
	if (proto == PROTO_ICMP6)
		return type == ICMP6_ECHO || type == ICMP6_ECHO_REPLY;
	return type == ICMP_ECHO || type == ICMP_ECHO_REPLY || type == ICMP_TIMESTAMP ||
	       type == ICMP_TIMESTAMP_REPLY || type == ICMP_MASK || type == ICMP_MASK_REPLY;
}

uint16_t icmp_echo_number(const struct automaton_step *steps, uint32_t i)
{
	uint32_t request = steps[i].direction == STEP_FORWARD ? i : payload_match(steps, i);

	return (uint16_t)(request + 1);
}

static uint32_t rest_v4(const struct build_flow *flow, uint8_t type)
{
	switch (type) {
	case ICMP_UNREACHABLE:
		return icmp_code(&flow->record, type) == CODE_FRAGMENTATION_NEEDED ? MTU_TUNNEL : 0;
	case ICMP_REDIRECT: /* the better gateway: the last address of the sender's /24 */
		return be32_get(flow->record.dst.bytes) | 0xff;
	case ICMP_ROUTER_ADVERT: /* one address of two words */
		return 1u << 24 | 2u << 16 | ROUTER_LIFETIME_S;
	default:
		return 0;
	}
}

static uint32_t rest_v6(const struct automaton_step *step)
{
	switch (step->flags) {
	case ICMP6_TOO_BIG:
		return 1280;
	case ICMP6_ROUTER_ADVERT:
		return 64u << 24 | ROUTER_LIFETIME_S;
	case ICMP6_NEIGHBOUR_ADVERT: /* solicited (when it answers) and override */
		return step->direction == STEP_BACKWARD ? 0x60000000u : 0x20000000u;
	case ICMP6_MLD_QUERY:
		return (uint32_t)QUERY_RESPONSE_MS << 16;
	case ICMP6_MLD2_REPORT: /* records of 20 bytes */
		return step->payload_bytes / 20;
	default:
		return 0;
	}
}

void icmp_write(const struct build_flow *flow, const struct header_step *step, uint8_t *ret_bytes)
{
	const struct automaton_step *s = &step->steps[step->i];
	uint8_t proto = flow->record.proto;
	uint32_t rest;

	if (is_echo(proto, s->flags))
		rest = (uint32_t)(uint16_t)flow->noise << 16 |
		       icmp_echo_number(step->steps, step->i);
	else
		rest = proto == PROTO_ICMP6 ? rest_v6(s) : rest_v4(flow, s->flags);
	ret_bytes[0] = s->flags;
	ret_bytes[1] = icmp_code(&flow->record, s->flags);
	be16_put(ret_bytes + 2, 0);
	be32_put(ret_bytes + 4, rest);
}
