/* SPDX-License-Identifier: Apache-2.0 */
/* Rows of patterns: what they say of the flow, and the networks for what they do not. */
#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "base/mem.h"
#include "base/ns.h"
#include "flow/chronicle_conf.h"
#include "flow/service.h"

/* Seconds in a text are exact to the nanosecond up to here; no delay is longer than a day. */
#define LIMIT_SECONDS	    4e6
#define LIMIT_DELAY_SECONDS 86400.0

static int64_t to_ns(double seconds)
{
	return (int64_t)(seconds * 1e9 + 0.5);
}

static int row_error(const struct pattern_text *text, uint32_t i, const char *key, struct err *err,
		     const char *what, const char *value)
{
	const config_setting_t *row = config_setting_get_elem(text->rows, i);
	const config_setting_t *node = config_setting_get_member(row, key);

	return conf_error(text->conf, node == NULL ? row : node, err, what, value);
}

static int find_host(const struct chronicle_flows *flows, const char *name)
{
	for (size_t i = 0; i < flows->base.hosts->n_hosts; i++)
		if (strcmp(flows->base.hosts->hosts[i].name, name) == 0)
			return (int)i;
	return -1;
}

/* The variable of this name, made where it is new; PATTERN_NO_VARIABLE: too many. */
static uint8_t variable_named(struct flow_pattern *p, const char *name, size_t n, bool *ret_new)
{
	*ret_new = false;
	for (uint32_t v = 0; v < p->n_variables; v++)
		if (strlen(p->variables[v]) == n && memcmp(p->variables[v], name, n) == 0)
			return (uint8_t)v;
	if (p->n_variables == PATTERN_MAX_VARIABLES)
		return PATTERN_NO_VARIABLE;
	*ret_new = true;
	memcpy(p->variables[p->n_variables], name, n);
	return (uint8_t)p->n_variables++;
}

/* "$variable", "host", or "$variable = host". */
static int load_host(struct pattern_text *text, uint32_t i, int column, const char *key,
		     struct err *err)
{
	const config_setting_t *row = config_setting_get_elem(text->rows, i);
	struct pattern_cell *cell = &text->pattern->rows[i].cells[column];
	const char *value = NULL, *host;
	bool is_new = true;
	size_t n = 0;
	int r = conf_get_string(text->conf, row, key, false, &value, err);

	if (r < 0 || value == NULL)
		return r;
	host = value;
	if (*value == '$') {
		while (isalnum((unsigned char)value[1 + n]) || value[1 + n] == '_')
			n++;
		if (n == 0 || n >= PATTERN_VARIABLE_BYTES)
			return row_error(text, i, key, err,
					 "'%s': a variable is $ and 1 to 15 letters and digits",
					 value);
		host = value + 1 + n;
		if (strncmp(host, " = ", 3) == 0)
			host += 3;
		else if (*host != '\0')
			return row_error(text, i, key, err,
					 "'%s': expected \"$variable\" or \"$variable = host\"",
					 value);
		cell->variable = variable_named(text->pattern, value + 1, n, &is_new);
		if (cell->variable == PATTERN_NO_VARIABLE)
			return row_error(text, i, key, err, "'%s': too many variables", value);
		if (!is_new && *host != '\0')
			return row_error(text, i, key, err,
					 "'%s': the variable is bound in an earlier row", value);
	}
	if (!is_new) {
		cell->source = PATTERN_USE;
		return 0;
	}
	if (*host == '\0')
		return 0;
	r = find_host(text->flows, host);
	if (r < 0)
		return row_error(text, i, key, err, "no host '%s' in the model (hosts.conf)", host);
	cell->source = PATTERN_FIXED;
	cell->code = (uint16_t)r;
	return 0;
}

static int load_hosts(struct pattern_text *text, uint32_t i, struct err *err)
{
	const struct pattern_cell *cells = text->pattern->rows[i].cells;
	int r = load_host(text, i, FLOW_SRC_HOST, "client", err);

	if (r == 0)
		r = load_host(text, i, FLOW_DST_HOST, "server", err);
	if (r == 0 && cells[FLOW_SRC_HOST].variable != PATTERN_NO_VARIABLE &&
	    cells[FLOW_SRC_HOST].variable == cells[FLOW_DST_HOST].variable)
		r = row_error(text, i, "server", err, "%s: nobody speaks with himself", "server");
	return r;
}

