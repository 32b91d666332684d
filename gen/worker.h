/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A worker turns planned flows into frames in order of time. A flow waits as a record until it
 * begins; then its steps are drawn, and it stays in a heap by the instant of its next frame, which
 * is built when due. Memory is by flows open at once. A worker owns all it touches; its frames
 * depend on the flows alone, not on who else works.
 */
#ifndef SOSIE_GEN_WORKER_H
#define SOSIE_GEN_WORKER_H

#include "gen/batch.h"
#include "packet/build.h"

struct worker_counters {
	uint64_t n_open, n_open_max; /* flows begun and not ended */
};

struct worker_options {
	const struct automaton_bank *bank;
	const struct network *network;
	const struct build_options *build;
	uint64_t seed;
	int64_t quantum_ns;
	bool with_flows; /* fill batch->flows */
};

struct worker;

int worker_new(const struct worker_options *options, struct worker **ret_worker, struct err *err);
void worker_freep(struct worker **worker);

/* Takes flows over (copies); none begins before a horizon already played. */
int worker_add(struct worker *worker, const struct planned_flow *flows, size_t n_flows,
	       struct err *err);

/*
 * Fills batch with the next frames before horizon_ns. Returns 1: the batch is full, there is more;
 * 0: nothing is left before the horizon, batch->horizon_ns is set to it (or to INT64_MAX when
 * nothing is left at all and horizon_ns was INT64_MAX); -errno.
 */
int worker_fill(struct worker *worker, int64_t horizon_ns, struct batch *batch, struct err *err);
const struct worker_counters *worker_statistics(const struct worker *worker);

#endif
