/* SPDX-License-Identifier: Apache-2.0 */
/* hosts.conf: written for people to read, checked field by field when read back. */
#include "flow/host.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "flow/host_made.h"

enum { LIMIT_STACKS = HOST_LIMIT, LIMIT_SPAN = 1 << 24 };

static bool stack_equal(const struct host_stack *a, const struct host_stack *b)
{
	return a->ttl == b->ttl && a->df == b->df && a->ip_id_zero == b->ip_id_zero &&
	       a->window == b->window && a->answer[0] == b->answer[0] &&
	       a->answer[1] == b->answer[1] && a->mss == b->mss &&
	       a->window_scale == b->window_scale && a->sack == b->sack &&
	       a->timestamps == b->timestamps && a->port_low == b->port_low &&
	       a->port_high == b->port_high;
}

static void save_stack(const struct host_stack *s, FILE *out)
{
	fprintf(out, "\t{ ttl = %u; df = %s; id_zero = %s; window = %u; ", s->ttl,
		s->df ? "true" : "false", s->ip_id_zero ? "true" : "false", s->window);
	if (s->answer[0] != 0 || s->answer[1] != 0)
		fprintf(out, "answers = [%u, %u]; ", s->answer[0], s->answer[1]);
	fprintf(out, "mss = %u; scale = %d; sack = %s; timestamps = %s; ports = [%u, %u]; }",
		s->mss, s->window_scale, s->sack ? "true" : "false",
		s->timestamps ? "true" : "false", s->port_low, s->port_high);
}

/* The number of host i's stack among the distinct ones, in order of first appearance. */
static uint32_t number_stacks(const struct host_set *set, uint32_t *stack_of, uint32_t *first_with)
{
	uint32_t n = 0;

	for (size_t i = 0; i < set->n_hosts; i++) {
		uint32_t k = 0;

		while (k < n &&
		       !stack_equal(&set->hosts[first_with[k]].stack, &set->hosts[i].stack))
			k++;
		if (k == n)
			first_with[n++] = (uint32_t)i;
		stack_of[i] = k;
	}
	return n;
}

int host_set_save(const struct host_set *set, FILE *out)
{
	CLEANUP(freep) uint32_t *stack_of = mem_array(set->n_hosts, sizeof(*stack_of));
	CLEANUP(freep) uint32_t *first_with = mem_array(set->n_hosts, sizeof(*first_with));
	uint32_t n_stacks;

	if (stack_of == NULL || first_with == NULL)
		return -ENOMEM;
	n_stacks = number_stacks(set, stack_of, first_with);
	fputs("# How the hosts' IP and TCP look; window to timestamps: of the SYN (0, -1: "
	      "absent).\n"
	      "stacks = (\n",
	      out);
	for (uint32_t i = 0; i < n_stacks; i++) {
		save_stack(&set->hosts[first_with[i]].stack, out);
		fputs(i + 1 < n_stacks ? ",\n" : "\n", out);
	}
	fputs(");\n", out);
	if (set->windows.n > 0 && window_set_save(&set->windows, out) < 0)
		return -EIO;
	fputs("# address: by number in the block of its kind, or a group's name. span: a "
	      "pooled host\n# stands for so many addresses, from its own on.\n"
	      "hosts = (\n",
	      out);
	for (size_t i = 0; i < set->n_hosts; i++) {
		const struct host *h = &set->hosts[i];
		char address[HOST_MADE_TEXT_BYTES], mac[MAC_TEXT_BYTES];

		fputs("\t{ name = ", out);
		conf_print_string(out, h->name);
		fputs("; role = ", out);
		conf_print_string(out, h->role);
		if (!h->made_up || !host_made_format(&h->addr, address))
			ip_format(&h->addr, address);
		fprintf(out, "; scope = \"%s\"; address = \"%s\"; ", host_scope_name(h->scope),
			address);
		if (h->span > 1)
			fprintf(out, "span = %u; ", h->span);
		fprintf(out, "mac = \"%s\"; stack = %u; }%s\n", mac_format(h->mac, mac),
			stack_of[i], i + 1 < set->n_hosts ? "," : "");
	}
	fputs(");\n", out);
	return ferror(out) ? -EIO : 0;
}

static int load_ports(const struct conf *conf, const config_setting_t *node, struct host_stack *s,
		      struct err *err)
{
	CLEANUP(freep) int64_t *ports = NULL;
	size_t n;
	int r = conf_get_ints(conf, node, "ports", true, 1, 65535, 2, &ports, &n, err);

	if (r < 0)
		return r;
	if (n != 2 || ports[0] > ports[1])
		return conf_error(conf, node, err, "ports: expected [lowest, highest]");
	s->port_low = (uint16_t)ports[0];
	s->port_high = (uint16_t)ports[1];
	return 0;
}

