/* SPDX-License-Identifier: Apache-2.0 */
/* Bodies of ICMP messages (RFC 792, RFC 1256, RFC 950): what follows the eight header bytes. */
#include "packet/payload_embedded.h"
#include "packet/payload_makers.h"
#include "packet/payload_match.h"
#include "packet/payload_noise.h"
#include "packet/payload_ping.h"
#include "packet/payload_writer.h"
#include "packet/wire.h"

enum {
	ROUTER_ADVERT_BODY = 8,
	TIMESTAMP_BODY = 12,
	MASK_BODY = 4,
	MS_PER_DAY = 86400000,
	NS_PER_MILLISECOND = 1000000,
};

static bool is_error(uint8_t type)
{
	return type == ICMP_UNREACHABLE || type == ICMP_SOURCE_QUENCH || type == ICMP_REDIRECT ||
	       type == ICMP_TIME_EXCEEDED || type == ICMP_PARAMETER;
}

static uint32_t fit(const struct build_flow *flow, const struct automaton_step *steps,
		    uint32_t n_steps, uint32_t i, uint32_t n, uint32_t max)
{
	uint32_t least = embedded_least(&flow->record);
	uint8_t type = steps[i].flags;

	(void)n_steps;
	if (is_error(type))
		return n < least ? least : n;
	switch (type) {
	case ICMP_ECHO_REPLY:
		return ping_fit(steps, i, ICMP_ECHO, n, max);
	case ICMP_ROUTER_ADVERT:
		return ROUTER_ADVERT_BODY;
	case ICMP_TIMESTAMP:
	case ICMP_TIMESTAMP_REPLY:
		return TIMESTAMP_BODY;
	case ICMP_MASK:
	case ICMP_MASK_REPLY:
		return MASK_BODY;
	default:
		return n;
	}
}

static void timestamp_body(const struct automaton_step *step, int64_t time_ns, struct writer *w)
{
	bool reply = step->flags == ICMP_TIMESTAMP_REPLY;
	uint32_t now = (uint32_t)(time_ns / NS_PER_MILLISECOND % MS_PER_DAY);

	put_be32(w, now);
	put_be32(w, reply ? now : 0);
	put_be32(w, reply ? now : 0);
}

static void fill(struct build_flow *flow, const struct automaton_step *steps, uint32_t n_steps,
		 uint32_t i, int64_t time_ns, uint8_t *ret_bytes)
{
	const struct automaton_step *s = &steps[i];
	struct writer w = { ret_bytes, 0, s->payload_bytes };

	(void)n_steps;
	if (is_error(s->flags)) {
		embedded_write(flow, s->direction, ret_bytes, s->payload_bytes);
		return;
	}
	switch (s->flags) {
	case ICMP_ECHO:
	case ICMP_ECHO_REPLY:
		ping_write(steps, i, ICMP_ECHO_REPLY, time_ns, ret_bytes);
		break;
	case ICMP_ROUTER_ADVERT:
		put_bytes(&w, flow->record.src.bytes, 4);
		put_be32(&w, 0);
		break;
	case ICMP_TIMESTAMP:
	case ICMP_TIMESTAMP_REPLY:
		timestamp_body(s, time_ns, &w);
		break;
	case ICMP_MASK:
	case ICMP_MASK_REPLY:
		put_be32(&w, s->flags == ICMP_MASK_REPLY ? 0xffffff00u : 0);
		break;
	default:
		payload_noise(flow, s->direction, i, ret_bytes, s->payload_bytes);
		break;
	}
}

const struct payload_ops payload_icmp_ops = { .name = "icmp", .fit = fit, .fill = fill };
