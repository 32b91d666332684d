/* SPDX-License-Identifier: Apache-2.0 */
/* Services nobody has told us about: noise whose first bytes no dissector takes for its own. */
#include "packet/payload_makers.h"
#include "packet/payload_noise.h"

enum { FIRST_BYTE = 0x70, FIRST_BYTE_MASK = 0x0f };

/*
 * Guessing dissectors begin with the first byte: versions of RTP, QUIC and DTLS, types of STUN and
 * of dozens of others are below 0x60 or above 0x7f, and text has no 0x7. followed by noise.
 */
static void fill(struct build_flow *flow, const struct automaton_step *steps, uint32_t n_steps,
		 uint32_t i, int64_t time_ns, uint8_t *ret_bytes)
{
	uint8_t direction = steps[i].direction;

	(void)n_steps;
	(void)time_ns;
	payload_noise(flow, direction, flow->side[direction].payload_at, ret_bytes,
		      steps[i].payload_bytes);
	ret_bytes[0] = (uint8_t)(FIRST_BYTE | (ret_bytes[0] & FIRST_BYTE_MASK));
}

const struct payload_ops payload_opaque_ops = { .name = "opaque", .fill = fill };
