/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Binary protocols whose messages are a head with length fields, then a body that can be anything:
 * described by data. Over TCP one message per run, over UDP one per datagram.
 */
#ifndef SOSIE_PACKET_PAYLOAD_FRAMES_H
#define SOSIE_PACKET_PAYLOAD_FRAMES_H

#include "packet/payload_stream.h"

enum { FRAME_LENGTHS = 8 };

enum frame_form {
	FRAME_BIG,
	FRAME_LITTLE,
	FRAME_VARINT4 /* four groups of 7 bits, lowest first */
};

/* A field that holds the message's length plus bias. */
struct frame_length {
	uint16_t at;
	uint8_t width; /* bytes; 0 ends the list */
	uint8_t form;
	int16_t bias;
};

struct frame_side {
	const char *head;
	uint16_t n_head;
	struct frame_length lengths[FRAME_LENGTHS];
	const char *tail;
	uint8_t n_tail;
	uint16_t id_at; /* where the number that question and answer share stands */
	uint8_t id_width;
	uint32_t least; /* length of a message at least; 0: head and tail */
	uint32_t limit; /* at most; 0: that of the protocol */
};

struct frame_spec {
	struct frame_side side[2];
	struct frame_side longer[2]; /* datagrams: another form, of that length and more */
	struct frame_side first[2];  /* the first message of a side, where it is another */
	enum stream_filler filler;
	uint32_t limit;		/* length of a message at most; 0: 65535 */
	uint32_t segment_least; /* shorter segments dissectors cannot put together; 0: none */
	uint32_t unit;		/* datagrams: lengths are `least` and so many more; 0: 1 */
	bool little_id;
	bool may_turn; /* datagrams: either side may say what the other usually does, see
			* HABIT_DNS_ANSWER */
};

void payload_frames_fill(struct build_flow *flow, const struct automaton_step *steps,
			 uint32_t n_steps, uint32_t i, int64_t time_ns, uint8_t *ret_bytes);
uint32_t payload_frames_fit(const struct build_flow *flow, const struct automaton_step *steps,
			    uint32_t n_steps, uint32_t i, uint32_t n, uint32_t max);
void payload_frames_datagram_fill(struct build_flow *flow, const struct automaton_step *steps,
				  uint32_t n_steps, uint32_t i, int64_t time_ns,
				  uint8_t *ret_bytes);
uint32_t payload_frames_datagram_fit(const struct build_flow *flow,
				     const struct automaton_step *steps, uint32_t n_steps,
				     uint32_t i, uint32_t n, uint32_t max);

#endif
