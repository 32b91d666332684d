/* SPDX-License-Identifier: Apache-2.0 */
/* The last station: frames in their final order go to the sink and into the ground truth, until the
 * run's end in time or packets. */
#ifndef SOSIE_GEN_EMIT_H
#define SOSIE_GEN_EMIT_H

#include "gen/truth.h"
#include "replay/sink.h"

struct emit_options {
	const struct sink_ops *sink;
	void *sink_state;
	struct truth *truth;   /* NULL: no labels wanted */
	int64_t until_ns;      /* frames at or after it are not written */
	uint64_t limit_frames; /* 0: none */
	void (*progress)(void *context, int64_t time_ns, uint64_t n_frames,
			 uint64_t n_bytes); /* NULL: nobody looks */
	void *context;
};

struct emit {
	struct emit_options options;
	uint64_t n_frames, n_bytes, n_flows;
	uint64_t n_corrected[FLOW_N_CORRECTIONS]; /* flows, by bit of enum flow_correction */
	int64_t first_ns, last_ns;
};

/* Returns 1 when the run is complete, 0 to go on, -errno. flows: those whose first frame is among
 * the frames, in order. */
int emit_frames(struct emit *emit, const struct packet_frame *frames, size_t n_frames,
		const struct batch_flow *flows, struct err *err);

#endif
