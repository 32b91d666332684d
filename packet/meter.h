/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The meter: packets in, bidirectional flows out, streaming, with memory by the flows that are
 * open. Also yields each flow's steps, which automata learn from.
 */
#ifndef SOSIE_PACKET_METER_H
#define SOSIE_PACKET_METER_H

#include "automata/step.h"
#include "flow/record.h"
#include "packet/decode.h"

struct meter_flow {
	const struct flow_record *record;
	const void *state;		    /* what on_packet made; NULL without state_bytes */
	const struct automaton_step *steps; /* NULL unless asked for */
	uint32_t n_steps; /* below packets when the flow was longer than limit_steps */
};

enum { METER_LIMIT_STATE_BYTES = 4096 };

struct meter_options {
	uint32_t limit_steps; /* steps kept per flow; 0: none */
	bool content;	      /* name services by content (libndpi); needs a build with it */
	/*
	 * Called for every packet that is put to a flow, for what the steps do not hold. state:
	 * the flow's own state_bytes, zeroed when the flow begins, aligned for anything. gap_ns:
	 * since the flow's packet before, as in steps. NULL: not wanted.
	 */
	void (*on_packet)(void *context, void *state, const struct packet_view *view, bool backward,
			  int64_t gap_ns);
	size_t state_bytes; /* at most METER_LIMIT_STATE_BYTES; 0: none, state is NULL */
	/*
	 * Called for every flow in order of its first packet, which is that of start unless the
	 * clock went back. Borrowed for the call. Not 0: the meter stops and returns it.
	 */
	int (*on_flow)(void *context, const struct meter_flow *flow);
	void *context;
};

struct meter_stats {
	uint64_t n_packets, n_bytes; /* captured packets, their original bytes */
	uint64_t n_ip, n_not_ip, n_malformed;
	uint64_t n_fragments;	     /* later fragments, put to the flow of their first */
	uint64_t n_orphan_fragments; /* whose first was not seen: in no flow */
	uint64_t n_backward;	     /* packets earlier than the one before */
	uint64_t n_flows;
	uint64_t n_open, n_open_max;
	uint64_t n_late_rows; /* rows that left out of start order because too many were waiting */
	int64_t first_ns, last_ns; /* earliest and latest packet */
};

struct meter;

int meter_new(const struct meter_options *options, struct meter **ret_meter, struct err *err);
void meter_freep(struct meter **meter);
/* Budget: 200 ns; see tests/bench/bench_meter.c. */
int meter_packet(struct meter *meter, const struct capture_packet *packet, struct err *err);
/* The same for a packet that is decoded already. */
int meter_view(struct meter *meter, const struct capture_packet *packet, enum decode_result result,
	       const struct packet_view *view, struct err *err);
int meter_flush(struct meter *meter, struct err *err); /* the end: all open flows leave */
const struct meter_stats *meter_statistics(const struct meter *meter);

#endif
