/* SPDX-License-Identifier: Apache-2.0 */
/* flow.conf of the families `independent` and `sequence`: columns, then nodes. */
#include "flow/bayes.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "flow/bayes_kind.h"
#include "flow/service.h"

static void save_kind(const struct flow_kind *k, FILE *out)
{
	char proto[PROTO_TEXT_BYTES];

	fprintf(out, "\t{ proto = \"%s\"; service = ", proto_format(k->proto, proto));
	conf_print_string(out, k->service);
	if (flow_proto_is_icmp(k->proto))
		fprintf(out, "; type = %d; code = %d", k->port >> 8, k->port & 0xff);
	else if (k->port >= 0)
		fprintf(out, "; port = %d", k->port);
	fprintf(out, "; from = \"%s\"; to = \"%s\"; version = %u;%s%s }",
		host_scope_name((enum host_scope)k->src), host_scope_name((enum host_scope)k->dst),
		k->version, k->by_port ? " by_port = true;" : "",
		k->reversed ? " reversed = true;" : "");
}

int bayes_flows_save(const struct bayes_flows *flows, FILE *out)
{
	fprintf(out, "flows = %" PRIu64 ";\n", flows->n_flows);
	fputs("# Without port: the column dst_port tells. Codes count from 0.\nkinds = (\n", out);
	for (uint32_t i = 0; i < flows->n_kinds; i++) {
		save_kind(&flows->kinds[i], out);
		fprintf(out, "%s # %u\n", i + 1 < flows->n_kinds ? "," : "", i);
	}
	fputs(");\nlabels = [ ", out);
	for (uint32_t i = 0; i < flows->n_labels; i++) {
		fputs(i == 0 ? "" : ", ", out);
		conf_print_string(out, flows->labels[i]);
	}
	fputs(" ];\n# Codes: the atoms, then the bins, each bin as quantiles of its values. "
	      "Durations "
	      "in ns.\ncolumns = {\n",
	      out);
	for (int c = 0; c < FLOW_N_COLUMNS; c++) {
		if (!flow_column_is_integer(c))
			continue;
		fprintf(out, "\t%s = ", flow_variable_names()[c]);
		column_save(&flows->columns[c], out);
		fputs(";\n", out);
	}
	fputs("};\n", out);
	return bayes_net_save(&flows->net, flow_variable_names(), out);
}

static int load_scope(const struct conf *conf, const config_setting_t *node, const char *key,
		      uint8_t *ret, struct err *err)
{
	const char *text = NULL;
	int r = conf_get_string(conf, node, key, true, &text, err);

	if (r < 0)
		return r;
	r = host_scope_parse(text);
	if (r < 0)
		return conf_error(conf, node, err, "%s: '%s' is none of local, internet, group",
				  key, text);
	*ret = (uint8_t)r;
	return 0;
}

/* port, or type and code, as the protocol has them. */
static int load_port(const struct conf *conf, const config_setting_t *node, struct flow_kind *k,
		     struct err *err)
{
	int64_t port = -1, type = 0, code = 0;
	bool icmp = flow_proto_is_icmp(k->proto);
	int r = conf_get_int(conf, node, "port", false, 0, 65535, &port, err);

	if (r == 0)
		r = conf_get_int(conf, node, "type", icmp, 0, 255, &type, err);
	if (r == 0)
		r = conf_get_int(conf, node, "code", icmp, 0, 255, &code, err);
	if (r < 0)
		return r;
	if (icmp && port >= 0)
		return conf_error(conf, node, err, "port: ICMP has type and code instead");
	if (!icmp && (config_setting_get_member(node, "type") != NULL ||
		      config_setting_get_member(node, "code") != NULL))
		return conf_error(conf, node, err, "type, code: only ICMP has them");
	if (!icmp && !flow_proto_has_ports(k->proto) && port != 0)
		return conf_error(conf, node, err, "port: expected 0 for a protocol without ports");
	k->port = icmp ? (int32_t)(type << 8 | code) : (int32_t)port;
	return 0;
}

static int load_kind(const struct conf *conf, const config_setting_t *node, struct flow_kind *k,
		     struct err *err)
{
	static const char *const keys[] = { "proto", "service", "port",	   "type",    "code",
					    "from",  "to",	"version", "by_port", "reversed" };
	const char *proto = NULL, *service = NULL;
	int64_t version = 0;
	int r;

