/* SPDX-License-Identifier: Apache-2.0 */
/* What ping sends: the time, then counting bytes; replies bring it back. */
#ifndef SOSIE_PACKET_PAYLOAD_PING_H
#define SOSIE_PACKET_PAYLOAD_PING_H

#include "automata/step.h"

/* The length a reply must have: that of the request it answers, where there is one. */
uint32_t ping_fit(const struct automaton_step *steps, uint32_t i, uint8_t request_type, uint32_t n,
		  uint32_t max);
void ping_write(const struct automaton_step *steps, uint32_t i, uint8_t reply_type, int64_t time_ns,
		uint8_t *ret_bytes);

#endif
