/* SPDX-License-Identifier: Apache-2.0 */
/* The total of a mined chronicle from the formulas, slowly, with libm: what the fast code must
 * give.
 */
#ifndef SOSIE_TESTS_MODELS_CHRONICLE_NAIVE_H
#define SOSIE_TESTS_MODELS_CHRONICLE_NAIVE_H

#include "models/chronicle.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

static inline double naive_natural(double x)
{
	double sum = log2(2.865064);

	for (double term = log2(x); term > 0; term = log2(term))
		sum += term;
	return sum;
}

static inline double naive_gamma(double x)
{
	return lgamma(x) / log(2);
}

static inline double naive_choose(double n, double k)
{
	return naive_gamma(n + 1) - naive_gamma(k + 1) - naive_gamma(n - k + 1);
}

static inline uint32_t naive_distinct(const struct chronicle_table *t, uint32_t c)
{
	uint32_t n = 0;

	for (size_t i = 0; i < t->n_rows; i++) {
		size_t j = 0;

		while (t->columns[c][j] != t->columns[c][i])
			j++;
		n += i == j;
	}
	return n;
}

static inline uint16_t naive_code(const struct chronicle_table *t,
				  const struct chronicle_pattern *p, size_t w, uint32_t node)
{
	return t->columns[node % t->n_columns][p->windows[w * p->n_rows + node / t->n_columns]];
}

static inline bool naive_same(const struct chronicle_table *t, const struct chronicle_pattern *p,
			      size_t v, size_t w, uint32_t node, bool with_node)
{
	for (uint32_t k = 0; k < p->n_parents[node]; k++)
		if (naive_code(t, p, v, p->parents[node][k]) !=
		    naive_code(t, p, w, p->parents[node][k]))
			return false;
	return !with_node || naive_code(t, p, v, node) == naive_code(t, p, w, node);
}

/* Window by window: each is coded by how often its value, and its parents', came before. */
static inline double naive_node(const struct chronicle_table *t, const struct chronicle_pattern *p,
				uint32_t node, enum chronicle_code code)
{
	uint32_t n_values = 0;
	double bits = 0;

	for (size_t w = 0; w < p->n_windows; w++) {
		size_t v = 0;

		while (naive_code(t, p, v, node) != naive_code(t, p, w, node))
			v++;
		n_values += v == w;
	}
	for (size_t w = 0; w < p->n_windows; w++) {
		uint32_t with = 0, of = 0;

		for (size_t v = 0; v < w; v++) {
			with += naive_same(t, p, v, w, node, true);
			of += naive_same(t, p, v, w, node, false);
		}
		bits += log2((of + 0.5 * n_values) / (with + 0.5));
	}
	if (code == CHRONICLE_SETS)
		bits += naive_choose(naive_distinct(t, node % t->n_columns), n_values);
	return bits;
}

static inline double naive_instants(const struct chronicle_table *t, double n,
				    enum chronicle_code code)
{
	double span = (double)(t->ticks[t->n_rows - 1] - t->ticks[0]);
	double bits = span > 1 ? n * log2(span) : 0;

	return code == CHRONICLE_SETS ? bits - naive_gamma(n + 1) : bits;
}

static inline double naive_pattern(const struct chronicle_table *t,
				   const struct chronicle_pattern *p, enum chronicle_code code)
{
	double bits = naive_natural(p->n_rows), c = t->n_columns;
	uint32_t n_set = 0, m = 0;

	for (uint32_t r = 0; r < p->n_rows; r++) {
		double fix = 0, set = 0, use = 0;

		for (uint32_t i = 0; i < t->n_columns; i++) {
			fix += p->cells[r][i].kind == CHRONICLE_FIX;
			set += p->cells[r][i].kind == CHRONICLE_SET;
			use += p->cells[r][i].kind == CHRONICLE_USE;
			if (p->cells[r][i].kind == CHRONICLE_FIX)
				bits += log2(naive_distinct(t, i));
		}
		bits += log2(c) + naive_choose(c, fix);
		if (r > 0 && n_set > 0 && c - fix - set > 0)
			bits += log2(c - fix - set) + naive_choose(c - fix, use) +
				use * log2(n_set);
		if (c - fix - use > 0)
			bits += log2(c - fix - use);
		bits += naive_choose(c - fix - use, set);
		n_set += (uint32_t)set;
		m += (uint32_t)(c - fix - use);
	}
	for (uint32_t node = 0; node < p->n_rows * t->n_columns; node++) {
		const struct chronicle_cell *cell =
			&p->cells[node / t->n_columns][node % t->n_columns];

		if (cell->kind == CHRONICLE_FREE || cell->kind == CHRONICLE_SET)
			bits += log2(3) + naive_choose(m - 1, p->n_parents[node]) +
				naive_node(t, p, node, code);
	}
	for (size_t w = 0; w < p->n_windows; w++)
		for (uint32_t r = 1; r < p->n_rows; r++)
			bits += naive_natural(
				(double)(t->ticks[p->windows[w * p->n_rows + r]] -
					 t->ticks[p->windows[w * p->n_rows + r - 1]]) +
				1);
	return bits + naive_natural((double)p->n_windows) +
	       naive_instants(t, (double)p->n_windows, code);
}

static inline double naive_total(const struct chronicle_table *t, const struct chronicle *chronicle,
				 enum chronicle_code code)
{
	struct chronicle_pattern *empty = calloc(1, sizeof(*empty));
	double bits = naive_natural(chronicle->n_patterns + 1.0);

	for (uint32_t i = 0; i < chronicle->n_patterns; i++)
		bits += naive_pattern(t, &chronicle->patterns[i], code);
	empty->n_rows = 1;
	empty->n_windows = chronicle->n_uncovered;
	empty->windows = chronicle->uncovered;
	memcpy(empty->n_parents, chronicle->n_parents, sizeof(chronicle->n_parents));
	memcpy(empty->parents, chronicle->parents, sizeof(chronicle->parents));
	bits += naive_instants(t, (double)empty->n_windows, code);
	for (uint32_t c = 0; c < t->n_columns; c++)
		bits += log2(3) + naive_choose(t->n_columns - 1.0, empty->n_parents[c]) +
			(empty->n_windows > 0 ? naive_node(t, empty, c, code) : 0);
	free(empty);
	return bits;
}

#endif