	if (!config_setting_is_group(node))
		return conf_error(conf, node, err, "a kind is a group { proto, service, ... }");
	r = conf_check_keys(conf, node, keys, sizeof(keys) / sizeof(*keys), err);
	if (r == 0)
		r = conf_get_string(conf, node, "proto", true, &proto, err);
	if (r == 0)
		r = conf_get_string(conf, node, "service", true, &service, err);
	if (r == 0)
		r = conf_get_int(conf, node, "version", true, 4, 6, &version, err);
	if (r == 0)
		r = conf_get_bool(conf, node, "by_port", false, &k->by_port, err);
	if (r == 0)
		r = conf_get_bool(conf, node, "reversed", false, &k->reversed, err);
	if (r == 0)
		r = load_scope(conf, node, "from", &k->src, err);
	if (r == 0)
		r = load_scope(conf, node, "to", &k->dst, err);
	if (r < 0)
		return r;
	if (version == 5)
		return conf_error(conf, node, err, "version: expected 4 or 6");
	if (proto_parse(proto, &k->proto) < 0)
		return conf_error(conf, node, err, "proto: '%s' is no protocol", proto);
	if (*service == '\0' || strlen(service) >= sizeof(k->service))
		return conf_error(conf, node, err, "service: expected 1 to %zu characters",
				  sizeof(k->service) - 1);
	k->version = (uint8_t)version;
	memcpy(k->service, service, strlen(service) + 1);
	return load_port(conf, node, k, err);
}

static int load_kinds(const struct conf *conf, struct bayes_flows *flows, struct err *err)
{
	const config_setting_t *list = NULL;
	int n, r = conf_get_list(conf, conf_root(conf), "kinds", true, &list, err);

	if (r < 0)
		return r;
	n = config_setting_length(list);
	if (n < 1 || n >= BAYES_NO_CODE)
		return conf_error(conf, list, err, "kinds: expected 1 to %d, not %d",
				  BAYES_NO_CODE - 1, n);
	flows->kinds = mem_array((size_t)n, sizeof(*flows->kinds));
	if (flows->kinds == NULL)
		return err_no_memory(err);
	flows->n_kinds = (uint32_t)n;
	for (int i = 0; i < n && r == 0; i++)
		r = load_kind(conf, config_setting_get_elem(list, (unsigned int)i),
			      &flows->kinds[i], err);
	return r;
}

static int load_labels(const struct conf *conf, struct bayes_flows *flows, struct err *err)
{
	const config_setting_t *list = NULL;
	int n, r = conf_get_list(conf, conf_root(conf), "labels", true, &list, err);

	if (r < 0)
		return r;
	n = config_setting_length(list);
	if (n < 1 || n > BAYES_LIMIT_LABELS)
		return conf_error(conf, list, err, "labels: expected 1 to %d, not %d",
				  BAYES_LIMIT_LABELS, n);
	flows->labels = mem_array((size_t)n, sizeof(*flows->labels));
	if (flows->labels == NULL)
		return err_no_memory(err);
	flows->n_labels = (uint32_t)n;
	for (int i = 0; i < n; i++) {
		const char *text = config_setting_get_string_elem(list, i);

		if (text == NULL || *text == '\0' || strlen(text) >= FLOW_LABEL_BYTES)
			return conf_error(conf, list, err,
					  "labels: expected strings of 1 to %d characters",
					  FLOW_LABEL_BYTES - 1);
		memcpy(flows->labels[i], text, strlen(text) + 1);
	}
	return 0;
}

static int load_columns(const struct conf *conf, struct bayes_flows *flows, struct err *err)
{
	const char *keys[FLOW_N_COLUMNS];
	const config_setting_t *group = NULL;
	size_t n_keys = 0;
	int r;

	for (int c = 0; c < FLOW_N_COLUMNS; c++)
		if (flow_column_is_integer(c))
			keys[n_keys++] = flow_variable_names()[c];
	r = conf_get_group(conf, conf_root(conf), "columns", true, &group, err);
	if (r == 0)
		r = conf_check_keys(conf, group, keys, n_keys, err);
	for (int c = 0; c < FLOW_N_COLUMNS && r == 0; c++) {
		const config_setting_t *node = NULL;
		int64_t low, high;

		if (!flow_column_is_integer(c))
			continue;
		r = conf_get_group(conf, group, flow_variable_names()[c], true, &node, err);
		if (r == 0)
			r = column_load(conf, node, &flows->columns[c], err);
		if (r < 0 || (c != FLOW_SRC_PORT && c != FLOW_DST_PORT))
			continue;
		for (uint32_t k = 0; k < column_n_codes(&flows->columns[c]); k++) {
			column_range(&flows->columns[c], (uint16_t)k, &low, &high);
			if (high > 65535)
				return conf_error(conf, node, err, "%" PRId64 " is no port", high);
		}
	}
	return r;
}

