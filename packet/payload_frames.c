/* SPDX-License-Identifier: Apache-2.0 */
#include "packet/payload_frames.h"

#include <string.h>

#include "packet/payload_match.h"
#include "packet/payload_noise.h"

enum { LIMIT_DEFAULT = 65535, ID_STREAM = 0x1d };

static const struct frame_spec *spec_of(const struct build_flow *flow)
{
	return flow->payload->context;
}

/* The k-th message of a side, counted from 0. */
static const struct frame_side *side_at(const struct build_flow *flow, uint8_t direction,
					uint32_t k)
{
	const struct frame_spec *spec = spec_of(flow);
	bool first = k == 0 && flow->fresh && spec->first[direction].n_head > 0;

	return first ? &spec->first[direction] : &spec->side[direction];
}

static uint32_t least_of(const struct frame_side *side)
{
	return side->least != 0 ? side->least : (uint32_t)side->n_head + side->n_tail;
}

static uint32_t limit_of(const struct frame_spec *spec)
{
	return spec->limit != 0 ? spec->limit : LIMIT_DEFAULT;
}

static void put_number(uint8_t *field, uint8_t width, uint8_t form, uint64_t value)
{
	for (uint8_t k = 0; k < width; k++) {
		uint8_t from_low = form == FRAME_BIG ? (uint8_t)(width - 1 - k) : k;

		if (form == FRAME_VARINT4)
			field[k] =
				(uint8_t)((value >> (7 * k) & 0x7f) | (k + 1 < width ? 0x80 : 0));
		else
			field[k] = (uint8_t)(value >> (8 * from_low));
	}
}

/* Writes the head of a message of n bytes into at least n_head bytes. */
static void put_head(const struct frame_spec *spec, const struct frame_side *side, uint32_t n,
		     uint64_t id, uint8_t *ret_bytes)
{
	memcpy(ret_bytes, side->head, side->n_head);
	for (uint32_t k = 0; k < FRAME_LENGTHS && side->lengths[k].width > 0; k++) {
		const struct frame_length *l = &side->lengths[k];

		put_number(ret_bytes + l->at, l->width, l->form, (uint64_t)((int64_t)n + l->bias));
	}
	put_number(ret_bytes + side->id_at, side->id_width,
		   spec->little_id ? FRAME_LITTLE : FRAME_BIG, id);
}

static uint32_t frames_plan(const struct stream_plan *plan, uint16_t *ret_kind)
{
	const struct frame_side *side =
		side_at(plan->flow, plan->direction, plan->flow->side[plan->direction].n_messages);

	const struct frame_spec *spec = spec_of(plan->flow);
	uint32_t n = stream_one_per_run(plan, least_of(side), limit_of(spec));

	*ret_kind = 0;
	return spec->segment_least == 0
		       ? n
		       : stream_without_scrap(plan, n, limit_of(spec), spec->segment_least);
}

static uint32_t frames_head(const struct build_flow *flow, uint8_t direction, uint8_t *ret_bytes)
{
	const struct build_side *state = &flow->side[direction];
	const struct frame_side *side = side_at(flow, direction, state->n_messages - 1);
	uint32_t least = least_of(side);
	uint32_t n = state->message_bytes < least ? least : state->message_bytes;

	put_head(spec_of(flow), side, n, payload_hash(flow, ID_STREAM) + state->n_messages,
		 ret_bytes);
	return side->n_head;
}

static uint32_t frames_tail(const struct build_flow *flow, uint8_t direction, uint8_t *ret_bytes)
{
	const struct frame_side *side =
		side_at(flow, direction, flow->side[direction].n_messages - 1);

	if (side->n_tail > 0)
		memcpy(ret_bytes, side->tail, side->n_tail);
	return side->n_tail;
}

/* One for each filler, because a stream has one. */
#define FRAMES_STREAM(kind)                                                                        \
	{                                                                                          \
		.filler = kind, .plan = frames_plan, .head = frames_head, .tail = frames_tail      \
	}

