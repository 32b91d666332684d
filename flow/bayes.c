/* SPDX-License-Identifier: Apache-2.0 */
/* The families `independent` and `sequence`, and drawing from either. */
#include "flow/bayes.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "flow/bayes_kind.h"
#include "flow/registry.h"
#include "flow/service.h"

enum { MAP_TRIES = 64, PORT_TRIES = 16 };

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

void bayes_flows_draw_kind(const struct bayes_flows *flows, uint16_t *codes, struct rng *flow)
{
	codes[FLOW_KIND] = bayes_node_draw(&flows->net.nodes[FLOW_KIND], codes, flow);
}

/* The second end is anybody but the first; pooled hosts may meet, being many. */
static uint16_t draw_end(const struct bayes_flows *flows, int column, const uint16_t *codes,
			 uint16_t first, struct rng *tuple)
{
	const struct bayes_node *node = &flows->net.nodes[column];
	uint32_t level;
	struct bayes_row row = bayes_node_row(node, codes, &level);
	uint16_t code;

	if (first == BAYES_NO_CODE || flows->hosts->hosts[first].span > 1)
		return bayes_row_draw(&row, tuple);
	code = bayes_row_draw_except(&row, first, tuple);
	/* Only what was backed off to can be the first alone: then whoever the kind knows. */
	if (code == BAYES_NO_CODE) {
		row = bayes_level_row(&node->levels[1], codes[FLOW_KIND]);
		code = bayes_row_draw_except(&row, first, tuple);
	}
	return code == BAYES_NO_CODE ? row.codes[0] : code;
}

void bayes_flows_draw_tuple(const struct bayes_flows *flows, uint16_t *codes, struct rng *tuple)
{
	uint16_t first = BAYES_NO_CODE;

	for (int k = 0; k < FLOW_N_COLUMNS; k++) {
		int c = (int)flows->net.order[k];

		if (c == FLOW_SRC_HOST || c == FLOW_DST_HOST)
			first = codes[c] = draw_end(flows, c, codes, first, tuple);
		else if (flow_column_is_tuple(c))
			codes[c] = bayes_node_draw(&flows->net.nodes[c], codes, tuple);
	}
}

void bayes_flows_draw_rest(const struct bayes_flows *flows, uint16_t *codes, struct rng *flow)
{
	for (int k = 0; k < FLOW_N_COLUMNS; k++) {
		int c = (int)flows->net.order[k];

		if (c > FLOW_DST_PORT)
			codes[c] = bayes_node_draw(&flows->net.nodes[c], codes, flow);
	}
}

/*
 * Network hosts of a flow's ends. Groups first: who may speak to one depends on its being a group.
 * With a plan the second end is drawn among the machines that are not the first; a first that
 * leaves nobody is drawn again.
 */
static bool map_ends(const struct bayes_flows *flows, const struct flow_kind *kind,
		     const uint16_t *codes, struct rng *tuple, struct flow_record *r,
		     uint16_t *ret_port)
{
	const struct network *n = flows->network;
	bool dst_first = kind->dst == HOST_GROUP;

	for (int i = 0; i < MAP_TRIES; i++) {
		uint16_t first, second, port = 0;

		first = network_map(n, codes[dst_first ? FLOW_DST_HOST : FLOW_SRC_HOST],
				    kind->service, kind->proto, dst_first == kind->reversed,
				    FLOW_NO_HOST, tuple, &port);
		if (first == FLOW_NO_HOST)
			return false;
		second = network_map(n, codes[dst_first ? FLOW_SRC_HOST : FLOW_DST_HOST],
				     kind->service, kind->proto, dst_first != kind->reversed, first,
				     tuple, &port);
		if (second == FLOW_NO_HOST)
			continue;
		r->src_host = dst_first ? second : first;
		r->dst_host = dst_first ? first : second;
		*ret_port = port;
		return true;
	}
	return false;
}

static void set_addresses(const struct bayes_flows *flows, struct rng *tuple, struct flow_record *r)
{
	r->src = network_address(flows->network, r->src_host, tuple);
	r->dst = network_address(flows->network, r->dst_host, tuple);
	for (int i = 0; i < MAP_TRIES && ip_equal(&r->src, &r->dst); i++)
		r->dst = network_address(flows->network, r->dst_host, tuple);
}

