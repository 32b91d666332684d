/* SPDX-License-Identifier: Apache-2.0 */
#include "flow/chronicle_cast.h"

#include "flow/bayes_draw.h"
#include "flow/bayes_kind.h"
#include "flow/chronicle_pack.h"

enum { CAST_TRIES = 16, ADDRESS_TRIES = 64, MAX_ENDS = 2 * CHRONICLE_MAX_ROWS };

/* One end of one row. */
struct end {
	uint32_t row;
	uint16_t learned;
	uint8_t variable;
	bool is_dst;
	struct network_role role;
	uint16_t host; /* of the network; FLOW_NO_HOST: not yet */
	uint16_t port; /* the plan's, 0: none */
};

struct cast {
	const struct network *network;
	struct end ends[MAX_ENDS]; /* of one row next to each other; groups before machines */
	size_t n;
};

static struct network_role role_of(const struct flow_kind *kind, bool is_dst)
{
	return (struct network_role) {
		.service = kind->service,
		.proto = kind->proto,
		.as_client = is_dst == kind->reversed,
		.with_group = (is_dst ? kind->src : kind->dst) == HOST_GROUP,
	};
}

static void add_row(struct cast *cast, const struct flow_kind *kind, const struct pattern_row *row,
		    const uint16_t *codes, uint32_t r)
{
	const bool dst_first = kind->dst == HOST_GROUP;

	for (int i = 0; i < 2; i++) {
		const bool is_dst = (i == 0) == dst_first;
		const int c = is_dst ? FLOW_DST_HOST : FLOW_SRC_HOST;

		cast->ends[cast->n++] = (struct end) { .row = r,
						       .learned = codes == NULL ? 0 : codes[c],
						       .variable = row->cells[c].variable,
						       .is_dst = is_dst,
						       .role = role_of(kind, is_dst),
						       .host = FLOW_NO_HOST };
	}
}

/* The other end of an end's row: its neighbour. */
static struct end *other_end(struct cast *cast, size_t i)
{
	return &cast->ends[i ^ 1];
}

/* One host for end i, and for all that are the same learned host where `all`. */
static bool cast_end(struct cast *cast, size_t i, bool all, struct rng *tuple)
{
	struct network_role roles[MAX_ENDS] = { { 0 } };
	uint16_t others[MAX_ENDS] = { 0 }, ports[MAX_ENDS] = { 0 }, host;
	size_t same[MAX_ENDS], n = 0, n_others = 0;

	for (size_t k = i; k < (all ? cast->n : i + 1); k++) {
		const struct end *other = other_end(cast, k);

		if (cast->ends[k].learned != cast->ends[i].learned ||
		    cast->ends[k].host != FLOW_NO_HOST)
			continue;
		same[n] = k;
		roles[n++] = cast->ends[k].role;
		if (other->host != FLOW_NO_HOST)
			others[n_others++] = other->host;
	}
	host = network_cast(cast->network, cast->ends[i].learned, roles, n, others, n_others, tuple,
			    ports);
	for (size_t k = 0; k < n && host != FLOW_NO_HOST; k++) {
		cast->ends[same[k]].host = host;
		cast->ends[same[k]].port = ports[k];
	}
	return host != FLOW_NO_HOST;
}

/* Hosts that only happen to be the same may be two where no one may be both. */
static bool cast_all(struct cast *cast, struct rng *tuple)
{
	for (size_t i = 0; i < cast->n; i++)
		cast->ends[i].host = FLOW_NO_HOST;
	for (size_t i = 0; i < cast->n; i++)
		if (cast->ends[i].host == FLOW_NO_HOST && !cast_end(cast, i, true, tuple) &&
		    (cast->ends[i].variable != PATTERN_NO_VARIABLE ||
		     !cast_end(cast, i, false, tuple)))
			return false;
	return true;
}

/* Addresses of a row: a variable keeps its own, the rest are drawn to differ. */
static void set_addresses(const struct chronicle_flows *flows, const uint8_t *variables,
			  struct ip_addr *known, struct rng *tuple, struct flow_record *r)
{
	const uint8_t src = variables[0], dst = variables[1];
	const bool src_known = src != PATTERN_NO_VARIABLE && known[src].version != 0;
	const bool dst_known = dst != PATTERN_NO_VARIABLE && known[dst].version != 0;

	for (int i = 0; i < ADDRESS_TRIES; i++) {
		flow_set_addresses(&flows->base, tuple, r);
		if (src_known)
			r->src = known[src];
		if (dst_known)
			r->dst = known[dst];
		if ((!src_known && !dst_known) || !ip_equal(&r->src, &r->dst))
			break;
	}
	if (src != PATTERN_NO_VARIABLE)
		known[src] = r->src;
	if (dst != PATTERN_NO_VARIABLE)
		known[dst] = r->dst;
}

