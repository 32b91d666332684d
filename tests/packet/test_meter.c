/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>

#include "base/ns.h"
#include "base/rng.h"
#include "packet/meter.h"
#include "tests/packet/make_packet.h"

enum { A = 0x0a000001, B = 0x0a000002, LIMIT_FLOWS = 5000, LIMIT_STEPS = 4000 };

struct results {
	struct flow_record rows[LIMIT_FLOWS];
	uint32_t n_steps[LIMIT_FLOWS];
	size_t n;
	struct automaton_step steps[LIMIT_STEPS]; /* of the latest flow */
	int fail;
};

static struct results results;

static int on_flow(void *context, const struct meter_flow *flow)
{
	struct results *to = context;

	if (to->fail != 0)
		return to->fail;
	assert_true(to->n < LIMIT_FLOWS && flow->n_steps <= LIMIT_STEPS);
	if (flow->n_steps > 0)
		memcpy(to->steps, flow->steps, flow->n_steps * sizeof(to->steps[0]));
	to->n_steps[to->n] = flow->n_steps;
	to->rows[to->n++] = *flow->record;
	return 0;
}

static struct meter *meter_start(uint32_t limit_steps)
{
	struct meter_options options = { .limit_steps = limit_steps,
					 .on_flow = on_flow,
					 .context = &results };
	struct meter *meter = NULL;

	results.n = 0;
	results.fail = 0;
	assert_int_equal(meter_new(&options, &meter, NULL), 0);
	return meter;
}

static void feed(struct meter *meter, const struct make *make)
{
	struct made made;

	assert_int_equal(meter_packet(meter, make_packet(&made, make), NULL), 0);
}

static void finish(struct meter **meter)
{
	assert_int_equal(meter_flush(*meter, NULL), 0);
	assert_int_equal(meter_statistics(*meter)->n_flows, results.n);
	assert_int_equal(meter_statistics(*meter)->n_open, 0);
	meter_freep(meter);
}

/* One TCP packet between A (1000) and B (80). */
static struct make tcp(int64_t time_ns, bool backward, uint8_t flags, uint32_t n_payload)
{
	return (struct make) { .time_ns = time_ns,
			       .src = backward ? B : A,
			       .dst = backward ? A : B,
			       .src_port = backward ? 80 : 1000,
			       .dst_port = backward ? 1000 : 80,
			       .flags = flags,
			       .n_payload = n_payload };
}

static struct make udp(int64_t time_ns, bool backward, uint32_t n_payload)
{
	struct make make = tcp(time_ns, backward, 0, n_payload);

	make.proto = IPPROTO_UDP;
	return make;
}

static void connection(void **state)
{
	static const struct {
		int64_t ms;
		bool backward;
		uint8_t flags;
		uint32_t n_payload;
	} packets[] = {
		{ 0, false, TCP_SYN, 0 },
		{ 10, true, TCP_SYN | TCP_ACK, 0 },
		{ 20, false, TCP_ACK, 0 },
		{ 21, false, TCP_PSH | TCP_ACK, 300 },
		{ 35, true, TCP_ACK, 1000 },
		{ 36, true, TCP_PSH | TCP_ACK, 500 },
		{ 50, false, TCP_FIN | TCP_ACK, 0 },
		{ 60, true, TCP_FIN | TCP_ACK, 0 },
		{ 70, false, TCP_ACK, 0 },
	};
	enum { N = sizeof(packets) / sizeof(packets[0]) };
	struct meter *meter = meter_start(100);
	const struct flow_record *row = results.rows;

	(void)state;
	for (int i = 0; i < N; i++) {
		struct make make = tcp(packets[i].ms * NS_PER_MS, packets[i].backward,
				       packets[i].flags, packets[i].n_payload);

		feed(meter, &make);
	}
	finish(&meter);
	assert_int_equal(results.n, 1);
	assert_int_equal(row->start_ns, 0);
	assert_int_equal(row->duration_ns, 70 * NS_PER_MS);
	assert_int_equal(be32_get(row->src.bytes), A);
	assert_int_equal(row->src_port, 1000);
	assert_int_equal(row->dst_port, 80);
	assert_int_equal(row->fwd_packets, 5);
	assert_int_equal(row->bwd_packets, 4);
	assert_int_equal(row->fwd_bytes, 5 * 40 + 300);
	assert_int_equal(row->bwd_bytes, 4 * 40 + 1500);
	assert_int_equal(row->fwd_payload, 300);
	assert_int_equal(row->bwd_payload, 1500);
	assert_int_equal(row->flags, TCP_SYN | TCP_ACK | TCP_PSH | TCP_FIN);
	assert_int_equal(row->state, CONN_SF);
	assert_string_equal(row->service, "http");
	assert_string_equal(row->label, "-");
	assert_int_equal(row->src_host, FLOW_NO_HOST);
	assert_int_equal(results.n_steps[0], N);
	for (int i = 0; i < N; i++) {
		assert_int_equal(results.steps[i].gap_ns,
				 i == 0 ? 0 : (packets[i].ms - packets[i - 1].ms) * NS_PER_MS);
		assert_int_equal(results.steps[i].direction, packets[i].backward);
		assert_int_equal(results.steps[i].flags, packets[i].flags);
		assert_int_equal(results.steps[i].payload_bytes, packets[i].n_payload);
	}
}

