/* SPDX-License-Identifier: Apache-2.0 */
#include "flow/bayes_kind.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/hash.h"
#include "base/mem.h"
#include "flow/service.h"

enum {
	N_PORTS = 2 * 65536, /* TCP, then UDP */
	LIMIT_OWN_PORTS = 300,
	LIMIT_RAW_KINDS = 1 << 22,
};

struct kind_count {
	struct flow_kind kind;
	uint64_t count;
	uint32_t number; /* by first appearance */
	uint32_t code;	 /* after ranking */
};

struct kinds {
	struct kind_count *items;
	size_t n, capacity;
	uint32_t *slots;
	size_t n_slots;
};

static void kinds_done(struct kinds *k)
{
	free(k->items);
	free(k->slots);
}

static bool is_named(const char *service)
{
	return strcmp(service, "-") != 0;
}

static size_t port_index(uint8_t proto, uint16_t port)
{
	return (proto == 17 ? 65536u : 0u) + port;
}

/* Did the source port, not the destination's, name the service? */
static bool is_reversed(const struct flow_record *row)
{
	return flow_proto_has_ports(row->proto) && is_named(row->service) &&
	       !is_named(service_name(row->proto, 0, row->dst_port)) &&
	       strcmp(service_name(row->proto, row->src_port, row->dst_port), row->service) == 0;
}

struct port_rank {
	uint64_t count;
	uint32_t port; /* port_index() */
};

static int compare_ports(const void *a, const void *b)
{
	const struct port_rank *x = a, *y = b;

	if (x->count != y->count)
		return x->count < y->count ? 1 : -1;
	return (x->port > y->port) - (x->port < y->port);
}

/* Marks the ports that have kinds of their own. */
static int find_own_ports(const struct flow_table *table, const uint32_t *rows, size_t n,
			  bool *ret_own)
{
	CLEANUP(freep) struct port_rank *ranks = mem_array(N_PORTS, sizeof(*ranks));
	size_t least = n / 2000 > 8 ? n / 2000 : 8, n_ranks = 0;

	if (ranks == NULL)
		return -ENOMEM;
	for (uint32_t p = 0; p < N_PORTS; p++)
		ranks[p].port = p;
	for (size_t i = 0; i < n; i++) {
		const struct flow_record *row = &table->rows[rows[i]];

		if (flow_proto_has_ports(row->proto) && !is_reversed(row))
			ranks[port_index(row->proto, row->dst_port)].count++;
	}
	for (uint32_t p = 0; p < N_PORTS; p++) {
		uint8_t proto = p < 65536 ? 6 : 17;
		bool named = ranks[p].count > 0 &&
			     is_named(service_name(proto, 0, (uint16_t)(p & 0xffff)));

		if (named || ranks[p].count >= least)
			ranks[n_ranks++] = ranks[p];
	}
	if (n_ranks > 0)
		qsort(ranks, n_ranks, sizeof(*ranks), compare_ports);
	for (size_t i = 0; i < n_ranks && i < LIMIT_OWN_PORTS; i++)
		ret_own[ranks[i].port] = true;
	return 0;
}

static struct flow_kind kind_of(const struct flow_record *row, const struct host_set *hosts,
				const bool *own)
{
	struct flow_kind kind;

	memset(&kind, 0, sizeof(kind));
	kind.proto = row->proto;
	kind.version = hosts->hosts[row->src_host].addr.version;
	kind.src = (uint8_t)hosts->hosts[row->src_host].scope;
	kind.dst = (uint8_t)hosts->hosts[row->dst_host].scope;
	kind.reversed = is_reversed(row);
	if (flow_proto_is_icmp(row->proto))
		kind.port = (row->src_port & 0xff) << 8 | (row->dst_port & 0xff);
	else if (flow_proto_has_ports(row->proto))
		kind.port = own[port_index(row->proto, row->dst_port)] && !kind.reversed
				    ? row->dst_port
				    : -1;
	snprintf(kind.service, sizeof(kind.service), "%s",
		 row->service[0] == '\0' ? "-" : row->service);
	return kind;
}

