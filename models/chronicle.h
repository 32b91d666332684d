/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Mining patterns of rows by minimum description length: FlowChronicle (Cueppers, Schoen, Blanc,
 * Gimenez; PACMNET 2, CoNEXT4, 2024), sections on the model, its encoding and the search, with the
 * published program's defects mended.
 *
 * A pattern is a short list of partial rows. Each cell of a row is fixed to a code, binds a
 * variable to the row's code, must equal a bound variable, or is free and left to the pattern's
 * Bayesian network. A window of a pattern is one table row for each of its rows, in order of time.
 * Each table row belongs to one window at most; rows in none belong to the empty pattern, a network
 * over one row.
 */
#ifndef SOSIE_MODELS_CHRONICLE_H
#define SOSIE_MODELS_CHRONICLE_H

#include "base/err.h"
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
	CHRONICLE_MAX_COLUMNS = 16,
	CHRONICLE_MAX_ROWS = 8, /* of a pattern */
	CHRONICLE_MAX_PARENTS = 3,
};

/* The table, borrowed: column-major codes, rows ascending in time. */
struct chronicle_table {
	size_t n_rows;
	uint32_t n_columns;
	const uint16_t *columns[CHRONICLE_MAX_COLUMNS];
	uint32_t n_codes[CHRONICLE_MAX_COLUMNS];
	/* Columns of the same number other than 0 share one dictionary (the addresses at both
	 * ends); only these may bind and use variables, and are never fixed by the search, only by
	 * folding. */
	uint8_t dictionary[CHRONICLE_MAX_COLUMNS];
	const int64_t *ticks; /* n_rows, ascending; the unit is the caller's */
};

enum chronicle_cell_kind { CHRONICLE_FREE, CHRONICLE_FIX, CHRONICLE_SET, CHRONICLE_USE };

struct chronicle_cell {
	uint8_t kind;	/* enum chronicle_cell_kind */
	uint16_t value; /* FIX: the code; SET and USE: the variable, 0 .. */
};

struct chronicle_pattern {
	uint32_t n_rows;
	struct chronicle_cell cells[CHRONICLE_MAX_ROWS][CHRONICLE_MAX_COLUMNS];
	/* The cover: window w is table rows windows[w * n_rows] .. + n_rows - 1, ascending. */
	size_t n_windows;
	uint32_t *windows;
	/* The network over free and binding cells, node = row * n_columns + column. */
	uint8_t n_parents[CHRONICLE_MAX_ROWS * CHRONICLE_MAX_COLUMNS];
	uint8_t parents[CHRONICLE_MAX_ROWS * CHRONICLE_MAX_COLUMNS][CHRONICLE_MAX_PARENTS];
	double model_bits; /* L(p) */
	double data_bits;  /* of its windows */
	double gain_bits;  /* what the total would grow by without it */
};

/* What the total consists of, in bits. */
struct chronicle_bits {
	double count;	 /* L_N(number of patterns + 1) */
	double patterns; /* sum of L(p) */
	double base;	 /* the empty pattern's network */
	double data;	 /* L(D | P) */
	double total;
	double start; /* the total with no patterns and, as published, BIC's network */
};

struct chronicle {
	uint32_t n_patterns;
	struct chronicle_pattern *patterns; /* by gain, largest first */
	/* The empty pattern's network, and the rows left to it. */
	uint8_t n_parents[CHRONICLE_MAX_COLUMNS];
	uint8_t parents[CHRONICLE_MAX_COLUMNS][CHRONICLE_MAX_PARENTS];
	size_t n_uncovered;
	uint32_t *uncovered; /* ascending */
	struct chronicle_bits bits;
};

struct chronicle_progress {
	uint32_t n_patterns;
	double saved_bits;
	size_t n_queued, n_tested;
};

enum chronicle_code {
	/* As published: every window's instant costs log2 of the table's span. Which pattern a
	 * window is of then costs nothing, so that splitting rows among ever more patterns pays. */
	CHRONICLE_PUBLISHED,
	/* What the published code leaves out is charged: the n instants of a pattern are a set (n
	 * log2 of the span, less log2 n!), and so are the values that a free cell takes (log2 of
	 * the ways to choose them from the column's). Far fewer patterns, each saying more. */
	CHRONICLE_SETS,
};

/* "published", "sets". */
const char *chronicle_code_name(enum chronicle_code code);

struct chronicle_options {
	enum chronicle_code code;
	uint32_t max_rows;	/* of a pattern, 1 .. CHRONICLE_MAX_ROWS */
	uint32_t max_patterns;	/* the search ends with so many; 0: no bound, as published */
	int64_t horizon_ticks;	/* from one row of a window to the next, at most; 0: no bound, as
				   published */
	unsigned int n_threads; /* 0: one for each core; the result does not depend on it */
	/* Called now and then from the calling thread; other than 0 stops the search with it. */
	int (*progress)(void *context, const struct chronicle_progress *progress);
	void *context;
};

/* Returns 0, -ENOMEM, -EINVAL (no rows, codes out of range), what progress returned. The result is
 * chronicle_done()'s to free, also after an error. */
int chronicle_mine(const struct chronicle_table *table, const struct chronicle_options *options,
		   struct chronicle *ret, struct err *err);
void chronicle_done(struct chronicle *chronicle);

#endif
