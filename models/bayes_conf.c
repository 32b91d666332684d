/* SPDX-License-Identifier: Apache-2.0 */
/* Bayesian networks as text; reading checks everything before it is believed. */
#include "models/bayes_net.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

static void save_node(const struct bayes_net *net, uint32_t i, const char *const *names, FILE *out)
{
	const struct bayes_node *node = &net->nodes[i];
	const struct bayes_level *full = &node->levels[node->n_parents];

	fprintf(out, "\t{ name = \"%s\"; parents = [", names[i]);
	for (uint32_t k = 0; k < node->n_parents; k++)
		fprintf(out, "%s\"%s\"", k == 0 ? " " : ", ", names[node->parents[k]]);
	fprintf(out, "%s];\n\t  rows = (", node->n_parents > 0 ? " " : "");
	for (uint32_t r = 0; r < full->n_rows; r++) {
		const char *comma = "";

		fputs(r == 0 ? "\n[" : ",\n[", out);
		for (uint32_t k = 0; k < node->n_parents; k++) {
			uint32_t shift = 16 * (node->n_parents - 1 - k);

			fprintf(out, "%s%u", comma,
				(unsigned int)(full->keys[r] >> shift & 0xffff));
			comma = ",";
		}
		for (uint32_t c = full->first[r]; c < full->first[r + 1]; c++) {
			uint32_t before = c == full->first[r] ? 0 : full->sums[c - 1];

			fprintf(out, "%s%s%u,%" PRIu32, comma, c == full->first[r] ? " " : "  ",
				full->codes[c], full->sums[c] - before);
			comma = ",";
		}
		fputs("]", out);
	}
	fputs("); }", out);
}

int bayes_nodes_save(const struct bayes_net *net, const char *const *names, FILE *out)
{
	const char *comma = "";

	fputs("nodes = (\n", out);
	for (uint32_t i = 0; i < net->n_nodes; i++) {
		if (net->nodes[i].levels[0].n_rows == 0)
			continue;
		fputs(comma, out);
		save_node(net, i, names, out);
		comma = ",\n";
	}
	fputs("\n);\n", out);
	return ferror(out) ? -EIO : 0;
}

int bayes_net_save(const struct bayes_net *net, const char *const *names, FILE *out)
{
	fputs("# Each row: [parents' codes, then code, count, code, count ...].\n", out);
	return bayes_nodes_save(net, names, out);
}

static int find_name(const char *const *names, uint32_t n, const char *text)
{
	for (uint32_t i = 0; i < n; i++)
		if (strcmp(names[i], text) == 0)
			return (int)i;
	return -1;
}

static int unknown_name(const struct conf *conf, const config_setting_t *e,
			const char *const *names, uint32_t n, const char *text, struct err *err)
{
	const char *near = conf_nearest(text, names, n);

	if (near != NULL)
		return conf_error(conf, e, err, "'%s' is no column here; did you mean '%s'?", text,
				  near);
	return conf_error(conf, e, err, "'%s' is no column here", text);
}

static int load_parents(const struct conf *conf, const config_setting_t *group,
			const char *const *names, const struct bayes_net *net, uint32_t i,
			struct bayes_node *node, struct err *err)
{
	const config_setting_t *list = NULL;
	int n, r;

	r = conf_get_list(conf, group, "parents", true, &list, err);
	if (r < 0)
		return r;
	n = config_setting_length(list);
	if (n > BAYES_MAX_PARENTS)
		return conf_error(conf, list, err, "%d parents; at most %d", n, BAYES_MAX_PARENTS);
	for (int k = 0; k < n; k++) {
		const char *text = config_setting_get_string_elem(list, k);
		int p = text == NULL ? -1 : find_name(names, net->n_variables, text);

		if (text == NULL)
			return conf_error(conf, list, err, "parents are names of columns");
		if (p < 0)
			return unknown_name(conf, list, names, net->n_variables, text, err);
		if ((uint32_t)p == i)
			return conf_error(conf, list, err, "'%s' is its own parent", text);
		for (int q = 0; q < k; q++)
			if (node->parents[q] == (uint32_t)p)
				return conf_error(conf, list, err, "parent '%s' stands twice",
						  text);
		node->parents[k] = (uint32_t)p;
	}
	node->n_parents = (uint32_t)n;
	return 0;
}

struct cells {
	struct bayes_cell *items;
	size_t n, capacity;
};

static void cells_done(struct cells *cells)
{
	free(cells->items);
}

static int row_int(const struct conf *conf, const config_setting_t *row, unsigned int i,
		   int64_t min, int64_t max, int64_t *ret, struct err *err)
{
	const config_setting_t *e = config_setting_get_elem(row, i);
	int type = config_setting_type(e);
	int64_t v;

	if (type != CONFIG_TYPE_INT && type != CONFIG_TYPE_INT64)
		return conf_error(conf, row, err, "element %u: expected an integer", i);
	v = config_setting_get_int64(e);
	if (v < min || v > max)
		return conf_error(conf, row, err,
				  "element %u: %" PRId64 " is not in %" PRId64 "..%" PRId64, i, v,
				  min, max);
	*ret = v;
	return 0;
}