/*
 * What a rare kind becomes. A message of ICMP has no ports to draw, so a rare type counts as an
 * echo request.
 */
static struct flow_kind pooled(const struct flow_kind *kind)
{
	struct flow_kind p = *kind;

	memset(p.service, 0, sizeof(p.service));
	p.reversed = false;
	p.by_port = true;
	p.service[0] = '-';
	if (flow_proto_is_icmp(kind->proto))
		p.port = (kind->proto == 1 ? 8 : 128) << 8;
	else
		p.port = flow_proto_has_ports(kind->proto) ? -1 : 0;
	return p;
}

static bool kind_equal(const struct flow_kind *a, const struct flow_kind *b)
{
	return a->proto == b->proto && a->version == b->version && a->src == b->src &&
	       a->dst == b->dst && a->by_port == b->by_port && a->reversed == b->reversed &&
	       a->port == b->port && strcmp(a->service, b->service) == 0;
}

static size_t slot_of(const struct kinds *k, const struct flow_kind *kind)
{
	uint64_t hash = hash_text(kind->service, (uint32_t)kind->port);
	size_t s;

	hash = hash_mix(hash, (uint64_t)kind->proto << 24 | (uint64_t)kind->version << 16 |
				      (uint64_t)kind->src << 8 | kind->dst);
	s = (size_t)hash_mix(hash, (uint64_t)kind->by_port << 1 | kind->reversed) &
	    (k->n_slots - 1);
	while (k->slots[s] != 0 && !kind_equal(&k->items[k->slots[s] - 1].kind, kind))
		s = (s + 1) & (k->n_slots - 1);
	return s;
}

static int grow_slots(struct kinds *k)
{
	struct kinds larger = *k;

	larger.n_slots = k->n_slots == 0 ? 1024 : k->n_slots * 2;
	larger.slots = mem_array(larger.n_slots, sizeof(*larger.slots));
	if (larger.slots == NULL)
		return -ENOMEM;
	for (size_t i = 0; i < k->n; i++)
		larger.slots[slot_of(&larger, &k->items[i].kind)] = (uint32_t)i + 1;
	free(k->slots);
	*k = larger;
	return 0;
}

static int kinds_put(struct kinds *k, const struct flow_kind *kind, uint64_t count,
		     uint32_t *ret_number)
{
	size_t s;

	if (k->n * 2 >= k->n_slots && grow_slots(k) < 0)
		return -ENOMEM;
	s = slot_of(k, kind);
	if (k->slots[s] == 0) {
		if (mem_grow(&k->items, &k->capacity, k->n + 1, sizeof(*k->items),
			     LIMIT_RAW_KINDS) < 0)
			return -ENOMEM;
		k->items[k->n] = (struct kind_count) { .kind = *kind, .number = (uint32_t)k->n };
		k->slots[s] = (uint32_t)++k->n;
	}
	k->items[k->slots[s] - 1].count += count;
	*ret_number = k->slots[s] - 1;
	return 0;
}

static int compare_kinds(const void *a, const void *b)
{
	const struct kind_count *x = a, *y = b;

	if (x->count != y->count)
		return x->count < y->count ? 1 : -1;
	return (x->number > y->number) - (x->number < y->number);
}

/* Sorts a copy by frequency and tells each kind its place. */
static int rank(struct kinds *k, struct kind_count **ret_ranked)
{
	struct kind_count *ranked = mem_array(k->n, sizeof(*ranked));

	if (ranked == NULL)
		return -ENOMEM;
	for (size_t i = 0; i < k->n; i++)
		ranked[i] = k->items[i];
	qsort(ranked, k->n, sizeof(*ranked), compare_kinds);
	for (size_t i = 0; i < k->n; i++)
		k->items[ranked[i].number].code = (uint32_t)i;
	*ret_ranked = ranked;
	return 0;
}

