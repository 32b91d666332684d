/* SPDX-License-Identifier: Apache-2.0 */
/* Bodies of ICMPv6 messages: errors and echo (RFC 4443), neighbour discovery (RFC 4861), multicast
 * listeners (RFC 2710, RFC 3810). */
#include "packet/payload_embedded.h"
#include "packet/payload_makers.h"
#include "packet/payload_noise.h"
#include "packet/payload_ping.h"
#include "packet/payload_writer.h"
#include "packet/wire.h"

enum {
	ADDRESS_BYTES = 16,
	OPTION_UNIT = 8,
	NEIGHBOUR_BODY = ADDRESS_BYTES + OPTION_UNIT,
	REDIRECT_BODY = 2 * ADDRESS_BYTES,
	QUERY2_BODY = ADDRESS_BYTES + 4,
	RECORD2_BYTES = 4 + ADDRESS_BYTES,
	PREFIX_OPTION = 32,
	OPTION_SOURCE_MAC = 1,
	OPTION_TARGET_MAC = 2,
	OPTION_PREFIX = 3,
	OPTION_MTU = 5,
	ERROR_LIMIT = 1280 - WIRE_IPV6_BYTES - WIRE_ICMP_BYTES, /* RFC 4443, section 2.4 (c) */
};

static uint32_t fit_multiple(uint32_t n, uint32_t base, uint32_t unit, uint32_t max)
{
	uint32_t k = n <= base ? 0 : (n - base + unit / 2) / unit;

	while (k > 0 && base + k * unit > max)
		k--;
	return base + k * unit;
}

static uint32_t fit(const struct build_flow *flow, const struct automaton_step *steps,
		    uint32_t n_steps, uint32_t i, uint32_t n, uint32_t max)
{
	uint32_t least = embedded_least(&flow->record);
	uint8_t type = steps[i].flags;

	(void)n_steps;
	switch (type) {
	case ICMP6_UNREACHABLE:
	case ICMP6_TOO_BIG:
	case ICMP6_TIME_EXCEEDED:
	case ICMP6_PARAMETER:
		n = n < ERROR_LIMIT ? n : ERROR_LIMIT;
		n = n < max ? n : max;
		return n < least ? least : n;
	case ICMP6_ECHO_REPLY:
		return ping_fit(steps, i, ICMP6_ECHO, n, max);
	case ICMP6_ROUTER_SOLICIT:
		return n < OPTION_UNIT / 2 ? 0 : OPTION_UNIT;
	case ICMP6_ROUTER_ADVERT:
		return fit_multiple(n, OPTION_UNIT, OPTION_UNIT, max);
	case ICMP6_NEIGHBOUR_SOLICIT:
	case ICMP6_NEIGHBOUR_ADVERT:
		return n < ADDRESS_BYTES + OPTION_UNIT / 2 ? ADDRESS_BYTES : NEIGHBOUR_BODY;
	case ICMP6_REDIRECT:
		return REDIRECT_BODY;
	case ICMP6_MLD_QUERY:
		return n < ADDRESS_BYTES + 2 ? ADDRESS_BYTES : QUERY2_BODY;
	case ICMP6_MLD_REPORT:
	case ICMP6_MLD_DONE:
		return ADDRESS_BYTES;
	case ICMP6_MLD2_REPORT:
		return fit_multiple(n, RECORD2_BYTES, RECORD2_BYTES, max);
	default:
		return n;
	}
}

static void put_mac_option(struct writer *w, uint32_t option, const uint8_t mac[6])
{
	put_u8(w, option);
	put_u8(w, 1);
	put_bytes(w, mac, 6);
}

/* Prefixes while they fit, then the MTU and the sender's MAC. */
static void router_advert(struct writer *w, const struct build_flow *flow, uint8_t direction)
{
	const struct flow_record *r = &flow->record;

	put_be32(w, 0); /* reachable time: unspecified */
	put_be32(w, 0); /* retransmission timer likewise */
	while (w->room - w->n >= PREFIX_OPTION) {
		put_u8(w, OPTION_PREFIX);
		put_u8(w, PREFIX_OPTION / OPTION_UNIT);
		put_u8(w, 64);
		put_u8(w, 0xc0); /* on link, autonomous */
		put_be32(w, 86400);
		put_be32(w, 14400);
		put_be32(w, 0);
		put_bytes(w, r->src.bytes, 8);
		put_repeat(w, 0, 8);
	}
	if (w->room - w->n >= OPTION_UNIT) {
		put_u8(w, OPTION_MTU);
		put_u8(w, 1);
		put_be16(w, 0);
		put_be32(w, flow->options->mtu);
	}
	while (w->room - w->n >= OPTION_UNIT)
		put_mac_option(w, OPTION_SOURCE_MAC, flow->side[direction].mac);
}

