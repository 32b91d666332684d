/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Services that talk in lines of text: one message per run, beginning with the line whose turn it
 * is, as long as the run: text follows where the line is too short, and it is cut where it is too
 * long. Datagram services (syslog, SSDP, SIP) have one message per datagram.
 */
#ifndef SOSIE_PACKET_PAYLOAD_LINES_H
#define SOSIE_PACKET_PAYLOAD_LINES_H

#include "packet/payload.h"

struct lines_side {
	const char *const *lines; /* without line end; NULL after the last */
	uint32_t n_first;	  /* said once; what follows is said in turn for ever */
};

struct lines_spec {
	struct lines_side side[2]; /* client, server */
	const char *end;	   /* of a message, "\r\n" mostly */
	const char *pad;	   /* between line and text, " " mostly */
	bool one_line;		   /* the text has no line ends of its own */
	uint32_t least;		   /* bytes a message has at least */
	/* Streams: bytes a segment has at least, where dissectors cannot put shorter pieces
	 * together. */
	uint32_t segment_least;
	/* Datagrams: what the client says where nobody answers, in messages of so many bytes; NULL:
	 * the same as always. */
	const char *announcement;
	uint32_t announcement_least;
};

/* For payload_ops.fill and .fit with a lines_spec as context. */
void payload_lines_fill(struct build_flow *flow, const struct automaton_step *steps,
			uint32_t n_steps, uint32_t i, int64_t time_ns, uint8_t *ret_bytes);
void payload_lines_datagram_fill(struct build_flow *flow, const struct automaton_step *steps,
				 uint32_t n_steps, uint32_t i, int64_t time_ns, uint8_t *ret_bytes);
uint32_t payload_lines_fit(const struct build_flow *flow, const struct automaton_step *steps,
			   uint32_t n_steps, uint32_t i, uint32_t n, uint32_t max);
uint32_t payload_lines_datagram_fit(const struct build_flow *flow,
				    const struct automaton_step *steps, uint32_t n_steps,
				    uint32_t i, uint32_t n, uint32_t max);

#endif
