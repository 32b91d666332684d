/* SPDX-License-Identifier: Apache-2.0 */
/* Filler: bytes that mean nothing, the same for the same flow and place. */
#ifndef SOSIE_PACKET_PAYLOAD_NOISE_H
#define SOSIE_PACKET_PAYLOAD_NOISE_H

#include "packet/payload.h"

/* n bytes that look encrypted or compressed, from place `at` of the direction's stream. */
void payload_noise(const struct build_flow *flow, uint8_t direction, uint64_t at,
		   uint8_t *ret_bytes, uint32_t n);
/*
 * The same, but as habits have what fills messages of the flow's service in that direction: noise,
 * text, or bytes with the shares seen. It changes from one stretch of a stream to the next. For
 * what is neither encrypted nor read by dissectors. Budget: 0.02 ns a byte above payload_noise().
 */
void payload_filler(const struct build_flow *flow, uint8_t direction, uint64_t at,
		    uint8_t *ret_bytes, uint32_t n);
/* n characters of words, blanks and line ends (CR LF, lines of at most 76), from place `at`. */
void payload_text(const struct build_flow *flow, uint8_t direction, uint64_t at, uint8_t *ret_bytes,
		  uint32_t n);
/* The same without line ends. */
void payload_words(const struct build_flow *flow, uint8_t direction, uint64_t at,
		   uint8_t *ret_bytes, uint32_t n);
/* What habits say about a choice, or `usual` where they say nothing. The same for the same flow,
 * direction, habit and `what`. */
int payload_habit(const struct build_flow *flow, uint8_t direction, int habit, uint64_t what,
		  int usual);
/* A number that depends on the flow and what is asked for, for ids and choices. */
uint64_t payload_hash(const struct build_flow *flow, uint64_t what);

#endif
