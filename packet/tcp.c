/* SPDX-License-Identifier: Apache-2.0 */
/*
 * TCP headers (RFC 9293) with the options of the hosts' stacks (RFC 7323, RFC 2018). SYN and FIN
 * consume one sequence number each; a repeated SYN or FIN has the number of the first, as
 * retransmissions do.
 */
#include "packet/headers.h"

#include "base/bytes.h"
#include "base/conn.h"
#include "packet/wire.h"

enum {
	OPTION_NOP = 1,
	OPTION_MSS = 2,
	OPTION_SCALE = 3,
	OPTION_SACK = 4,
	OPTION_STAMP = 8,
	SCALE_LIMIT = 14,
	LOOK_AHEAD = 16, /* pure acknowledgements that share what there is to acknowledge */
	NS_PER_TICK = 1000000,
};

bool tcp_is_pure_ack(const struct automaton_step *step)
{
	return (step->flags & TCP_ACK) != 0 && step->payload_bytes == 0 &&
	       (step->flags & (TCP_SYN | TCP_FIN | TCP_RST)) == 0;
}

/* What a SYN offers: all the stack has; as an answer, what the other side offered too. */
struct offer {
	bool mss, scale, sack, stamps;
};

static struct offer syn_offer(const struct build_flow *flow, uint8_t direction, uint8_t flags)
{
	const struct host_stack *own = &flow->side[direction].stack;
	const struct host_stack *other = &flow->side[1 - direction].stack;
	struct offer o = { own->mss != 0, own->window_scale >= 0, own->sack, own->timestamps };

	if ((flags & TCP_ACK) != 0) {
		o.scale = o.scale && other->window_scale >= 0;
		o.sack = o.sack && other->sack;
		o.stamps = o.stamps && other->timestamps;
	}
	return o;
}

uint32_t tcp_header_bytes(const struct build_flow *flow, uint8_t direction, uint8_t flags)
{
	struct offer o;
	uint32_t n;

	if ((flags & TCP_SYN) == 0) {
		bool stamps = flow->timestamps && (flags & TCP_RST) == 0;

		return WIRE_TCP_BYTES + (stamps ? WIRE_TCP_STAMP_BYTES : 0);
	}
	o = syn_offer(flow, direction, flags);
	n = (o.mss ? 4 : 0) + (o.scale ? 4 : 0);
	if (o.stamps)
		n += 12; /* SACK permitted takes the place of the padding */
	else if (o.sack)
		n += 4;
	return WIRE_TCP_BYTES + n;
}

static uint8_t *write_stamp(struct build_flow *flow, const struct header_step *step, uint8_t *p)
{
	struct build_side *side = &flow->side[step->steps[step->i].direction];
	uint64_t ticks = (uint64_t)(step->time_ns - flow->record.start_ns) / NS_PER_TICK;
	uint32_t now = side->clock + (uint32_t)ticks;

	p[0] = OPTION_STAMP;
	p[1] = 10;
	be32_put(p + 2, now);
	be32_put(p + 6, (step->steps[step->i].flags & TCP_ACK) != 0 ? side->recent : 0);
	flow->side[1 - step->steps[step->i].direction].recent = now;
	return p + 10;
}

/* In the order Linux has: MSS, SACK permitted with the timestamps (or padded), window scale. */
static void write_syn_options(struct build_flow *flow, const struct header_step *step, uint8_t *p)
{
	uint8_t direction = step->steps[step->i].direction;
	const struct host_stack *stack = &flow->side[direction].stack;
	struct offer o = syn_offer(flow, direction, step->steps[step->i].flags);

	if (o.mss) {
		p[0] = OPTION_MSS;
		p[1] = 4;
		be16_put(p + 2, stack->mss);
		p += 4;
	}
	if (o.sack || o.stamps) {
		p[0] = p[1] = OPTION_NOP;
		p += o.stamps ? 0 : 2;
		if (o.sack) {
			p[0] = OPTION_SACK;
			p[1] = 2;
		}
		p += 2;
		if (o.stamps)
			p = write_stamp(flow, step, p);
	}
	if (o.scale) {
		p[0] = OPTION_NOP;
		p[1] = OPTION_SCALE;
		p[2] = 3;
		p[3] = (uint8_t)(stack->window_scale > SCALE_LIMIT ? SCALE_LIMIT
								   : stack->window_scale);
	}
}

