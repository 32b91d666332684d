/* SPDX-License-Identifier: Apache-2.0 */
/* Flow tables: many records, in memory and in files. */
#ifndef SOSIE_FLOW_TABLE_H
#define SOSIE_FLOW_TABLE_H

#include "base/err.h"
#include "flow/record.h"
#include <stdbool.h>
#include <stdio.h>

enum { FLOW_TABLE_LIMIT_ROWS = 200000000 };

struct flow_table {
	struct flow_record *rows;
	size_t n_rows, capacity;
};

void flow_table_done(struct flow_table *table);
int flow_table_append(struct flow_table *table, const struct flow_record *record, struct err *err);
void flow_table_sort(struct flow_table *table); /* by start, stable */

/*
 * Reads a table of any layout known, told by its content: ours (CSV with the header of cli.md, or
 * JSON lines), Zeek conn.log (TSV with #fields, or JSON lines), CIDDS-001 (its two one-way rows
 * become one) and its bidirectional form (CSV); plain, gzip or zstd; "-" is stdin. Rows are
 * appended in the order of the file. What a layout does not tell is 0 or "-", but a service comes
 * from the ports and a state is guessed from flags and counts. Errors name file and line, and leave
 * the table as it was.
 */
struct flow_read_stats {
	const char *layout; /* "sosie csv", "zeek tsv" ... */
	uint64_t n_rows;
	uint64_t n_skipped; /* rows without addresses or times, counted not kept */
};
int flow_table_read(const char *path, struct flow_table *table, struct flow_read_stats *ret_stats,
		    struct err *err);

enum flow_format { FLOW_CSV, FLOW_JSONL, FLOW_ZEEK };

/* By the ending of path: .csv (and anything else), .jsonl, .log. */
enum flow_format flow_format_of(const char *path);

/* The columns that ground truth adds. */
struct flow_truth {
	uint64_t flow_id;
	const char *model;
	uint64_t window;
	uint32_t occurrence; /* printed as window.occurrence */
	const char *pattern; /* "-" when the model has none */
};

/*
 * Header first (what the format needs), then rows, then the footer. with_truth adds
 * flow_id,community_id,model,occurrence,pattern; then truth is given with every row. Zeek's format
 * gets a column `label` behind its own, and no #open and #close: equal tables are equal bytes.
 * Return 0 or -EIO (a FILE's error stays set: checking once at the end will do).
 */
int flow_write_header(FILE *out, enum flow_format format, bool with_truth);
int flow_write_row(FILE *out, enum flow_format format, const struct flow_record *record,
		   const struct flow_truth *truth);
int flow_write_footer(FILE *out, enum flow_format format);

#endif
