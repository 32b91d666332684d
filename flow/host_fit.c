/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Hosts from a table. Two steps: what each address does (this file), and who it becomes
 * (host_name.c): name, made-up address, MAC.
 */
#include "flow/host.h"

#include <errno.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "flow/host_group.h"
#include "flow/host_name.h"

enum { DEFAULT_LIMIT = 1000, MAX_LIMIT = 15000, POOL_TIERS = 8, INTERNET_TTL = 52 };

static int collect(struct flow_table *table, struct host_uses *uses, struct err *err)
{
	size_t capacity = 0;

	for (size_t i = 0; i < table->n_rows; i++) {
		const struct flow_record *row = &table->rows[i];
		uint32_t src, dst;

		if (row->src.version == 0 || row->dst.version == 0)
			return err_set(err, -EINVAL, "row %zu of the flow table has no addresses",
				       i + 1);
		if (addr_map_put(&uses->map, &row->src, &src) < 0 ||
		    addr_map_put(&uses->map, &row->dst, &dst) < 0 ||
		    mem_grow(&uses->items, &capacity, uses->map.n, sizeof(*uses->items),
			     SIZE_MAX / sizeof(*uses->items)) < 0)
			return err_no_memory(err);
		for (; uses->n < uses->map.n; uses->n++)
			uses->items[uses->n] =
				(struct host_use) { .addr = uses->map.addrs[uses->n] };
		uses->items[src].n_flows++;
		uses->items[src].n_begun++;
		uses->items[dst].n_flows++;
		uses->items[dst].n_answered += row->bwd_packets > 0;
	}
	return 0;
}

static struct ip_addr first_half(const struct ip_addr *a)
{
	struct ip_addr half = { .version = 6 };

	memcpy(half.bytes, a->bytes, 8);
	return half;
}

/* Router and neighbour solicitations and advertisements, and redirects: ICMPv6 133 to 137. */
static int collect_on_link(const struct flow_table *table, struct host_uses *uses, struct err *err)
{
	for (size_t i = 0; i < table->n_rows; i++) {
		const struct flow_record *row = &table->rows[i];
		const struct ip_addr *ends[2] = { &row->src, &row->dst };

		if (row->proto != IPPROTO_ICMPV6 || row->src_port < 133 || row->src_port > 137)
			continue;
		for (int k = 0; k < 2; k++) {
			struct ip_addr half = first_half(ends[k]);
			uint32_t number;

			if (ip_is_multicast(ends[k]) || ip_is_unspecified(ends[k]))
				continue;
			if (addr_map_put(&uses->on_link, &half, &number) < 0)
				return err_no_memory(err);
		}
	}
	return 0;
}

static bool is_local(const struct ip_addr *a, const struct host_uses *uses,
		     const struct host_fit *fit)
{
	struct ip_addr half = first_half(a);

	if (a->version == 6 && addr_map_find(&uses->on_link, &half) != UINT32_MAX)
		return true;
	if (ip_is_link_local(a) || (a->version == 4 && a->bytes[0] == 127))
		return true;
	for (size_t i = 0; i < fit->n_local; i++)
		if (ip_prefix_holds(&fit->local[i], a))
			return true;
	return false;
}

/*
 * A capture does not tell its netmasks. What ends in .255 inside, never speaks and is never
 * answered is taken for a subnet's directed broadcast.
 */
static bool is_directed_broadcast(const struct host_use *u, const struct host_uses *uses,
				  const struct host_fit *fit)
{
	return u->addr.version == 4 && u->addr.bytes[3] == 255 && u->n_begun == 0 &&
	       u->n_answered == 0 && is_local(&u->addr, uses, fit);
}

static void classify(struct host_use *u, const struct host_uses *uses, const struct host_fit *fit)
{
	uint64_t n = u->n_begun + u->n_answered;
	const char *group = host_group_name(&u->addr);

	u->directed = group == NULL && is_directed_broadcast(u, uses, fit);
	if (group != NULL || u->directed || ip_is_multicast(&u->addr))
		u->scope = HOST_GROUP;
	else
		u->scope = is_local(&u->addr, uses, fit) ? HOST_LOCAL : HOST_INTERNET;
	u->role = ROLE_PEER;
	if (n > 0 && 3 * u->n_answered >= 2 * n)
		u->role = ROLE_SERVER;
	else if (n > 0 && 3 * u->n_begun >= 2 * n)
		u->role = ROLE_CLIENT;
}

struct rank {
	uint64_t n_flows;
	uint32_t use; /* number, so by first appearance */
};

static int compare_ranks(const void *a, const void *b)
{
	const struct rank *x = a, *y = b;

	if (x->n_flows != y->n_flows)
		return x->n_flows < y->n_flows ? 1 : -1;
	return (x->use > y->use) - (x->use < y->use);
}

