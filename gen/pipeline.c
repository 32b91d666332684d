/* SPDX-License-Identifier: Apache-2.0 */
#include "gen/pipeline.h"

#include <stdlib.h>

#include "base/mem.h"

struct worker_options pipeline_worker_options(const struct pipeline_options *options)
{
	return (struct worker_options) {
		.bank = &options->planner.model->bank,
		.network = options->planner.network,
		.build = &options->build,
		.seed = options->planner.seed,
		.quantum_ns = options->planner.quantum_ns,
		.with_flows = options->emit.truth != NULL,
	};
}

void pipeline_add_counters(struct worker_counters *sum, const struct worker_counters *one)
{
	sum->n_open += one->n_open;
	sum->n_open_max += one->n_open_max;
}

/* All frames before the horizon. Returns 1: the run is complete. */
static int play_until(struct worker *worker, int64_t horizon_ns, struct batch *batch,
		      struct emit *emit, const atomic_bool *interrupted, struct err *err)
{
	int more;

	do {
		int r;

		more = worker_fill(worker, horizon_ns, batch, err);
		if (more < 0)
			return more;
		r = emit_frames(emit, batch->frames, batch->n_frames, batch->flows, err);
		if (r != 0)
			return r;
		if (atomic_load_explicit(interrupted, memory_order_relaxed))
			return 1;
	} while (more > 0);
	return 0;
}

static int run_windows(const struct pipeline_options *options, struct planner *planner,
		       struct worker *worker, struct batch *batch, struct emit *emit,
		       struct err *err)
{
	int more = 1, r;

	while (more > 0) {
		const struct planned_flow *flows;
		int64_t horizon_ns;
		size_t n;

		more = planner_window(planner, &flows, &n, &horizon_ns, err);
		if (more < 0)
			return more;
		r = worker_add(worker, flows, n, err);
		if (r == 0)
			r = play_until(worker, horizon_ns, batch, emit, options->interrupted, err);
		if (r != 0)
			return r;
	}
	return play_until(worker, INT64_MAX, batch, emit, options->interrupted, err);
}

int pipeline_run_alone(const struct pipeline_options *options, struct pipeline_result *ret_result,
		       struct err *err)
{
	const struct worker_options worker_options = pipeline_worker_options(options);
	CLEANUP(planner_freep) struct planner *planner = NULL;
	CLEANUP(worker_freep) struct worker *worker = NULL;
	CLEANUP(freep) struct batch *batch = malloc(sizeof(*batch));
	int r;

	if (batch == NULL)
		return err_no_memory(err);
	ret_result->emitted.options = options->emit;
	r = planner_new(&options->planner, &planner, err);
	if (r == 0)
		r = worker_new(&worker_options, &worker, err);
	if (r == 0)
		r = run_windows(options, planner, worker, batch, &ret_result->emitted, err);
	if (r < 0)
		return r;
	ret_result->planner = *planner_statistics(planner);
	ret_result->workers = *worker_statistics(worker);
	return 0;
}

int pipeline_run(const struct pipeline_options *options, struct pipeline_result *ret_result,
		 struct err *err)
{
	int r;

	*ret_result = (struct pipeline_result) { 0 };
	r = options->n_threads <= 1 ? pipeline_run_alone(options, ret_result, err)
				    : pipeline_run_crew(options, ret_result, err);
	ret_result->interrupted = atomic_load(options->interrupted);
	return r;
}