static uint32_t take_seq(struct build_flow *flow, const struct automaton_step *step)
{
	struct build_side *side = &flow->side[step->direction];
	const struct build_side *other = &flow->side[1 - step->direction];
	uint32_t seq = side->seq;

	if ((step->flags & TCP_SYN) != 0) {
		if (side->syn_sent)
			return side->isn;
		side->syn_sent = true;
		side->isn = seq;
		side->seq = seq + 1 + step->payload_bytes;
	} else if ((step->flags & TCP_RST) != 0 && !side->sent && other->syn_sent) {
		return (step->flags & TCP_ACK) != 0 ? 0 : seq; /* RFC 9293, section 3.5.2 */
	} else if ((step->flags & TCP_FIN) != 0 && side->fin_sent && step->payload_bytes == 0) {
		return side->fin_seq;
	} else {
		side->seq += step->payload_bytes;
	}
	if ((step->flags & TCP_FIN) != 0) {
		side->fin_sent = true;
		side->fin_seq = side->seq;
		side->seq++;
	}
	side->sent = true;
	return seq;
}

/* Pure acknowledgements that follow this one before either side sends anything else. */
static uint32_t acks_in_a_row(const struct header_step *step)
{
	uint8_t direction = step->steps[step->i].direction;
	uint32_t n = 0;

	for (uint32_t j = step->i + 1; j < step->n_steps && n < LOOK_AHEAD; j++) {
		if (step->steps[j].direction != direction || !tcp_is_pure_ack(&step->steps[j]))
			break;
		n++;
	}
	return n;
}

static uint32_t take_ack(struct build_flow *flow, const struct header_step *step)
{
	const struct automaton_step *s = &step->steps[step->i];
	struct build_side *side = &flow->side[s->direction];
	uint32_t all = flow->side[1 - s->direction].seq;

	if (tcp_is_pure_ack(s) && side->has_acked && side->sent) {
		uint32_t fresh = all - side->acked;
		uint32_t more = acks_in_a_row(step);

		if (more > 0 && fresh > more)
			return all - fresh / (more + 1) * more;
	}
	return all;
}

void tcp_write(struct build_flow *flow, const struct header_step *step, uint8_t *ret_bytes)
{
	const struct automaton_step *s = &step->steps[step->i];
	const struct flow_record *r = &flow->record;
	struct build_side *side = &flow->side[s->direction];
	uint32_t n = tcp_header_bytes(flow, s->direction, s->flags);
	bool has_ack = (s->flags & TCP_ACK) != 0;
	uint32_t ack = has_ack ? take_ack(flow, step) : 0;
	uint16_t window = tcp_window_take(flow, step, ack);
	uint16_t urgent = s->payload_bytes > 1 ? (uint16_t)s->payload_bytes : 1;

	be16_put(ret_bytes, s->direction == STEP_FORWARD ? r->src_port : r->dst_port);
	be16_put(ret_bytes + 2, s->direction == STEP_FORWARD ? r->dst_port : r->src_port);
	be32_put(ret_bytes + 4, take_seq(flow, s));
	be32_put(ret_bytes + 8, ack);
	ret_bytes[12] = (uint8_t)(n / 4 << 4);
	ret_bytes[13] = s->flags;
	be16_put(ret_bytes + 14, window);
	be16_put(ret_bytes + 16, 0);
	be16_put(ret_bytes + 18, (s->flags & TCP_URG) != 0 ? urgent : 0);
	if ((s->flags & TCP_SYN) != 0) {
		write_syn_options(flow, step, ret_bytes + WIRE_TCP_BYTES);
	} else if (n > WIRE_TCP_BYTES) {
		ret_bytes[20] = ret_bytes[21] = OPTION_NOP;
		write_stamp(flow, step, ret_bytes + 22);
	}
	if (has_ack) {
		side->acked = ack;
		side->has_acked = true;
	}
	side->last_window = window;
	flow->established = flow->side[0].syn_sent && flow->side[1].syn_sent;
}

void tcp_repeat(struct build_flow *flow, const struct header_step *step, uint32_t n_before,
		uint8_t *ret_bytes)
{
	const struct automaton_step *s = &step->steps[step->i];
	struct build_side *side = &flow->side[s->direction];

	be32_put(ret_bytes + 4, be32_get(ret_bytes + 4) + n_before);
	if ((s->flags & TCP_ACK) != 0) {
		side->acked = flow->side[1 - s->direction].seq;
		be32_put(ret_bytes + 8, side->acked);
	}
	be16_put(ret_bytes + 14, side->last_window);
	be16_put(ret_bytes + 16, 0);
	if (flow->timestamps)
		write_stamp(flow, step, ret_bytes + 22);
}
