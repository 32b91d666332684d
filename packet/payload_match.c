/* SPDX-License-Identifier: Apache-2.0 */
#include "packet/payload_match.h"

uint32_t payload_match(const struct automaton_step *steps, uint32_t i)
{
	uint32_t floor = i > PAYLOAD_MATCH_REACH ? i - PAYLOAD_MATCH_REACH : 0;
	uint32_t owed = 0;
	uint32_t latest = i;

	for (uint32_t j = i; j-- > floor;) {
		if (steps[j].direction == STEP_BACKWARD) {
			owed++;
			continue;
		}
		if (latest == i)
			latest = j;
		if (owed == 0)
			return j;
		owed--;
	}
	return latest;
}
