/* SPDX-License-Identifier: Apache-2.0 */
/* A run of the generator: planner, workers, merge, emit, put together in one thread or in many with
 * the same result. */
#ifndef SOSIE_GEN_PIPELINE_H
#define SOSIE_GEN_PIPELINE_H

#include <stdatomic.h>

#include "gen/emit.h"
#include "gen/planner.h"
#include "gen/worker.h"

struct pipeline_options {
	struct planner_options planner;
	struct build_options build;
	struct emit_options emit;
	uint32_t n_threads;		/* workers; 1: no threads at all */
	const atomic_bool *interrupted; /* set from a signal handler: the run ends early, what was
					   written stays */
};

struct pipeline_result {
	struct planner_counters planner;
	struct worker_counters workers; /* summed */
	struct emit emitted;
	bool interrupted;
};

enum { PIPELINE_LIMIT_THREADS = 256 };

int pipeline_run(const struct pipeline_options *options, struct pipeline_result *ret_result,
		 struct err *err);

/* One thread does everything; used by pipeline_run. */
int pipeline_run_alone(const struct pipeline_options *options, struct pipeline_result *ret_result,
		       struct err *err);
/* A planner thread, n workers, and the caller merges; used by pipeline_run. */
int pipeline_run_crew(const struct pipeline_options *options, struct pipeline_result *ret_result,
		      struct err *err);

/* Adds one worker's counters to a sum. */
void pipeline_add_counters(struct worker_counters *sum, const struct worker_counters *one);
struct worker_options pipeline_worker_options(const struct pipeline_options *options);

#endif