/* The hosts of all rows in a plan, and the ports it gives; false: it has nobody for some row. */
static bool cast_by_plan(const struct chronicle_flows *flows, struct pattern_draw *draw,
			 struct rng *tuple, struct flow_record *ret_records, uint16_t *ret_ports)
{
	const struct flow_pattern *p = &flows->patterns[draw->i_pattern];
	struct cast cast = { .network = flows->base.network };
	bool found;

	for (uint32_t r = 0; r < p->n_rows; r++) {
		const uint16_t *codes = pattern_codes(draw, r);

		if (codes[FLOW_KIND] != BAYES_NO_CODE)
			add_row(&cast, &flows->base.kinds[codes[FLOW_KIND]], &p->rows[r], codes, r);
	}
	found = cast_all(&cast, tuple);
	for (int i = 1; i < CAST_TRIES && !found; i++)
		found = cast_all(&cast, tuple);
	for (size_t i = 0; i < cast.n && found; i += 2) {
		const struct end *a = &cast.ends[i], *b = &cast.ends[i + 1];

		ret_records[a->row].src_host = a->is_dst ? b->host : a->host;
		ret_records[a->row].dst_host = a->is_dst ? a->host : b->host;
		ret_ports[a->row] = a->port != 0 ? a->port : b->port;
	}
	return found;
}

bool chronicle_cast(const struct chronicle_flows *flows, struct pattern_draw *draw,
		    struct rng *tuple, struct flow_record *ret_records)
{
	const struct packed_pattern *p = draw->packed;
	uint16_t ports[CHRONICLE_MAX_ROWS] = { 0 };
	struct ip_addr known[PATTERN_MAX_VARIABLES];
	const bool plan = network_is_plan(flows->base.network);

	if (plan && !cast_by_plan(flows, draw, tuple, ret_records, ports))
		return false;
	for (uint32_t i = 0; i < p->n_variables; i++)
		known[i].version = 0;
	for (uint32_t r = 0; r < p->n_rows; r++) {
		const struct packed_row *row = (const void *)(flows->pack->words + p->rows[r]);
		const uint16_t *codes = pattern_codes(draw, r);

		if (codes[FLOW_KIND] == BAYES_NO_CODE)
			continue;
		if (!plan) {
			ret_records[r].src_host = codes[FLOW_SRC_HOST];
			ret_records[r].dst_host = codes[FLOW_DST_HOST];
		}
		set_addresses(flows, row->variables, known, tuple, &ret_records[r]);
		flow_set_ports(&flows->base, codes, ports[r], tuple, &ret_records[r]);
	}
	return true;
}

/* How many local hosts may be end i with all that share its variable; their machine if one. */
static size_t count_players(const struct cast *cast, size_t i, uint8_t version,
			    uint32_t *ret_machine)
{
	struct network_role roles[MAX_ENDS] = { { 0 } };
	size_t n = 0;

	for (size_t k = 0; k < cast->n; k++)
		if (k == i || (cast->ends[i].variable != PATTERN_NO_VARIABLE &&
			       cast->ends[k].variable == cast->ends[i].variable))
			roles[n++] = cast->ends[k].role;
	/* The end itself may stand anywhere among them: order does not matter for a count. */
	return network_cast_count(cast->network, roles, n, version, ret_machine);
}

bool chronicle_castable(const struct chronicle_flows *flows, const struct flow_pattern *pattern,
			const uint16_t *kinds)
{
	struct cast cast = { .network = flows->base.network };

	for (uint32_t r = 0; r < pattern->n_rows; r++) {
		if (kinds[r] == BAYES_NO_CODE)
			continue;
		if (!flow_kind_allowed(&flows->base.kinds[kinds[r]], cast.network))
			return false;
		add_row(&cast, &flows->base.kinds[kinds[r]], &pattern->rows[r], NULL, r);
	}
	if (!network_is_plan(cast.network))
		return true;
	for (size_t i = 0; i < cast.n; i += 2) {
		const struct flow_kind *kind = &flows->base.kinds[kinds[cast.ends[i].row]];
		uint32_t machine[2] = { 0, 1 };
		size_t n[2] = { SIZE_MAX, SIZE_MAX };

		for (size_t k = 0; k < 2; k++) {
			const struct end *e = &cast.ends[i + k];

			if ((e->is_dst ? kind->dst : kind->src) == HOST_LOCAL)
				n[k] = count_players(&cast, i + k, kind->version, &machine[k]);
		}
		if (n[0] == 0 || n[1] == 0)
			return false;
		if (n[0] == 1 && n[1] == 1 && machine[0] == machine[1])
			return false;
	}
	return true;
}
