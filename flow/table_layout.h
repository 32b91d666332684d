/* SPDX-License-Identifier: Apache-2.0 */
/* Layouts of flow tables: one file each, told apart by their first line. */
#ifndef SOSIE_FLOW_TABLE_LAYOUT_H
#define SOSIE_FLOW_TABLE_LAYOUT_H

#include "flow/table.h"
#include "flow/table_fields.h"
#include "flow/table_lines.h"

struct table_reading {
	struct line_reader *lines;
	struct flow_table *table;
	struct flow_read_stats stats;
};

struct table_layout {
	const char *name;
	bool (*recognise)(struct field first_line);
	/* Reads all rows. line is the first, until line_next() is called. */
	int (*read)(struct table_reading *reading, char *line, size_t n_line, struct err *err);
};

extern const struct table_layout layout_csv, layout_jsonl, layout_zeek, layout_zeek_json,
	layout_cidds, layout_cidds_pairs;

/* "conn.log:12: <sentence>"; returns -EINVAL. */
int table_error(const struct table_reading *reading, struct err *err, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));
/* The sentence for a field that column_set() refused. */
int table_bad_field(const struct table_reading *reading, enum table_column column,
		    const char *column_name, struct field field, struct err *err);

/* Appends a row, or counts it as skipped when it lacks an address. */
int table_keep(struct table_reading *reading, const struct flow_record *record, bool has_time,
	       struct err *err);

/* Does text stand in the line? */
bool line_holds(struct field line, const char *text);

/*
 * Splits at separators; with quotes, "a,b" is one field (RFC 4180) and is unquoted in place.
 * Returns the number of fields, of which the first `limit` are in ret_fields, or SIZE_MAX: a quote
 * does not end.
 */
size_t line_split(char *line, size_t n_line, char separator, bool quotes, struct field *ret_fields,
		  size_t limit);

enum { TABLE_LIMIT_COLUMNS = 128 };

#endif
