/* SPDX-License-Identifier: Apache-2.0 */
/* Reading a network plan: what each key may say. What the keys say together is network_make.c. */
#include "flow/network_plan.h"

#include <errno.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>

#include "base/bytes.h"
#include "base/mem.h"
#include "flow/service.h"

enum { LIMIT_ADDRESSES = 64 };

void plan_done(struct plan *plan)
{
	for (size_t i = 0; i < plan->n_machines; i++) {
		free(plan->machines[i].addresses);
		free(plan->machines[i].uses);
		free(plan->machines[i].serves);
	}
	free(plan->machines);
}

static int load_prefixes(struct plan *plan, struct err *err)
{
	const config_setting_t *list = NULL;
	int n, r = conf_get_list(plan->conf, conf_root(plan->conf), "local", true, &list, err);

	if (r < 0)
		return r;
	n = config_setting_length(list);
	if (n < 1 || n > PLAN_LIMIT_PREFIXES)
		return conf_error(plan->conf, list, err, "local: expected 1 to %d prefixes, not %d",
				  PLAN_LIMIT_PREFIXES, n);
	for (int i = 0; i < n; i++) {
		const char *text = config_setting_get_string_elem(list, i);
		struct err why = { "" };

		if (text == NULL)
			return conf_error(plan->conf, list, err,
					  "local: expected strings such as \"10.0.0.0/24\"");
		if (ip_prefix_parse(text, &plan->local[i], &why) < 0)
			return conf_error(plan->conf, list, err, "local: %s", why.text);
	}
	plan->n_local = (size_t)n;
	return 0;
}

static bool is_local(const struct plan *plan, const struct ip_addr *addr)
{
	for (size_t i = 0; i < plan->n_local; i++)
		if (ip_prefix_holds(&plan->local[i], addr))
			return true;
	return ip_is_link_local(addr);
}

struct ip_addr plan_broadcast(const struct ip_prefix *prefix)
{
	/* Prefixes of 31 and 32 bits have no broadcast address (RFC 3021), and shifts stop at 31.
	 */
	const uint32_t hosts = prefix->n_bits >= 31 ? 0 : UINT32_MAX >> prefix->n_bits;

	return ip_from_v4(be32_get(prefix->addr.bytes) | hosts);
}

static int check_address(const struct plan *plan, const struct machine *m, const char *text,
			 const struct ip_addr *a, struct err *err)
{
	if (ip_is_multicast(a) || ip_is_unspecified(a))
		return conf_error(plan->conf, m->node, err, "%s: %s is no machine's address",
				  m->name, text);
	if (!is_local(plan, a))
		return conf_error(plan->conf, m->node, err,
				  "%s: %s is in none of the prefixes of local", m->name, text);
	for (size_t i = 0; i < plan->n_local; i++) {
		const struct ip_prefix *p = &plan->local[i];
		struct ip_addr last;

		if (p->addr.version != 4 || a->version != 4 || p->n_bits >= 31)
			continue;
		last = plan_broadcast(p);
		if (ip_equal(a, &last) || ip_equal(a, &p->addr))
			return conf_error(plan->conf, m->node, err,
					  "%s: %s is the network or broadcast address of a prefix",
					  m->name, text);
	}
	return 0;
}

static int load_addresses(const struct plan *plan, struct machine *m, struct err *err)
{
	const config_setting_t *list = NULL;
	int n, r = conf_get_list(plan->conf, m->node, "addresses", true, &list, err);

	if (r < 0)
		return r;
	n = config_setting_length(list);
	if (n < 1 || n > LIMIT_ADDRESSES)
		return conf_error(plan->conf, list, err, "%s: expected 1 to %d addresses, not %d",
				  m->name, LIMIT_ADDRESSES, n);
	m->addresses = mem_array((size_t)n, sizeof(*m->addresses));
	if (m->addresses == NULL)
		return err_no_memory(err);
	for (int i = 0; i < n; i++) {
		const char *text = config_setting_get_string_elem(list, i);
		struct err why = { "" };

		if (text == NULL)
			return conf_error(plan->conf, list, err, "%s: addresses are strings",
					  m->name);
		if (ip_parse(text, &m->addresses[i], &why) < 0)
			return conf_error(plan->conf, list, err, "%s: %s", m->name, why.text);
		r = check_address(plan, m, text, &m->addresses[i], err);
		if (r < 0)
			return r;
	}
	m->n_addresses = (uint32_t)n;
	return 0;
}

