/* SPDX-License-Identifier: Apache-2.0 */
/* From record and steps to frames. The headers are in eth.c, ip.c, tcp.c and icmp.c, the payloads
 * in payload*.c; here is what binds them: lengths, state of the flow, checksums. */
#include "packet/build.h"

#include <assert.h>
#include <stddef.h>

#include "base/bytes.h"
#include "base/conn.h"
#include "base/rng.h"
#include "packet/checksum.h"
#include "packet/headers.h"
#include "packet/payload.h"
#include "packet/wire.h"

enum {
	MSS_FLOOR = 64,	 /* Linux refuses to send smaller segments too */
	MSS_LIMIT = 9000 /* of an interface with jumbo frames */
};

static_assert(sizeof(struct build_flow) <= 1024, "kept for every open flow");

static void side_init(struct build_side *side, const struct host *host, const struct ip_addr *addr,
		      const struct build_options *options, struct rng *rng)
{
	memset(side, 0, sizeof(*side));
	if (host != NULL)
		side->stack = host->stack;
	eth_mac(host, addr, options, side->mac);
	side->seq = rng_u32(rng);
	side->ip_id = (uint16_t)rng_u32(rng);
	side->clock = rng_u32(rng);
	side->label = rng_u32(rng) & 0xfffff;
}

void build_flow_init(struct build_flow *flow, const struct flow_record *record,
		     const struct flow_start *start, const struct host *src, const struct host *dst,
		     const struct build_options *options)
{
	struct rng stack, payload;

	flow_rng_init(&stack, options->seed, start, RNG_STACK);
	flow_rng_init(&payload, options->seed, start, RNG_PAYLOAD);
	memset(flow, 0, sizeof(*flow));
	flow->record = *record;
	flow->options = options;
	side_init(&flow->side[STEP_FORWARD], src, &record->src, options, &stack);
	side_init(&flow->side[STEP_BACKWARD], dst, &record->dst, options, &stack);
	tcp_window_init(flow, start);
	flow->noise = rng_u64(&payload);
	flow->pseudo_sum = ip_pseudo_sum(record, 0);
	flow->payload = payload_for(record, options->payload);
	flow->fresh = record->proto == PROTO_TCP;
	flow->timestamps =
		flow->fresh && flow->side[0].stack.timestamps && flow->side[1].stack.timestamps;
	if (flow->payload->begin != NULL)
		flow->payload->begin(flow, &payload);
}

void build_flow_habits(struct build_flow *flow, const struct habit_table *habits)
{
	flow->habits = habits;
}

static uint32_t transport_bytes(const struct build_flow *flow, uint8_t direction, uint8_t flags)
{
	switch (flow->record.proto) {
	case PROTO_TCP:
		return tcp_header_bytes(flow, direction, flags);
	case PROTO_UDP:
		return WIRE_UDP_BYTES;
	case PROTO_ICMP:
	case PROTO_ICMP6:
		return WIRE_ICMP_BYTES;
	default:
		return 0;
	}
}

/*
 * The largest segment that either side takes, 0: neither said. Who announces less has an interface
 * that takes less, so sends no more than that either; and where something on the way lowers what is
 * announced, it does so in both directions.
 */
static uint32_t least_mss(const struct build_flow *flow)
{
	const uint32_t a = flow->side[0].stack.mss, b = flow->side[1].stack.mss;

	return a == 0 || (b != 0 && b < a) ? b : a;
}

/* What fits into the MTU with these headers and, for TCP, into what the sides said they take. */
static uint32_t room(const struct build_flow *flow, uint8_t direction, uint8_t flags)
{
	uint32_t n_ip = ip_header_bytes(&flow->record);
	uint32_t n_transport = transport_bytes(flow, direction, flags);
	uint32_t n_max = flow->options->mtu - n_ip - n_transport;
	uint32_t mss = least_mss(flow);

	if (flow->record.proto == PROTO_TCP && mss != 0) {
		mss = mss < MSS_FLOOR ? MSS_FLOOR : mss;
		mss = mss > MSS_LIMIT ? MSS_LIMIT : mss;
		mss -= n_transport - WIRE_TCP_BYTES;
		n_max = n_max < mss ? n_max : mss;
	}
	return n_max;
}

uint32_t build_max_payload(const struct build_flow *flow, uint8_t direction)
{
	return room(flow, direction, TCP_ACK);
}

/* The payload length of step i that can be played. seen_syn, seen_fin: directions whose SYN or FIN
 * went before. */
static uint32_t playable(const struct build_flow *flow, const struct automaton_step *steps,
			 uint32_t n_steps, uint32_t i, unsigned seen_syn, unsigned seen_fin)
{
	const struct automaton_step *s = &steps[i];
	uint8_t proto = flow->record.proto;
	uint32_t n_max = room(flow, s->direction, s->flags);
	uint32_t n = s->payload_bytes;

	/* A SYN that is sent again would carry the same bytes again. */
	if (proto == PROTO_TCP && (s->flags & TCP_SYN) != 0 && (seen_syn >> s->direction & 1) != 0)
		return 0;
	/* After its FIN a side has nothing new to say (RFC 9293, section 3.6). */
	if (proto == PROTO_TCP && (seen_fin >> s->direction & 1) != 0)
		return 0;
	n = n < n_max ? n : n_max;
	if (flow->payload->fit == NULL || (n == 0 && (proto == PROTO_TCP || proto == PROTO_UDP)))
		return n;
	return flow->payload->fit(flow, steps, n_steps, i, n, n_max);
}