static void originators(void **state)
{
	static const struct {
		bool backward; /* of the first packet */
		uint8_t flags;
		uint32_t src; /* of the flow */
	} cases[] = {
		{ false, TCP_SYN, A },		 { true, TCP_SYN, B },
		{ true, TCP_SYN | TCP_ACK, A },	 { true, TCP_ACK, B },
		{ false, TCP_SYN | TCP_ACK, B }, { true, TCP_SYN | TCP_ECE | TCP_CWR, B },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct meter *meter = meter_start(0);
		struct make first = tcp(0, cases[i].backward, cases[i].flags, 0);
		struct make second = tcp(1, !cases[i].backward, TCP_ACK, 0);

		feed(meter, &first);
		feed(meter, &second);
		finish(&meter);
		assert_int_equal(results.n, 1);
		assert_int_equal(be32_get(results.rows[0].src.bytes), cases[i].src);
		assert_int_equal(results.rows[0].fwd_packets, 1);
		assert_int_equal(results.rows[0].bwd_packets, 1);
		assert_int_equal(results.rows[0].flags & TCP_SYN,
				 TCP_SYN * ((cases[i].flags & TCP_SYN) != 0));
		assert_int_equal(results.n_steps[0], 0);
	}
}

/* The number of flows that packets at these times make. */
static size_t n_flows(bool is_tcp, const int64_t *times_ns, size_t n)
{
	struct meter *meter = meter_start(0);

	for (size_t i = 0; i < n; i++) {
		struct make make =
			is_tcp ? tcp(times_ns[i], false, TCP_ACK, 1) : udp(times_ns[i], false, 1);

		feed(meter, &make);
	}
	finish(&meter);
	return results.n;
}

static void timeouts(void **state)
{
	const int64_t t0 = 1000 * NS_PER_S;

	(void)state;
	assert_int_equal(n_flows(false, (int64_t[]) { t0, t0 + 60 * NS_PER_S }, 2), 1);
	assert_int_equal(n_flows(false, (int64_t[]) { t0, t0 + 60 * NS_PER_S + 1 }, 2), 2);
	assert_int_equal(n_flows(true, (int64_t[]) { t0, t0 + 300 * NS_PER_S }, 2), 1);
	assert_int_equal(n_flows(true, (int64_t[]) { t0, t0 + 300 * NS_PER_S + 1 }, 2), 2);
	/* Back, too. */
	assert_int_equal(n_flows(false, (int64_t[]) { t0, t0 - 60 * NS_PER_S }, 2), 1);
	assert_int_equal(n_flows(false, (int64_t[]) { t0, t0 - 60 * NS_PER_S - 1 }, 2), 2);
	/* From packet to packet, not from the start. */
	assert_int_equal(n_flows(false, (int64_t[]) { 0, 50 * NS_PER_S, 100 * NS_PER_S }, 3), 1);
	/* The ends of time. */
	assert_int_equal(n_flows(false, (int64_t[]) { INT64_MIN, INT64_MAX, INT64_MIN, 0 }, 4), 4);
}