/*
 * The hosts of a scope beyond the limit go to pools, one for each version, role and tier of
 * activity, so that a pool's members are alike.
 */
static int pool_scope(struct host_uses *uses, enum host_scope scope, size_t limit)
{
	CLEANUP(freep) struct rank *ranks = mem_array(uses->n, sizeof(*ranks));
	size_t n = 0;

	if (ranks == NULL)
		return -ENOMEM;
	for (size_t i = 0; i < uses->n; i++)
		if (uses->items[i].scope == scope)
			ranks[n++] = (struct rank) { .n_flows = uses->items[i].n_flows,
						     .use = (uint32_t)i };
	if (n <= limit)
		return 0;
	qsort(ranks, n, sizeof(*ranks), compare_ranks);
	for (size_t i = limit; i < n; i++) {
		struct host_use *u = &uses->items[ranks[i].use];
		size_t tier = (i - limit) * POOL_TIERS / (n - limit);

		u->pool = 1 + (uint32_t)((((size_t)scope * 2 + (u->addr.version == 6)) * N_ROLES +
					  u->role) *
						 POOL_TIERS +
					 tier);
	}
	return 0;
}

static int compare_seen(const void *key, const void *item)
{
	return ip_compare(key, &((const struct host_seen *)item)->addr);
}

/* The defaults, with what was seen written over them. */
static struct host_stack stack_of(const struct host_use *u, const struct host_fit *fit)
{
	struct host_stack stack = *host_stack_named("linux");
	const struct host_seen *seen = NULL;

	if (u->scope == HOST_INTERNET)
		stack.ttl = INTERNET_TTL;
	if (fit->n_seen > 0)
		seen = bsearch(&u->addr, fit->seen, fit->n_seen, sizeof(*fit->seen), compare_seen);
	if (seen == NULL)
		return stack;
	if (seen->stack.ttl != 0) {
		stack.ttl = seen->stack.ttl;
		stack.df = seen->stack.df;
		stack.ip_id_zero = seen->stack.ip_id_zero;
	}
	if (seen->stack.window != 0) {
		stack.window = seen->stack.window;
		memcpy(stack.answer, seen->stack.answer, sizeof(stack.answer));
		stack.mss = seen->stack.mss;
		stack.window_scale = seen->stack.window_scale;
		stack.sack = seen->stack.sack;
		stack.timestamps = seen->stack.timestamps;
	}
	if (seen->stack.port_low != 0 && seen->stack.port_low <= seen->stack.port_high) {
		stack.port_low = seen->stack.port_low;
		stack.port_high = seen->stack.port_high;
	}
	if (stack.window_scale < -1 || stack.window_scale > 14)
		stack.window_scale = -1;
	return stack;
}

static void write_rows(struct flow_table *table, const struct host_uses *uses)
{
	for (size_t i = 0; i < table->n_rows; i++) {
		struct flow_record *row = &table->rows[i];

		row->src_host = uses->items[addr_map_find(&uses->map, &row->src)].host;
		row->dst_host = uses->items[addr_map_find(&uses->map, &row->dst)].host;
	}
}

static void host_uses_done(struct host_uses *uses)
{
	addr_map_done(&uses->map);
	addr_map_done(&uses->on_link);
	free(uses->items);
}

int host_set_fit(struct flow_table *table, const struct host_fit *fit, struct host_set *ret_set,
		 struct err *err)
{
	size_t limit = fit->limit == 0 ? DEFAULT_LIMIT : fit->limit;
	CLEANUP(host_uses_done) struct host_uses uses = { 0 };
	int r;

	if (fit->keep_addresses) /* pools have made-up addresses: none unless it must be */
		limit = MAX_LIMIT;
	if (limit > MAX_LIMIT)
		return err_set(err, -EINVAL, "at most %d hosts can be kept apart, not %zu",
			       MAX_LIMIT, limit);
	r = collect(table, &uses, err);
	if (r == 0 && fit->on_link)
		r = collect_on_link(table, &uses, err);
	if (r < 0)
		return r;
	for (size_t i = 0; i < uses.n; i++) {
		classify(&uses.items[i], &uses, fit);
		uses.items[i].stack = stack_of(&uses.items[i], fit);
	}
	for (int s = 0; s < HOST_N_SCOPES; s++)
		if (pool_scope(&uses, (enum host_scope)s, limit) < 0)
			return err_no_memory(err);
	r = host_name_all(&uses, fit->keep_addresses, ret_set);
	if (r < 0)
		return err_no_memory(err);
	write_rows(table, &uses);
	return 0;
}
