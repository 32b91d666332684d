/* SPDX-License-Identifier: Apache-2.0 */
#include "gen/planner.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/ns.h"
#include "flow/service.h"
#include "gen/tuples.h"
#include "packet/payload.h"

enum {
	PORT_TRIES = 32, /* ephemeral ports tried before other hosts are */
	HOST_TRIES = 8,	 /* hosts tried before the flow waits */
	LIMIT_WINDOW_FLOWS = 4000000,
};

#define LIMIT_WAIT_NS  NS_PER_H
#define LIMIT_REACH_NS NS_PER_H

struct planner {
	struct planner_options options;
	struct planner_counters counters;
	uint64_t window;
	void *memory; /* the flow model's */
	struct tuples tuples;
	struct flow_start *starts;
	size_t starts_capacity;
	struct planned_flow *flows;
	size_t n_flows, flows_capacity;
};

/* The first window of which flows may begin within the run. */
static uint64_t first_window(const struct planner_options *o)
{
	const struct flow_model_ops *ops = o->model->flow_ops;
	int64_t reach_ns = ops->reach_ns == NULL ? 0 : ops->reach_ns(o->model->flow, NULL, o->seed);

	if (reach_ns > LIMIT_REACH_NS)
		reach_ns = LIMIT_REACH_NS;
	return reach_ns >= o->from_ns ? 0
				      : (uint64_t)((o->from_ns - reach_ns) / SCHEDULE_WINDOW_NS);
}

int planner_new(const struct planner_options *options, struct planner **ret_planner,
		struct err *err)
{
	CLEANUP(planner_freep) struct planner *planner = calloc(1, sizeof(*planner));
	int r;

	if (planner == NULL)
		return err_no_memory(err);
	planner->options = *options;
	planner->window = first_window(options);
	planner->memory = calloc(1, options->model->flow_ops->memory_bytes + 1);
	if (planner->memory == NULL)
		return err_no_memory(err);
	r = tuples_init(&planner->tuples, err);
	if (r < 0)
		return r;
	*ret_planner = take(&planner);
	return 0;
}

void planner_freep(struct planner **planner)
{
	struct planner *p = *planner;

	*planner = NULL;
	if (p == NULL)
		return;
	tuples_done(&p->tuples);
	free(p->memory);
	free(p->starts);
	free(p->flows);
	free(p);
}

const struct planner_counters *planner_statistics(const struct planner *planner)
{
	return &planner->counters;
}

/* Tries ephemeral ports until the tuple is free. The tuple's other parts are settled. */
static int64_t choose_port(struct planner *planner, struct flow_record *record, struct rng *rng)
{
	size_t n_hosts;
	const struct host *host =
		&network_hosts(planner->options.network, &n_hosts)[record->src_host];
	const uint32_t low = host->stack.port_low != 0 ? host->stack.port_low : 32768;
	const uint32_t high = host->stack.port_high > low ? host->stack.port_high : 60999;
	int64_t free_at = INT64_MIN;

	for (int i = 0; i < PORT_TRIES; i++) {
		record->src_port = (uint16_t)(low + rng_below(rng, high - low + 1));
		/* It would be read as that service's. */
		if (payload_claims_port(record->proto, record->src_port))
			continue;
		free_at = tuples_free_at(&planner->tuples, record);
		if (free_at == INT64_MIN)
			break;
	}
	return free_at;
}

/* A single packet has no duration, and no gap may reach the idle timeout: known before the tuple is
 * taken for that long. */
static void bound_duration(struct flow_record *record, int64_t quantum_ns)
{
	const uint64_t n = record->fwd_packets + record->bwd_packets;
	const int64_t timeout = flow_timeout_ns(record->proto);

	if (n <= 1)
		record->duration_ns = 0;
	else if (n - 1 < (uint64_t)(INT64_MAX / timeout) &&
		 record->duration_ns > (int64_t)(n - 1) * timeout)
		record->duration_ns = (int64_t)(n - 1) * timeout;
	record->duration_ns = record->duration_ns / quantum_ns * quantum_ns;
}