static void small_steps_back(void **state)
{
	struct meter *meter = meter_start(10);
	struct make packets[] = { udp(1000, false, 1), udp(400, true, 1), udp(700, false, 1) };

	(void)state;
	for (size_t i = 0; i < 3; i++)
		feed(meter, &packets[i]);
	assert_int_equal(meter_statistics(meter)->n_backward, 1);
	assert_int_equal(meter_statistics(meter)->first_ns, 400);
	assert_int_equal(meter_statistics(meter)->last_ns, 1000);
	finish(&meter);
	assert_int_equal(results.n, 1);
	assert_int_equal(results.rows[0].start_ns, 400);
	assert_int_equal(results.rows[0].duration_ns, 600);
	assert_int_equal(results.steps[1].gap_ns, -600);
	assert_int_equal(results.steps[2].gap_ns, 300);
}

/* One absurd time does not end the flows of others. */
static void stray_clock(void **state)
{
	struct meter *meter = meter_start(0);
	struct make first = udp(1000 * NS_PER_S, false, 1), second = udp(1001 * NS_PER_S, true, 1);
	struct make stray = { .src = 1, .dst = 2, .proto = IPPROTO_UDP };

	(void)state;
	feed(meter, &first);
	stray.time_ns = 0;
	feed(meter, &stray);
	feed(meter, &second);
	stray.time_ns = INT64_MAX;
	feed(meter, &stray);
	first.time_ns = 1002 * NS_PER_S;
	feed(meter, &first);
	finish(&meter);
	assert_int_equal(results.n, 3);
	assert_int_equal(results.rows[0].fwd_packets + results.rows[0].bwd_packets, 3);
}

static void new_syn_after_the_end(void **state)
{
	static const struct {
		uint8_t end;
		size_t n_flows;
	} cases[] = { { TCP_ACK, 1 }, { TCP_FIN | TCP_ACK, 2 }, { TCP_RST, 2 } };

	(void)state;
	for (size_t i = 0; i < 3; i++) {
		struct meter *meter = meter_start(0);
		struct make packets[] = { tcp(0, false, TCP_SYN, 0), tcp(1, true, cases[i].end, 0),
					  tcp(2, false, TCP_SYN, 0), tcp(3, false, TCP_ACK, 0) };

		for (size_t j = 0; j < 4; j++)
			feed(meter, &packets[j]);
		finish(&meter);
		assert_int_equal(results.n, cases[i].n_flows);
		assert_int_equal(results.rows[results.n - 1].fwd_packets, results.n == 1 ? 3 : 2);
	}
}

static void icmp_and_self(void **state)
{
	struct meter *meter = meter_start(10);

	(void)state;
	for (int i = 0; i < 3; i++) {
		feed(meter, &(struct make) { .src = A,
					     .dst = B,
					     .proto = IPPROTO_ICMP,
					     .src_port = 8,
					     .n_payload = 56 });
		feed(meter, &(struct make) { .src = B,
					     .dst = A,
					     .proto = IPPROTO_ICMP,
					     .src_port = 0,
					     .n_payload = 56 });
	}
	/* A host pings itself. */
	feed(meter, &(struct make) { .src = A, .dst = A, .proto = IPPROTO_ICMP, .src_port = 8 });
	feed(meter, &(struct make) { .src = A, .dst = A, .proto = IPPROTO_ICMP, .src_port = 0 });
	finish(&meter);
	assert_int_equal(results.n, 2);
	assert_int_equal(results.rows[0].src_port, 8);
	assert_int_equal(results.rows[0].dst_port, 0);
	assert_int_equal(results.rows[0].fwd_packets, 3);
	assert_int_equal(results.rows[0].bwd_packets, 3);
	assert_int_equal(results.rows[0].fwd_payload, 168);
	assert_int_equal(results.rows[0].state, CONN_SF);
	assert_string_equal(results.rows[0].service, "ping");
	assert_int_equal(results.rows[1].fwd_packets, 1);
	assert_int_equal(results.rows[1].bwd_packets, 1);
	assert_int_equal(results.steps[1].flags, 0);
	assert_int_equal(results.steps[0].flags, 8);
}

