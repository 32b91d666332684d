/* SPDX-License-Identifier: Apache-2.0 */
#include "flow/chronicle_learn.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/dist.h"
#include "base/mem.h"
#include "models/bayes_learn.h"

enum {
	/* A column is fixed when so many windows agree; before that the network tells, which gives
	 * way to the base network once in n + 1 draws. */
	FIX_WINDOWS = 20,
};

struct learning {
	const struct chronicle_flows *flows;
	const struct flow_codes *codes;
	const uint32_t *windows;
	size_t n;
	uint32_t n_rows;
	uint16_t *gathered; /* (n_rows * FLOW_N_COLUMNS) columns of n codes */
	struct flow_pattern *pattern;
};

static uint16_t *column_at(const struct learning *l, uint32_t row, int column)
{
	return l->gathered + ((size_t)row * FLOW_N_COLUMNS + (size_t)column) * l->n;
}

static const struct flow_record *record_at(const struct learning *l, size_t window, uint32_t row)
{
	const uint32_t i = l->windows[window * l->n_rows + row];

	return &l->codes->table->rows[l->codes->rows[i]];
}

static int gather(struct learning *l)
{
	l->gathered = mem_array(l->n * l->n_rows * FLOW_N_COLUMNS, sizeof(*l->gathered));
	if (l->gathered == NULL)
		return -ENOMEM;
	for (uint32_t r = 0; r < l->n_rows; r++)
		for (int c = 0; c < FLOW_N_COLUMNS; c++) {
			uint16_t *to = column_at(l, r, c);

			for (size_t w = 0; w < l->n; w++)
				to[w] = l->codes->codes[c][l->windows[w * l->n_rows + r]];
		}
	return 0;
}

/* Combinations of kinds: rows of codes in order, with their counts. */
struct variant {
	uint16_t kinds[CHRONICLE_MAX_ROWS]; /* 0 beyond the pattern's rows */
};

static int compare_variants(const void *a, const void *b)
{
	const uint16_t *x = ((const struct variant *)a)->kinds;
	const uint16_t *y = ((const struct variant *)b)->kinds;

	for (int r = 0; r < CHRONICLE_MAX_ROWS; r++)
		if (x[r] != y[r])
			return x[r] < y[r] ? -1 : 1;
	return 0;
}

static int count_variants(const struct learning *l)
{
	CLEANUP(freep) struct variant *all = mem_array(l->n, sizeof(*all));
	struct flow_pattern *p = l->pattern;
	size_t n = 0;

	if (all == NULL)
		return -ENOMEM;
	for (size_t w = 0; w < l->n; w++)
		for (uint32_t r = 0; r < l->n_rows; r++)
			all[w].kinds[r] = column_at(l, r, FLOW_KIND)[w];
	qsort(all, l->n, sizeof(*all), compare_variants);
	for (size_t w = 0; w < l->n; w++)
		n += w == 0 || compare_variants(&all[w - 1], &all[w]) != 0;
	p->kinds = mem_array(n * l->n_rows, sizeof(*p->kinds));
	p->sums = mem_array(n, sizeof(*p->sums));
	if (p->kinds == NULL || p->sums == NULL)
		return -ENOMEM;
	for (size_t w = 0; w < l->n; w++) {
		if (w == 0 || compare_variants(&all[w - 1], &all[w]) != 0)
			memcpy(p->kinds + (size_t)p->n_variants++ * l->n_rows, all[w].kinds,
			       l->n_rows * sizeof(*p->kinds));
		p->sums[p->n_variants - 1] = (uint32_t)w + 1;
	}
	p->total = p->weight = p->begins = (uint32_t)l->n;
	return 0;
}

static bool is_constant(const struct learning *l, uint32_t row, int column)
{
	const uint16_t *codes = column_at(l, row, column);

	for (size_t w = 1; w < l->n; w++)
		if (codes[w] != codes[0])
			return false;
	return true;
}

