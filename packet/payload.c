/* SPDX-License-Identifier: Apache-2.0 */
/* Which maker a flow gets. */
#include "packet/payload.h"

#include <string.h>

#include "packet/payload_makers.h"
#include "packet/payload_noise.h"
#include "packet/wire.h"

static void random_fill(struct build_flow *flow, const struct automaton_step *steps,
			uint32_t n_steps, uint32_t i, int64_t time_ns, uint8_t *ret_bytes)
{
	(void)n_steps;
	(void)time_ns;
	payload_noise(flow, steps[i].direction, flow->side[steps[i].direction].payload_at,
		      ret_bytes, steps[i].payload_bytes);
}

static void zero_fill(struct build_flow *flow, const struct automaton_step *steps, uint32_t n_steps,
		      uint32_t i, int64_t time_ns, uint8_t *ret_bytes)
{
	(void)flow;
	(void)n_steps;
	(void)time_ns;
	memset(ret_bytes, 0, steps[i].payload_bytes);
}

static const struct payload_ops random_ops = { .name = "random", .fill = random_fill };
static const struct payload_ops zero_ops = { .name = "zero", .fill = zero_fill };

const struct payload_ops *payload_for(const struct flow_record *record, enum payload_mode mode)
{
	if (mode == PAYLOAD_RANDOM)
		return &random_ops;
	if (mode == PAYLOAD_ZERO)
		return &zero_ops;
	return payload_choose(record);
}