static void fragments(void **state)
{
	struct meter *meter = meter_start(10);
	struct make first = udp(0, false, 100), later = udp(1, false, 40), orphan;

	(void)state;
	first.fragment = 0x2000;
	first.id = later.id = 99;
	later.fragment = 13;
	orphan = later;
	feed(meter, &orphan); /* before its first: in no flow */
	feed(meter, &first);
	feed(meter, &later);
	orphan.id = 98;
	feed(meter, &orphan);
	later.time_ns = 61 * NS_PER_S; /* reassembly has given up */
	feed(meter, &later);
	assert_int_equal(meter_statistics(meter)->n_fragments, 1);
	assert_int_equal(meter_statistics(meter)->n_orphan_fragments, 3);
	finish(&meter);
	assert_int_equal(results.n, 1);
	assert_int_equal(results.rows[0].fwd_packets, 2);
	assert_int_equal(results.rows[0].fwd_bytes, 128 + 60);
	assert_int_equal(results.rows[0].fwd_payload, 140);
	assert_int_equal(results.n_steps[0], 2);
	assert_int_equal(results.steps[1].payload_bytes, 40);
}

/* A fragment of a flow that has ended does not come back to its memory. */
static void fragment_after_the_end(void **state)
{
	struct meter *meter = meter_start(0);
	struct make first = tcp(0, false, TCP_ACK, 100), later = first,
		    syn = tcp(2, false, TCP_SYN, 0);

	(void)state;
	first.fragment = 0x2000;
	first.flags = TCP_FIN;
	later.fragment = 13;
	feed(meter, &first);
	feed(meter, &syn); /* ends the first flow */
	later.time_ns = 3;
	feed(meter, &later);
	assert_int_equal(meter_statistics(meter)->n_orphan_fragments, 1);
	finish(&meter);
	assert_int_equal(results.n, 2);
	assert_int_equal(results.rows[1].fwd_packets, 1);
}

static void step_limit(void **state)
{
	struct meter *meter = meter_start(3000);

	(void)state;
	for (int i = 0; i < 3500; i++) {
		struct make make = udp(i, i % 3 == 0, (uint32_t)i % 100);

		feed(meter, &make);
	}
	finish(&meter);
	assert_int_equal(results.n_steps[0], 3000);
	for (uint32_t i = 0; i < 3000; i++)
		assert_int_equal(results.steps[i].payload_bytes, i % 100);
}

static void counters(void **state)
{
	struct meter *meter = meter_start(0);
	struct make make = udp(5, false, 1);
	struct made made;

	(void)state;
	feed(meter, &make);
	make_packet(&made, &make);
	made.bytes[12] = 8;
	made.bytes[13] = 6; /* ARP */
	assert_int_equal(meter_packet(meter, &made.packet, NULL), 0);
	made.packet.n_captured = 5;
	assert_int_equal(meter_packet(meter, &made.packet, NULL), 0);
	assert_int_equal(meter_statistics(meter)->n_packets, 3);
	assert_int_equal(meter_statistics(meter)->n_bytes, 3 * made.packet.n_original);
	assert_int_equal(meter_statistics(meter)->n_ip, 1);
	assert_int_equal(meter_statistics(meter)->n_not_ip, 1);
	assert_int_equal(meter_statistics(meter)->n_malformed, 1);
	assert_int_equal(meter_statistics(meter)->n_open_max, 1);
	finish(&meter);
}

static void error_of_on_flow(void **state)
{
	struct meter *meter = meter_start(5);
	struct make make = udp(0, false, 1);
	struct made made;

	(void)state;
	feed(meter, &make);
	results.fail = -ENOSPC;
	make.time_ns = 61 * NS_PER_S;
	assert_int_equal(meter_packet(meter, make_packet(&made, &make), NULL), -ENOSPC);
	meter_freep(&meter);
	assert_null(meter);
	/* Given up with flows open and waiting. */
	meter = meter_start(5);
	make.time_ns = 0;
	feed(meter, &make);
	make.src_port = 77;
	feed(meter, &make);
	meter_freep(&meter);
}

/* A flow as the definition has it, the slow way. */
struct slow_flow {
	int64_t last_ns;
	uint64_t n_packets, first_packet;
};

/*
 * Many flows of few hosts with a clock that mostly goes on, against the definition applied packet
 * by packet: same flows, same packets in each, in order of first packet.
 */
