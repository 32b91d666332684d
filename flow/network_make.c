/* SPDX-License-Identifier: Apache-2.0 */
/*
 * From a plan to a network. Contradictions between its entries are refused here, so that drawing
 * never meets one.
 */
#include "flow/network_plan.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/bytes.h"
#include "base/mem.h"
#include "flow/addr_map.h"

static int by_name(const void *a, const void *b)
{
	const struct machine *x = *(const struct machine *const *)a;
	const struct machine *y = *(const struct machine *const *)b;
	int order = strcmp(x->name, y->name);

	return order != 0 ? order : (x > y) - (x < y); /* in the file's order */
}

static int by_mac(const void *a, const void *b)
{
	const struct machine *x = *(const struct machine *const *)a;
	const struct machine *y = *(const struct machine *const *)b;
	int order = memcmp(x->mac, y->mac, 6);

	return order != 0 ? order : (x > y) - (x < y);
}

static int refuse_twin_names(const struct plan *plan, const struct machine **sorted,
			     struct err *err)
{
	for (size_t i = 0; i < plan->n_machines; i++)
		sorted[i] = &plan->machines[i];
	qsort(sorted, plan->n_machines, sizeof(*sorted), by_name);
	for (size_t i = 1; i < plan->n_machines; i++)
		if (strcmp(sorted[i]->name, sorted[i - 1]->name) == 0)
			return conf_error(plan->conf, sorted[i]->node, err,
					  "name: two hosts are called '%s'", sorted[i]->name);
	return 0;
}

static int refuse_twin_macs(const struct plan *plan, const struct machine **sorted, struct err *err)
{
	char text[MAC_TEXT_BYTES];
	size_t n = 0;

	for (size_t i = 0; i < plan->n_machines; i++)
		if (plan->machines[i].has_mac)
			sorted[n++] = &plan->machines[i];
	if (n > 0)
		qsort(sorted, n, sizeof(*sorted), by_mac);
	for (size_t i = 0; i < n; i++) {
		const struct machine *m = sorted[i];

		if (i > 0 && memcmp(m->mac, sorted[i - 1]->mac, 6) == 0)
			return conf_error(plan->conf, m->node, err,
					  "mac: '%s' and '%s' have both %s", sorted[i - 1]->name,
					  m->name, mac_format(m->mac, text));
		if (memcmp(m->mac, plan->gateway, 6) == 0)
			return conf_error(plan->conf, m->node, err,
					  "mac: '%s' has the gateway's, %s", m->name,
					  mac_format(m->mac, text));
	}
	return 0;
}

/* Also keeps the map: the made-up addresses of the internet must not be among them. */
static int refuse_twin_addresses(const struct plan *plan, struct addr_map *map, struct err *err)
{
	char text[IP_TEXT_BYTES];

	for (size_t i = 0; i < plan->n_machines; i++) {
		const struct machine *m = &plan->machines[i];

		for (uint32_t k = 0; k < m->n_addresses; k++) {
			size_t known = map->n;
			uint32_t number;

			if (addr_map_put(map, &m->addresses[k], &number) < 0)
				return err_no_memory(err);
			if (map->n == known)
				return conf_error(plan->conf, m->node, err,
						  "addresses: %s of '%s' stands twice",
						  ip_format(&m->addresses[k], text), m->name);
		}
	}
	if (map->n > HOST_LIMIT)
		return conf_error(plan->conf, conf_root(plan->conf), err,
				  "hosts: %zu addresses in all; at most %d", map->n, HOST_LIMIT);
	return 0;
}

static bool is_served(const struct plan *plan, const char *service)
{
	for (size_t i = 0; i < plan->n_machines; i++)
		for (uint32_t k = 0; k < plan->machines[i].n_serves; k++)
			if (strcmp(plan->machines[i].serves[k].name, service) == 0)
				return true;
	return false;
}

static int refuse_unserved(const struct plan *plan, struct err *err)
{
	if (plan->internet)
		return 0;
	for (size_t i = 0; i < plan->n_machines; i++) {
		const struct machine *m = &plan->machines[i];

		for (uint32_t k = 0; k < m->n_uses; k++)
			if (!is_served(plan, m->uses[k].name))
				return conf_error(plan->conf, m->node, err,
						  "uses: nobody serves '%s' and internet is false",
						  m->uses[k].name);
	}
	return 0;
}

