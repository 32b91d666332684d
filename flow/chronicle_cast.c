/* SPDX-License-Identifier: Apache-2.0 */
#include "flow/chronicle_cast.h"

#include <string.h>

#include "flow/bayes_draw.h"
#include "flow/bayes_kind.h"

enum { CAST_TRIES = 16, ADDRESS_TRIES = 64, MAX_ENDS = 2 * FLOW_EXPAND_MAX };

/* One end of one row. */
struct end {
	uint32_t pattern, row; /* in the session */
	uint32_t record;
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

/* at: pattern, row and record of the end. */
static void add_row(struct cast *cast, const struct flow_kind *kind, const struct pattern_row *row,
		    const uint16_t *codes, const struct end *at)
{
	const bool dst_first = kind->dst == HOST_GROUP;

	for (int i = 0; i < 2; i++) {
		const bool is_dst = (i == 0) == dst_first;
		const int c = is_dst ? FLOW_DST_HOST : FLOW_SRC_HOST;

		cast->ends[cast->n] = *at;
		cast->ends[cast->n].learned = codes == NULL ? 0 : codes[c];
		cast->ends[cast->n].variable = row->cells[c].variable;
		cast->ends[cast->n].is_dst = is_dst;
		cast->ends[cast->n++].role = role_of(kind, is_dst);
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

/* All ends of one occurrence or session. Hosts that only happen to be the same may be two where no
 * one may be both. */
static bool cast_all(struct cast *cast, struct rng *tuple)
{
	const bool plan = network_is_plan(cast->network);

	for (size_t i = 0; i < cast->n; i++)
		cast->ends[i].host = plan ? FLOW_NO_HOST : cast->ends[i].learned;
	for (size_t i = 0; i < cast->n; i++)
		if (cast->ends[i].host == FLOW_NO_HOST && !cast_end(cast, i, true, tuple) &&
		    (cast->ends[i].variable != PATTERN_NO_VARIABLE ||
		     !cast_end(cast, i, false, tuple)))
			return false;
	return true;
}

/* Addresses that are kept through a pattern, and the session's client's. */
struct addresses {
	struct ip_addr bound[PATTERN_MAX_VARIABLES], client;
};

/* The address an end must have; version 0: any. */
static struct ip_addr known_address(const struct addresses *known, const struct end *end,
				    uint8_t variable, bool is_dst)
{
	if (!is_dst && end->row == 0 && end->pattern > 0)
		return known->client;
	return variable == PATTERN_NO_VARIABLE ? (struct ip_addr) { 0 } : known->bound[variable];
}

static void set_addresses(const struct chronicle_flows *flows, const struct pattern_row *row,
			  const struct end *end, struct addresses *known, struct rng *tuple,
			  struct flow_record *r)
{
	const uint8_t src_variable = row->cells[FLOW_SRC_HOST].variable;
	const uint8_t dst_variable = row->cells[FLOW_DST_HOST].variable;
	const struct ip_addr src = known_address(known, end, src_variable, false);
	const struct ip_addr dst = known_address(known, end, dst_variable, true);

	for (int i = 0; i < ADDRESS_TRIES; i++) {
		flow_set_addresses(&flows->base, tuple, r);
		if (src.version != 0)
			r->src = src;
		if (dst.version != 0)
			r->dst = dst;
		if ((src.version == 0 && dst.version == 0) || !ip_equal(&r->src, &r->dst))
			break;
	}
	if (src_variable != PATTERN_NO_VARIABLE)
		known->bound[src_variable] = r->src;
	if (dst_variable != PATTERN_NO_VARIABLE)
		known->bound[dst_variable] = r->dst;
	if (end->row == 0 && end->pattern == 0)
		known->client = r->src;
}

static void list_ends(struct cast *cast, const struct chronicle_flows *flows,
		      struct pattern_draw *draws, size_t n)
{
	struct end at = { .record = 0 };

	cast->n = 0;
	for (at.pattern = 0; at.pattern < n; at.pattern++) {
		struct pattern_draw *draw = &draws[at.pattern];

		for (at.row = 0; at.row < draw->pattern->n_rows; at.row++, at.record++) {
			const uint16_t *codes = pattern_codes(draw, at.row);

			if (codes[FLOW_KIND] != BAYES_NO_CODE)
				add_row(cast, &flows->base.kinds[codes[FLOW_KIND]],
					&draw->pattern->rows[at.row], codes, &at);
		}
	}
}

size_t chronicle_cast(const struct chronicle_flows *flows, struct pattern_draw *draws, size_t n,
		      struct rng *tuple, struct flow_record *ret_records)
{
	struct cast cast;
	struct addresses known;
	uint32_t pattern = UINT32_MAX;

	cast.network = flows->base.network;
	list_ends(&cast, flows, draws, n);
	for (int i = 0; !cast_all(&cast, tuple); i++) {
		if (i % CAST_TRIES != CAST_TRIES - 1)
			continue;
		if (--n == 0)
			return 0;
		list_ends(&cast, flows, draws, n);
	}
	for (size_t i = 0; i < cast.n; i += 2) {
		const struct end *a = &cast.ends[i], *b = &cast.ends[i + 1];
		struct pattern_draw *draw = &draws[a->pattern];
		struct flow_record *r = &ret_records[a->record];

		if (a->pattern != pattern)
			memset(known.bound, 0, sizeof(known.bound));
		pattern = a->pattern;
		memset(r, 0, sizeof(*r));
		r->src_host = a->is_dst ? b->host : a->host;
		r->dst_host = a->is_dst ? a->host : b->host;
		set_addresses(flows, &draw->pattern->rows[a->row], a, &known, tuple, r);
		flow_set_ports(&flows->base, pattern_codes(draw, a->row),
			       a->port != 0 ? a->port : b->port, tuple, r);
	}
	return n;
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
		add_row(&cast, &flows->base.kinds[kinds[r]], &pattern->rows[r], NULL,
			&(struct end) { .row = r });
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
