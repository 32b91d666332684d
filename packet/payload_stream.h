/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Streams of messages over TCP. What a direction sends without the other side saying anything in
 * between is a run; makers lay messages over runs so that a question fills one and the answer the
 * next. A message has a head (length fields, names), filler, and a tail; it may span segments and
 * runs, because its whole length is planned when it begins, from the steps that are to come.
 */
#ifndef SOSIE_PACKET_PAYLOAD_STREAM_H
#define SOSIE_PACKET_PAYLOAD_STREAM_H

#include "packet/payload.h"

enum {
	STREAM_HEAD_LIMIT = 1024,
	STREAM_TAIL_LIMIT = 64,
	STREAM_LIMIT_MESSAGE = 1 << 24, /* runs are not looked at further than this */
	STREAM_CUTS = 16,
};

/* Where the direction's segments after the present one begin, counted from this one's first byte;
 * what is beyond the last is 0. Fits twice into build_flow.scratch. */
struct stream_cuts {
	uint16_t at[STREAM_CUTS];
};

struct stream_plan {
	const struct build_flow *flow;
	uint8_t direction;
	uint32_t run;	  /* bytes left of this run, at least 1 */
	uint32_t more;	  /* bytes of the direction's next run, 0: none */
	uint64_t total;	  /* bytes left in this direction, run included */
	uint32_t n_turns; /* messages begun by both sides */
};

/* STREAM_BODY: as habits have it, else noise. */
enum stream_filler { STREAM_NOISE, STREAM_BODY, STREAM_TEXT, STREAM_WORDS, STREAM_ZERO };

struct stream_ops {
	enum stream_filler filler;
	/* Length (1..total) and kind of the message that begins now. */
	uint32_t (*plan)(const struct stream_plan *plan, uint16_t *ret_kind);
	/* Writes the first bytes of the message that side->message_kind, message_bytes and
	 * n_messages (which counts it) describe; returns how many, at most STREAM_HEAD_LIMIT.
	 * Longer than the message: cut. Called again for every segment the head spans. */
	uint32_t (*head)(const struct build_flow *flow, uint8_t direction, uint8_t *ret_bytes);
	/* The last bytes likewise; NULL: none. Where head and tail meet, the head wins. */
	uint32_t (*tail)(const struct build_flow *flow, uint8_t direction, uint8_t *ret_bytes);
};

/* Fills step i's payload from the stream. */
void stream_fill(struct build_flow *flow, const struct stream_ops *ops,
		 const struct automaton_step *steps, uint32_t n_steps, uint32_t i,
		 uint8_t *ret_bytes);

/* The cuts after segment i. */
struct stream_cuts stream_cuts_after(const struct automaton_step *steps, uint32_t n_steps,
				     uint32_t i);

/* Makers that plan by cuts keep those of both directions in the flow's scratch. */
void stream_cuts_keep(struct build_flow *flow, uint8_t direction, const struct stream_cuts *cuts);
struct stream_cuts stream_cuts_kept(const struct build_flow *flow, uint8_t direction);

/*
 * The length of a message of n bytes, or of more (up to limit) where fewer than `least` bytes of
 * the segment it ends in would be left: dissectors cannot put together messages of which they saw a
 * scrap first. For makers that keep their cuts.
 */
uint32_t stream_without_scrap(const struct stream_plan *plan, uint32_t n, uint32_t limit,
			      uint32_t least);

/*
 * The usual plan: one message for the whole run, of at least `least` bytes, borrowing from the next
 * run when this one is too short, and taking in a rest of the stream that would be; at most
 * `limit`, leaving no rest of the run below `least`.
 */
uint32_t stream_one_per_run(const struct stream_plan *plan, uint32_t least, uint32_t limit);

#endif
