/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which flow the later fragments of an IP packet belong to. A fixed number of places: under a flood
 * of fragments the oldest of a set give way, and their later fragments become orphans.
 */
#ifndef SOSIE_PACKET_METER_FRAGMENTS_H
#define SOSIE_PACKET_METER_FRAGMENTS_H

#include "packet/decode.h"
#include "packet/meter_flows.h"
#include <stdbool.h>

/* Reassembly gives up after this long (RFC 8200, section 4.5). */
#define FRAGMENT_TIMEOUT_NS (INT64_C(60) * 1000000000)

enum { FRAGMENT_SETS = 1024, FRAGMENT_WAYS = 4 };

struct fragment_place {
	uint64_t hash; /* seeded, 64 bits: stands for the packet */
	struct open_flow *flow;
	uint64_t ticket; /* of the flow: a flow object is used again */
	int64_t time_ns;
	bool backward;
};

struct fragment_table {
	struct fragment_place places[FRAGMENT_SETS][FRAGMENT_WAYS]; /* newest first */
};

/* The first fragment: later ones will go to flow. */
void fragment_put(struct fragment_table *table, uint64_t seed, const struct packet_view *view,
		  int64_t time_ns, struct open_flow *flow, bool backward);
/* A later fragment: its flow, or NULL when the first was not seen, is too old, or its flow ended.
 */
struct open_flow *fragment_find(const struct fragment_table *table, uint64_t seed,
				const struct packet_view *view, int64_t time_ns,
				bool *ret_backward);
#endif
