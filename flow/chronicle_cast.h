/* SPDX-License-Identifier: Apache-2.0 */
/* The hosts of an occurrence on the network it is played on. */
#ifndef SOSIE_FLOW_CHRONICLE_CAST_H
#define SOSIE_FLOW_CHRONICLE_CAST_H

#include "flow/chronicle_draw.h"

/*
 * Fills hosts, addresses and ports of the records of a session: one for each row of its patterns,
 * one pattern after the other; rows that do not occur stay as they are. One learned host is one
 * host of the network throughout, and a variable and the session's client have one address also
 * where the host stands for many. Returns for how many of the patterns the network has somebody: a
 * session goes on only as far as one machine may; 0: not even for the first.
 */
size_t chronicle_cast(const struct chronicle_flows *flows, struct pattern_draw *draws, size_t n,
		      struct rng *tuple, struct flow_record *ret_records);

/* May the network play this combination of kinds? */
bool chronicle_castable(const struct chronicle_flows *flows, const struct flow_pattern *pattern,
			const uint16_t *kinds);

#endif
