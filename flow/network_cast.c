/* SPDX-License-Identifier: Apache-2.0 */
/* One host for several flows: among those that may play all its roles, exactly by weight. */
#include "flow/network.h"

#include "flow/network_impl.h"

enum { REJECTIONS = 32 };

static const struct candidates *players(const struct network *n, const struct network_role *role,
					int v)
{
	const struct network_service *s =
		role->with_group ? network_plumbing(n)
				 : network_service_find(n, role->service, role->proto);

	return role->as_client ? &s->clients[v] : &s->servers[v];
}

/* Where a host stands among candidates, which ascend; c->n: nowhere. */
static uint32_t place_of(const struct candidates *c, uint16_t host)
{
	uint32_t lo = 0, hi = c->n;

	while (lo < hi) {
		uint32_t mid = (lo + hi) / 2;

		if (c->hosts[mid] < host)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo < c->n && c->hosts[lo] == host ? lo : c->n;
}

static bool plays_all(const struct network *n, uint16_t host, const struct network_role *roles,
		      size_t n_roles, int v)
{
	for (size_t i = 1; i < n_roles; i++) {
		const struct candidates *c = players(n, &roles[i], v);

		if (place_of(c, host) == c->n)
			return false;
	}
	return true;
}

size_t network_cast_count(const struct network *network, const struct network_role *roles,
			  size_t n_roles, uint8_t version, uint32_t *ret_machine)
{
	const struct candidates *c;
	size_t n = 0;

	if (!network->is_plan)
		return 0;
	c = players(network, &roles[0], version == 6);
	for (uint32_t i = 0; i < c->n; i++)
		if (plays_all(network, c->hosts[i], roles, n_roles, version == 6)) {
			if (n == 0)
				*ret_machine = network->machine[c->hosts[i]];
			n++;
		}
	return n;
}

static bool is_among(const struct network *n, uint16_t host, const uint16_t *others,
		     size_t n_others)
{
	for (size_t i = 0; i < n_others; i++)
		if (n->machine[host] == n->machine[others[i]])
			return true;
	return false;
}

static uint64_t weight_of(const struct candidates *c, uint32_t i)
{
	return c->sums[i] - (i == 0 ? 0 : c->sums[i - 1]);
}

uint16_t network_cast(const struct network *network, uint16_t learned,
		      const struct network_role *roles, size_t n_roles, const uint16_t *others,
		      size_t n_others, struct rng *rng, uint16_t *ret_ports)
{
	const struct candidates *c;
	uint16_t host = FLOW_NO_HOST;
	uint64_t fit = 0, x;
	int v;

	if (!network->is_plan || network->learned[learned] != FLOW_NO_HOST)
		return network->is_plan ? network->learned[learned] : learned;
	v = network->set->hosts[learned].addr.version == 6;
	c = players(network, &roles[0], v);
	/* Rejection gives the conditional law; the scan after it is the same law where that is
	 * slow. */
	for (int i = 0; i < REJECTIONS && c->n > 0 && host == FLOW_NO_HOST; i++) {
		uint16_t h = c->hosts[candidates_find(c, rng_below64(rng, c->sums[c->n - 1]))];

		if (!is_among(network, h, others, n_others) &&
		    plays_all(network, h, roles, n_roles, v))
			host = h;
	}
	for (uint32_t i = 0; host == FLOW_NO_HOST && i < c->n; i++)
		if (!is_among(network, c->hosts[i], others, n_others) &&
		    plays_all(network, c->hosts[i], roles, n_roles, v))
			fit += weight_of(c, i);
	if (host == FLOW_NO_HOST && fit == 0)
		return FLOW_NO_HOST;
	x = host == FLOW_NO_HOST ? rng_below64(rng, fit) : 0;
	for (uint32_t i = 0; host == FLOW_NO_HOST; i++) {
		if (is_among(network, c->hosts[i], others, n_others) ||
		    !plays_all(network, c->hosts[i], roles, n_roles, v))
			continue;
		if (x < weight_of(c, i))
			host = c->hosts[i];
		else
			x -= weight_of(c, i);
	}
	for (size_t i = 0; i < n_roles; i++) {
		const struct candidates *s = players(network, &roles[i], v);

		if (!roles[i].as_client && s->ports[place_of(s, host)] != 0)
			ret_ports[i] = s->ports[place_of(s, host)];
	}
	return host;
}