/* May a constant be said as a value? Bins are no values, and seconds to nine decimals are exact in
 * a double up to 2^53 ns. */
static bool is_sayable(const struct bayes_flows *base, int column, uint16_t code)
{
	const struct column *c = &base->columns[column];

	return !flow_column_is_integer(column) ||
	       (code < c->n_atoms && c->atoms[code] < INT64_C(1) << 53);
}

static const struct ip_addr *address_at(const struct learning *l, size_t w, uint32_t row,
					int column)
{
	const struct flow_record *r = record_at(l, w, row);

	return column == FLOW_SRC_HOST ? &r->src : &r->dst;
}

/* Is it the same host in all windows, also where a pooled one stands for many addresses? */
static bool always_same(const struct learning *l, uint32_t row_a, int a, uint32_t row_b, int b)
{
	for (size_t w = 0; w < l->n; w++)
		if (column_at(l, row_a, a)[w] != column_at(l, row_b, b)[w] ||
		    !ip_equal(address_at(l, w, row_a, a), address_at(l, w, row_b, b)))
			return false;
	return true;
}

/* The first end of an earlier row that is always this one. */
static bool find_binding(const struct learning *l, uint32_t row, int column, uint32_t *ret_row,
			 int *ret_column)
{
	for (uint32_t r = 0; r < row; r++)
		for (int i = 0; i < 2; i++) {
			/* Client for client and server for server before the other way round. */
			const int c = i == 0 ? column : FLOW_SRC_HOST + FLOW_DST_HOST - column;

			if (always_same(l, r, c, row, column)) {
				*ret_row = r;
				*ret_column = c;
				return true;
			}
		}
	return false;
}

static void bind_end(const struct learning *l, uint32_t row, int column)
{
	struct flow_pattern *p = l->pattern;
	struct pattern_cell *cell = &p->rows[row].cells[column], *binding;
	uint32_t r;
	int c;

	if (!find_binding(l, row, column, &r, &c))
		return;
	binding = &p->rows[r].cells[c];
	if (binding->variable == PATTERN_NO_VARIABLE) {
		binding->variable = (uint8_t)p->n_variables++;
		snprintf(p->variables[binding->variable], PATTERN_VARIABLE_BYTES, "%c",
			 'a' + binding->variable);
	}
	cell->source = PATTERN_USE;
	cell->variable = binding->variable;
}

static void settle_cells(const struct learning *l)
{
	for (uint32_t r = 0; r < l->n_rows; r++)
		for (int c = FLOW_SRC_HOST; c < FLOW_N_COLUMNS; c++) {
			struct pattern_cell *cell = &l->pattern->rows[r].cells[c];
			const uint16_t code = column_at(l, r, c)[0];

			*cell = (struct pattern_cell) { .source = PATTERN_NODE,
							.variable = PATTERN_NO_VARIABLE };
			if (l->n >= FIX_WINDOWS && is_constant(l, r, c) &&
			    is_sayable(&l->flows->base, c, code)) {
				cell->source = PATTERN_FIXED;
				cell->code = code;
			}
			if (c <= FLOW_DST_HOST)
				bind_end(l, r, c);
		}
}

static int compare_delays(const void *a, const void *b)
{
	int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;

	return (x > y) - (x < y);
}

static int learn_delay(const struct learning *l, uint32_t r)
{
	CLEANUP(freep) int64_t *delays = mem_array(l->n, sizeof(*delays));
	struct pattern_row *row = &l->pattern->rows[r];
	const size_t most = l->n < PATTERN_DELAY_KNOTS ? l->n : PATTERN_DELAY_KNOTS;

	row->knots = mem_array(most, sizeof(*row->knots));
	if (delays == NULL || row->knots == NULL)
		return -ENOMEM;
	for (size_t w = 0; w < l->n; w++)
		delays[w] = record_at(l, w, r)->start_ns - record_at(l, w, r - 1)->start_ns;
	qsort(delays, l->n, sizeof(*delays), compare_delays);
	row->n_knots = (uint32_t)most;
	quantile_fit(delays, l->n, row->knots, row->n_knots);
	return 0;
}

