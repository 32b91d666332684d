/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The flows that are open: a pool, a chained hash over it, and one list per idle timeout in order
 * of the latest packet, so that looking one up and finding the idle ones cost O(1).
 */
#ifndef SOSIE_PACKET_METER_FLOWS_H
#define SOSIE_PACKET_METER_FLOWS_H

#include "flow/key.h"
#include "flow/record.h"
#include "packet/meter_steps.h"

struct content_flow;

struct open_flow {
	struct open_flow *chain; /* hash bucket, or spare list */
	struct open_flow *older, *newer;
	uint64_t hash;
	struct flow_key key;
	uint64_t ticket;
	int64_t last_ns; /* of the latest packet */
	int64_t min_ns, max_ns;
	struct conn_track track;
	struct flow_record record;
	struct step_list steps;
	struct content_flow *content; /* NULL: not asked for, or done */
	void *state;		      /* of meter_options' on_packet; NULL: none */
};

enum idle_class { IDLE_TCP, IDLE_OTHER, IDLE_N };

struct flow_list {
	struct open_flow *oldest, *newest;
};

struct open_flows {
	struct open_flow **buckets;
	size_t n_buckets; /* a power of two */
	size_t n_open;
	uint64_t seed; /* of the hash: input cannot aim at a bucket */
	struct flow_list lists[IDLE_N];
	struct open_flow *spare;
	struct flow_block *blocks;
};

int open_flows_init(struct open_flows *flows, struct err *err);
void open_flows_done(struct open_flows *flows);

/* hash: flow_key_hash(key, flows->seed). */
struct open_flow *open_flows_find(const struct open_flows *flows, const struct flow_key *key,
				  uint64_t hash);
/* A flow whose fields but key, hash and the links are undefined; the newest of its list. NULL: out
 * of memory. */
struct open_flow *open_flows_add(struct open_flows *flows, const struct flow_key *key,
				 uint64_t hash);
/* It had a packet: it becomes the newest. */
void open_flows_touch(struct open_flows *flows, struct open_flow *flow);
/* No longer open; still the caller's until given back. */
void open_flows_remove(struct open_flows *flows, struct open_flow *flow);
void open_flows_give_back(struct open_flows *flows, struct open_flow *flow);

#endif