static void count_step(struct build_flow *flow, const struct automaton_step *s,
		       struct conn_track *track)
{
	struct flow_record *r = &flow->record;
	bool tcp = r->proto == PROTO_TCP;
	uint64_t n_packet = (uint64_t)ip_header_bytes(r) +
			    transport_bytes(flow, s->direction, s->flags) + s->payload_bytes;
	bool backward = s->direction == STEP_BACKWARD;

	*(backward ? &r->bwd_packets : &r->fwd_packets) += 1;
	*(backward ? &r->bwd_bytes : &r->fwd_bytes) += n_packet;
	*(backward ? &r->bwd_payload : &r->fwd_payload) += s->payload_bytes;
	r->duration_ns += s->gap_ns;
	if (tcp)
		r->flags |= s->flags;
	conn_track_step(track, r->proto, backward, tcp ? s->flags : 0);
}

uint32_t build_flow_settle(struct build_flow *flow, struct automaton_step *steps, uint32_t n_steps)
{
	struct flow_record *r = &flow->record;
	struct conn_track track = { 0 };
	unsigned seen_syn = 0, seen_fin = 0;
	uint32_t n_changed = 0;

	r->fwd_packets = r->bwd_packets = r->fwd_bytes = r->bwd_bytes = 0;
	r->fwd_payload = r->bwd_payload = 0;
	r->duration_ns = 0;
	r->flags = 0;
	flow->fresh = r->proto == PROTO_TCP && n_steps > 0 && (steps[0].flags & TCP_SYN) != 0;
	flow->timestamps = flow->timestamps && flow->fresh;
	tcp_window_settle(flow);
	for (uint32_t i = 0; i < n_steps; i++) {
		uint32_t n = playable(flow, steps, n_steps, i, seen_syn, seen_fin);

		n_changed += n != steps[i].payload_bytes;
		steps[i].payload_bytes = n;
		if ((steps[i].flags & TCP_SYN) != 0)
			seen_syn |= 1u << steps[i].direction;
		if ((steps[i].flags & TCP_FIN) != 0)
			seen_fin |= 1u << steps[i].direction;
		count_step(flow, &steps[i], &track);
	}
	if (n_steps > 0)
		r->duration_ns -= steps[0].gap_ns; /* the time before the first packet */
	r->state = (uint8_t)conn_track_state(&track, r->proto);
	return n_changed;
}

uint32_t build_flow_noise(struct build_flow *flow, const struct noise *noise,
			  const struct flow_start *start, struct automaton_step *steps,
			  uint32_t n_steps)
{
	struct rng rng;
	uint32_t n;

	if (flow->record.proto != PROTO_TCP || !noise_is_on(noise))
		return 0;
	flow_rng_init(&rng, flow->options->seed, start, RNG_NOISE);
	n = noise_mark(noise, steps, n_steps, &rng);
	for (uint32_t i = 0; i < n_steps && n > 0; i++) {
		if (steps[i].edge == NOISE_REEMISSION)
			flow->n_repeated[steps[i].direction] += steps[i].payload_bytes;
	}
	return n;
}

static void write_payload(struct build_flow *flow, const struct header_step *step,
			  uint8_t *ret_bytes)
{
	const struct automaton_step *s = &step->steps[step->i];

	if (s->payload_bytes == 0)
		return;
	if (flow->record.proto == PROTO_TCP && (s->flags & TCP_RST) != 0) {
		/* RFC 9293, section 3.5.3: text that says why; not part of the stream. */
		memset(ret_bytes, '.', s->payload_bytes);
		return;
	}
	flow->payload->fill(flow, step->steps, step->n_steps, step->i, step->time_ns, ret_bytes);
	flow->side[s->direction].payload_at += s->payload_bytes;
}

static void write_udp(const struct build_flow *flow, uint8_t direction, uint32_t n,
		      uint8_t *ret_bytes)
{
	const struct flow_record *r = &flow->record;

	be16_put(ret_bytes, direction == STEP_FORWARD ? r->src_port : r->dst_port);
	be16_put(ret_bytes + 2, direction == STEP_FORWARD ? r->dst_port : r->src_port);
	be16_put(ret_bytes + 4, (uint16_t)n);
	be16_put(ret_bytes + 6, 0);
}

static void seal(const struct build_flow *flow, uint8_t *bytes, uint32_t n)
{
	const uint8_t proto = flow->record.proto;
	uint32_t at = checksum_transport_at(proto);
	uint64_t sum = 0;
	uint16_t field;

	if (at == 0)
		return;
	if (proto != PROTO_ICMP)
		sum = flow->pseudo_sum + checksum_word((uint16_t)n);
	field = checksum_finish(checksum_add(sum, bytes, n));
	if (field == 0 && proto == PROTO_UDP)
		field = 0xffff; /* 0 means "none", RFC 768 */
	be16_put(bytes + at, field);
}

