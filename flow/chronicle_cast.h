/* SPDX-License-Identifier: Apache-2.0 */
/* The hosts of an occurrence on the network it is played on. */
#ifndef SOSIE_FLOW_CHRONICLE_CAST_H
#define SOSIE_FLOW_CHRONICLE_CAST_H

#include "flow/chronicle_draw.h"

/*
 * Fills hosts, addresses and ports of the records (one for each row of the pattern; rows that do
 * not occur stay as they are). One learned host is one host of the network throughout, and a
 * variable has one address also where its host stands for many. False: the network has nobody for
 * some row.
 */
bool chronicle_cast(const struct chronicle_flows *flows, struct pattern_draw *draw,
		    struct rng *tuple, struct flow_record *ret_records);

/* May the network play this combination of kinds? */
bool chronicle_castable(const struct chronicle_flows *flows, const struct flow_pattern *pattern,
			const uint16_t *kinds);

#endif