static int load_answers(const struct conf *conf, const config_setting_t *node, struct host_stack *s,
			struct err *err)
{
	CLEANUP(freep) int64_t *windows = NULL;
	size_t n = 0;
	int r = conf_get_ints(conf, node, "answers", false, 0, 65535, 2, &windows, &n, err);

	if (r < 0 || windows == NULL)
		return r;
	if (n != 2)
		return conf_error(conf, node, err,
				  "answers: expected [without timestamps, with them]");
	s->answer[0] = (uint16_t)windows[0];
	s->answer[1] = (uint16_t)windows[1];
	return 0;
}

static int load_stack(const struct conf *conf, const config_setting_t *node, struct host_stack *s,
		      struct err *err)
{
	static const char *const keys[] = { "ttl",   "df",   "id_zero",	   "window", "mss",
					    "scale", "sack", "timestamps", "ports",  "answers" };
	int64_t ttl = 0, window = 0, mss = 0, scale = 0;
	int r = conf_check_keys(conf, node, keys, sizeof(keys) / sizeof(*keys), err);

	if (r == 0)
		r = conf_get_int(conf, node, "ttl", true, 1, 255, &ttl, err);
	if (r == 0)
		r = conf_get_bool(conf, node, "df", true, &s->df, err);
	if (r == 0)
		r = conf_get_bool(conf, node, "id_zero", true, &s->ip_id_zero, err);
	if (r == 0)
		r = conf_get_int(conf, node, "window", true, 0, 65535, &window, err);
	if (r == 0)
		r = load_answers(conf, node, s, err);
	if (r == 0)
		r = conf_get_int(conf, node, "mss", true, 0, 65535, &mss, err);
	if (r == 0)
		r = conf_get_int(conf, node, "scale", true, -1, 14, &scale, err);
	if (r == 0)
		r = conf_get_bool(conf, node, "sack", true, &s->sack, err);
	if (r == 0)
		r = conf_get_bool(conf, node, "timestamps", true, &s->timestamps, err);
	if (r == 0)
		r = load_ports(conf, node, s, err);
	s->ttl = (uint8_t)ttl;
	s->window = (uint16_t)window;
	s->mss = (uint16_t)mss;
	s->window_scale = (int8_t)scale;
	return r;
}

static int load_stacks(const struct conf *conf, struct host_stack **ret_stacks, size_t *ret_n,
		       struct err *err)
{
	CLEANUP(freep) struct host_stack *stacks = NULL;
	const config_setting_t *list = NULL;
	int n, r = conf_get_list(conf, conf_root(conf), "stacks", true, &list, err);

	if (r < 0)
		return r;
	n = config_setting_length(list);
	if (n > LIMIT_STACKS)
		return conf_error(conf, list, err, "%d stacks; at most %d", n, LIMIT_STACKS);
	stacks = mem_array((size_t)n, sizeof(*stacks));
	if (stacks == NULL)
		return err_no_memory(err);
	for (int i = 0; i < n; i++) {
		const config_setting_t *e = config_setting_get_elem(list, (unsigned int)i);

		if (!config_setting_is_group(e))
			return conf_error(conf, e, err, "a stack is a group { ttl = 64; ... }");
		r = load_stack(conf, e, &stacks[i], err);
		if (r < 0)
			return r;
	}
	*ret_stacks = take(&stacks);
	*ret_n = (size_t)n;
	return 0;
}

static int load_text(const struct conf *conf, const config_setting_t *node, const char *key,
		     char *ret, size_t size, struct err *err)
{
	const char *text = NULL;
	int r = conf_get_string(conf, node, key, true, &text, err);

	if (r < 0)
		return r;
	if (*text == '\0' || strlen(text) >= size)
		return conf_error(conf, node, err, "%s: expected 1 to %zu characters", key,
				  size - 1);
	memcpy(ret, text, strlen(text) + 1);
	return 0;
}

static int load_address(const struct conf *conf, const config_setting_t *node, struct host *h,
			struct err *err)
{
	const char *scope = NULL, *address = NULL, *mac = NULL;
	struct err why = { "" };
	int64_t span = 1;
	int n, r;

	r = conf_get_string(conf, node, "scope", true, &scope, err);
	if (r == 0)
		r = conf_get_string(conf, node, "address", true, &address, err);
	if (r == 0)
		r = conf_get_string(conf, node, "mac", true, &mac, err);
	if (r == 0)
		r = conf_get_int(conf, node, "span", false, 1, LIMIT_SPAN, &span, err);
	if (r < 0)
		return r;
	n = host_scope_parse(scope);
	if (n < 0)
		return conf_error(conf, node, err, "scope: '%s' is none of local, internet, group",
				  scope);
	h->scope = (enum host_scope)n;
	h->span = (uint32_t)span;
	h->made_up = host_made_parse(address, &h->addr) == 0;
	if ((!h->made_up && ip_parse(address, &h->addr, &why) < 0) ||
	    mac_parse(mac, h->mac, &why) < 0)
		return conf_error(conf, node, err, "%s", why.text);
	return 0;
}

