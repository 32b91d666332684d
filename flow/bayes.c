/* SPDX-License-Identifier: Apache-2.0 */
/* The families `independent` and `sequence`, and drawing from either. */
#include "flow/bayes.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "flow/bayes_draw.h"
#include "flow/bayes_kind.h"
#include "flow/registry.h"

#define LAGGED(lag)                                                                                \
	"kind" lag, "src_host" lag, "dst_host" lag, "src_port" lag, "dst_port" lag, "state" lag,   \
		"fwd_packets" lag, "bwd_packets" lag, "fwd_payload" lag, "bwd_payload" lag,        \
		"duration" lag, "label" lag

static const char *const names[FLOW_VARIABLES] = { LAGGED(""),	 LAGGED("@1"), LAGGED("@2"),
						   LAGGED("@3"), LAGGED("@4"), LAGGED("@5"),
						   LAGGED("@6"), LAGGED("@7") };

const char *const *flow_variable_names(void)
{
	return names;
}

uint32_t bayes_flows_n_codes(const struct bayes_flows *flows, int column)
{
	switch (column) {
	case FLOW_KIND:
		return flows->n_kinds;
	case FLOW_SRC_HOST:
	case FLOW_DST_HOST:
		return (uint32_t)flows->hosts->n_hosts;
	case FLOW_STATE:
		return CONN_N_STATES;
	case FLOW_LABEL:
		return flows->n_labels;
	default:
		return column_n_codes(&flows->columns[column]);
	}
}

void bayes_flows_done(struct bayes_flows *flows)
{
	bayes_net_done(&flows->net);
	for (int c = 0; c < FLOW_N_COLUMNS; c++)
		column_done(&flows->columns[c]);
	free(flows->kinds);
	free(flows->labels);
	memset(flows, 0, sizeof(*flows));
}

int bayes_flows_bind(struct bayes_flows *flows, const struct network *network, struct err *err)
{
	CLEANUP(freep) bool *allowed = mem_array(flows->n_kinds, sizeof(*allowed));
	int r;

	if (allowed == NULL)
		return err_no_memory(err);
	for (uint32_t k = 0; k < flows->n_kinds; k++)
		allowed[k] = flow_kind_allowed(&flows->kinds[k], network);
	r = bayes_node_mask(&flows->net.nodes[FLOW_KIND], allowed);
	if (r == -ENOENT)
		return err_set(err, r,
			       "the network plan allows none of the traffic the model knows");
	if (r < 0)
		return err_no_memory(err);
	flows->network = network;
	return 0;
}

/*
 * Puts the codes of earlier flows behind codes. A repeated occurrence (attempt > 0) is not earlier
 * than itself.
 */
static void recall(const struct bayes_flows *flows, struct bayes_memory *m,
		   const struct flow_start *start, uint16_t *codes)
{
	bool again = m->n > 0 && m->window == start->window && m->occurrence == start->occurrence;

	if (!again) {
		memmove(m->codes[1], m->codes[0], sizeof(m->codes) - sizeof(m->codes[0]));
		m->n += m->n <= BAYES_LAGS;
		m->window = start->window;
		m->occurrence = start->occurrence;
	}
	for (uint32_t lag = 1; lag <= flows->n_lags; lag++)
		if (lag < m->n)
			memcpy(codes + flow_variable(0, lag), m->codes[lag], sizeof(m->codes[lag]));
}

size_t bayes_flows_expand(const struct bayes_flows *flows, struct bayes_memory *memory,
			  const struct flow_start *start, uint64_t seed, uint32_t attempt,
			  struct flow_record *ret_record)
{
	uint16_t codes[FLOW_VARIABLES];
	struct rng flow, tuple;
	bool found;

	memset(codes, 0xff, sizeof(codes)); /* BAYES_NO_CODE */
	memset(ret_record, 0, sizeof(*ret_record));
	rng_init(&flow, seed, start->window, start->occurrence, RNG_FLOW);
	rng_init(&tuple, seed, start->window, start->occurrence, RNG_TUPLE);
	if (memory != NULL)
		recall(flows, memory, start, codes);
	bayes_flows_draw_kind(flows, codes, &flow);
	found = flow_set_tuple(flows, codes, &tuple, ret_record);
	bayes_flows_draw_rest(flows, codes, &flow);
	/* Other hosts and ports for the same flow: the following draws of the stream. */
	for (uint32_t i = 0; i < attempt; i++)
		found = flow_set_tuple(flows, codes, &tuple, ret_record);
	if (memory != NULL)
		memcpy(memory->codes[0], codes, sizeof(memory->codes[0]));
	if (!found)
		return 0;
	flow_set_rest(flows, codes, &flow, ret_record);
	flow_set_service(flows, codes, ret_record);
	ret_record->start_ns = start->start_ns;
	return 1;
}

static int independent_fit(void *state, const struct flow_fit *fit, struct err *err)
{
	return bayes_flows_fit(state, 0, fit, err);
}

static int sequence_fit(void *state, const struct flow_fit *fit, struct err *err)
{
	return bayes_flows_fit(state, BAYES_LAGS, fit, err);
}

static int independent_load(void *state, const struct conf *conf, const struct host_set *hosts,
			    struct err *err)
{
	return bayes_flows_load(state, 0, conf, hosts, err);
}

static int sequence_load(void *state, const struct conf *conf, const struct host_set *hosts,
			 struct err *err)
{
	return bayes_flows_load(state, BAYES_LAGS, conf, hosts, err);
}

static int save(const void *state, FILE *out)
{
	return bayes_flows_save(state, out);
}

static int bind_network(void *state, const struct network *network, struct err *err)
{
	return bayes_flows_bind(state, network, err);
}

static size_t expand(const void *state, void *memory, const struct flow_start *start, uint64_t seed,
		     uint32_t attempt, struct flow_record *ret_records)
{
	const struct bayes_flows *flows = state;

	return bayes_flows_expand(flows, flows->n_lags > 0 ? memory : NULL, start, seed, attempt,
				  ret_records);
}

static int explain(const void *state, const struct host_set *hosts, FILE *out,
		   enum flow_explain how)
{
	return bayes_flows_explain(state, hosts, out, how == FLOW_EXPLAIN_JSON);
}

static void close_state(void *state)
{
	bayes_flows_done(state);
}

const struct flow_model_ops flow_model_independent = {
	.name = "independent",
	.summary = "a Bayesian network over one flow; flows do not know of each other",
	.state_bytes = sizeof(struct bayes_flows),
	.fit = independent_fit,
	.load = independent_load,
	.save = save,
	.bind = bind_network,
	.expand = expand,
	.explain = explain,
	.close = close_state,
};

const struct flow_model_ops flow_model_sequence = {
	.name = "sequence",
	.summary = "a Bayesian network over one flow and the five before it",
	.state_bytes = sizeof(struct bayes_flows),
	.memory_bytes = sizeof(struct bayes_memory),
	.fit = sequence_fit,
	.load = sequence_load,
	.save = save,
	.bind = bind_network,
	.expand = expand,
	.explain = explain,
	.close = close_state,
};