/* All service names, for the nearest one; only when there is an error to tell. */
static int unknown_service(const struct plan *plan, const config_setting_t *list, const char *key,
			   const char *name, struct err *err)
{
	static const uint8_t protos[] = { IPPROTO_TCP, IPPROTO_UDP };
	CLEANUP(freep) const char **names = mem_array(2 * 65536, sizeof(*names));
	const char *nearest = NULL;
	size_t n = 0;

	for (int p = 0; names != NULL && p < 2; p++)
		for (uint32_t port = 1; port < 65536; port++) {
			const char *s = service_name(protos[p], 0, (uint16_t)port);

			if (strcmp(s, "-") != 0)
				names[n++] = s;
		}
	if (names != NULL)
		nearest = conf_nearest(name, names, n);
	if (nearest != NULL)
		return conf_error(plan->conf, list, err,
				  "%s: '%s' is no known service; did you mean '%s'?", key, name,
				  nearest);
	return conf_error(plan->conf, list, err, "%s: '%s' is no known service", key, name);
}

static int parse_service(const struct plan *plan, const config_setting_t *list, const char *key,
			 const char *text, bool may_port, struct plan_service *ret, struct err *err)
{
	size_t n = strcspn(text, ":");
	uint16_t usual;
	uint8_t proto;

	if (n >= sizeof(ret->name))
		return conf_error(plan->conf, list, err, "%s: '%s' is no known service", key, text);
	memcpy(ret->name, text, n);
	ret->name[n] = '\0';
	ret->port = 0;
	if (service_port(ret->name, &proto, &usual) < 0)
		return unknown_service(plan, list, key, ret->name, err);
	if (text[n] == '\0')
		return 0;
	if (may_port && strspn(text + n + 1, "0123456789") == strlen(text + n + 1) &&
	    strlen(text + n + 1) <= 5) {
		long port = strtol(text + n + 1, NULL, 10);

		ret->port = (uint16_t)port;
		if (port >= 1 && port <= 65535)
			return 0;
	}
	return conf_error(plan->conf, list, err,
			  may_port ? "%s: '%s': expected a port from 1 to 65535 after ':'"
				   : "%s: '%s': a port is given where it is served",
			  key, text);
}

static int load_services(const struct plan *plan, const struct machine *m, const char *key,
			 struct plan_service **ret, uint32_t *ret_n, bool *ret_given,
			 struct err *err)
{
	const config_setting_t *list = NULL;
	bool may_port = strcmp(key, "serves") == 0;
	int n, r = conf_get_list(plan->conf, m->node, key, false, &list, err);

	if (r < 0 || list == NULL)
		return r;
	n = config_setting_length(list);
	if (n > NETWORK_LIMIT_LIST)
		return conf_error(plan->conf, list, err, "%s: %d services; at most %d", key, n,
				  NETWORK_LIMIT_LIST);
	*ret = mem_array((size_t)n, sizeof(**ret));
	if (*ret == NULL)
		return err_no_memory(err);
	for (int i = 0; i < n; i++) {
		const char *text = config_setting_get_string_elem(list, i);

		if (text == NULL)
			return conf_error(plan->conf, list, err, "%s: services are strings", key);
		r = parse_service(plan, list, key, text, may_port, &(*ret)[i], err);
		if (r < 0)
			return r;
		for (int k = 0; k < i; k++)
			if (strcmp((*ret)[k].name, (*ret)[i].name) == 0)
				return conf_error(plan->conf, list, err, "%s: '%s' stands twice",
						  key, (*ret)[i].name);
	}
	*ret_n = (uint32_t)n;
	*ret_given = true;
	return 0;
}

static int load_text(const struct plan *plan, const struct machine *m, const char *key,
		     bool required, char *ret, size_t size, struct err *err)
{
	const char *text = ret;
	int r = conf_get_string(plan->conf, m->node, key, required, &text, err);

	if (r < 0 || text == ret)
		return r;
	if (*text == '\0' || strlen(text) >= size)
		return conf_error(plan->conf, m->node, err, "%s: expected 1 to %zu characters", key,
				  size - 1);
	memcpy(ret, text, strlen(text) + 1);
	return 0;
}

