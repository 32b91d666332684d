/* SPDX-License-Identifier: Apache-2.0 */
#include "packet/payload_stream.h"

#include <assert.h>
#include <string.h>

#include "base/conn.h"
#include "packet/payload_noise.h"

enum { LOOK_STEPS = 65536 /* a plan looks no further ahead than this */ };

static bool carries(const struct automaton_step *step)
{
	return step->payload_bytes > 0 && (step->flags & TCP_RST) == 0 &&
	       step->edge != NOISE_REEMISSION;
}

/* Adds up the direction's payload from step *i on until the other side has some; leaves *i there.
 */
static uint32_t run_bytes(const struct automaton_step *steps, uint32_t n_steps, uint32_t *i,
			  uint8_t direction)
{
	uint32_t last = n_steps - *i > LOOK_STEPS ? *i + LOOK_STEPS : n_steps;
	uint32_t sum = 0;

	for (; *i < last && sum < STREAM_LIMIT_MESSAGE; (*i)++) {
		if (!carries(&steps[*i]))
			continue;
		if (steps[*i].direction != direction)
			break;
		sum += steps[*i].payload_bytes;
	}
	return sum;
}

static uint32_t next_run_bytes(const struct automaton_step *steps, uint32_t n_steps, uint32_t i,
			       uint8_t direction)
{
	run_bytes(steps, n_steps, &i, 1 - direction);
	return run_bytes(steps, n_steps, &i, direction);
}

/* Looks at the run that begins at stream position `at` in step i, once per run. */
static void look_ahead(struct build_side *side, const struct automaton_step *steps,
		       uint32_t n_steps, uint32_t i, uint32_t done)
{
	uint64_t at = side->payload_at + done;
	uint8_t direction = steps[i].direction;
	uint32_t j = i;

	if (at < side->run_end)
		return;
	side->run_end = at + run_bytes(steps, n_steps, &j, direction) - done;
	side->run_more = next_run_bytes(steps, n_steps, j, direction);
}

static void begin_message(struct build_flow *flow, const struct stream_ops *ops,
			  const struct automaton_step *steps, uint32_t n_steps, uint32_t i,
			  uint32_t done)
{
	uint8_t direction = steps[i].direction;
	struct build_side *side = &flow->side[direction];
	uint64_t planned =
		(direction == STEP_FORWARD ? flow->record.fwd_payload : flow->record.bwd_payload) -
		flow->n_repeated[direction];
	uint64_t sent = side->payload_at + done;
	struct stream_plan plan = {
		.flow = flow,
		.direction = direction,
		.n_turns = flow->side[0].n_messages + flow->side[1].n_messages,
	};

	look_ahead(side, steps, n_steps, i, done);
	plan.run = (uint32_t)(side->run_end - sent);
	plan.more = side->run_more;
	plan.total = planned > sent ? planned - sent : 0;
	if (plan.total < (uint64_t)plan.run + plan.more)
		plan.total = (uint64_t)plan.run + plan.more;
	side->message_bytes = ops->plan(&plan, &side->message_kind);
	side->message_left = side->message_bytes;
	side->n_messages++;
	side->head_bytes = STREAM_HEAD_LIMIT;
}

static void fill_between(const struct build_flow *flow, const struct stream_ops *ops,
			 uint8_t direction, uint64_t at, uint8_t *ret_bytes, uint32_t n)
{
	switch (ops->filler) {
	case STREAM_NOISE:
		payload_noise(flow, direction, at, ret_bytes, n);
		break;
	case STREAM_BODY:
		payload_filler(flow, direction, at, ret_bytes, n);
		break;
	case STREAM_TEXT:
		payload_text(flow, direction, at, ret_bytes, n);
		break;
	case STREAM_WORDS:
		payload_words(flow, direction, at, ret_bytes, n);
		break;
	case STREAM_ZERO:
		memset(ret_bytes, 0, n);
		break;
	}
}

/* Copies what falls into [at, at + n) of a piece that stands at [from, from + n_piece). */
static void overlay(uint8_t *ret_bytes, uint32_t at, uint32_t n, const uint8_t *piece,
		    uint32_t from, uint32_t n_piece)
{
	uint32_t low = at > from ? at : from;
	uint32_t high = at + n < from + n_piece ? at + n : from + n_piece;

	if (low < high)
		memcpy(ret_bytes + (low - at), piece + (low - from), high - low);
}

