/* SPDX-License-Identifier: Apache-2.0 */
#include "flow/network.h"

#include <errno.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "flow/network_impl.h"

enum { REJECTIONS = 16 };

static void candidates_done(struct candidates *c)
{
	free(c->hosts);
	free(c->ports);
	free(c->sums);
}

void network_freep(struct network **network)
{
	struct network *n = *network;

	if (n == NULL)
		return;
	for (uint32_t i = 0; n->services != NULL && i < n->n_services + 2; i++)
		for (int v = 0; v < 2; v++) {
			candidates_done(&n->services[i].clients[v]);
			candidates_done(&n->services[i].servers[v]);
		}
	free(n->services);
	free(n->hosts);
	free(n->machine);
	free(n->learned);
	free(n);
	*network = NULL;
}

static int grow_to(void *items, uint32_t capacity, uint32_t need, size_t size)
{
	size_t c = capacity;

	return mem_grow(items, &c, need, size, HOST_LIMIT);
}

int candidates_add(struct candidates *c, uint16_t host, uint16_t port, double weight)
{
	/* 2^-16 is fine enough for weights that people write, and sums stay integers. */
	uint64_t w = (uint64_t)(weight * 65536 + 0.5);

	if (c->n == c->capacity) {
		uint32_t need = c->capacity == 0 ? 4 : c->capacity * 2;

		if (grow_to(&c->hosts, c->capacity, need, sizeof(*c->hosts)) < 0 ||
		    grow_to(&c->ports, c->capacity, need, sizeof(*c->ports)) < 0 ||
		    grow_to(&c->sums, c->capacity, need, sizeof(*c->sums)) < 0)
			return -ENOMEM;
		c->capacity = need;
	}
	c->hosts[c->n] = host;
	c->ports[c->n] = port;
	c->sums[c->n] = w + (c->n == 0 ? 0 : c->sums[c->n - 1]);
	c->n++;
	return 0;
}

int network_from_hosts(const struct host_set *set, struct network **ret_network, struct err *err)
{
	static const uint8_t gateway[6] = { 2, 0, 0, 0, 0, 1 };
	struct network *n;

	if (set->n_hosts > HOST_LIMIT)
		return err_set(err, -EINVAL, "%zu hosts; at most %d", set->n_hosts, HOST_LIMIT);
	n = mem_array(1, sizeof(*n));
	if (n == NULL)
		return err_no_memory(err);
	n->set = set;
	n->internet = true;
	n->n_hosts = set->n_hosts;
	memcpy(n->gateway, gateway, 6);
	for (size_t i = 0; i < set->n_hosts; i++)
		if (set->hosts[i].scope == HOST_INTERNET) {
			memcpy(n->gateway, set->hosts[i].mac, 6);
			break;
		}
	*ret_network = n;
	return 0;
}

const struct host *network_hosts(const struct network *network, size_t *ret_n)
{
	*ret_n = network->n_hosts;
	return network->is_plan ? network->hosts : network->set->hosts;
}

bool network_is_plan(const struct network *network)
{
	return network->is_plan;
}

void network_gateway_mac(const struct network *network, uint8_t ret_mac[6])
{
	memcpy(ret_mac, network->gateway, 6);
}

const struct network_service *network_plumbing(const struct network *n)
{
	return &n->services[n->n_services + 1];
}

const struct network_service *network_service_find(const struct network *n, const char *name,
						   uint8_t proto)
{
	uint32_t lo = 0, hi = n->n_services;

	if (proto != IPPROTO_TCP && proto != IPPROTO_UDP)
		return network_plumbing(n);
	while (lo < hi) {
		uint32_t mid = (lo + hi) / 2;
		int order = strcmp(n->services[mid].name, name);

		if (order == 0)
			return &n->services[mid];
		if (order < 0)
			lo = mid + 1;
		else
			hi = mid;
	}
	return &n->services[n->n_services];
}

