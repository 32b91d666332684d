/* SPDX-License-Identifier: Apache-2.0 */
#include "packet/payload_lines.h"

#include "packet/payload_noise.h"
#include "packet/payload_stream.h"
#include "packet/payload_writer.h"

enum { MESSAGE_LIMIT = 1 << 20 };

static const struct lines_spec *spec_of(const struct build_flow *flow)
{
	return flow->payload->context;
}

/* The line of the k-th message. */
static const char *line_at(const struct lines_side *side, uint32_t k)
{
	uint32_t n = 0;

	while (side->lines[n] != NULL)
		n++;
	if (k < n)
		return side->lines[k];
	return side->lines[side->n_first + (k - side->n_first) % (n - side->n_first)];
}

/* The line, cut so that the message's end has room, then what parts it from the text. */
static void put_line(struct writer *w, const struct lines_spec *spec, const char *line, uint32_t n)
{
	uint32_t n_end = (uint32_t)strlen(spec->end);
	uint32_t n_line = (uint32_t)strlen(line);
	uint32_t room = n > n_end ? n - n_end : n; /* too short for an end: none */

	put_bytes(w, line, n_line < room ? n_line : room);
	if (room > n_line) {
		uint32_t n_pad = (uint32_t)strlen(spec->pad);

		put_bytes(w, spec->pad, n_pad < room - n_line ? n_pad : room - n_line);
	}
}

static uint32_t lines_plan(const struct stream_plan *plan, uint16_t *ret_kind)
{
	*ret_kind = 0;
	return stream_one_per_run(plan, spec_of(plan->flow)->least, MESSAGE_LIMIT);
}

static uint32_t lines_head(const struct build_flow *flow, uint8_t direction, uint8_t *ret_bytes)
{
	const struct build_side *side = &flow->side[direction];
	const struct lines_spec *spec = spec_of(flow);
	struct writer w = { ret_bytes, 0, STREAM_HEAD_LIMIT };
	/* Joined in the middle: no greeting. */
	uint32_t skip = flow->fresh ? 0 : spec->side[direction].n_first;

	put_line(&w, spec, line_at(&spec->side[direction], side->n_messages - 1 + skip),
		 side->message_bytes);
	return w.n < w.room ? w.n : w.room;
}

static uint32_t lines_tail(const struct build_flow *flow, uint8_t direction, uint8_t *ret_bytes)
{
	struct writer w = { ret_bytes, 0, STREAM_TAIL_LIMIT };

	(void)direction;
	put_text(&w, spec_of(flow)->end);
	return w.n;
}

static const struct stream_ops text_stream = {
	.filler = STREAM_TEXT,
	.plan = lines_plan,
	.head = lines_head,
	.tail = lines_tail,
};

static const struct stream_ops words_stream = {
	.filler = STREAM_WORDS,
	.plan = lines_plan,
	.head = lines_head,
	.tail = lines_tail,
};

void payload_lines_fill(struct build_flow *flow, const struct automaton_step *steps,
			uint32_t n_steps, uint32_t i, int64_t time_ns, uint8_t *ret_bytes)
{
	(void)time_ns;
	stream_fill(flow, spec_of(flow)->one_line ? &words_stream : &text_stream, steps, n_steps, i,
		    ret_bytes);
}

void payload_lines_datagram_fill(struct build_flow *flow, const struct automaton_step *steps,
				 uint32_t n_steps, uint32_t i, int64_t time_ns, uint8_t *ret_bytes)
{
	const struct lines_spec *spec = spec_of(flow);
	uint8_t direction = steps[i].direction;
	uint32_t n = steps[i].payload_bytes;
	uint32_t n_end = (uint32_t)strlen(spec->end);
	const bool announces = spec->announcement != NULL && direction == STEP_FORWARD &&
			       flow->record.bwd_packets == 0 && n >= spec->announcement_least;
	struct writer w = { ret_bytes, 0, n };

	(void)n_steps;
	(void)time_ns;
	put_line(&w, spec, announces ? spec->announcement : line_at(&spec->side[direction], 0), n);
	if (w.n < n)
		payload_words(flow, direction, i, ret_bytes + w.n, n - w.n);
	if (n > n_end)
		memcpy(ret_bytes + n - n_end, spec->end, n_end);
}

uint32_t payload_lines_datagram_fit(const struct build_flow *flow,
				    const struct automaton_step *steps, uint32_t n_steps,
				    uint32_t i, uint32_t n, uint32_t max)
{
	uint32_t least = spec_of(flow)->least;

	(void)steps;
	(void)n_steps;
	(void)i;
	(void)max;
	return n < least ? least : n;
}

uint32_t payload_lines_fit(const struct build_flow *flow, const struct automaton_step *steps,
			   uint32_t n_steps, uint32_t i, uint32_t n, uint32_t max)
{
	uint32_t least = spec_of(flow)->segment_least;

	(void)steps;
	(void)n_steps;
	(void)i;
	(void)max;
	return n < least ? least : n;
}