/* The kinds kept, in ret_kept; ret_new: the number there of each raw kind. */
static int pool_rare(struct kinds *raw, struct kinds *kept, uint32_t *new_number)
{
	CLEANUP(freep) struct kind_count *ranked = NULL;

	if (rank(raw, &ranked) < 0)
		return -ENOMEM;
	for (size_t i = 0; i < raw->n; i++) {
		struct flow_kind kind = raw->items[i].kind;

		/* Pooling adds kinds again, hence the room left for them. */
		if (raw->n > BAYES_LIMIT_KINDS && raw->items[i].code >= BAYES_LIMIT_KINDS * 9 / 10)
			kind = pooled(&raw->items[i].kind);
		if (kinds_put(kept, &kind, raw->items[i].count, &new_number[i]) < 0)
			return -ENOMEM;
	}
	return 0;
}

static int finish(struct kinds *raw, struct kinds *kept, const uint32_t *number_of, size_t n,
		  struct flow_kind **ret_kinds, uint32_t *ret_n_kinds, uint16_t *ret_codes)
{
	CLEANUP(freep) uint32_t *new_number = mem_array(raw->n, sizeof(*new_number));
	CLEANUP(freep) struct kind_count *ranked = NULL;
	struct flow_kind *kinds;

	if (new_number == NULL || pool_rare(raw, kept, new_number) < 0 || rank(kept, &ranked) < 0)
		return -ENOMEM;
	kinds = mem_array(kept->n, sizeof(*kinds));
	if (kinds == NULL)
		return -ENOMEM;
	for (size_t i = 0; i < kept->n; i++)
		kinds[i] = ranked[i].kind;
	for (size_t i = 0; i < n; i++)
		ret_codes[i] = (uint16_t)kept->items[new_number[number_of[i]]].code;
	*ret_kinds = kinds;
	*ret_n_kinds = (uint32_t)kept->n;
	return 0;
}

int flow_kinds_fit(const struct flow_table *table, const uint32_t *rows, size_t n,
		   const struct host_set *hosts, struct flow_kind **ret_kinds,
		   uint32_t *ret_n_kinds, uint16_t *ret_codes, struct err *err)
{
	CLEANUP(freep) uint32_t *number_of = mem_array(n, sizeof(*number_of));
	CLEANUP(freep) bool *own = mem_array(N_PORTS, sizeof(*own));
	CLEANUP(kinds_done) struct kinds raw = { 0 };
	CLEANUP(kinds_done) struct kinds kept = { 0 };

	if (number_of == NULL || own == NULL || find_own_ports(table, rows, n, own) < 0)
		return err_no_memory(err);
	for (size_t i = 0; i < n; i++) {
		struct flow_kind kind = kind_of(&table->rows[rows[i]], hosts, own);

		if (kinds_put(&raw, &kind, 1, &number_of[i]) < 0)
			return err_no_memory(err);
	}
	if (finish(&raw, &kept, number_of, n, ret_kinds, ret_n_kinds, ret_codes) < 0)
		return err_no_memory(err);
	return 0;
}

bool flow_kind_allowed(const struct flow_kind *kind, const struct network *network)
{
	enum host_scope src = (enum host_scope)kind->src, dst = (enum host_scope)kind->dst;

	/* The plan speaks of users and servers, whoever sends first. */
	return kind->reversed ? network_allows(network, kind->service, kind->proto, dst, src,
					       kind->version)
			      : network_allows(network, kind->service, kind->proto, src, dst,
					       kind->version);
}

const char *flow_kind_format(const struct flow_kind *kind, char ret_text[FLOW_KIND_TEXT_BYTES])
{
	char proto[PROTO_TEXT_BYTES], port[16] = "";

	if (flow_proto_is_icmp(kind->proto))
		snprintf(port, sizeof(port), "/%d.%d", kind->port >> 8, kind->port & 0xff);
	else if (kind->port > 0)
		snprintf(port, sizeof(port), "/%d", kind->port);
	snprintf(ret_text, FLOW_KIND_TEXT_BYTES, "%s%s %s%s %s>%s v%u",
		 proto_format(kind->proto, proto), port,
		 is_named(kind->service) ? kind->service : "other",
		 kind->reversed ? " (server first)" : "",
		 host_scope_name((enum host_scope)kind->src),
		 host_scope_name((enum host_scope)kind->dst), kind->version);
	return ret_text;
}
