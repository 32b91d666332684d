/* SPDX-License-Identifier: Apache-2.0 */
#include "packet/payload_ping.h"

#include <stdbool.h>

#include "base/bytes.h"
#include "packet/payload_match.h"

uint32_t ping_fit(const struct automaton_step *steps, uint32_t i, uint8_t request_type, uint32_t n,
		  uint32_t max)
{
	uint32_t request = steps[i].direction == STEP_BACKWARD ? payload_match(steps, i) : i;

	if (request == i || steps[request].flags != request_type)
		return n;
	n = steps[request].payload_bytes;
	return n < max ? n : max;
}

void ping_write(const struct automaton_step *steps, uint32_t i, uint8_t reply_type, int64_t time_ns,
		uint8_t *ret_bytes)
{
	uint32_t n = steps[i].payload_bytes;
	bool reply = steps[i].flags == reply_type && steps[i].direction == STEP_BACKWARD;
	uint32_t request = reply ? payload_match(steps, i) : i;
	uint8_t stamp[16] = { 0 };

	for (uint32_t j = request + 1; j <= i; j++)
		time_ns -= steps[j].gap_ns;
	le32_put(stamp, (uint32_t)(time_ns / 1000000000));
	le32_put(stamp + 8, (uint32_t)(time_ns % 1000000000 / 1000));
	for (uint32_t k = 0; k < n; k++)
		ret_bytes[k] = (uint8_t)k;
	if (n >= sizeof(stamp))
		memcpy(ret_bytes, stamp, sizeof(stamp));
}
