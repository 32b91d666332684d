/* SPDX-License-Identifier: Apache-2.0 */
#include "models/chronicle/home.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

/* All configurations of a node, as coded with some number of values in play. */
struct tally_sum {
	uint32_t home, version, n_values;
	uint8_t node;
	bool filled;
	double bits;
};

enum { TALLY_SUMS = 1024 };

int tally_init(struct tally *tally, size_t n)
{
	*tally = (struct tally) { 0 };
	tally->cells = mem_array(n, sizeof(int32_t));
	tally->configs = mem_array(n, sizeof(int32_t));
	tally->values = mem_array(n, sizeof(int32_t));
	tally->touched_cells = mem_array(n, sizeof(uint32_t));
	tally->touched_configs = mem_array(n, sizeof(uint32_t));
	tally->touched_values = mem_array(n, sizeof(uint32_t));
	tally->sums = mem_array(TALLY_SUMS, sizeof(struct tally_sum));
	return tally->cells == NULL || tally->sums == NULL || tally->configs == NULL ||
			       tally->values == NULL || tally->touched_cells == NULL ||
			       tally->touched_configs == NULL || tally->touched_values == NULL
		       ? -ENOMEM
		       : 0;
}

void tally_done(struct tally *tally)
{
	free(tally->cells);
	free(tally->configs);
	free(tally->values);
	free(tally->touched_cells);
	free(tally->touched_configs);
	free(tally->touched_values);
	free(tally->sums);
	*tally = (struct tally) { 0 };
}

static void note(int32_t *counts, uint32_t at, int32_t by, uint32_t *touched, uint32_t *n_touched)
{
	if (counts[at] == 0) {
		touched[(*n_touched)++] = at;
		counts[at] = 1;
	}
	counts[at] += 2 * by;
}

/* An entry's change; right shifts of negative numbers keep the sign in gcc and clang. */
static int32_t change(int32_t entry)
{
	return entry >> 1;
}

static uint32_t changed(uint32_t count, int32_t entry)
{
	return (uint32_t)((int32_t)count + change(entry));
}

void tally_add(struct tally *tally, const struct home_node *node, const uint32_t *windows, size_t n,
	       int32_t sign)
{
	for (size_t i = 0; i < n; i++)
		note(tally->cells, node->cell[windows[i]], sign, tally->touched_cells,
		     &tally->n_cells);
}

void tally_close(struct tally *tally, const struct home_node *node)
{
	for (uint32_t i = 0; i < tally->n_cells; i++) {
		uint32_t cell = tally->touched_cells[i];
		int32_t by = change(tally->cells[cell]);

		note(tally->configs, node->cell_config[cell], by, tally->touched_configs,
		     &tally->n_configs);
		note(tally->values, node->cell_value[cell], by, tally->touched_values,
		     &tally->n_values);
	}
}

static void clear(int32_t *count, const uint32_t *touched, uint32_t *n_touched)
{
	for (uint32_t i = 0; i < *n_touched; i++)
		count[touched[i]] = 0;
	*n_touched = 0;
}

void tally_clear(struct tally *tally)
{
	clear(tally->cells, tally->touched_cells, &tally->n_cells);
	clear(tally->configs, tally->touched_configs, &tally->n_configs);
	clear(tally->values, tally->touched_values, &tally->n_values);
}

static uint32_t present_after(const struct tally *tally, const struct home_node *node)
{
	uint32_t n = node->n_present;

	for (uint32_t i = 0; i < tally->n_values; i++) {
		uint32_t value = tally->touched_values[i], count = node->value_count[value];

		n += changed(count, tally->values[value]) > 0;
		n -= count > 0;
	}
	return n;
}

/* Rare values come and go with few windows: the sum over all configurations is kept. */
static double sum_of(struct tally *tally, const struct lengths *lengths,
		     const struct home_node *node, uint32_t n_values)
{
	uint64_t hash = ((uint64_t)node->home << 32 | (uint64_t)node->node << 24 | n_values) *
			UINT64_C(0x9e3779b97f4a7c15);
	struct tally_sum *sum = &tally->sums[hash >> 32 & (TALLY_SUMS - 1)];

	if (sum->filled && sum->home == node->home && sum->node == node->node &&
	    sum->version == node->version && sum->n_values == n_values)
		return sum->bits;
	*sum = (struct tally_sum) { node->home, node->version, n_values, node->node, true, 0 };
	for (uint32_t i = 0; i < node->n_configs; i++)
		if (node->config_count[i] > 0)
			sum->bits += lengths_rows(lengths, node->config_count[i], n_values);
	return sum->bits;
}