/* A column of this row or of one before it that tells anything. */
static bool is_live(const struct learning *l, uint32_t row, int column)
{
	return l->pattern->rows[row].cells[column].source == PATTERN_NODE ||
	       (column == FLOW_KIND && !is_constant(l, row, FLOW_KIND));
}

/* Columns before it in the base network's order: one order serves all rows, so that the base
 * network finds what it needs when a cell gives way to it. */
static void allow_edges(const struct learning *l, uint32_t row, struct bayes_learn *learn)
{
	bool earlier[FLOW_N_COLUMNS] = { false };

	for (int k = 0; k < FLOW_N_COLUMNS; k++) {
		const int child = (int)l->flows->base.net.order[k];
		const bool tuple = flow_column_is_tuple(child);

		for (uint32_t lag = 0; lag <= row; lag++)
			for (int p = 0; p < FLOW_N_COLUMNS; p++) {
				const bool drawn =
					p == FLOW_KIND || !tuple || flow_column_is_tuple(p);

				if (child != FLOW_KIND && is_live(l, row, child) &&
				    is_live(l, row - lag, p) && drawn && (lag > 0 || earlier[p]))
					learn->allowed[child][flow_variable(p, lag)] = true;
			}
		earlier[child] = true;
	}
}

static int learn_row(const struct learning *l, uint32_t r, struct err *err)
{
	CLEANUP(freep) struct bayes_learn *learn = mem_array(1, sizeof(*learn));
	CLEANUP(freep) struct bayes_net *net = mem_array(1, sizeof(*net));
	struct pattern_row *row = &l->pattern->rows[r];
	struct code_table table = { .n_rows = l->n, .n_columns = (r + 1) * FLOW_N_COLUMNS };
	bool live[FLOW_N_COLUMNS];
	int e;

	if (learn == NULL || net == NULL)
		return err_no_memory(err);
	for (uint32_t lag = 0; lag <= r; lag++)
		for (int c = 0; c < FLOW_N_COLUMNS; c++) {
			table.columns[flow_variable(c, lag)] = column_at(l, r - lag, c);
			table.n_codes[flow_variable(c, lag)] =
				bayes_flows_n_codes(&l->flows->base, c);
		}
	for (int c = 0; c < FLOW_N_COLUMNS; c++)
		live[c] = is_live(l, r, c);
	learn->table = &table;
	learn->n_nodes = FLOW_N_COLUMNS;
	allow_edges(l, r, learn);
	flow_force_edges(learn, live);
	e = bayes_learn(learn, net, err);
	if (e < 0)
		return e;
	for (int c = 0; c < FLOW_N_COLUMNS; c++)
		if (row->cells[c].source != PATTERN_NODE || c == FLOW_KIND)
			bayes_node_done(&net->nodes[c]);
	row->net = take(&net);
	return 0;
}

static int learn_rows(struct learning *l, struct err *err)
{
	int r = 0;

	if (gather(l) < 0 || count_variants(l) < 0)
		return err_no_memory(err);
	settle_cells(l);
	for (uint32_t i = 0; i < l->n_rows && r == 0; i++) {
		if (i > 0 && learn_delay(l, i) < 0)
			return err_no_memory(err);
		r = learn_row(l, i, err);
	}
	return r;
}

int flow_pattern_learn(const struct chronicle_flows *flows, const struct flow_codes *codes,
		       const uint32_t *windows, size_t n_windows, uint32_t n_rows,
		       struct flow_pattern *ret_pattern, struct err *err)
{
	struct learning l = { .flows = flows,
			      .codes = codes,
			      .windows = windows,
			      .n = n_windows,
			      .n_rows = n_rows,
			      .pattern = ret_pattern };
	int r;

	ret_pattern->n_rows = n_rows;
	r = learn_rows(&l, err);
	free(l.gathered);
	return r;
}