static int refuse_internet_inside(const struct plan *plan, const struct host_set *set,
				  struct err *err)
{
	char text[IP_TEXT_BYTES], prefix[IP_TEXT_BYTES];

	if (!plan->internet)
		return 0;
	for (size_t i = 0; i < set->n_hosts; i++)
		for (size_t k = 0; k < plan->n_local; k++)
			if (set->hosts[i].scope == HOST_INTERNET &&
			    ip_prefix_holds(&plan->local[k], &set->hosts[i].addr))
				return conf_error(plan->conf, conf_root(plan->conf), err,
						  "local: %s holds %s, the model's address for a "
						  "host outside",
						  ip_prefix_format(&plan->local[k], prefix),
						  ip_format(&set->hosts[i].addr, text));
	return 0;
}

static int check_plan(const struct plan *plan, const struct host_set *set, struct err *err)
{
	CLEANUP(freep) const struct machine **sorted = NULL;
	CLEANUP(addr_map_done) struct addr_map map = { 0 };
	int r;

	sorted = mem_array(plan->n_machines, sizeof(*sorted));
	if (sorted == NULL)
		return err_no_memory(err);
	r = refuse_twin_names(plan, sorted, err);
	if (r == 0)
		r = refuse_twin_macs(plan, sorted, err);
	if (r == 0)
		r = refuse_twin_addresses(plan, &map, err);
	if (r == 0)
		r = refuse_unserved(plan, err);
	if (r == 0)
		r = refuse_internet_inside(plan, set, err);
	return r;
}

static bool mac_taken(const struct plan *plan, const uint8_t mac[6])
{
	if (memcmp(plan->gateway, mac, 6) == 0)
		return true;
	for (size_t i = 0; i < plan->n_machines; i++)
		if (plan->machines[i].has_mac && memcmp(plan->machines[i].mac, mac, 6) == 0)
			return true;
	return false;
}

/* 02:00:02:xx:xx:xx, none of those given. */
static void make_macs(struct plan *plan)
{
	uint32_t next = 0;

	for (size_t i = 0; i < plan->n_machines; i++) {
		struct machine *m = &plan->machines[i];

		if (m->has_mac)
			continue;
		do {
			next++;
			m->mac[0] = 2;
			m->mac[1] = 0;
			m->mac[2] = 2;
			m->mac[3] = (uint8_t)(next >> 16);
			be16_put(m->mac + 4, (uint16_t)next);
		} while (mac_taken(plan, m->mac));
	}
}

static void add_machines(struct network *n, const struct plan *plan)
{
	for (size_t i = 0; i < plan->n_machines; i++) {
		const struct machine *m = &plan->machines[i];

		for (uint32_t k = 0; k < m->n_addresses; k++) {
			struct host *h = &n->hosts[n->n_hosts];

			memcpy(h->name, m->name, sizeof(h->name));
			memcpy(h->role, m->role, sizeof(h->role));
			memcpy(h->mac, m->mac, sizeof(h->mac));
			h->scope = HOST_LOCAL;
			h->addr = m->addresses[k];
			h->span = 1;
			h->weight = m->weight;
			h->stack = *m->stack;
			n->machine[n->n_hosts++] = (uint16_t)i;
		}
	}
	n->n_local = n->n_hosts;
}

/* The model's hosts that are not local, each a machine of its own. */
static void add_outside(struct network *n, const struct plan *plan)
{
	const struct ip_prefix *v4 = NULL;

	for (size_t i = 0; i < plan->n_local && v4 == NULL; i++)
		if (plan->local[i].addr.version == 4)
			v4 = &plan->local[i];
	for (size_t i = 0; i < n->set->n_hosts; i++) {
		struct host *h = &n->hosts[n->n_hosts];

		n->learned[i] = FLOW_NO_HOST;
		if (n->set->hosts[i].scope == HOST_LOCAL)
			continue;
		*h = n->set->hosts[i];
		if (h->scope == HOST_INTERNET)
			memcpy(h->mac, plan->gateway, 6);
		if (v4 != NULL && strcmp(h->role, "subnet-broadcast") == 0)
			h->addr = plan_broadcast(v4);
		n->machine[n->n_hosts] = (uint16_t)(plan->n_machines + n->n_hosts - n->n_local);
		n->learned[i] = (uint16_t)n->n_hosts++;
	}
}

static int compare_services(const void *a, const void *b)
{
	return strcmp(((const struct network_service *)a)->name,
		      ((const struct network_service *)b)->name);
}

