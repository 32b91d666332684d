/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Payload makers: bytes of exactly the length asked for that a dissector takes for the service. One
 * table of functions per protocol, chosen by the record's ports and protocol when the flow begins.
 * State lives in struct build_flow, so makers are const and need no memory.
 */
#ifndef SOSIE_PACKET_PAYLOAD_H
#define SOSIE_PACKET_PAYLOAD_H

#include <assert.h>

#include "base/rng.h"
#include "packet/build.h"

struct payload_ops {
	const char *name;
	const void *context; /* the maker's own constants */
	/* The legal length nearest to n for the payload of step i (the maker may look at all
	 * steps); NULL: any length is legal. Never above max, 0 only where n is 0. Not asked
	 * about empty TCP segments and UDP datagrams, which no dissector sees. */
	uint32_t (*fit)(const struct build_flow *flow, const struct automaton_step *steps,
			uint32_t n_steps, uint32_t i, uint32_t n, uint32_t max);
	/* Chooses ids and cookies; NULL: nothing to choose. rng is the flow's RNG_PAYLOAD stream.
	 */
	void (*begin)(struct build_flow *flow, struct rng *rng);
	/* Writes steps[i].payload_bytes (above 0) bytes. Not called for what a RST carries. */
	void (*fill)(struct build_flow *flow, const struct automaton_step *steps, uint32_t n_steps,
		     uint32_t i, int64_t time_ns, uint8_t *ret_bytes);
	uint32_t habits; /* what it asks for: PAYLOAD_HABIT() of each; others are not learned */
};

#define PAYLOAD_HABIT(habit) (UINT32_C(1) << (habit))
#define PAYLOAD_HABITS_BODY  (PAYLOAD_HABIT(HABIT_FILLER) | UINT32_C(0xf) << HABIT_BYTE)
#define PAYLOAD_HABITS_START (UINT32_C(0xff) << HABIT_START)
static_assert(HABIT_N <= 32 && HABIT_WORD == 4 && HABIT_STARTS == 8, "bits of payload_ops.habits");

/* By protocol and ports (UDP and TCP: dst_port, else src_port; ICMP by type; others by number);
 * never NULL: unknown services get noise. */
const struct payload_ops *payload_for(const struct flow_record *record, enum payload_mode mode);

/* Would this port alone, a client's too, make a dissector take a flow (TCP or UDP) for a service?
 * Such ports are no ephemeral ports. */
bool payload_claims_port(uint8_t proto, uint16_t port);

/* Every maker, for tests; NULL after the last. */
const struct payload_ops *const *payload_all(void);

#endif
