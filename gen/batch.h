/* SPDX-License-Identifier: Apache-2.0 */
/* Frames on their way from a worker to the merge: a batch owns the bytes of its frames. */
#ifndef SOSIE_GEN_BATCH_H
#define SOSIE_GEN_BATCH_H

#include "gen/planner.h"
#include "packet/frame.h"

enum {
	BATCH_FRAMES = 128,
	BATCH_BYTES = 128 << 10, /* a batch is full when the largest frame may no longer fit */
};

/* A flow whose first frame is in the batch, for the ground truth. */
struct batch_flow {
	struct flow_record record;
	struct flow_start start;
};

struct batch {
	uint32_t n_frames, n_flows;
	uint32_t n_bytes;
	int64_t horizon_ns; /* the worker's later frames are not before this; INT64_MAX: there are
			       none */
	int error;	    /* -errno: the worker stopped here */
	struct packet_frame frames[BATCH_FRAMES];
	struct batch_flow flows[BATCH_FRAMES]; /* in the order of their first frames */
	uint8_t bytes[BATCH_BYTES];
};

#endif