static int load_mac(const struct plan *plan, const config_setting_t *node, const char *key,
		    uint8_t *ret_mac, bool *ret_given, struct err *err)
{
	const char *text = NULL;
	struct err why = { "" };
	int r = conf_get_string(plan->conf, node, key, false, &text, err);

	if (r < 0 || text == NULL)
		return r;
	if (mac_parse(text, ret_mac, &why) < 0)
		return conf_error(plan->conf, node, err, "%s: %s", key, why.text);
	if ((ret_mac[0] & 1) != 0)
		return conf_error(plan->conf, node, err, "%s: %s is a group's address", key, text);
	*ret_given = true;
	return 0;
}

static int load_os(const struct plan *plan, struct machine *m, struct err *err)
{
	const char *os = "linux";
	int r = conf_get_string(plan->conf, m->node, "os", false, &os, err);

	if (r < 0)
		return r;
	m->stack = host_stack_named(os);
	if (m->stack == NULL)
		return conf_error(plan->conf, m->node, err,
				  "os: '%s' is none of linux, windows, mac, iot", os);
	return 0;
}

static int load_machine(const struct plan *plan, struct machine *m, struct err *err)
{
	static const char *const keys[] = { "name", "addresses", "mac",	 "os",
					    "role", "weight",	 "uses", "serves" };
	bool serves = false;
	int r;

	if (!config_setting_is_group(m->node))
		return conf_error(plan->conf, m->node, err, "a host is a group { name, ... }");
	m->weight = 1;
	r = conf_check_keys(plan->conf, m->node, keys, sizeof(keys) / sizeof(*keys), err);
	if (r == 0)
		r = load_text(plan, m, "name", true, m->name, sizeof(m->name), err);
	if (r == 0)
		r = load_addresses(plan, m, err);
	if (r == 0)
		r = load_mac(plan, m->node, "mac", m->mac, &m->has_mac, err);
	if (r == 0)
		r = load_os(plan, m, err);
	if (r == 0)
		r = conf_get_float(plan->conf, m->node, "weight", false, 0.001, 1e6, &m->weight,
				   err);
	if (r == 0)
		r = load_services(plan, m, "uses", &m->uses, &m->n_uses, &m->says_uses, err);
	if (r == 0)
		r = load_services(plan, m, "serves", &m->serves, &m->n_serves, &serves, err);
	snprintf(m->role, sizeof(m->role), "%s", m->n_serves > 0 ? "server" : "client");
	if (r == 0)
		r = load_text(plan, m, "role", false, m->role, sizeof(m->role), err);
	return r;
}

static int load_machines(struct plan *plan, struct err *err)
{
	const config_setting_t *list = NULL;
	int n, r = conf_get_list(plan->conf, conf_root(plan->conf), "hosts", true, &list, err);

	if (r < 0)
		return r;
	n = config_setting_length(list);
	if (n < 1 || n > NETWORK_LIMIT_MACHINES)
		return conf_error(plan->conf, list, err, "hosts: expected 1 to %d, not %d",
				  NETWORK_LIMIT_MACHINES, n);
	plan->machines = mem_array((size_t)n, sizeof(*plan->machines));
	if (plan->machines == NULL)
		return err_no_memory(err);
	plan->n_machines = (size_t)n;
	for (int i = 0; i < n && r == 0; i++) {
		plan->machines[i].node = config_setting_get_elem(list, (unsigned int)i);
		r = load_machine(plan, &plan->machines[i], err);
	}
	return r;
}

int plan_load(const struct conf *conf, struct plan *plan, struct err *err)
{
	static const char *const keys[] = { "local", "gateway", "internet", "hosts" };
	static const uint8_t gateway[6] = { 2, 0, 0, 0, 0, 1 };
	const config_setting_t *root = conf_root(conf);
	bool given;
	int r;

	plan->conf = conf;
	plan->internet = true;
	memcpy(plan->gateway, gateway, 6);
	r = conf_check_keys(conf, root, keys, sizeof(keys) / sizeof(*keys), err);
	if (r == 0)
		r = load_prefixes(plan, err);
	if (r == 0)
		r = load_mac(plan, root, "gateway", plan->gateway, &given, err);
	if (r == 0)
		r = conf_get_bool(conf, root, "internet", false, &plan->internet, err);
	return r < 0 ? r : load_machines(plan, err);
}
