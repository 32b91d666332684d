/* SPDX-License-Identifier: Apache-2.0 */
#include "flow/bayes_draw.h"

#include <stdio.h>
#include <string.h>

#include "flow/bayes_kind.h"
#include "flow/service.h"

enum { MAP_TRIES = 64, PORT_TRIES = 16 };

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

void flow_set_addresses(const struct bayes_flows *flows, struct rng *tuple, struct flow_record *r)
{
	r->src = network_address(flows->network, r->src_host, tuple);
	r->dst = network_address(flows->network, r->dst_host, tuple);
	for (int i = 0; i < MAP_TRIES && ip_equal(&r->src, &r->dst); i++)
		r->dst = network_address(flows->network, r->dst_host, tuple);
}

void flow_set_ports(const struct bayes_flows *flows, const uint16_t *codes, uint16_t plan_port,
		    struct rng *tuple, struct flow_record *r)
{
	const struct flow_kind *kind = &flows->kinds[codes[FLOW_KIND]];
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

bool flow_set_tuple(const struct bayes_flows *flows, uint16_t *codes, struct rng *tuple,
		    struct flow_record *r)
{
	const struct flow_kind *kind = &flows->kinds[codes[FLOW_KIND]];
	uint16_t port;

	bayes_flows_draw_tuple(flows, codes, tuple);
	if (!map_ends(flows, kind, codes, tuple, r, &port))
		return false;
	flow_set_addresses(flows, tuple, r);
	flow_set_ports(flows, codes, port, tuple, r);
	return true;
}

void flow_set_rest(const struct bayes_flows *flows, const uint16_t *codes, struct rng *flow,
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

void flow_set_service(const struct bayes_flows *flows, const uint16_t *codes, struct flow_record *r)
{
	const struct flow_kind *kind = &flows->kinds[codes[FLOW_KIND]];

	r->proto = kind->proto;
	if (kind->by_port)
		snprintf(r->service, sizeof(r->service), "%s",
			 service_name(kind->proto, r->src_port, r->dst_port));
	else
		memcpy(r->service, kind->service, sizeof(r->service));
}