static int list_services(struct network *n, const struct plan *plan)
{
	size_t most = 0, n_all = 0, n_kept = 0;

	for (size_t i = 0; i < plan->n_machines; i++)
		most += plan->machines[i].n_uses + plan->machines[i].n_serves;
	n->services = mem_array(most + 2, sizeof(*n->services));
	if (n->services == NULL)
		return -ENOMEM;
	for (size_t i = 0; i < plan->n_machines; i++) {
		const struct machine *m = &plan->machines[i];

		for (uint32_t k = 0; k < m->n_uses; k++)
			memcpy(n->services[n_all++].name, m->uses[k].name, FLOW_SERVICE_BYTES);
		for (uint32_t k = 0; k < m->n_serves; k++)
			memcpy(n->services[n_all++].name, m->serves[k].name, FLOW_SERVICE_BYTES);
	}
	if (n_all > 0)
		qsort(n->services, n_all, sizeof(*n->services), compare_services);
	for (size_t i = 0; i < n_all; i++)
		if (i == 0 || strcmp(n->services[i].name, n->services[n_kept - 1].name) != 0)
			n->services[n_kept++] = n->services[i];
	memset(&n->services[n_kept], 0, (most + 2 - n_kept) * sizeof(*n->services));
	n->n_services = (uint32_t)n_kept;
	return 0;
}

static const struct plan_service *find(const struct plan_service *list, uint32_t n,
				       const char *name)
{
	for (uint32_t i = 0; i < n; i++)
		if (strcmp(list[i].name, name) == 0)
			return &list[i];
	return NULL;
}

/* Enters one host (an address of a machine) wherever it may stand. */
static int enter_host(struct network *n, uint16_t host, const struct machine *m)
{
	bool uses_all = !m->says_uses && m->n_serves == 0;
	int v = n->hosts[host].addr.version == 6, r = 0;

	for (uint32_t i = 0; i < n->n_services + 2 && r == 0; i++) {
		struct network_service *s = &n->services[i];
		bool plumbing = i == n->n_services + 1, named = i < n->n_services;
		const struct plan_service *served = NULL;

		if (named)
			served = find(m->serves, m->n_serves, s->name);
		if (plumbing || uses_all || (named && find(m->uses, m->n_uses, s->name) != NULL))
			r = candidates_add(&s->clients[v], host, 0, m->weight);
		if (r == 0 && (plumbing || served != NULL))
			r = candidates_add(&s->servers[v], host, plumbing ? 0 : served->port,
					   m->weight);
	}
	return r;
}

static int make_network(struct network *n, struct plan *plan, const struct host_set *set,
			struct err *err)
{
	size_t n_hosts = set->n_hosts;
	int r;

	for (size_t i = 0; i < plan->n_machines; i++)
		n_hosts += plan->machines[i].n_addresses;
	if (n_hosts >= FLOW_NO_HOST)
		return conf_error(plan->conf, conf_root(plan->conf), err,
				  "hosts: %zu with the model's; at most %d", n_hosts,
				  FLOW_NO_HOST - 1);
	n->set = set;
	n->is_plan = true;
	n->internet = plan->internet;
	memcpy(n->gateway, plan->gateway, 6);
	n->hosts = mem_array(n_hosts, sizeof(*n->hosts));
	n->machine = mem_array(n_hosts, sizeof(*n->machine));
	n->learned = mem_array(set->n_hosts, sizeof(*n->learned));
	if (n->hosts == NULL || n->machine == NULL || n->learned == NULL)
		return err_no_memory(err);
	make_macs(plan);
	add_machines(n, plan);
	add_outside(n, plan);
	r = list_services(n, plan);
	for (size_t i = 0; i < n->n_local && r == 0; i++)
		r = enter_host(n, (uint16_t)i, &plan->machines[n->machine[i]]);
	return r < 0 ? err_no_memory(err) : 0;
}

int network_from_plan(const struct conf *conf, const struct host_set *set,
		      struct network **ret_network, struct err *err)
{
	CLEANUP(network_freep) struct network *n = mem_array(1, sizeof(*n));
	CLEANUP(plan_done) struct plan plan = { 0 };
	int r;

	if (n == NULL)
		return err_no_memory(err);
	r = plan_load(conf, &plan, err);
	if (r == 0)
		r = check_plan(&plan, set, err);
	if (r == 0)
		r = make_network(n, &plan, set, err);
	if (r < 0)
		return r;
	*ret_network = take(&n);
	return 0;
}
