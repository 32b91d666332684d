/* SPDX-License-Identifier: Apache-2.0 */
/* One frame on its way to a sink, and the batches frames travel in. */
#ifndef SOSIE_PACKET_FRAME_H
#define SOSIE_PACKET_FRAME_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct packet_frame {
	int64_t time_ns;
	uint64_t flow_id;  /* order of frames: (time_ns, flow_id, i_packet) */
	uint32_t i_packet; /* within the flow */
	uint32_t n_bytes;
	const uint8_t *bytes; /* from the Ethernet header on, without FCS; borrowed */
	/* What the ground truth needs, from the builder, so that nobody parses what we just built:
	 */
	uint32_t ip_bytes; /* IP packet length */
	uint32_t payload_bytes;
	uint8_t direction;
	uint8_t tcp_flags;
	uint8_t corrections; /* of its flow, gen/planner.h; 0 elsewhere */
	bool last;	     /* of its flow */
};

#endif