/* Hosts must be of the kind's scope and version, or a plan could not be kept to. */
static int check_hosts(const struct conf *conf, const config_setting_t *list,
		       const struct bayes_flows *flows, int column, struct err *err)
{
	const struct bayes_level *level = &flows->net.nodes[column].levels[1];

	for (uint32_t i = 0; i < level->n_rows; i++) {
		const struct flow_kind *k = &flows->kinds[level->keys[i]];
		uint8_t scope = column == FLOW_SRC_HOST ? k->src : k->dst;

		for (uint32_t c = level->first[i]; c < level->first[i + 1]; c++) {
			const struct host *h = &flows->hosts->hosts[level->codes[c]];

			if (h->scope != (enum host_scope)scope || h->addr.version != k->version)
				return conf_error(conf, list, err,
						  "%s: host %u (%s) is not of kind %u's scope and "
						  "version",
						  flow_variable_names()[column], level->codes[c],
						  h->name, (unsigned int)level->keys[i]);
		}
	}
	return 0;
}

/* The order of drawing, and that nothing is drawn that the kind does not know. */
static int check_nodes(const struct conf *conf, const config_setting_t *list,
		       const struct bayes_flows *flows, struct err *err)
{
	const char *const *names = flow_variable_names();

	for (int c = 0; c < FLOW_N_COLUMNS; c++) {
		const struct bayes_node *node = &flows->net.nodes[c];

		for (uint32_t k = 0; k < node->n_parents; k++) {
			uint32_t p = node->parents[k];
			bool late = p < FLOW_N_COLUMNS && p != FLOW_KIND &&
				    !flow_column_is_tuple((int)p);

			if (p < FLOW_N_COLUMNS &&
			    (c == FLOW_KIND || (flow_column_is_tuple(c) && late)))
				return conf_error(conf, list, err,
						  "%s: '%s' is drawn later and cannot be a parent",
						  names[c], names[p]);
		}
		if (c < FLOW_SRC_HOST || c > FLOW_STATE)
			continue;
		if (node->n_parents == 0 || node->parents[0] != FLOW_KIND)
			return conf_error(conf, list, err, "%s: the first parent must be kind",
					  names[c]);
		for (uint32_t k = 0; k < flows->n_kinds; k++)
			if (bayes_level_row(&node->levels[1], k).n == 0)
				return conf_error(conf, list, err, "%s: no row for kind %u",
						  names[c], k);
	}
	return 0;
}

static int load_net(const struct conf *conf, struct bayes_flows *flows, struct err *err)
{
	const config_setting_t *list = NULL;
	struct bayes_net *net = &flows->net;
	int r = conf_get_list(conf, conf_root(conf), "nodes", true, &list, err);

	if (r < 0)
		return r;
	net->n_nodes = FLOW_N_COLUMNS;
	net->n_variables = FLOW_N_COLUMNS * (1 + flows->n_lags);
	for (uint32_t v = 0; v < net->n_variables; v++)
		net->n_codes[v] = bayes_flows_n_codes(flows, (int)(v % FLOW_N_COLUMNS));
	r = bayes_net_load(conf, list, flow_variable_names(), net, err);
	if (r == 0)
		r = check_nodes(conf, list, flows, err);
	if (r == 0)
		r = check_hosts(conf, list, flows, FLOW_SRC_HOST, err);
	if (r == 0)
		r = check_hosts(conf, list, flows, FLOW_DST_HOST, err);
	return r;
}

int bayes_flows_load_parts(struct bayes_flows *flows, uint32_t n_lags, const struct conf *conf,
			   const struct host_set *hosts, struct err *err)
{
	int64_t n_flows = 0;
	int r;

	flows->n_lags = n_lags;
	flows->hosts = hosts;
	if (hosts->n_hosts == 0 || hosts->n_hosts > HOST_LIMIT)
		return err_set(err, -EINVAL, "%s: the model has %zu hosts; expected 1 to %d",
			       conf_name(conf), hosts->n_hosts, HOST_LIMIT);
	r = conf_get_int(conf, conf_root(conf), "flows", true, 1, INT64_MAX, &n_flows, err);
	if (r == 0)
		r = load_kinds(conf, flows, err);
	if (r == 0)
		r = load_labels(conf, flows, err);
	if (r == 0)
		r = load_columns(conf, flows, err);
	if (r == 0)
		r = load_net(conf, flows, err);
	flows->n_flows = (uint64_t)n_flows;
	return r;
}

int bayes_flows_load(struct bayes_flows *flows, uint32_t n_lags, const struct conf *conf,
		     const struct host_set *hosts, struct err *err)
{
	static const char *const keys[] = { "format", "family",	 "flows", "kinds",
					    "labels", "columns", "nodes" };
	int r = conf_check_keys(conf, conf_root(conf), keys, sizeof(keys) / sizeof(*keys), err);

	return r < 0 ? r : bayes_flows_load_parts(flows, n_lags, conf, hosts, err);
}
