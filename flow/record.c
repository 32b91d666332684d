/* SPDX-License-Identifier: Apache-2.0 */
#include "flow/record.h"

#include <netinet/in.h>

int64_t flow_timeout_ns(uint8_t proto)
{
	return proto == IPPROTO_TCP ? FLOW_TIMEOUT_TCP_NS : FLOW_TIMEOUT_OTHER_NS;
}

void flow_rng_init(struct rng *rng, uint64_t seed, const struct flow_start *start,
		   enum rng_purpose purpose)
{
	/* Purposes are small numbers: the part stands above them and both fit the 16 bits a
	 * stream's name has for them. */
	rng_init(rng, seed, start->window, start->occurrence,
		 (enum rng_purpose)(purpose | (int)start->part << 8));
}
