/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Names and addresses that tell nothing of the network learned from, yet keep what matters: which
 * addresses share an interface identifier (so a machine's link-local and global address still look
 * like one machine's), and which solicited-node group belongs to whom (RFC 4291).
 */
#include "flow/host_name.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/bytes.h"
#include "base/mem.h"
#include "flow/host_group.h"

enum {
	MAX_POOLS = 1 + HOST_N_SCOPES * 2 * 3 * 8,
	V4_PER_NET = 254,     /* .0 and .255 are left out */
	POOL_ROOM_V4 = 65000, /* of 198.19.0.0/16, 10.64.0.0/16 and 239.193.0.0/16 */
	NODE_FREE = 0x800000, /* solicited-node groups of nobody known count from here */
};

struct naming {
	struct host_set set;
	bool keep;
	struct addr_map ids;	  /* interface identifiers of local v6 addresses */
	struct addr_map nets;	  /* their /64 prefixes */
	struct addr_map node_low; /* the last 24 bits of the identifiers, for solicited-node */
	uint32_t *node_of;	  /* by number in node_low: the identifier's number */
	size_t node_capacity;
	uint32_t n_v4, n_v4_link, n_internet[2], n_group[2], n_node;
	uint32_t n_role[N_ROLES], n_internet_names, n_group_names, n_pools;
	int directed;		  /* the broadcast host's index, -1: none yet */
	uint32_t span[MAX_POOLS]; /* members */
	int pool[MAX_POOLS];	  /* host index, -1: none yet */
};

static struct ip_addr v6_part(const struct ip_addr *a, unsigned int first, unsigned int n)
{
	struct ip_addr part = { .version = 6 };

	memcpy(part.bytes + first, a->bytes + first, n);
	return part;
}

static bool is_local_v6(const struct host_use *u)
{
	return u->scope == HOST_LOCAL && u->addr.version == 6;
}

/* Numbers the identifiers before anything is named, so that groups may come before their hosts. */
static int number_ids(struct naming *n, const struct host_uses *uses)
{
	for (size_t i = 0; i < uses->n; i++) {
		struct ip_addr id = v6_part(&uses->items[i].addr, 8, 8);
		struct ip_addr low = v6_part(&uses->items[i].addr, 13, 3);
		uint32_t number, node;
		size_t known = n->node_low.n;

		if (!is_local_v6(&uses->items[i]) || uses->items[i].pool != 0)
			continue;
		if (addr_map_put(&n->ids, &id, &number) < 0 ||
		    addr_map_put(&n->node_low, &low, &node) < 0 ||
		    mem_grow(&n->node_of, &n->node_capacity, n->node_low.n, sizeof(*n->node_of),
			     SIZE_MAX / sizeof(*n->node_of)) < 0)
			return -ENOMEM;
		if (node == known)
			n->node_of[node] = number;
	}
	return 0;
}

static struct ip_addr v4_number(uint32_t base, uint32_t number)
{
	return ip_from_v4(base + (number / V4_PER_NET << 8) + 1 + number % V4_PER_NET);
}

static struct ip_addr v6_number(uint32_t head, uint16_t third, uint16_t fourth, uint64_t low)
{
	struct ip_addr a = { .version = 6 };

	be32_put(a.bytes, head);
	be16_put(a.bytes + 4, third);
	be16_put(a.bytes + 6, fourth);
	be64_put(a.bytes + 8, low);
	return a;
}

static int local_v6(struct naming *n, struct host *h, const struct ip_addr *real)
{
	struct ip_addr id = v6_part(real, 8, 8), net = v6_part(real, 0, 8);
	uint32_t number = addr_map_find(&n->ids, &id) + 1, subnet;

	h->mac[3] = 6;
	be16_put(h->mac + 4, (uint16_t)number);
	if (ip_is_link_local(real)) {
		h->addr = v6_number(UINT32_C(0xfe800000), 0, 0, number);
		return 0;
	}
	if (addr_map_put(&n->nets, &net, &subnet) < 0)
		return -ENOMEM;
	h->addr = v6_number(UINT32_C(0x20010db8), 1, (uint16_t)subnet, number);
	return 0;
}

static int name_local(struct naming *n, struct host *h, const struct host_use *u)
{
	static const char *const roles[N_ROLES] = { "client", "server", "peer" };
	uint32_t number;

	snprintf(h->role, sizeof(h->role), "%s", roles[u->role]);
	snprintf(h->name, sizeof(h->name), "%s-%u", roles[u->role], ++n->n_role[u->role]);
	h->mac[0] = 2;
	h->mac[2] = 1;
	if (u->addr.version == 6)
		return local_v6(n, h, &u->addr);
	h->mac[3] = ip_is_link_local(&u->addr) ? 5 : 4;
	if (ip_is_link_local(&u->addr)) {
		number = n->n_v4_link++;
		h->addr = v4_number(UINT32_C(0xa9fe0100), number);
	} else {
		number = n->n_v4++;
		h->addr = v4_number(UINT32_C(0x0a000000), number);
	}
	be16_put(h->mac + 4, (uint16_t)(number + 1));
	return 0;
}

/* Everything outside is behind the gateway and has its MAC. */
static void gateway_mac(uint8_t ret_mac[6])
{
	static const uint8_t mac[6] = { 2, 0, 0, 0, 0, 1 };

	memcpy(ret_mac, mac, 6);
}

static void name_internet(struct naming *n, struct host *h, const struct host_use *u)
{
	static const char *const roles[N_ROLES] = { "client", "server", "peer" };

	snprintf(h->role, sizeof(h->role), "%s", roles[u->role]);
	snprintf(h->name, sizeof(h->name), "internet-%u", ++n->n_internet_names);
	gateway_mac(h->mac);
	if (u->addr.version == 4)
		h->addr = v4_number(UINT32_C(0xc6120000), n->n_internet[0]++);
	else
		h->addr = v6_number(UINT32_C(0x20010db8), 0xffff, 0, ++n->n_internet[1]);
}

static struct ip_addr solicited_node(struct naming *n, const struct ip_addr *real)
{
	struct ip_addr low = v6_part(real, 13, 3), group = *real;
	uint32_t node = addr_map_find(&n->node_low, &low), number;

	number = node == UINT32_MAX ? NODE_FREE + n->n_node++ : n->node_of[node] + 1;
	group.bytes[13] = (uint8_t)(number >> 16);
	be16_put(group.bytes + 14, (uint16_t)number);
	return group;
}

static void name_group(struct naming *n, struct host *h, const struct host_use *u)
{
	const char *name = host_group_name(&u->addr);

	h->addr = u->addr;
	if (u->directed) {
		name = "subnet-broadcast";
		h->addr = ip_from_v4(UINT32_C(0x0affffff));
	}
	if (name != NULL) {
		snprintf(h->name, sizeof(h->name), "%s", name);
		snprintf(h->role, sizeof(h->role), "%s", name);
		return;
	}
	if (host_group_is_solicited_node(&u->addr)) {
		h->addr = solicited_node(n, &u->addr);
		snprintf(h->role, sizeof(h->role), "solicited-node");
		snprintf(h->name, sizeof(h->name), "solicited-node-%x",
			 be32_get(h->addr.bytes + 12) & 0xffffff);
		return;
	}
	snprintf(h->role, sizeof(h->role), "group");
	snprintf(h->name, sizeof(h->name), "group-%u", ++n->n_group_names);
	if (u->addr.version == 4)
		h->addr = ip_from_v4(UINT32_C(0xefc00000) + ++n->n_group[0]);
	else
		h->addr = v6_number(UINT32_C(0xff180000), 0, 0, ++n->n_group[1]);
}

/* The host an address becomes when it is not pooled; shared only by broadcast addresses. */
static int name_one(struct naming *n, struct host_use *u)
{
	struct host *h = &n->set.hosts[n->set.n_hosts];

	if (u->directed && n->directed >= 0) {
		u->host = (uint16_t)n->directed;
		return 0;
	}
	*h = (struct host) { .scope = u->scope, .span = 1, .weight = 1, .stack = u->stack };
	if (u->scope == HOST_LOCAL && name_local(n, h, u) < 0)
		return -ENOMEM;
	if (u->scope == HOST_INTERNET)
		name_internet(n, h, u);
	if (u->scope == HOST_GROUP)
		name_group(n, h, u);
	h->made_up = !n->keep;
	if (n->keep)
		h->addr = u->addr;
	if (u->scope == HOST_GROUP)
		host_group_mac(&h->addr, h->mac);
	if (u->directed)
		n->directed = (int)n->set.n_hosts;
	u->host = (uint16_t)n->set.n_hosts++;
	return 0;
}

/*
 * Room for pools is limited in v4: `before` members of `all` so far, in `pools_before` pools,
 * `span` in this one. Each pool keeps one address at least.
 */
static struct ip_addr pool_address(enum host_scope scope, uint8_t version, uint64_t before,
				   uint64_t all, uint32_t pools_before, uint32_t *span)
{
	static const uint32_t v4[HOST_N_SCOPES] = { UINT32_C(0x0a400001), UINT32_C(0xc6130001),
						    UINT32_C(0xefc10001) };

	if (version == 4) {
		if (all > POOL_ROOM_V4) {
			uint64_t from = before * POOL_ROOM_V4 / all + pools_before;
			uint64_t to = (before + *span) * POOL_ROOM_V4 / all + pools_before + 1;

			*span = (uint32_t)(to - from);
			before = from;
		}
		return ip_from_v4(v4[scope] + (uint32_t)before);
	}
	if (scope == HOST_GROUP)
		return v6_number(UINT32_C(0xff180000), 0, 1, before + 1);
	return v6_number(UINT32_C(0x20010db8), scope == HOST_LOCAL ? 1 : 0xffff, 0xffff,
			 before + 1);
}

static void name_pool(struct naming *n, const struct host_use *u, uint64_t before, uint64_t all)
{
	static const char *const roles[N_ROLES] = { "client", "server", "peer" };
	struct host *h = &n->set.hosts[n->set.n_hosts];

	*h = (struct host) { .scope = u->scope, .weight = 1, .stack = u->stack };
	h->span = n->span[u->pool];
	h->made_up = true;
	h->addr = pool_address(u->scope, u->addr.version, before, all, n->n_pools, &h->span);
	snprintf(h->role, sizeof(h->role), "%s", u->scope == HOST_GROUP ? "group" : roles[u->role]);
	snprintf(h->name, sizeof(h->name), "%s-others-%u", host_scope_name(u->scope), ++n->n_pools);
	gateway_mac(h->mac);
	if (u->scope == HOST_LOCAL) {
		h->mac[2] = 1;
		h->mac[3] = 15;
		h->mac[5] = (uint8_t)u->pool;
	} else if (u->scope == HOST_GROUP) {
		host_group_mac(&h->addr, h->mac);
	}
	n->pool[u->pool] = (int)n->set.n_hosts++;
}

static void name_pools(struct naming *n, struct host_uses *uses)
{
	uint64_t before[HOST_N_SCOPES][2] = { { 0 } }, all[HOST_N_SCOPES][2] = { { 0 } };

	for (size_t i = 0; i < uses->n; i++) {
		const struct host_use *u = &uses->items[i];

		n->span[u->pool]++;
		if (u->pool != 0)
			all[u->scope][u->addr.version == 6]++;
	}
	for (size_t i = 0; i < uses->n; i++) {
		struct host_use *u = &uses->items[i];
		int v = u->addr.version == 6;

		if (u->pool == 0)
			continue;
		if (n->pool[u->pool] < 0) {
			name_pool(n, u, before[u->scope][v], all[u->scope][v]);
			before[u->scope][v] += n->span[u->pool];
		}
		u->host = (uint16_t)n->pool[u->pool];
	}
}

int host_name_all(struct host_uses *uses, bool keep_addresses, struct host_set *ret_set)
{
	struct naming n = { .keep = keep_addresses, .directed = -1 };
	size_t n_apart = 0;
	int r;

	for (int i = 0; i < MAX_POOLS; i++)
		n.pool[i] = -1;
	for (size_t i = 0; i < uses->n; i++)
		n_apart += uses->items[i].pool == 0;
	n.set.hosts = mem_array(n_apart + MAX_POOLS, sizeof(*n.set.hosts));
	r = n.set.hosts == NULL ? -ENOMEM : number_ids(&n, uses);
	for (size_t i = 0; i < uses->n && r == 0; i++)
		if (uses->items[i].pool == 0)
			r = name_one(&n, &uses->items[i]);
	if (r == 0)
		name_pools(&n, uses);
	addr_map_done(&n.ids);
	addr_map_done(&n.nets);
	addr_map_done(&n.node_low);
	free(n.node_of);
	if (r < 0)
		host_set_done(&n.set);
	else
		*ret_set = n.set;
	return r;
}