static void agrees_with_definition(void **state)
{
	static struct slow_flow slow[LIMIT_FLOWS], *open[6][40];
	struct meter *meter = meter_start(0);
	int64_t now = 1000 * NS_PER_S;
	size_t n_slow = 0;
	struct rng rng;

	(void)state;
	memset(open, 0, sizeof(open));
	rng_init(&rng, 9, 0, 0, RNG_TEST);
	for (uint64_t i = 0; i < 15000; i++) {
		uint32_t host = rng_below(&rng, 6), port = rng_below(&rng, 40);
		struct make make = { .src = host + 1,
				     .dst = 100,
				     .src_port = (uint16_t)(port + 1),
				     .dst_port = 53,
				     .proto = IPPROTO_UDP };
		struct slow_flow *flow;

		if (rng_below(&rng, 4) != 0) { /* some go on long, most are rare */
			host = 0;
			port = rng_below(&rng, 3);
			make.src = 1;
			make.src_port = (uint16_t)(1 + port);
		}
		now += rng_below(&rng, 2000) * NS_PER_MS;
		if (rng_below(&rng, 50) == 0)
			now -= rng_below(&rng, 30000) * NS_PER_MS;
		make.time_ns = now;
		feed(meter, &make);
		flow = open[host][port];
		if (flow == NULL || now - flow->last_ns > 60 * NS_PER_S ||
		    flow->last_ns - now > 60 * NS_PER_S) {
			assert_true(n_slow < LIMIT_FLOWS);
			flow = open[host][port] = &slow[n_slow++];
			memset(flow, 0, sizeof(*flow));
			flow->first_packet = i;
		}
		flow->last_ns = now;
		flow->n_packets++;
	}
	finish(&meter);
	assert_in_range(n_slow, 1000, LIMIT_FLOWS);
	assert_int_equal(results.n, n_slow);
	for (size_t i = 0; i < n_slow; i++)
		assert_int_equal(results.rows[i].fwd_packets, slow[i].n_packets);
}

/* What on_packet keeps of a flow. */
struct kept {
	uint32_t n_packets, n_backward;
	int64_t gaps_ns;
};

static void keep(void *context, void *state, const struct packet_view *view, bool backward,
		 int64_t gap_ns)
{
	struct kept *kept = state;

	assert_ptr_equal(context, &results);
	assert_int_equal(view->proto, IPPROTO_TCP);
	kept->n_packets++;
	kept->n_backward += backward;
	kept->gaps_ns += gap_ns;
}

static int on_kept_flow(void *context, const struct meter_flow *flow)
{
	const struct kept *kept = flow->state;

	assert_int_equal(kept->n_packets, flow->record->fwd_packets + flow->record->bwd_packets);
	assert_int_equal(kept->n_backward, flow->record->bwd_packets);
	assert_int_equal(kept->gaps_ns, flow->record->duration_ns);
	return on_flow(context, flow);
}

static void each_flow_has_a_state_of_its_own(void **state)
{
	struct meter_options options = { .on_flow = on_kept_flow,
					 .on_packet = keep,
					 .state_bytes = sizeof(struct kept),
					 .context = &results };
	struct meter *meter = NULL;

	(void)state;
	results.n = 0;
	results.fail = 0;
	assert_int_equal(meter_new(&options, &meter, NULL), 0);
	/* 50 at a time, so that states are used again. */
	for (int round = 0; round < 4; round++) {
		for (int i = 0; i < 200; i++) {
			struct make make = tcp(round * 1000 * NS_PER_S + i * NS_PER_MS, i >= 100,
					       i < 50 ? TCP_SYN : TCP_ACK, 0);

			*(make.src == A ? &make.src_port : &make.dst_port) += (uint16_t)(i % 50);
			feed(meter, &make);
		}
	}
	finish(&meter);
	assert_int_equal(results.n, 200);

	options.state_bytes = METER_LIMIT_STATE_BYTES + 1;
	assert_int_equal(meter_new(&options, &meter, NULL), -E2BIG);
	assert_null(meter);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(connection),
		cmocka_unit_test(originators),
		cmocka_unit_test(timeouts),
		cmocka_unit_test(small_steps_back),
		cmocka_unit_test(stray_clock),
		cmocka_unit_test(new_syn_after_the_end),
		cmocka_unit_test(icmp_and_self),
		cmocka_unit_test(fragments),
		cmocka_unit_test(fragment_after_the_end),
		cmocka_unit_test(step_limit),
		cmocka_unit_test(each_flow_has_a_state_of_its_own),
		cmocka_unit_test(counters),
		cmocka_unit_test(error_of_on_flow),
		cmocka_unit_test(agrees_with_definition),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