static int load_host(const struct conf *conf, const config_setting_t *node,
		     const struct host_stack *stacks, size_t n_stacks, struct host *h,
		     struct err *err)
{
	static const char *const keys[] = { "name", "role", "scope", "address",
					    "span", "mac",  "stack" };
	int64_t stack = 0;
	int r;

	if (!config_setting_is_group(node))
		return conf_error(conf, node, err, "a host is a group { name, role, ... }");
	r = conf_check_keys(conf, node, keys, sizeof(keys) / sizeof(*keys), err);
	if (r == 0)
		r = load_text(conf, node, "name", h->name, sizeof(h->name), err);
	if (r == 0)
		r = load_text(conf, node, "role", h->role, sizeof(h->role), err);
	if (r == 0)
		r = load_address(conf, node, h, err);
	if (r == 0)
		r = conf_get_int(conf, node, "stack", true, 0, (int64_t)n_stacks - 1, &stack, err);
	if (r < 0)
		return r;
	h->weight = 1;
	h->stack = stacks[stack];
	return 0;
}

static int by_name(const void *a, const void *b)
{
	const struct host *x = *(const struct host *const *)a, *y = *(const struct host *const *)b;

	return strcmp(x->name, y->name);
}

static int by_address(const void *a, const void *b)
{
	const struct host *x = *(const struct host *const *)a, *y = *(const struct host *const *)b;

	return ip_compare(&x->addr, &y->addr);
}

/* Which of two hosts of equal name or address the sort puts first does not matter: both are named.
 */
static int refuse_twins(const struct conf *conf, const config_setting_t *list,
			const struct host_set *set, struct err *err)
{
	CLEANUP(freep) const struct host **sorted = mem_array(set->n_hosts, sizeof(*sorted));
	char ip[IP_TEXT_BYTES];

	if (sorted == NULL)
		return err_no_memory(err);
	for (size_t i = 0; i < set->n_hosts; i++)
		sorted[i] = &set->hosts[i];
	qsort(sorted, set->n_hosts, sizeof(*sorted), by_name);
	for (size_t i = 1; i < set->n_hosts; i++)
		if (by_name(&sorted[i - 1], &sorted[i]) == 0)
			return conf_error(conf, list, err, "two hosts are called '%s'",
					  sorted[i]->name);
	qsort(sorted, set->n_hosts, sizeof(*sorted), by_address);
	for (size_t i = 1; i < set->n_hosts; i++) {
		struct ip_addr last = host_address(sorted[i - 1], sorted[i - 1]->span - 1);

		if (last.version == sorted[i]->addr.version &&
		    ip_compare(&last, &sorted[i]->addr) >= 0)
			return conf_error(conf, list, err, "'%s' and '%s' have both address %s",
					  sorted[i - 1]->name, sorted[i]->name,
					  ip_format(&sorted[i]->addr, ip));
	}
	return 0;
}

int host_set_load(const struct conf *conf, struct host_set *ret_set, struct err *err)
{
	static const char *const keys[] = { "stacks", "windows", "hosts" };
	CLEANUP(freep) struct host_stack *stacks = NULL;
	CLEANUP(host_set_done) struct host_set set = { 0 };
	const config_setting_t *list = NULL;
	size_t n_stacks = 0;
	int n, r = conf_check_keys(conf, conf_root(conf), keys, 3, err);

	if (r == 0)
		r = load_stacks(conf, &stacks, &n_stacks, err);
	if (r == 0)
		r = window_set_load(conf, &set.windows, err);
	if (r == 0)
		r = conf_get_list(conf, conf_root(conf), "hosts", true, &list, err);
	if (r < 0)
		return r;
	n = config_setting_length(list);
	if (n > HOST_LIMIT)
		return conf_error(conf, list, err, "%d hosts; at most %d", n, HOST_LIMIT);
	set.hosts = mem_array((size_t)n, sizeof(*set.hosts));
	if (set.hosts == NULL)
		return err_no_memory(err);
	set.n_hosts = (size_t)n;
	for (int i = 0; i < n && r == 0; i++)
		r = load_host(conf, config_setting_get_elem(list, (unsigned int)i), stacks,
			      n_stacks, &set.hosts[i], err);
	if (r == 0)
		r = refuse_twins(conf, list, &set, err);
	if (r < 0)
		return r;
	*ret_set = set;
	memset(&set, 0, sizeof(set));
	return 0;
}