/* Whose MAC is asked for or told: the side that is a machine, by the direction. */
static const struct ip_addr *nd_target(const struct flow_record *r, const struct automaton_step *s)
{
	bool own = s->flags == ICMP6_NEIGHBOUR_ADVERT;
	const struct ip_addr *from = s->direction == STEP_FORWARD ? &r->src : &r->dst;
	const struct ip_addr *to = s->direction == STEP_FORWARD ? &r->dst : &r->src;

	return own || ip_is_multicast(to) || ip_is_unspecified(to) ? from : to;
}

static void neighbour(struct writer *w, const struct build_flow *flow,
		      const struct automaton_step *s)
{
	put_bytes(w, nd_target(&flow->record, s)->bytes, ADDRESS_BYTES);
	if (w->n < w->room)
		put_mac_option(w,
			       s->flags == ICMP6_NEIGHBOUR_ADVERT ? OPTION_TARGET_MAC
								  : OPTION_SOURCE_MAC,
			       flow->side[s->direction].mac);
}

/* A multicast address of the link, RFC 2375. */
static void put_group(struct writer *w, uint32_t last)
{
	put_be16(w, 0xff02);
	put_repeat(w, 0, 10);
	put_be32(w, last);
}

static void listeners2(struct writer *w, uint32_t n_records)
{
	for (uint32_t k = 0; k < n_records; k++) {
		put_be32(w, 4u << 24); /* change to exclude mode, no sources */
		put_group(w, 0x10000 + k);
	}
}

static void fill(struct build_flow *flow, const struct automaton_step *steps, uint32_t n_steps,
		 uint32_t i, int64_t time_ns, uint8_t *ret_bytes)
{
	const struct automaton_step *s = &steps[i];
	struct writer w = { ret_bytes, 0, s->payload_bytes };

	(void)n_steps;
	switch (s->flags) {
	case ICMP6_UNREACHABLE:
	case ICMP6_TOO_BIG:
	case ICMP6_TIME_EXCEEDED:
	case ICMP6_PARAMETER:
		embedded_write(flow, s->direction, ret_bytes, s->payload_bytes);
		break;
	case ICMP6_ECHO:
	case ICMP6_ECHO_REPLY:
		ping_write(steps, i, ICMP6_ECHO_REPLY, time_ns, ret_bytes);
		break;
	case ICMP6_ROUTER_SOLICIT:
		put_mac_option(&w, OPTION_SOURCE_MAC, flow->side[s->direction].mac);
		break;
	case ICMP6_ROUTER_ADVERT:
		router_advert(&w, flow, s->direction);
		break;
	case ICMP6_NEIGHBOUR_SOLICIT:
	case ICMP6_NEIGHBOUR_ADVERT:
		neighbour(&w, flow, s);
		break;
	case ICMP6_REDIRECT:
		put_bytes(&w, flow->record.src.bytes, ADDRESS_BYTES);
		put_bytes(&w, flow->record.dst.bytes, ADDRESS_BYTES);
		break;
	case ICMP6_MLD_QUERY:
		put_repeat(&w, 0, ADDRESS_BYTES);
		put_be32(&w, 2u << 24 | 125u << 16); /* robustness 2, every 125 s, no sources */
		break;
	case ICMP6_MLD_REPORT:
	case ICMP6_MLD_DONE:
		put_group(&w, 0xfb);
		break;
	case ICMP6_MLD2_REPORT:
		listeners2(&w, s->payload_bytes / RECORD2_BYTES);
		break;
	default:
		payload_noise(flow, s->direction, i, ret_bytes, s->payload_bytes);
		break;
	}
}

const struct payload_ops payload_icmp6_ops = { .name = "icmp6", .fit = fit, .fill = fill };
