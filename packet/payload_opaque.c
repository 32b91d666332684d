/* SPDX-License-Identifier: Apache-2.0 */
/* Services nobody has told us about: noise whose first bytes no dissector takes for its own. */
#include "packet/payload_makers.h"
#include "packet/payload_noise.h"

static void fill(struct build_flow *flow, const struct automaton_step *steps, uint32_t n_steps,
		 uint32_t i, int64_t time_ns, uint8_t *ret_bytes)
{
	(void)n_steps;
	(void)time_ns;
	payload_noise(flow, steps[i].direction, flow->side[steps[i].direction].payload_at,
		      ret_bytes, steps[i].payload_bytes);
}

const struct payload_ops payload_opaque_ops = { .name = "opaque", .fill = fill };
