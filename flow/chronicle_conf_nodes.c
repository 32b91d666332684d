/* SPDX-License-Identifier: Apache-2.0 */
/* Networks of rows: that they can be drawn in order, and draw nothing that a kind does not know. */
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>

#include "base/mem.h"
#include "flow/chronicle_conf.h"

/* Every row has the base network's order of columns. */
static void order_of(const struct bayes_net *net, uint32_t ret_place[FLOW_N_COLUMNS])
{
	for (uint32_t k = 0; k < FLOW_N_COLUMNS; k++)
		ret_place[net->order[k]] = k;
}

static int check_parents(const struct pattern_text *text, const config_setting_t *list, int c,
			 const struct bayes_node *node, struct err *err)
{
	uint32_t place[FLOW_N_COLUMNS];
	const char *const *names = flow_variable_names();

	order_of(&text->flows->base.net, place);
	for (uint32_t k = 0; k < node->n_parents; k++) {
		const uint32_t p = node->parents[k], column = p % FLOW_N_COLUMNS;
		const bool own = p < FLOW_N_COLUMNS;
		const bool tuple = column == FLOW_KIND || flow_column_is_tuple((int)column);

		if ((own && place[column] > place[c]) || (flow_column_is_tuple(c) && !tuple))
			return conf_error(text->conf, list, err,
					  "%s: '%s' is drawn later and cannot be a parent",
					  names[c], names[p]);
	}
	return 0;
}

static int check_host(const struct pattern_text *text, const config_setting_t *list, int c,
		      const struct flow_kind *kind, uint16_t code, struct err *err)
{
	const struct host *h = &text->flows->base.hosts->hosts[code];
	const uint8_t scope = c == FLOW_SRC_HOST ? kind->src : kind->dst;

	if (h->scope == (enum host_scope)scope && h->addr.version == kind->version)
		return 0;
	return conf_error(text->conf, list, err,
			  "%s: host %u (%s) is not of the scope and version of its kind",
			  flow_variable_names()[c], code, h->name);
}

/* Hosts of a node that depends on the kind first of all: by rows of that level. */
static int check_by_kind(const struct pattern_text *text, const config_setting_t *list, int c,
			 const struct bayes_node *node, struct err *err)
{
	const struct bayes_level *level = &node->levels[1];

	for (uint32_t i = 0; i < level->n_rows; i++)
		for (uint32_t k = level->first[i]; k < level->first[i + 1]; k++) {
			int r = check_host(text, list, c, &text->flows->base.kinds[level->keys[i]],
					   level->codes[k], err);

			if (r < 0)
				return r;
		}
	return 0;
}

/* Hosts of a node that does not: they must fit every kind the row may be. */
static int check_by_row(const struct pattern_text *text, const config_setting_t *list, uint32_t i,
			int c, const struct bayes_node *node, struct err *err)
{
	const struct flow_pattern *p = text->pattern;
	const struct bayes_level *level = &node->levels[0];
	uint16_t last = BAYES_NO_CODE;

	for (uint32_t v = 0; v < p->n_variants; v++) {
		const uint16_t kind = p->kinds[(size_t)v * p->n_rows + i];

		if (kind == BAYES_NO_CODE || kind == last)
			continue;
		last = kind;
		for (uint32_t k = 0; k < level->first[1]; k++) {
			int r = check_host(text, list, c, &text->flows->base.kinds[kind],
					   level->codes[k], err);

			if (r < 0)
				return r;
		}
	}
	return 0;
}

static int check_nodes(const struct pattern_text *text, uint32_t i, const config_setting_t *list,
		       const struct bayes_net *net, const bool *given, struct err *err)
{
	struct pattern_row *row = &text->pattern->rows[i];
	int r = 0;

	for (int c = 0; c < FLOW_N_COLUMNS && r == 0; c++) {
		const struct bayes_node *node = &net->nodes[c];

		if (!given[c])
			continue;
		if (c == FLOW_KIND)
			return conf_error(text->conf, list, err,
					  "kind: the pattern's kinds say it, not a node");
		if (row->cells[c].source != PATTERN_BASE)
			return conf_error(text->conf, list, err,
					  "%s: the row says it already, so it has no node",
					  flow_variable_names()[c]);
		row->cells[c].source = PATTERN_NODE;
		r = check_parents(text, list, c, node, err);
		if (r == 0 && c <= FLOW_DST_HOST)
			r = node->n_parents > 0 && node->parents[0] == FLOW_KIND
				    ? check_by_kind(text, list, c, node, err)
				    : check_by_row(text, list, i, c, node, err);
	}
	return r;
}

int pattern_nodes_load(const struct pattern_text *text, uint32_t i, struct err *err)
{
	struct pattern_row *row = &text->pattern->rows[i];
	const config_setting_t *list = NULL;
	bool given[FLOW_N_COLUMNS];
	int r = conf_get_list(text->conf, config_setting_get_elem(text->rows, i), "nodes", false,
			      &list, err);

	if (r < 0 || list == NULL)
		return r;
	row->net = mem_array(1, sizeof(*row->net));
	if (row->net == NULL)
		return err_no_memory(err);
	row->net->n_nodes = FLOW_N_COLUMNS;
	row->net->n_variables = FLOW_N_COLUMNS * (i + 1);
	for (uint32_t v = 0; v < row->net->n_variables; v++)
		row->net->n_codes[v] =
			bayes_flows_n_codes(&text->flows->base, (int)(v % FLOW_N_COLUMNS));
	r = bayes_net_load_some(text->conf, list, flow_variable_names(), row->net, given, err);
	return r < 0 ? r : check_nodes(text, i, list, row->net, given, err);
}