double tally_after(struct tally *tally, const struct lengths *lengths, const struct home_node *node)
{
	uint32_t n_present = present_after(tally, node), n_was = node->n_present;
	double bits = node->bits;

	for (uint32_t i = 0; i < tally->n_cells; i++) {
		uint32_t cell = tally->touched_cells[i], count = node->cell_count[cell];

		bits += lengths_cell(lengths, count) -
			lengths_cell(lengths, changed(count, tally->cells[cell]));
	}
	if (n_present != n_was) /* every configuration is coded otherwise */
		bits += lengths_values(lengths, node->column, n_present) -
			lengths_values(lengths, node->column, n_was) +
			sum_of(tally, lengths, node, n_present) -
			sum_of(tally, lengths, node, n_was);
	for (uint32_t i = 0; i < tally->n_configs; i++) {
		uint32_t at = tally->touched_configs[i], count = node->config_count[at];
		uint32_t n = changed(count, tally->configs[at]);

		bits += (n > 0 ? lengths_rows(lengths, n, n_present) : 0) -
			(count > 0 ? lengths_rows(lengths, count, n_present) : 0);
	}
	return bits;
}

double tally_alone(const struct tally *tally, const struct lengths *lengths,
		   const struct home_node *node)
{
	double bits = lengths_values(lengths, node->column, tally->n_values);

	for (uint32_t i = 0; i < tally->n_configs; i++)
		bits += lengths_rows(lengths,
				     (uint32_t)change(tally->configs[tally->touched_configs[i]]),
				     tally->n_values);
	for (uint32_t i = 0; i < tally->n_cells; i++)
		bits -= lengths_cell(lengths,
				     (uint32_t)change(tally->cells[tally->touched_cells[i]]));
	return bits;
}

void tally_apply(struct tally *tally, const struct lengths *lengths, struct home_node *node)
{
	node->bits = tally_after(tally, lengths, node);
	node->n_present = present_after(tally, node);
	node->version++;
	for (uint32_t i = 0; i < tally->n_cells; i++) {
		uint32_t at = tally->touched_cells[i];

		node->cell_count[at] = changed(node->cell_count[at], tally->cells[at]);
	}
	for (uint32_t i = 0; i < tally->n_configs; i++) {
		uint32_t at = tally->touched_configs[i];

		node->config_count[at] = changed(node->config_count[at], tally->configs[at]);
	}
	for (uint32_t i = 0; i < tally->n_values; i++) {
		uint32_t at = tally->touched_values[i];

		node->value_count[at] = changed(node->value_count[at], tally->values[at]);
	}
}