static int load_row(const struct conf *conf, const config_setting_t *row,
		    const struct bayes_net *net, uint32_t i, const struct bayes_node *node,
		    struct cells *cells, struct err *err)
{
	unsigned int n = (unsigned int)config_setting_length(row), at = 0;
	int64_t v = 0, last = -1;
	uint64_t key = 0;
	int r;

	if (!config_setting_is_array(row) || n < node->n_parents + 2 ||
	    (n - node->n_parents) % 2 != 0)
		return conf_error(conf, row, err,
				  "a row is [%u parent codes, then code, count pairs]",
				  node->n_parents);
	for (; at < node->n_parents; at++) {
		r = row_int(conf, row, at, 0, (int64_t)net->n_codes[node->parents[at]] - 1, &v,
			    err);
		if (r < 0)
			return r;
		key = key << 16 | (uint64_t)v;
	}
	for (; at < n; at += 2) {
		int64_t count = 0;

		r = row_int(conf, row, at, last + 1, (int64_t)net->n_codes[i] - 1, &v, err);
		if (r == 0)
			r = row_int(conf, row, at + 1, 1, UINT32_MAX, &count, err);
		if (r < 0)
			return r;
		last = v;
		if (mem_grow(&cells->items, &cells->capacity, cells->n + 1, sizeof(*cells->items),
			     BAYES_LIMIT_CELLS) < 0)
			return conf_error(conf, row, err, "the table is too large");
		cells->items[cells->n++] = (struct bayes_cell) { .key = key,
								 .code = (uint16_t)v,
								 .count = (uint32_t)count };
	}
	return 0;
}

static int load_node(const struct conf *conf, const config_setting_t *group,
		     const char *const *names, struct bayes_net *net, bool *seen, struct err *err)
{
	static const char *const keys[] = { "name", "parents", "rows" };
	CLEANUP(cells_done) struct cells cells = { NULL, 0, 0 };
	const config_setting_t *rows = NULL;
	struct bayes_node *node;
	const char *name;
	int i, n, r;

	r = conf_check_keys(conf, group, keys, 3, err);
	if (r == 0)
		r = conf_get_string(conf, group, "name", true, &name, err);
	if (r < 0)
		return r;
	i = find_name(names, net->n_nodes, name);
	if (i < 0)
		return unknown_name(conf, group, names, net->n_nodes, name, err);
	if (seen[i])
		return conf_error(conf, group, err, "node '%s' stands twice", name);
	seen[i] = true;
	node = &net->nodes[i];
	r = load_parents(conf, group, names, net, (uint32_t)i, node, err);
	if (r == 0)
		r = conf_get_list(conf, group, "rows", true, &rows, err);
	if (r < 0)
		return r;
	n = config_setting_length(rows);
	for (int k = 0; k < n && r == 0; k++)
		r = load_row(conf, config_setting_get_elem(rows, (unsigned int)k), net, (uint32_t)i,
			     node, &cells, err);
	if (r < 0)
		return r;
	if (n == 0)
		return conf_error(conf, group, err, "node '%s' has no rows", name);
	r = bayes_node_fill(node, cells.items, cells.n);
	if (r == -ENOMEM)
		return err_no_memory(err);
	if (r < 0)
		return conf_error(conf, group, err, "node '%s': counts add up to 2^32 or more",
				  name);
	if (node->levels[node->n_parents].n_rows != (uint32_t)n)
		return conf_error(conf, group, err,
				  "node '%s': a parent configuration stands twice", name);
	return 0;
}

int bayes_net_load_some(const struct conf *conf, const config_setting_t *list,
			const char *const *names, struct bayes_net *net, bool *ret_given,
			struct err *err)
{
	int n = config_setting_length(list);

	memset(ret_given, 0, net->n_nodes * sizeof(*ret_given));
	for (int k = 0; k < n; k++) {
		const config_setting_t *e = config_setting_get_elem(list, (unsigned int)k);
		int r;

		if (!config_setting_is_group(e))
			return conf_error(conf, e, err, "expected a group { name, parents, rows }");
		r = load_node(conf, e, names, net, ret_given, err);
		if (r < 0)
			return r;
	}
	if (bayes_net_order(net) < 0)
		return conf_error(conf, list, err, "the parents form a cycle");
	return 0;
}

int bayes_net_load(const struct conf *conf, const config_setting_t *list, const char *const *names,
		   struct bayes_net *net, struct err *err)
{
	bool given[BAYES_MAX_NODES];
	int r = bayes_net_load_some(conf, list, names, net, given, err);

	for (uint32_t i = 0; i < net->n_nodes && r == 0; i++)
		if (!given[i])
			r = conf_error(conf, list, err, "node '%s' is missing", names[i]);
	return r;
}
