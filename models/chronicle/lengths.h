/* SPDX-License-Identifier: Apache-2.0 */
/*
 * FlowChronicle's code lengths, in bits, as the published program computes them: a pattern row by
 * row, the structure of a network, and data by a prequential plug-in code (each count starts at
 * 1/2). Logarithms come from tables made with det_log2, so the lengths are the same everywhere.
 */
#ifndef SOSIE_MODELS_CHRONICLE_LENGTHS_H
#define SOSIE_MODELS_CHRONICLE_LENGTHS_H

#include "models/chronicle.h"

enum {
	CHRONICLE_MAX_NODES = CHRONICLE_MAX_ROWS * CHRONICLE_MAX_COLUMNS,
	LENGTHS_NATURALS = 4096,
};

struct lengths {
	uint32_t n_columns;
	enum chronicle_code code;
	double log2_columns;
	double log2_three;
	double log2_ticks;			 /* of the table's span: what an instant costs */
	uint32_t n_codes[CHRONICLE_MAX_COLUMNS]; /* that occur */
	double log2_codes[CHRONICLE_MAX_COLUMNS];
	size_t n_gamma;
	double *gamma;	 /* [k] = log2 Gamma(k / 2), 1 <= k < n_gamma */
	double *natural; /* [x] = L_N(x), 1 <= x < LENGTHS_NATURALS */
};

/* Returns 0, -ENOMEM, -EINVAL (no rows, a code out of range, times not ascending). */
int lengths_init(struct lengths *lengths, const struct chronicle_table *table,
		 enum chronicle_code code, struct err *err);
void lengths_done(struct lengths *lengths);

/* L_N, Rissanen's universal code of integers; x >= 1. */
double lengths_natural(const struct lengths *lengths, uint64_t x);

/* log2 of n over k; n <= CHRONICLE_MAX_NODES. */
double lengths_choose(const struct lengths *lengths, uint32_t n, uint32_t k);

/* A node of a network over m, with k parents: its part of the structure. */
double lengths_node(const struct lengths *lengths, uint32_t m, uint32_t k);

/* L(p): the number of rows, the rows, the structure of the network. */
double lengths_pattern(const struct lengths *lengths, const struct chronicle_pattern *pattern);

/* The structure of the empty pattern's network. */
double lengths_net(const struct lengths *lengths, uint32_t m, const uint8_t *n_parents);

/* Which n_values of a column's codes a cell takes. */
static inline double lengths_values(const struct lengths *lengths, uint32_t column,
				    uint32_t n_values)
{
	const double *gamma = lengths->gamma;
	size_t n = lengths->n_codes[column], k = n_values;

	return lengths->code == CHRONICLE_SETS
		       ? gamma[2 * n + 2] - gamma[2 * k + 2] - gamma[2 * (n - k) + 2]
		       : 0;
}

/* The first instants of n windows of one pattern. */
static inline double lengths_instants(const struct lengths *lengths, uint32_t n)
{
	double bits = n * lengths->log2_ticks;

	return lengths->code == CHRONICLE_SETS ? bits - lengths->gamma[2 * (size_t)n + 2] : bits;
}

/*
 * The plug-in code of one node is the sum over its parents' configurations of lengths_rows(N, V),
 * N rows coded with V values in play, less that over the cells of lengths_cell(n).
 */
static inline double lengths_rows(const struct lengths *lengths, uint32_t n, uint32_t n_values)
{
	return lengths->gamma[(size_t)2 * n + n_values] - lengths->gamma[n_values];
}

static inline double lengths_cell(const struct lengths *lengths, uint32_t n)
{
	return lengths->gamma[(size_t)2 * n + 1] - lengths->gamma[1];
}

/* Is this cell a node of the pattern's network? */
static inline bool cell_is_node(const struct chronicle_cell *cell)
{
	return cell->kind == CHRONICLE_FREE || cell->kind == CHRONICLE_SET;
}

#endif