/* An occurrence while it is planned. */
struct plan {
	const struct flow_start *start;
	struct flow_record records[FLOW_EXPAND_MAX];
	bool ephemeral[FLOW_EXPAND_MAX]; /* the client's port is ours to choose */
	struct rng rngs[FLOW_EXPAND_MAX];
	size_t n;
	uint8_t corrections;
};

/* Chooses ports where they are to be chosen. Are all tuples free? */
static bool all_free(struct planner *planner, struct plan *plan, struct flow_record *records)
{
	bool all = true;

	for (size_t i = 0; i < plan->n; i++) {
		const int64_t free_at = plan->ephemeral[i]
						? choose_port(planner, &records[i], &plan->rngs[i])
						: tuples_free_at(&planner->tuples, &records[i]);

		all &= free_at == INT64_MIN;
	}
	return all;
}

static size_t expand(struct planner *planner, const struct flow_start *start, uint32_t attempt,
		     struct flow_record *ret_records)
{
	const struct planner_options *o = &planner->options;

	return o->model->flow_ops->expand(o->model->flow, planner->memory, start, o->seed, attempt,
					  ret_records);
}

static void draw_first(struct planner *planner, struct plan *plan)
{
	const int64_t quantum_ns = planner->options.quantum_ns;

	plan->n = expand(planner, plan->start, 0, plan->records);
	for (size_t i = 0; i < plan->n; i++) {
		struct flow_record *record = &plan->records[i];
		struct flow_start part = *plan->start;

		part.part = (uint32_t)i;
		flow_rng_init(&plan->rngs[i], planner->options.seed, &part, RNG_PORTS);
		plan->ephemeral[i] =
			record->src_port == 0 && (record->proto == 6 || record->proto == 17);
		record->start_ns = record->start_ns / quantum_ns * quantum_ns;
		bound_duration(record, quantum_ns);
	}
}

/*
 * Draws the occurrence's records so that their tuples are free: those drawn first, with other
 * ephemeral ports; else other hosts of the same kinds, for all of them at once, since who is the
 * same host in several of them has to stay so. At last those drawn first, which wait.
 */
static void draw_records(struct planner *planner, struct plan *plan)
{
	struct flow_record tried[FLOW_EXPAND_MAX];

	draw_first(planner, plan);
	if (all_free(planner, plan, plan->records))
		return;
	for (uint32_t attempt = 1; attempt <= HOST_TRIES; attempt++) {
		if (expand(planner, plan->start, attempt, tried) != plan->n)
			continue;
		for (size_t i = 0; i < plan->n; i++) {
			tried[i].start_ns = plan->records[i].start_ns;
			tried[i].duration_ns = plan->records[i].duration_ns;
		}
		if (!all_free(planner, plan, tried))
			continue;
		memcpy(plan->records, tried, plan->n * sizeof(*tried));
		plan->corrections |= FLOW_OTHER_HOSTS;
		return;
	}
}

/* Until its tuple is free, also of the occurrence's flows before it. False: that is too long. */
static bool wait_for_tuple(struct planner *planner, struct plan *plan, size_t i, bool first,
			   uint8_t *ret_corrections)
{
	const int64_t quantum_ns = planner->options.quantum_ns;
	struct flow_record *record = &plan->records[i];
	int64_t free_at = tuples_free_at(&planner->tuples, record);

	if (free_at != INT64_MIN && !first && plan->ephemeral[i])
		free_at = choose_port(planner, record, &plan->rngs[i]);
	if (free_at == INT64_MIN)
		return true;
	if (free_at - record->start_ns > LIMIT_WAIT_NS)
		return false;
	record->start_ns = (free_at + quantum_ns - 1) / quantum_ns * quantum_ns;
	*ret_corrections |= FLOW_WAITED;
	return true;
}