static const struct stream_ops frames_streams[] = {
	[STREAM_NOISE] = FRAMES_STREAM(STREAM_NOISE), [STREAM_BODY] = FRAMES_STREAM(STREAM_BODY),
	[STREAM_TEXT] = FRAMES_STREAM(STREAM_TEXT),   [STREAM_WORDS] = FRAMES_STREAM(STREAM_WORDS),
	[STREAM_ZERO] = FRAMES_STREAM(STREAM_ZERO),
};

void payload_frames_fill(struct build_flow *flow, const struct automaton_step *steps,
			 uint32_t n_steps, uint32_t i, int64_t time_ns, uint8_t *ret_bytes)
{
	struct stream_cuts cuts;

	(void)time_ns;
	if (spec_of(flow)->segment_least != 0) {
		cuts = stream_cuts_after(steps, n_steps, i);
		stream_cuts_keep(flow, steps[i].direction, &cuts);
	}
	stream_fill(flow, &frames_streams[spec_of(flow)->filler], steps, n_steps, i, ret_bytes);
}

uint32_t payload_frames_fit(const struct build_flow *flow, const struct automaton_step *steps,
			    uint32_t n_steps, uint32_t i, uint32_t n, uint32_t max)
{
	uint32_t least = spec_of(flow)->segment_least;

	(void)steps;
	(void)n_steps;
	(void)i;
	(void)max;
	return n < least ? least : n;
}

/* Who asks with side 0's message, and answers with side 1's; or the other way round. */
static const struct frame_side *datagram_side(const struct build_flow *flow, uint8_t direction,
					      uint32_t i, uint32_t n)
{
	const struct frame_spec *spec = spec_of(flow);
	int side = direction;

	if (spec->may_turn)
		side = payload_habit(flow, direction, HABIT_DNS_ANSWER, i, side);
	/* Which length is nearer. */
	if (spec->longer[side].n_head > 0 &&
	    2 * n >= (uint32_t)spec->side[side].n_head + spec->longer[side].n_head)
		return &spec->longer[side];
	return &spec->side[side];
}

uint32_t payload_frames_datagram_fit(const struct build_flow *flow,
				     const struct automaton_step *steps, uint32_t n_steps,
				     uint32_t i, uint32_t n, uint32_t max)
{
	const struct frame_spec *spec = spec_of(flow);
	const struct frame_side *side = datagram_side(flow, steps[i].direction, i, n);
	uint32_t least = least_of(side);
	uint32_t limit = side->limit != 0 ? side->limit : limit_of(spec);

	limit = limit < max ? limit : max;
	(void)n_steps;
	n = n > limit ? limit : n;
	if (n <= least)
		return least;
	return spec->unit == 0 ? n : n - (n - least) % spec->unit;
}

static void fill_rest(const struct build_flow *flow, uint8_t direction, uint32_t i,
		      uint8_t *ret_bytes, uint32_t n)
{
	switch (spec_of(flow)->filler) {
	case STREAM_NOISE:
		payload_noise(flow, direction, i, ret_bytes, n);
		break;
	case STREAM_BODY:
		payload_filler(flow, direction, i, ret_bytes, n);
		break;
	case STREAM_TEXT:
		payload_text(flow, direction, i, ret_bytes, n);
		break;
	case STREAM_WORDS:
		payload_words(flow, direction, i, ret_bytes, n);
		break;
	case STREAM_ZERO:
		memset(ret_bytes, 0, n);
		break;
	}
}

void payload_frames_datagram_fill(struct build_flow *flow, const struct automaton_step *steps,
				  uint32_t n_steps, uint32_t i, int64_t time_ns, uint8_t *ret_bytes)
{
	uint8_t direction = steps[i].direction;
	uint32_t n = steps[i].payload_bytes;
	const struct frame_side *side = datagram_side(flow, direction, i, n);
	uint32_t request = direction == STEP_BACKWARD ? payload_match(steps, i) : i;
	uint32_t n_fixed = (uint32_t)side->n_head + side->n_tail;

	(void)n_steps;
	(void)time_ns;
	if (n < n_fixed) /* cannot be after fit */
		return;
	put_head(spec_of(flow), side, n, payload_hash(flow, request), ret_bytes);
	fill_rest(flow, direction, i, ret_bytes + side->n_head, n - n_fixed);
	if (side->n_tail > 0)
		memcpy(ret_bytes + n - side->n_tail, side->tail, side->n_tail);
}
