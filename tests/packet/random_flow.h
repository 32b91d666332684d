/* SPDX-License-Identifier: Apache-2.0 */
/* Flows of random shape for tests of the builder: lengths, directions and numbers of packets that
 * no model would draw are drawn here. */
#ifndef SOSIE_TESTS_PACKET_RANDOM_FLOW_H
#define SOSIE_TESTS_PACKET_RANDOM_FLOW_H

#include <stddef.h>
#include <string.h>

#include "base/conn.h"
#include "base/rng.h"
#include "packet/build.h"

enum { RANDOM_FLOW_STEPS = 96, RANDOM_FLOW_START_S = 1790000000 };

struct random_flow {
	struct build_flow flow;
	struct automaton_step steps[RANDOM_FLOW_STEPS];
	uint32_t n_steps;
	uint32_t n_changed;
};

static inline void random_flow_add(struct random_flow *f, struct rng *rng, uint8_t direction,
				   uint8_t flags, uint32_t payload)
{
	struct automaton_step *s = &f->steps[f->n_steps];

	if (f->n_steps >= RANDOM_FLOW_STEPS)
		return;
	s->gap_ns = f->n_steps == 0 ? 0 : (int64_t)rng_below(rng, 50000000);
	s->payload_bytes = payload;
	s->direction = direction;
	s->flags = flags;
	s->edge = 0;
	f->n_steps++;
}

static inline uint32_t random_flow_length(struct rng *rng)
{
	switch (rng_below(rng, 4)) {
	case 0:
		return 1 + rng_below(rng, 8);
	case 1:
		return 1 + rng_below(rng, 80);
	case 2:
		return 1 + rng_below(rng, 400);
	default:
		return rng_below(rng, 3) == 0 ? 1460 : 1 + rng_below(rng, 1460);
	}
}

static inline void random_flow_tcp(struct random_flow *f, struct rng *rng)
{
	uint32_t n_turns = rng_below(rng, 9);
	uint8_t d = rng_below(rng, 3) == 0;

	if (rng_below(rng, 5) != 0) {
		random_flow_add(f, rng, 0, TCP_SYN, 0);
		random_flow_add(f, rng, 1, TCP_SYN | TCP_ACK, 0);
		random_flow_add(f, rng, 0, TCP_ACK, 0);
	}
	for (uint32_t t = 0; t < n_turns; t++, d ^= 1) {
		uint32_t n_segments = 1 + rng_below(rng, rng_below(rng, 4) == 0 ? 12 : 2);

		for (uint32_t k = 0; k < n_segments; k++) {
			random_flow_add(f, rng, d,
					k + 1 == n_segments ? TCP_ACK | TCP_PSH : TCP_ACK,
					random_flow_length(rng));
			if (rng_below(rng, 4) == 0)
				random_flow_add(f, rng, 1 - d, TCP_ACK, 0);
		}
	}
	switch (rng_below(rng, 4)) {
	case 0:
		random_flow_add(f, rng, d, TCP_RST | (rng_below(rng, 2) ? TCP_ACK : 0), 0);
		break;
	case 1:
		break;
	default:
		random_flow_add(f, rng, d, TCP_FIN | TCP_ACK, 0);
		random_flow_add(f, rng, 1 - d, TCP_FIN | TCP_ACK, 0);
		random_flow_add(f, rng, d, TCP_ACK, 0);
		break;
	}
}

static inline void random_flow_datagrams(struct random_flow *f, struct rng *rng)
{
	uint32_t n = 1 + rng_below(rng, 8);

	/* One draw a statement: compilers order arguments differently. */
	for (uint32_t i = 0; i < n; i++) {
		uint8_t d = i == 0 ? rng_below(rng, 8) == 0 : (uint8_t)rng_below(rng, 2);

		random_flow_add(f, rng, d, 0, random_flow_length(rng));
	}
}