static void fix(struct pattern_row *row, int column, uint16_t code)
{
	row->cells[column].source = PATTERN_FIXED;
	row->cells[column].code = code;
}

static int load_texts(struct pattern_text *text, uint32_t i, struct err *err)
{
	const config_setting_t *node = config_setting_get_elem(text->rows, i);
	const struct bayes_flows *base = &text->flows->base;
	struct pattern_row *row = &text->pattern->rows[i];
	const char *state = NULL, *label = NULL;
	int r = conf_get_string(text->conf, node, "state", false, &state, err);

	if (r == 0)
		r = conf_get_string(text->conf, node, "label", false, &label, err);
	if (r < 0)
		return r;
	if (state != NULL) {
		if (conn_state_parse(state) < 0)
			return row_error(text, i, "state", err, "'%s' is no end state", state);
		fix(row, FLOW_STATE, (uint16_t)conn_state_parse(state));
	}
	for (uint32_t k = 0; label != NULL; k++) {
		if (k == base->n_labels)
			return row_error(text, i, "label", err, "'%s' is not among the labels",
					 label);
		if (strcmp(base->labels[k], label) == 0) {
			fix(row, FLOW_LABEL, (uint16_t)k);
			break;
		}
	}
	return 0;
}

static int load_amounts(struct pattern_text *text, uint32_t i, struct err *err)
{
	const config_setting_t *node = config_setting_get_elem(text->rows, i);
	const struct bayes_flows *base = &text->flows->base;
	int r = 0;

	for (int c = FLOW_SRC_PORT; c < FLOW_N_COLUMNS && r == 0; c++) {
		const char *key = flow_variable_names()[c];
		const bool is_port = c == FLOW_SRC_PORT || c == FLOW_DST_PORT;
		int64_t value = -1;
		double seconds = -1;

		if (!flow_column_is_integer(c))
			continue;
		if (c == FLOW_DURATION)
			r = conf_get_float(text->conf, node, key, false, 0, LIMIT_SECONDS, &seconds,
					   err);
		else
			r = conf_get_int(text->conf, node, key, false, 0,
					 is_port ? 65535 : COLUMN_LIMIT_VALUE, &value, err);
		if (seconds >= 0)
			value = to_ns(seconds);
		if (r == 0 && value >= 0)
			fix(&text->pattern->rows[i], c, column_encode(&base->columns[c], value));
	}
	return r;
}

int pattern_knots_load(const struct conf *conf, const config_setting_t *list, uint32_t *ret_n,
		       int64_t **ret_knots, struct err *err)
{
	const int n = config_setting_length(list);
	CLEANUP(freep) int64_t *knots = NULL;

	if (n < 1 || n > PATTERN_LIMIT_KNOTS)
		return conf_error(conf, list, err, "delay: expected 1 to %d quantiles",
				  (int)PATTERN_LIMIT_KNOTS);
	knots = mem_array((size_t)n, sizeof(*knots));
	if (knots == NULL)
		return err_no_memory(err);
	for (int k = 0; k < n; k++) {
		const config_setting_t *e = config_setting_get_elem(list, (unsigned int)k);
		double seconds = 0;
		int r = conf_value_float(conf, e, 0, LIMIT_DELAY_SECONDS, &seconds, err);

		if (r < 0)
			return r;
		knots[k] = to_ns(seconds);
		if (k > 0 && knots[k] < knots[k - 1])
			return conf_error(conf, e, err, "quantiles must ascend");
	}
	*ret_n = (uint32_t)n;
	*ret_knots = take(&knots);
	return 0;
}

