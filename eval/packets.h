/* SPDX-License-Identifier: Apache-2.0 */
/* A capture as its flow table and as histograms of its packets, and how far two are apart. */
#ifndef SOSIE_EVAL_PACKETS_H
#define SOSIE_EVAL_PACKETS_H

#include "eval/capture_walk.h"
#include "eval/count.h"
#include "flow/table.h"

enum eval_packet_metric {
	EVAL_PACKET_SIZE, /* IP packet length */
	EVAL_PACKET_GAP,  /* to the flow's packet before, in us by quarter octaves; by direction */
	EVAL_PACKET_TTL,  /* also the hop limit */
	EVAL_PACKET_WINDOW,   /* TCP, as on the wire */
	EVAL_PACKET_OPTIONS,  /* TCP: the kinds of options in their order */
	EVAL_PACKET_TRIGRAMS, /* TCP: flags and directions of three packets in a row, by service */
	EVAL_PACKET_PAYLOAD,  /* the first bytes of payload, each by service and place */
	EVAL_PACKET_FLOW,     /* packets per flow, by quarter octaves */
	EVAL_N_PACKET
};

/* Keys of EVAL_PACKET_GAP are direction << this | quarter octave of us. */
enum { EVAL_PACKET_GAP_SHIFT = 32 };

/* A flow's first packets, for classifiers: 82 bytes a flow. */
enum { EVAL_HEAD_PACKETS = 10 };
struct eval_head {
	uint16_t ip_bytes; /* at most 65535 */
	uint16_t window;   /* TCP, as on the wire */
	uint8_t gap;	   /* since the packet before, us by quarter octaves */
	uint8_t flags;	   /* TCP */
	uint8_t direction; /* STEP_FORWARD, STEP_BACKWARD */
};
struct eval_heads {
	struct eval_head packets[EVAL_HEAD_PACKETS];
	uint16_t n;
};

struct eval_packets {
	struct eval_counts counts[EVAL_N_PACKET];
	struct eval_heads *heads; /* one for each row of the table */
	size_t n_heads, heads_capacity;
};
void eval_packets_done(struct eval_packets *packets);

/* Add one IP packet; one flow. Return 0, -ENOMEM or -E2BIG. */
int eval_packets_count(struct eval_packets *packets, const struct packet_view *view);
int eval_packets_count_flow(struct eval_packets *packets, const struct meter_flow *flow);

/* Into an empty table, sorted by start; and empty packets. */
int eval_capture_read(const char *path, const struct eval_watch *watch, struct flow_table *table,
		      struct eval_packets *packets, struct err *err);

/* Jensen-Shannon divergence in bits. Returns 1; 0 when a side has nothing of the kind. */
int eval_packets_jsd(const struct eval_packets *real, const struct eval_packets *synth,
		     enum eval_packet_metric metric, double *ret_jsd, struct err *err);

#endif
