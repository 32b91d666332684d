/* SPDX-License-Identifier: Apache-2.0 */
#include "models/chronicle/lengths.h"

#include <errno.h>
#include <stdlib.h>

#include "base/detmath.h"
#include "base/mem.h"

/* The terms of L_N from log2 x on; the positive ones. */
static double natural(uint64_t x)
{
	double sum = det_log2(2.865064), term = det_log2((double)x);

	for (; term > 0; term = det_log2(term))
		sum += term;
	return sum;
}

/* Gamma(1/2) is the root of pi, Gamma(1) is 1, Gamma(x + 1) = x Gamma(x). */
static int fill_tables(struct lengths *lengths, size_t n_gamma)
{
	const double pi = 3.14159265358979323846;

	lengths->n_gamma = n_gamma;
	lengths->gamma = mem_array(n_gamma, sizeof(double));
	lengths->natural = mem_array(LENGTHS_NATURALS, sizeof(double));
	if (lengths->gamma == NULL || lengths->natural == NULL)
		return -ENOMEM;
	lengths->gamma[1] = 0.5 * det_log2(pi);
	for (size_t k = 3; k < n_gamma; k++)
		lengths->gamma[k] = lengths->gamma[k - 2] + det_log2(0.5 * (double)(k - 2));
	for (uint64_t x = 1; x < LENGTHS_NATURALS; x++)
		lengths->natural[x] = natural(x);
	return 0;
}

static int count_codes(const struct chronicle_table *table, uint32_t c, uint32_t *ret_n,
		       struct err *err)
{
	CLEANUP(freep) bool *seen = mem_array((size_t)UINT16_MAX + 1, sizeof(bool));
	uint32_t n = 0;

	if (seen == NULL)
		return err_no_memory(err);
	for (size_t i = 0; i < table->n_rows; i++) {
		uint16_t code = table->columns[c][i];

		if (code >= table->n_codes[c])
			return err_set(err, -EINVAL, "column %u, row %zu: code %u is not below %u",
				       c, i, code, table->n_codes[c]);
		n += !seen[code];
		seen[code] = true;
	}
	*ret_n = n;
	return 0;
}

static int check(const struct chronicle_table *table, struct err *err)
{
	if (table->n_rows == 0)
		return err_set(err, -EINVAL, "nothing to mine: the table has no rows");
	if (table->n_rows > UINT32_MAX / 4)
		return err_set(err, -EINVAL, "too many rows to mine: %zu", table->n_rows);
	if (table->n_columns == 0 || table->n_columns > CHRONICLE_MAX_COLUMNS)
		return err_set(err, -EINVAL, "%u columns: 1 to %d can be mined", table->n_columns,
			       CHRONICLE_MAX_COLUMNS);
	for (size_t i = 1; i < table->n_rows; i++)
		if (table->ticks[i] < table->ticks[i - 1])
			return err_set(err, -EINVAL, "row %zu is earlier than the row before it",
				       i);
	return 0;
}

int lengths_init(struct lengths *lengths, const struct chronicle_table *table,
		 enum chronicle_code code, struct err *err)
{
	uint32_t n_codes = 0, n_most = 1;
	int64_t span;
	int r;

	*lengths = (struct lengths) { .n_columns = table->n_columns, .code = code };
	r = check(table, err);
	if (r < 0)
		return r;
	span = table->ticks[table->n_rows - 1] - table->ticks[0];
	lengths->log2_ticks = span > 1 ? det_log2((double)span) : 0;
	lengths->log2_three = det_log2(3);
	lengths->log2_columns = det_log2((double)table->n_columns);
	for (uint32_t c = 0; c < table->n_columns; c++) {
		r = count_codes(table, c, &n_codes, err);
		if (r < 0)
			return r;
		lengths->n_codes[c] = n_codes;
		lengths->log2_codes[c] = det_log2((double)n_codes);
		n_most = n_codes > n_most ? n_codes : n_most;
	}
	r = fill_tables(lengths, 2 * table->n_rows + n_most + 2 * CHRONICLE_MAX_NODES + 4);
	return r < 0 ? err_no_memory(err) : 0;
}

void lengths_done(struct lengths *lengths)
{
	free(lengths->gamma);
	free(lengths->natural);
	*lengths = (struct lengths) { 0 };
}

double lengths_natural(const struct lengths *lengths, uint64_t x)
{
	return x < LENGTHS_NATURALS ? lengths->natural[x] : natural(x);
}

double lengths_choose(const struct lengths *lengths, uint32_t n, uint32_t k)
{
	const double *gamma = lengths->gamma; /* n! = Gamma(n + 1) */

	return gamma[2 * n + 2] - gamma[2 * k + 2] - gamma[2 * (n - k) + 2];
}

double lengths_node(const struct lengths *lengths, uint32_t m, uint32_t k)
{
	/* log2 3, although there are four numbers of parents: as published. */
	return lengths->log2_three + lengths_choose(lengths, m - 1, k);
}

double lengths_net(const struct lengths *lengths, uint32_t m, const uint8_t *n_parents)
{
	double sum = 0;

	for (uint32_t i = 0; i < m; i++)
		sum += lengths_node(lengths, m, n_parents[i]);
	return sum;
}

/* One row; n_set variables were set in the rows before it. */
static double row_bits(const struct lengths *lengths, const struct chronicle_cell *cells,
		       bool first, uint32_t n_set)
{
	uint32_t n = lengths->n_columns, of[4] = { 0 };
	double bits = lengths->log2_columns;
	uint32_t fix, set, use;

	for (uint32_t c = 0; c < n; c++) {
		of[cells[c].kind]++;
		if (cells[c].kind == CHRONICLE_FIX)
			bits += lengths->log2_codes[c];
	}
	fix = of[CHRONICLE_FIX];
	set = of[CHRONICLE_SET];
	use = of[CHRONICLE_USE];
	bits += lengths_choose(lengths, n, fix);
	if (!first && n_set > 0 && n - fix - set > 0)
		bits += det_log2((double)(n - fix - set)) + lengths_choose(lengths, n - fix, use) +
			use * det_log2((double)n_set);
	if (n - fix - use > 0)
		bits += det_log2((double)(n - fix - use));
	return bits + lengths_choose(lengths, n - fix - use, set);
}

double lengths_pattern(const struct lengths *lengths, const struct chronicle_pattern *pattern)
{
	double bits = lengths_natural(lengths, pattern->n_rows);
	uint32_t n_set = 0, m = 0;

	for (uint32_t r = 0; r < pattern->n_rows; r++) {
		bits += row_bits(lengths, pattern->cells[r], r == 0, n_set);
		for (uint32_t c = 0; c < lengths->n_columns; c++) {
			n_set += pattern->cells[r][c].kind == CHRONICLE_SET;
			m += cell_is_node(&pattern->cells[r][c]);
		}
	}
	for (uint32_t i = 0; i < pattern->n_rows * lengths->n_columns; i++)
		if (cell_is_node(&pattern->cells[i / lengths->n_columns][i % lengths->n_columns]))
			bits += lengths_node(lengths, m, pattern->n_parents[i]);
	return bits;
}
