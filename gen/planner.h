/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The planner: schedule and flow model joined into a list of flows, window after window, in an
 * order that no thread count can change.
 *
 * It is the one sequential stage, because a flow's ports and addresses must be free: two flows of
 * one tuple closer together than the idle timeout would be one flow to any meter. It draws records
 * only (well below a microsecond each) and hands the expensive part, packets, to the workers.
 *
 * Some occurrences last: what began before the run has flows in it. So planning begins with the
 * windows before the run, as many as an occurrence may reach (an hour at most), and keeps of them
 * the flows that begin within the run.
 */
#ifndef SOSIE_GEN_PLANNER_H
#define SOSIE_GEN_PLANNER_H

#include <stdatomic.h>

#include "gen/model.h"

/* What had to give way before a flow could be played; bits. */
enum flow_correction {
	FLOW_OTHER_HOSTS =
		1, /* the tuple drawn first was taken: other hosts or ports of the same kind */
	FLOW_WAITED = 2,	/* begun later, when the tuple was free again */
	FLOW_MOVED_PACKETS = 4, /* counts that no path of its automaton has */
	FLOW_MOVED_PAYLOAD = 8, /* bytes that its packets cannot carry */
	FLOW_MOVED_DURATION = 16,
	FLOW_MOVED_LENGTHS = 32, /* payload lengths that its protocol cannot have */
	FLOW_N_CORRECTIONS = 6
};

struct planned_flow {
	struct flow_record record; /* complete but for bytes and flags */
	struct flow_start start;
	uint64_t flow_id;    /* 0, 1, 2 ... in order of planning */
	uint8_t corrections; /* enum flow_correction */
	int32_t i_automaton; /* into the model's bank */
};

struct planner_options {
	const struct model *model; /* bound to network */
	const struct network *network;
	uint64_t seed;
	int64_t from_ns, until_ns; /* flows begin in [from, until) */
	uint64_t limit_flows;	   /* 0: none */
	int64_t quantum_ns;
	const atomic_bool *interrupted; /* ends the plan early, also within a window; may be NULL */
};

struct planner_counters {
	uint64_t n_flows;   /* planned; threads plan ahead of what is written */
	uint64_t n_dropped; /* no free tuple within the hour */
};

struct planner;

int planner_new(const struct planner_options *options, struct planner **ret_planner,
		struct err *err);
void planner_freep(struct planner **planner);

/*
 * The flows of the next window: borrowed until the next call. *ret_horizon_ns: no later call gives
 * a flow that begins before it. Returns 1, 0 when there are no more windows (n may be above 0
 * then), or -errno.
 */
int planner_window(struct planner *planner, const struct planned_flow **ret_flows, size_t *ret_n,
		   int64_t *ret_horizon_ns, struct err *err);
const struct planner_counters *planner_statistics(const struct planner *planner);

#endif