/* Groups windows by parents, then by the child; what a cell consists of is read off its windows. */
static int node_build(const struct lengths *lengths, const struct sample *s, uint32_t i,
		      const struct chronicle_pattern *shape, struct grouper *grouper,
		      uint32_t *configs, struct home_node *ret)
{
	const uint32_t *values = sample_values(s, i);
	uint32_t n_groups = 1, node = s->nodes[i];

	*ret = (struct home_node) { .node = (uint8_t)node,
				    .column = (uint8_t)(node % lengths->n_columns) };
	memset(configs, 0, s->n * sizeof(*configs));
	for (uint32_t k = 0; k < shape->n_parents[node]; k++) {
		int p = s->i_node[shape->parents[node][k]];

		n_groups = grouper_pairs(grouper, s->n, k == 0 ? NULL : configs, n_groups,
					 sample_values(s, (uint32_t)p), s->n_values[p], configs);
	}
	ret->n_configs = n_groups;
	ret->n_present = ret->n_values = s->n_values[i];
	ret->cell = mem_array(s->n, sizeof(uint32_t));
	ret->config_count = mem_array(n_groups, sizeof(uint32_t));
	ret->value_count = mem_array(s->n_values[i], sizeof(uint32_t));
	if (ret->cell == NULL || ret->config_count == NULL || ret->value_count == NULL)
		return -ENOMEM;
	ret->n_cells =
		grouper_pairs(grouper, s->n, configs, n_groups, values, s->n_values[i], ret->cell);
	ret->cell_config = mem_array(ret->n_cells, sizeof(uint32_t));
	ret->cell_value = mem_array(ret->n_cells, sizeof(uint32_t));
	ret->cell_count = mem_array(ret->n_cells, sizeof(uint32_t));
	if (ret->cell_config == NULL || ret->cell_value == NULL || ret->cell_count == NULL)
		return -ENOMEM;
	for (uint32_t w = 0; w < s->n; w++) {
		ret->cell_config[ret->cell[w]] = configs[w];
		ret->cell_value[ret->cell[w]] = values[w];
		ret->cell_count[ret->cell[w]]++;
		ret->config_count[configs[w]]++;
		ret->value_count[values[w]]++;
	}
	ret->bits = lengths_values(lengths, ret->column, ret->n_present);
	for (uint32_t k = 0; k < n_groups; k++)
		ret->bits += lengths_rows(lengths, ret->config_count[k], ret->n_present);
	for (uint32_t k = 0; k < ret->n_cells; k++)
		ret->bits -= lengths_cell(lengths, ret->cell_count[k]);
	return 0;
}

static int home_fill(struct home *home, const struct lengths *lengths,
		     const struct chronicle_table *table, struct grouper *grouper)
{
	const struct chronicle_pattern *shape = &home->shape;
	CLEANUP(freep) uint32_t *configs = mem_array(shape->n_windows, sizeof(uint32_t));
	struct sample sample;
	int r = sample_init(&sample, table, shape, grouper);

	home->nodes = mem_array(sample.n_nodes, sizeof(*home->nodes));
	if (r == 0 && (home->nodes == NULL || configs == NULL))
		r = -ENOMEM;
	for (uint32_t i = 0; i < sample.n_nodes && r == 0; i++) {
		home->n_nodes = i + 1;
		r = node_build(lengths, &sample, i, shape, grouper, configs, &home->nodes[i]);
	}
	sample_done(&sample);
	return r;
}

int home_new(const struct lengths *lengths, const struct chronicle_table *table,
	     struct grouper *grouper, struct chronicle_pattern *pattern, struct home **ret_home)
{
	struct home *home = mem_array(1, sizeof(*home));
	int r = -ENOMEM;

	if (home == NULL) {
		free(take(&pattern->windows));
		return r;
	}
	home->shape = *pattern;
	pattern->windows = NULL;
	home->n_counted = (uint32_t)home->shape.n_windows;
	for (size_t w = 0; w < home->shape.n_windows; w++)
		home->delay_bits += window_delay_bits(lengths, table,
						      home->shape.windows + w * home->shape.n_rows,
						      home->shape.n_rows);
	r = home_fill(home, lengths, table, grouper);
	if (r < 0) {
		home_free(home);
		return r;
	}
	*ret_home = home;
	return 0;
}

void home_free(struct home *home)
{
	if (home == NULL)
		return;
	for (uint32_t i = 0; i < home->n_nodes; i++) {
		struct home_node *node = &home->nodes[i];

		free(node->cell);
		free(node->cell_config);
		free(node->cell_value);
		free(node->cell_count);
		free(node->config_count);
		free(node->value_count);
	}
	free(home->nodes);
	free(home->shape.windows);
	free(home);
}

double window_delay_bits(const struct lengths *lengths, const struct chronicle_table *table,
			 const uint32_t *window, uint32_t n_rows)
{
	double bits = 0;

	for (uint32_t r = 1; r < n_rows; r++)
		bits += lengths_natural(lengths, (uint64_t)(table->ticks[window[r]] -
							    table->ticks[window[r - 1]]) +
							 1);
	return bits;
}

double home_data_bits(const struct lengths *lengths, const struct home *home)
{
	double bits = home->delay_bits + lengths_instants(lengths, home->n_counted);

	if (home->n_counted == 0)
		return 0;
	for (uint32_t i = 0; i < home->n_nodes; i++)
		bits += home->nodes[i].bits;
	return bits + lengths_natural(lengths, home->n_counted);
}
