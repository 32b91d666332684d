/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A table of codes: what models over categories learn from. Column-major, 16 bits a code; columns
 * may be views into one another (a column seen k rows earlier is the same memory k codes before),
 * so the table owns nothing.
 */
#ifndef SOSIE_MODELS_TABLE_H
#define SOSIE_MODELS_TABLE_H

#include <stddef.h>
#include <stdint.h>

enum {
	CODE_TABLE_MAX_COLUMNS = 96,
	CODE_TABLE_MAX_CODES = 65535, /* of one column */
};

struct code_table {
	size_t n_rows;
	uint32_t n_columns;
	const uint16_t *columns[CODE_TABLE_MAX_COLUMNS]; /* n_rows codes each, borrowed */
	uint32_t n_codes[CODE_TABLE_MAX_COLUMNS]; /* codes of column c are below n_codes[c] */
};

/*
 * How often each combination of some columns occurs. Cells are in order of first appearance, so
 * that whatever is summed over them is the same on every machine.
 */
struct code_cell {
	uint64_t key; /* the codes, 16 bits each, the first column highest */
	uint32_t count;
};

struct code_counts {
	struct code_cell *cells;
	uint32_t n_cells, capacity;
	uint32_t *slots; /* open addressing: index of the cell + 1, 0: free */
	uint32_t n_slots;
};

enum { CODE_COUNTS_MAX_COLUMNS = 4 };

void code_counts_done(struct code_counts *counts);

/*
 * Counts the combinations of n columns (1..4) over rows 0, step, 2*step ... Storage is reused from
 * call to call. Returns 0 or -ENOMEM.
 */
int code_counts_fill(struct code_counts *counts, const struct code_table *table,
		     const uint32_t *columns, uint32_t n, size_t step);

#endif