/* Are two machines to be had? No only when both sides come down to one and the same. */
static bool two_machines(const struct network *n, const struct candidates *a,
			 const struct candidates *b)
{
	for (uint32_t i = 0; i < a->n; i++)
		if (n->machine[a->hosts[i]] != n->machine[b->hosts[0]])
			return true;
	for (uint32_t i = 1; i < b->n; i++)
		if (n->machine[b->hosts[i]] != n->machine[b->hosts[0]])
			return true;
	return false;
}

bool network_allows(const struct network *network, const char *service, uint8_t proto,
		    enum host_scope src, enum host_scope dst, uint8_t version)
{
	int v = version == 6;
	const struct network_service *s;
	const struct candidates *clients, *servers;

	if (!network->is_plan)
		return true;
	if (!network->internet && (src == HOST_INTERNET || dst == HOST_INTERNET))
		return false;
	s = network_service_find(network, service, proto);
	clients = dst == HOST_GROUP ? &network_plumbing(network)->clients[v] : &s->clients[v];
	servers = src == HOST_GROUP ? &network_plumbing(network)->servers[v] : &s->servers[v];
	if (src == HOST_LOCAL && clients->n == 0)
		return false;
	if (dst == HOST_LOCAL && servers->n == 0)
		return false;
	return src != HOST_LOCAL || dst != HOST_LOCAL || two_machines(network, clients, servers);
}

/* Index of the candidate whose share of [0, total) holds x. */
uint32_t candidates_find(const struct candidates *c, uint64_t x)
{
	uint32_t lo = 0, hi = c->n - 1;

	while (lo < hi) {
		uint32_t mid = (lo + hi) / 2;

		if (c->sums[mid] <= x)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo;
}

/* Draws by weight among those not of machine `not`; c->n when there is none. */
static uint32_t candidates_draw(const struct network *n, const struct candidates *c, uint32_t not,
				struct rng *rng)
{
	uint64_t others = 0, x;

	if (c->n == 0)
		return 0;
	/* Rejection gives the conditional law; the scan below is the same law where that is slow.
	 */
	for (int i = 0; i < REJECTIONS; i++) {
		uint32_t k = candidates_find(c, rng_below64(rng, c->sums[c->n - 1]));

		if (n->machine[c->hosts[k]] != not )
			return k;
	}
	for (uint32_t i = 0; i < c->n; i++)
		if (n->machine[c->hosts[i]] != not )
			others += c->sums[i] - (i == 0 ? 0 : c->sums[i - 1]);
	if (others == 0)
		return c->n;
	x = rng_below64(rng, others);
	for (uint32_t i = 0;; i++) {
		uint64_t w = c->sums[i] - (i == 0 ? 0 : c->sums[i - 1]);

		if (n->machine[c->hosts[i]] == not )
			continue;
		if (x < w)
			return i;
		x -= w;
	}
}

uint16_t network_map(const struct network *network, uint16_t learned, const char *service,
		     uint8_t proto, bool as_client, uint16_t other, struct rng *rng,
		     uint16_t *ret_port)
{
	const struct network_service *s;
	const struct candidates *c;
	uint32_t not = UINT32_MAX, k;
	int v;

	if (!network->is_plan || network->learned[learned] != FLOW_NO_HOST)
		return network->is_plan ? network->learned[learned] : learned;
	v = network->set->hosts[learned].addr.version == 6;
	s = network_service_find(network, service, proto);
	if (other != FLOW_NO_HOST) {
		if (network->hosts[other].scope == HOST_GROUP)
			s = network_plumbing(network);
		not = network->machine[other];
	}
	c = as_client ? &s->clients[v] : &s->servers[v];
	k = candidates_draw(network, c, not, rng);
	if (k >= c->n)
		return FLOW_NO_HOST;
	if (!as_client && c->ports[k] != 0)
		*ret_port = c->ports[k];
	return c->hosts[k];
}

struct ip_addr network_address(const struct network *network, uint16_t host, struct rng *rng)
{
	const struct host *h =
		network->is_plan ? &network->hosts[host] : &network->set->hosts[host];

	return h->span > 1 ? host_address(h, rng_below(rng, h->span)) : h->addr;
}