static int append(struct planner *planner, const struct flow_start *start,
		  const struct flow_record *record, uint8_t corrections, struct err *err)
{
	struct planned_flow *flow;
	int r = mem_grow(&planner->flows, &planner->flows_capacity, planner->n_flows + 1,
			 sizeof(*planner->flows), LIMIT_WINDOW_FLOWS);

	if (r < 0)
		return err_set(err, r, "%zu flows in one second do not fit in memory",
			       planner->n_flows);
	r = tuples_take(&planner->tuples, record, err);
	if (r < 0)
		return r;
	flow = &planner->flows[planner->n_flows++];
	flow->record = *record;
	flow->start = *start;
	flow->corrections = corrections;
	flow->flow_id = planner->counters.n_flows++;
	flow->i_automaton = automaton_bank_find(&planner->options.model->bank, record->service,
						record->proto, record->state, NULL);
	if (flow->i_automaton < 0)
		return err_set(err, -ENOENT,
			       "the model has no automaton for a flow of service '%s', protocol "
			       "%u, state %s",
			       record->service, record->proto, conn_state_name(record->state));
	/* The ports are chosen by now; what a table says of them is what a meter will say. */
	snprintf(flow->record.service, sizeof(flow->record.service), "%s",
		 service_name(record->proto, record->src_port, record->dst_port));
	return 0;
}

static int plan_occurrence(struct planner *planner, const struct flow_start *start, struct err *err)
{
	const struct planner_options *o = &planner->options;
	struct plan plan;

	plan.start = start;
	plan.corrections = 0;
	draw_records(planner, &plan);
	for (size_t i = 0; i < plan.n; i++) {
		struct flow_start part = *start;
		uint8_t corrections = plan.corrections;
		int r;

		part.part = (uint32_t)i;
		if (o->limit_flows != 0 && planner->counters.n_flows == o->limit_flows)
			return 0;
		if (plan.records[i].start_ns < o->from_ns ||
		    plan.records[i].start_ns >= o->until_ns)
			continue;
		if (!wait_for_tuple(planner, &plan, i, i == 0, &corrections)) {
			planner->counters.n_dropped++;
			continue;
		}
		if (plan.records[i].start_ns >= o->until_ns)
			continue;
		r = append(planner, &part, &plan.records[i], corrections, err);
		if (r < 0)
			return r;
	}
	return 0;
}

/* May an occurrence have flows that begin within the run? */
static bool is_within(const struct planner_options *o, const struct flow_start *start)
{
	const struct flow_model_ops *ops = o->model->flow_ops;

	if (start->start_ns >= o->from_ns)
		return start->start_ns < o->until_ns;
	return ops->reach_ns != NULL &&
	       ops->reach_ns(o->model->flow, start, o->seed) >= o->from_ns - start->start_ns;
}

static bool is_interrupted(const struct planner *planner)
{
	const atomic_bool *flag = planner->options.interrupted;

	return flag != NULL && atomic_load_explicit(flag, memory_order_relaxed);
}

int planner_window(struct planner *planner, const struct planned_flow **ret_flows, size_t *ret_n,
		   int64_t *ret_horizon_ns, struct err *err)
{
	const struct planner_options *o = &planner->options;
	const int64_t window_ns = (int64_t)planner->window * SCHEDULE_WINDOW_NS;
	size_t n_starts;
	int r;

	planner->n_flows = 0;
	planner->tuples.now_ns = window_ns;
	r = schedule_window(&o->model->schedule, o->seed, planner->window, o->quantum_ns,
			    &planner->starts, &planner->starts_capacity, &n_starts, err);
	for (size_t i = 0; i < n_starts && r == 0 && !is_interrupted(planner); i++)
		if (is_within(o, &planner->starts[i]))
			r = plan_occurrence(planner, &planner->starts[i], err);
	if (r < 0)
		return r;
	planner->window++;
	*ret_flows = planner->flows;
	*ret_n = planner->n_flows;
	*ret_horizon_ns = window_ns + SCHEDULE_WINDOW_NS;
	return *ret_horizon_ns < o->until_ns && !is_interrupted(planner) &&
	       (o->limit_flows == 0 || planner->counters.n_flows < o->limit_flows);
}