/* delay: quantiles in seconds; within: any time up to it; else within a second. */
static int load_delay(struct pattern_text *text, uint32_t i, struct err *err)
{
	const config_setting_t *node = config_setting_get_elem(text->rows, i), *list = NULL;
	struct pattern_row *row = &text->pattern->rows[i];
	double within = -1;
	int r = conf_get_list(text->conf, node, "delay", false, &list, err);

	if (r == 0)
		r = conf_get_float(text->conf, node, "within", false, 0, LIMIT_DELAY_SECONDS,
				   &within, err);
	if (r < 0)
		return r;
	if (i == 0 && (list != NULL || within >= 0))
		return row_error(text, i, list != NULL ? "delay" : "within", err,
				 "%s: the first row is when the pattern occurs",
				 list != NULL ? "delay" : "within");
	if (list != NULL && within >= 0)
		return row_error(text, i, "within", err, "%s: delay says it already", "within");
	if (i == 0)
		return 0;
	if (list != NULL)
		return pattern_knots_load(text->conf, list, &row->n_knots, &row->knots, err);
	row->knots = mem_array(2, sizeof(*row->knots));
	if (row->knots == NULL)
		return err_no_memory(err);
	row->n_knots = 2;
	row->knots[1] = within < 0 ? NS_PER_S : to_ns(within);
	return 0;
}

static int scope_named(struct pattern_text *text, uint32_t i, const char *key, int *ret,
		       struct err *err)
{
	const char *value = NULL;
	int r = conf_get_string(text->conf, config_setting_get_elem(text->rows, i), key, false,
				&value, err);

	if (r < 0 || value == NULL)
		return r;
	*ret = host_scope_parse(value);
	return *ret >= 0 ? 0
			 : row_error(text, i, key, err, "'%s' is none of local, internet, group",
				     value);
}

static int load_wanted(struct pattern_text *text, uint32_t i, struct kind_wanted *w,
		       struct err *err)
{
	const config_setting_t *node = config_setting_get_elem(text->rows, i);
	int64_t port = -1, version = -1;
	const char *proto = NULL;
	uint8_t number;
	int r = conf_get_string(text->conf, node, "service", false, &w->service, err);

	if (r == 0)
		r = conf_get_string(text->conf, node, "proto", false, &proto, err);
	if (r == 0)
		r = conf_get_int(text->conf, node, "port", false, 0, 65535, &port, err);
	if (r == 0)
		r = conf_get_int(text->conf, node, "version", false, 4, 6, &version, err);
	if (r == 0)
		r = scope_named(text, i, "from", &w->src, err);
	if (r == 0)
		r = scope_named(text, i, "to", &w->dst, err);
	if (r < 0)
		return r;
	if (proto != NULL) {
		if (proto_parse(proto, &number) < 0)
			return row_error(text, i, "proto", err, "'%s' is no protocol", proto);
		w->proto = number;
	}
	w->port = (int32_t)port;
	w->version = (int)version;
	return 0;
}

int pattern_row_load(struct pattern_text *text, uint32_t i, struct kind_wanted *ret_wanted,
		     struct err *err)
{
	static const char *const keys[] = { "service",	   "proto",	  "port",     "from",
					    "to",	   "version",	  "client",   "server",
					    "state",	   "label",	  "src_port", "dst_port",
					    "fwd_packets", "bwd_packets", "duration", "fwd_payload",
					    "bwd_payload", "delay",	  "within",   "nodes",
					    "probability" };
	const config_setting_t *node = config_setting_get_elem(text->rows, i);
	int r;

	*ret_wanted = (struct kind_wanted) { NULL, -1, -1, -1, -1, -1 };
	text->probability[i] = 1;
	for (int c = 0; c < FLOW_N_COLUMNS; c++)
		text->pattern->rows[i].cells[c].variable = PATTERN_NO_VARIABLE;
	if (!config_setting_is_group(node))
		return conf_error(text->conf, node, err, "a row is a group { service, ... }");
	r = conf_check_keys(text->conf, node, keys, sizeof(keys) / sizeof(*keys), err);
	if (r == 0)
		r = load_wanted(text, i, ret_wanted, err);
	if (r == 0)
		r = conf_get_float(text->conf, node, "probability", false, 1e-9, 1,
				   &text->probability[i], err);
	if (r == 0 && text->probability[i] < 1 &&
	    config_setting_get_member(text->node, "kinds") != NULL)
		r = row_error(text, i, "probability", err,
			      "%s: the pattern's kinds say it, with -1 for a row that is absent",
			      "probability");
	if (r == 0)
		r = load_hosts(text, i, err);
	if (r == 0)
		r = load_texts(text, i, err);
	if (r == 0)
		r = load_amounts(text, i, err);
	return r < 0 ? r : load_delay(text, i, err);
}