static inline void random_flow_icmp(struct random_flow *f, struct rng *rng, uint8_t proto)
{
	static const uint8_t v4[] = { 0, 3, 4, 5, 8, 9, 10, 11, 12, 13, 17 };
	static const uint8_t v6[] = { 1,   2,	3,   4,	  128, 129, 130, 131,
				      132, 133, 134, 135, 136, 137, 143 };
	uint8_t type = proto == 1 ? v4[rng_below(rng, sizeof(v4))] : v6[rng_below(rng, sizeof(v6))];
	uint32_t n = 1 + rng_below(rng, 6);

	f->flow.record.src_port = type;
	f->flow.record.dst_port = 0;
	for (uint32_t i = 0; i < n; i++) {
		bool answer = i % 2 == 1 &&
			      (type == 8 || type == 13 || type == 17 || type == 128 || type == 135);
		uint8_t reply = type == 8 ? 0 : (uint8_t)(type + 1);

		random_flow_add(f, rng, answer, answer ? reply : type, random_flow_length(rng));
	}
}

static inline struct host random_flow_host(uint32_t v4, struct rng *rng)
{
	struct host host = { .scope = HOST_LOCAL, .addr = ip_from_v4(v4) };

	host.stack.ttl = 64;
	host.stack.df = rng_below(rng, 2);
	host.stack.ip_id_zero = rng_below(rng, 2);
	host.stack.window = (uint16_t)(rng_below(rng, 2) ? 64240 : 8192);
	host.stack.mss = rng_below(rng, 4) ? 1460 : 0;
	host.stack.window_scale = (int8_t)(rng_below(rng, 3) ? 7 : -1);
	host.stack.sack = rng_below(rng, 3) != 0;
	host.stack.timestamps = rng_below(rng, 3) != 0;
	memcpy(host.mac, "\x02\x00\x00\x00\x00\x01", 6);
	host.mac[5] = (uint8_t)v4;
	return host;
}

/* One flow; equal arguments, equal flow. over_v6 takes 2001:db8:1::/64. habits may be NULL. */
static inline void random_flow_make_with(struct random_flow *f, uint8_t proto, uint16_t src_port,
					 uint16_t dst_port, bool over_v6, uint32_t number,
					 const struct build_options *options,
					 const struct habit_table *habits)
{
	struct flow_record record = { .proto = proto, .src_port = src_port, .dst_port = dst_port };
	struct flow_start start = { .start_ns = RANDOM_FLOW_START_S * INT64_C(1000000000),
				    .window = 1,
				    .occurrence = number };
	struct host src, dst;
	struct rng rng;

	memset(f, 0, sizeof(*f));
	rng_init(&rng, options->seed, 1, number, RNG_TEST);
	src = random_flow_host(0x0a000001u + (number % 200), &rng);
	dst = random_flow_host(0x0a000101u + (number / 200 % 200), &rng);
	if (over_v6) {
		uint8_t bytes[16] = { 0x20, 0x01, 0x0d, 0xb8, 0, 1 };

		bytes[15] = src.addr.bytes[3];
		src.addr = ip_from_v6_bytes(bytes);
		bytes[14] = 1;
		bytes[15] = dst.addr.bytes[3];
		dst.addr = ip_from_v6_bytes(bytes);
	}
	record.start_ns = start.start_ns + (int64_t)number * 1000000000;
	record.src = src.addr;
	record.dst = dst.addr;
	strcpy(record.service, "-");
	f->flow.record = record;
	if (proto == 6)
		random_flow_tcp(f, &rng);
	else if (proto == 1 || proto == 58)
		random_flow_icmp(f, &rng, proto);
	else
		random_flow_datagrams(f, &rng);
	record = f->flow.record;
	build_flow_init(&f->flow, &record, &start, &src, &dst, options);
	build_flow_habits(&f->flow, habits);
	f->n_changed = build_flow_settle(&f->flow, f->steps, f->n_steps);
}

static inline void random_flow_make(struct random_flow *f, uint8_t proto, uint16_t src_port,
				    uint16_t dst_port, bool over_v6, uint32_t number,
				    const struct build_options *options)
{
	random_flow_make_with(f, proto, src_port, dst_port, over_v6, number, options, NULL);
}

#endif
