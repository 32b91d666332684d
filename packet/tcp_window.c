/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The window field. A side of a known profile has one quantile for the whole flow, so that a large
 * buffer stays a large one from class to class; now and then, as often as was learned, it is drawn
 * anew. Whatever is drawn, the right edge does not move left but by rounding (RFC 9293, section
 * 3.8.6), and what the other side sends next fits in.
 */
#include "packet/headers.h"

#include "base/hash.h"
#include "base/rng.h"
#include "packet/wire.h"

enum {
	WINDOW_DEFAULT = 64240,
	FIELD_LIMIT = 65534, /* room for one more */
	SCALE_LIMIT = 14,
	PURPOSE_RESET = 1, /* of a draw; even numbers are bytes received */
};

void tcp_window_init(struct build_flow *flow, const struct flow_start *start)
{
	struct rng rng;

	if (flow->record.proto != PROTO_TCP || flow->options->windows == NULL)
		return;
	flow_rng_init(&rng, flow->options->seed, start, RNG_WINDOW);
	for (int d = 0; d < 2; d++) {
		flow->side[d].window_key = rng_u64(&rng);
		flow->side[d].quantile = rng_u32(&rng);
	}
}

/* An answer's window depends on how much of each segment is payload. */
static uint16_t syn_window(const struct build_flow *flow, uint8_t direction)
{
	const struct host_stack *stack = &flow->side[direction].stack;
	uint16_t window = direction == STEP_BACKWARD ? stack->answer[flow->timestamps] : 0;

	if (window == 0)
		window = stack->window;
	return window == 0 ? WINDOW_DEFAULT : window;
}

/* What both SYNs offer is in force. */
static int8_t scale_in_force(const struct build_flow *flow, const struct build_side *side)
{
	if (!flow->fresh || flow->side[0].stack.window_scale < 0 ||
	    flow->side[1].stack.window_scale < 0)
		return -1;
	return side->stack.window_scale > SCALE_LIMIT ? SCALE_LIMIT : side->stack.window_scale;
}

void tcp_window_settle(struct build_flow *flow)
{
	if (flow->record.proto != PROTO_TCP || flow->options->windows == NULL)
		return;
	for (uint8_t d = 0; d < 2; d++) {
		struct build_side *side = &flow->side[d];
		const struct window_key key = { d == STEP_BACKWARD,
						flow->fresh ? syn_window(flow, d) : 0,
						scale_in_force(flow, side) };

		side->windows = window_find(flow->options->windows, &key);
	}
}

/* Would the other side, before we speak again, send a segment that ends exactly at the window's
 * edge? That is a full window to an analyst. */
static bool window_fills(const struct build_flow *flow, const struct header_step *step,
			 uint32_t ack, uint32_t window_bytes)
{
	uint8_t direction = step->steps[step->i].direction;
	uint32_t in_flight = flow->side[1 - direction].seq - ack;

	for (uint32_t j = step->i + 1; j < step->n_steps && in_flight <= window_bytes; j++) {
		if (step->steps[j].direction == direction)
			return false;
		in_flight += step->steps[j].payload_bytes;
		if (in_flight == window_bytes)
			return true;
	}
	return false;
}

/* The field, made large enough for what comes before we speak again; where the field has no room
 * for that, off by a little from a full window. */
static uint32_t hold_next(const struct build_flow *flow, const struct header_step *step,
			  uint32_t ack, uint32_t field, uint32_t shift)
{
	uint8_t direction = step->steps[step->i].direction;
	uint32_t in_flight = flow->side[1 - direction].seq - ack;
	const uint32_t limit = (uint32_t)FIELD_LIMIT << shift;

	for (uint32_t j = step->i + 1; j < step->n_steps && in_flight < limit; j++) {
		if (step->steps[j].direction == direction)
			break;
		in_flight += step->steps[j].payload_bytes;
	}
	if (in_flight < field << shift)
		return field;
	if (in_flight < limit)
		return (in_flight >> shift) + 1;
	field = FIELD_LIMIT;
	for (int tries = 0; tries < 8; tries++, field--)
		if (!window_fills(flow, step, ack, field << shift))
			break;
	return field;
}

/* Grows with what was received, as autotuning does. */
static uint32_t usual_field(uint16_t syn, uint64_t heard, uint32_t shift)
{
	uint64_t grown = heard / 2;
	uint64_t field = (syn + (grown < 3ull * syn ? grown : 3ull * syn)) >> shift;

	field = field < 16 ? 16 + field : field;
	return field > FIELD_LIMIT ? FIELD_LIMIT : (uint32_t)field;
}

static uint32_t learned_field(struct build_side *side, uint64_t heard)
{
	const uint32_t i_class = window_class_of(heard);
	const struct window_class *c;

	if (side->field != 0 && heard == side->heard)
		return side->field;
	c = window_class_at(side->windows, i_class);
	if (side->field != 0 && i_class == window_class_of(side->heard)) {
		uint64_t draw = hash_mix(side->window_key, heard * 2);

		if ((draw & UINT32_MAX) * WINDOW_WEIGHT >> 32 >= c->moves)
			return side->field;
		side->quantile = (uint32_t)(draw >> 32);
	}
	side->heard = heard;
	return side->field = window_draw(c, side->quantile);
}

static uint16_t reset_window(const struct build_flow *flow, struct build_side *side, uint64_t heard)
{
	uint64_t draw = hash_mix(side->window_key, heard * 2 + PURPOSE_RESET);

	if (side->windows == NULL || !side->sent || (flow->fresh && !flow->established) ||
	    (draw & UINT32_MAX) * WINDOW_WEIGHT >> 32 >= side->windows->resets)
		return 0;
	return (uint16_t)learned_field(side, heard);
}

static void set_edge(struct build_side *side, uint32_t edge, bool has_ack)
{
	side->edge = edge;
	side->has_edge = has_ack;
}

/* Never 0 but on RST, never the same twice on what would then be a duplicate acknowledgement. */
uint16_t tcp_window_take(struct build_flow *flow, const struct header_step *step, uint32_t ack)
{
	const struct automaton_step *s = &step->steps[step->i];
	struct build_side *side = &flow->side[s->direction];
	const uint16_t syn = syn_window(flow, s->direction);
	const uint64_t heard = flow->side[1 - s->direction].payload_at;
	int8_t scale = scale_in_force(flow, side);
	uint32_t shift = scale > 0 ? (uint32_t)scale : 0;
	const bool has_ack = (s->flags & TCP_ACK) != 0;
	uint32_t field, left;

	if ((s->flags & TCP_RST) != 0)
		return reset_window(flow, side, heard);
	if ((s->flags & TCP_SYN) != 0) {
		set_edge(side, ack + syn, has_ack);
		return syn;
	}
	field = side->windows != NULL ? learned_field(side, heard) : usual_field(syn, heard, shift);
	left = side->edge - ack;
	if (side->has_edge && has_ack && (int32_t)left > 0 && left >> shift > field)
		field = left >> shift < FIELD_LIMIT ? left >> shift : FIELD_LIMIT;
	if (tcp_is_pure_ack(s) && side->has_acked && ack == side->acked &&
	    field == side->last_window)
		field += field < UINT16_MAX ? 1 : -1;
	field = hold_next(flow, step, ack, field, shift);
	set_edge(side, ack + (field << shift), has_ack);
	return (uint16_t)field;
}