/* Writes n bytes of the message from its byte `at` on. */
static void message_part(struct build_flow *flow, const struct stream_ops *ops, uint8_t direction,
			 uint64_t stream_at, uint8_t *ret_bytes, uint32_t n)
{
	struct build_side *side = &flow->side[direction];
	uint32_t at = side->message_bytes - side->message_left;
	uint8_t piece[STREAM_HEAD_LIMIT];

	if (at < side->head_bytes) {
		side->head_bytes = (uint16_t)ops->head(flow, direction, piece);
		overlay(ret_bytes, at, n, piece, 0, side->head_bytes);
	}
	if (at + n > side->head_bytes) {
		uint32_t skip = at < side->head_bytes ? side->head_bytes - at : 0;

		fill_between(flow, ops, direction, stream_at + skip, ret_bytes + skip, n - skip);
	}
	if (ops->tail != NULL && at + n + STREAM_TAIL_LIMIT > side->message_bytes) {
		uint32_t n_tail = ops->tail(flow, direction, piece);
		uint32_t room = side->message_bytes > side->head_bytes
					? side->message_bytes - side->head_bytes
					: 0;
		uint32_t cut = n_tail > room ? n_tail - room : 0;

		overlay(ret_bytes, at, n, piece + cut, side->message_bytes - (n_tail - cut),
			n_tail - cut);
	}
}

void stream_fill(struct build_flow *flow, const struct stream_ops *ops,
		 const struct automaton_step *steps, uint32_t n_steps, uint32_t i,
		 uint8_t *ret_bytes)
{
	uint8_t direction = steps[i].direction;
	struct build_side *side = &flow->side[direction];
	uint32_t n_all = steps[i].payload_bytes;

	for (uint32_t done = 0; done < n_all;) {
		uint32_t n;

		if (side->message_left == 0)
			begin_message(flow, ops, steps, n_steps, i, done);
		n = n_all - done < side->message_left ? n_all - done : side->message_left;
		message_part(flow, ops, direction, side->payload_at + done, ret_bytes + done, n);
		side->message_left -= n;
		done += n;
	}
}

struct stream_cuts stream_cuts_after(const struct automaton_step *steps, uint32_t n_steps,
				     uint32_t i)
{
	uint32_t last = n_steps - i > LOOK_STEPS ? i + LOOK_STEPS : n_steps;
	struct stream_cuts cuts = { 0 };
	uint32_t at = 0, k = 0;

	for (uint32_t j = i; j < last && k < STREAM_CUTS; j++) {
		if (steps[j].direction != steps[i].direction || !carries(&steps[j]))
			continue;
		at += steps[j].payload_bytes;
		if (at > UINT16_MAX)
			break;
		cuts.at[k++] = (uint16_t)at;
	}
	return cuts;
}

static_assert(2 * sizeof(struct stream_cuts) <= sizeof(((struct build_flow *)0)->scratch),
	      "one for each direction");

void stream_cuts_keep(struct build_flow *flow, uint8_t direction, const struct stream_cuts *cuts)
{
	memcpy((uint8_t *)flow->scratch + direction * sizeof(*cuts), cuts, sizeof(*cuts));
}

struct stream_cuts stream_cuts_kept(const struct build_flow *flow, uint8_t direction)
{
	struct stream_cuts cuts;

	memcpy(&cuts, (const uint8_t *)flow->scratch + direction * sizeof(cuts), sizeof(cuts));
	return cuts;
}

uint32_t stream_one_per_run(const struct stream_plan *plan, uint32_t least, uint32_t limit)
{
	uint64_t n = plan->run;

	if (n < least) /* borrow, whole runs where that is enough */
		n = n + plan->more >= least ? n + plan->more : least;
	if (n > limit) {
		n = limit;
		if (plan->run > n && plan->run - n < least)
			n = plan->run - least;
	}
	if (n < plan->total && plan->total - n < least)
		n = plan->total <= limit ? plan->total : n;
	n = n > plan->total ? plan->total : n;
	return (uint32_t)(n == 0 ? 1 : n);
}

uint32_t stream_without_scrap(const struct stream_plan *plan, uint32_t n, uint32_t limit,
			      uint32_t least)
{
	const struct build_side *side = &plan->flow->side[plan->direction];
	struct stream_cuts cuts = stream_cuts_kept(plan->flow, plan->direction);
	uint64_t end = side->run_end - plan->run - side->payload_at + n;

	for (uint32_t k = 0; k < STREAM_CUTS && cuts.at[k] != 0; k++) {
		uint64_t rest = cuts.at[k] - end;

		if (cuts.at[k] >= end)
			return rest < least && n + rest <= limit ? n + (uint32_t)rest : n;
	}
	return n;
}