static uint32_t write_frame(struct build_flow *flow, const struct automaton_step *steps,
			    uint32_t n_steps, uint32_t i, int64_t time_ns, uint8_t *ret_bytes,
			    uint32_t *ret_ip_bytes)
{
	const struct automaton_step *s = &steps[i];
	const struct header_step step = { steps, n_steps, i, time_ns };
	uint32_t n_ip = ip_header_bytes(&flow->record);
	uint32_t n_transport = transport_bytes(flow, s->direction, s->flags);
	uint32_t n_body = n_transport + s->payload_bytes;
	uint8_t *body = ret_bytes + WIRE_ETHER_BYTES + n_ip;

	eth_write(flow, s->direction, ret_bytes);
	ip_write(flow, s->direction, s->flags, n_body, ret_bytes + WIRE_ETHER_BYTES);
	switch (flow->record.proto) {
	case PROTO_TCP:
		tcp_write(flow, &step, body);
		break;
	case PROTO_UDP:
		write_udp(flow, s->direction, n_body, body);
		break;
	case PROTO_ICMP:
	case PROTO_ICMP6:
		icmp_write(flow, &step, body);
		break;
	default:
		break;
	}
	write_payload(flow, &step, body + n_transport);
	seal(flow, body, n_body);
	*ret_ip_bytes = n_ip + n_body;
	if (flow->options->mark.on)
		mark_set(&flow->options->mark, ret_bytes + WIRE_ETHER_BYTES, *ret_ip_bytes);
	return WIRE_ETHER_BYTES + n_ip + n_body;
}

/* The end of the segment kept, as long as the step says. */
static uint32_t write_again(struct build_flow *flow, const struct header_step *step,
			    uint8_t *ret_bytes, uint32_t *ret_ip_bytes)
{
	const struct automaton_step *s = &step->steps[step->i];
	const uint32_t n_ip = ip_header_bytes(&flow->record);
	const uint32_t n_transport = transport_bytes(flow, s->direction, s->flags);
	const uint32_t n_head = WIRE_ETHER_BYTES + n_ip + n_transport;
	const uint32_t n_body = n_transport + s->payload_bytes;
	uint8_t *body = ret_bytes + WIRE_ETHER_BYTES + n_ip;

	memcpy(ret_bytes, flow->kept, n_head);
	memcpy(ret_bytes + n_head, flow->kept + flow->n_kept - s->payload_bytes, s->payload_bytes);
	ip_write(flow, s->direction, s->flags, n_body, ret_bytes + WIRE_ETHER_BYTES);
	tcp_repeat(flow, step, flow->n_kept - n_head - s->payload_bytes, body);
	seal(flow, body, n_body);
	*ret_ip_bytes = n_ip + n_body;
	if (flow->options->mark.on)
		mark_set(&flow->options->mark, ret_bytes + WIRE_ETHER_BYTES, *ret_ip_bytes);
	return WIRE_ETHER_BYTES + n_ip + n_body;
}

/* The frame of step i of a flow with marked steps. */
static __attribute__((noinline)) uint32_t noisy_frame(struct build_flow *flow,
						      const struct automaton_step *steps,
						      uint32_t n_steps, uint32_t i, int64_t time_ns,
						      uint8_t *ret_bytes, uint32_t *ret_ip_bytes)
{
	const struct header_step step = { steps, n_steps, i, time_ns };
	uint32_t n;

	if (steps[i].edge == NOISE_REEMISSION)
		return write_again(flow, &step, ret_bytes, ret_ip_bytes);
	if (i > 0 && steps[i - 1].edge == NOISE_TRANSPOSITION) {
		/* Overtaken: as long as the one that came before it. */
		memcpy(ret_bytes, flow->kept, flow->n_kept);
		*ret_ip_bytes = flow->n_kept - WIRE_ETHER_BYTES;
		return flow->n_kept;
	}
	if (steps[i].edge == NOISE_TRANSPOSITION) {
		flow->n_kept =
			write_frame(flow, steps, n_steps, i, time_ns, flow->kept, ret_ip_bytes);
		i++;
	}
	n = write_frame(flow, steps, n_steps, i, time_ns, ret_bytes, ret_ip_bytes);
	if (i + 1 < n_steps && steps[i + 1].edge == NOISE_REEMISSION) {
		memcpy(flow->kept, ret_bytes, n);
		flow->n_kept = n;
	}
	return n;
}

/* Nothing but two jumps, so that flows without noise pay nothing for it. */
uint32_t build_frame(struct build_flow *flow, const struct automaton_step *steps, uint32_t n_steps,
		     uint32_t i, int64_t time_ns, uint8_t *ret_bytes, uint32_t *ret_ip_bytes)
{
	if (flow->kept != NULL)
		return noisy_frame(flow, steps, n_steps, i, time_ns, ret_bytes, ret_ip_bytes);
	return write_frame(flow, steps, n_steps, i, time_ns, ret_bytes, ret_ip_bytes);
}