static void set_ports(const struct bayes_flows *flows, const struct flow_kind *kind,
		      const uint16_t *codes, uint16_t plan_port, struct rng *tuple,
		      struct flow_record *r)
{
	const struct column *dst = &flows->columns[FLOW_DST_PORT];

	if (flow_proto_is_icmp(kind->proto)) {
		r->src_port = (uint16_t)(kind->port >> 8);
		r->dst_port = kind->port & 0xff;
		return;
	}
	r->src_port = (uint16_t)column_decode(&flows->columns[FLOW_SRC_PORT], codes[FLOW_SRC_PORT],
					      tuple);
	r->dst_port = (uint16_t)kind->port;
	/* A bin may hold a port whose service is not this flow's. */
	for (int i = 0; kind->port < 0 && i < PORT_TRIES; i++) {
		r->dst_port = (uint16_t)column_decode(dst, codes[FLOW_DST_PORT], tuple);
		if (kind->by_port || codes[FLOW_DST_PORT] < dst->n_atoms ||
		    strcmp(service_name(kind->proto, 0, r->dst_port), "-") == 0)
			break;
	}
	if (plan_port == 0)
		return;
	if (kind->reversed)
		r->src_port = plan_port;
	else
		r->dst_port = plan_port;
}

static bool set_tuple(const struct bayes_flows *flows, uint16_t *codes, struct rng *tuple,
		      struct flow_record *r)
{
	const struct flow_kind *kind = &flows->kinds[codes[FLOW_KIND]];
	uint16_t port;

	bayes_flows_draw_tuple(flows, codes, tuple);
	if (!map_ends(flows, kind, codes, tuple, r, &port))
		return false;
	set_addresses(flows, tuple, r);
	set_ports(flows, kind, codes, port, tuple, r);
	return true;
}

static void set_rest(const struct bayes_flows *flows, const uint16_t *codes, struct rng *flow,
		     struct flow_record *r)
{
	const struct column *c = flows->columns;

	r->state = (uint8_t)codes[FLOW_STATE];
	r->fwd_packets =
		(uint64_t)column_decode(&c[FLOW_FWD_PACKETS], codes[FLOW_FWD_PACKETS], flow);
	r->bwd_packets =
		(uint64_t)column_decode(&c[FLOW_BWD_PACKETS], codes[FLOW_BWD_PACKETS], flow);
	r->fwd_payload =
		(uint64_t)column_decode(&c[FLOW_FWD_PAYLOAD], codes[FLOW_FWD_PAYLOAD], flow);
	r->bwd_payload =
		(uint64_t)column_decode(&c[FLOW_BWD_PAYLOAD], codes[FLOW_BWD_PAYLOAD], flow);
	r->duration_ns = column_decode(&c[FLOW_DURATION], codes[FLOW_DURATION], flow);
	memcpy(r->label, flows->labels[codes[FLOW_LABEL]], sizeof(r->label));
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
	const struct flow_kind *kind;
	struct rng flow, tuple;
	bool found;

	memset(codes, 0xff, sizeof(codes)); /* BAYES_NO_CODE */
	memset(ret_record, 0, sizeof(*ret_record));
	rng_init(&flow, seed, start->window, start->occurrence, RNG_FLOW);
	rng_init(&tuple, seed, start->window, start->occurrence, RNG_TUPLE);
	if (memory != NULL)
		recall(flows, memory, start, codes);
	bayes_flows_draw_kind(flows, codes, &flow);
	found = set_tuple(flows, codes, &tuple, ret_record);
	bayes_flows_draw_rest(flows, codes, &flow);
	/* Other hosts and ports for the same flow: the following draws of the stream. */
	for (uint32_t i = 0; i < attempt; i++)
		found = set_tuple(flows, codes, &tuple, ret_record);
	if (memory != NULL)
		memcpy(memory->codes[0], codes, sizeof(memory->codes[0]));
	if (!found)
		return 0;
	set_rest(flows, codes, &flow, ret_record);
	kind = &flows->kinds[codes[FLOW_KIND]];
	ret_record->start_ns = start->start_ns;
	ret_record->proto = kind->proto;
	if (kind->by_port)
		snprintf(ret_record->service, sizeof(ret_record->service), "%s",
			 service_name(kind->proto, ret_record->src_port, ret_record->dst_port));
	else
		memcpy(ret_record->service, kind->service, sizeof(ret_record->service));
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

static int explain(const void *state, const struct host_set *hosts, FILE *out, bool json)
{
	return bayes_flows_explain(state, hosts, out, json);
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
