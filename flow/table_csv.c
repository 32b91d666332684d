/* SPDX-License-Identifier: Apache-2.0 */
/* Our own flow table as CSV (cli.md): columns by the names in the header, in any order; others,
 * such as those of the ground truth, are passed over. */
#include "flow/table_layout.h"

static bool csv_recognise(struct field line)
{
	return line_holds(line, "src_ip") && line_holds(line, "dst_ip") && line_holds(line, "ts") &&
	       line.text[0] != '{' && line.text[0] != '#';
}

struct csv_columns {
	size_t n;
	enum table_column column[TABLE_LIMIT_COLUMNS];
};

static int csv_header(const struct table_reading *reading, char *line, size_t n_line,
		      struct csv_columns *ret_columns, struct err *err)
{
	static const enum table_column needed[] = { COLUMN_TS, COLUMN_PROTO, COLUMN_SRC_IP,
						    COLUMN_DST_IP };
	struct field names[TABLE_LIMIT_COLUMNS];
	bool seen[COLUMN_N] = { false };

	ret_columns->n = line_split(line, n_line, ',', true, names, TABLE_LIMIT_COLUMNS);
	if (ret_columns->n > TABLE_LIMIT_COLUMNS)
		return table_error(reading, err, "the header has more than %d columns",
				   TABLE_LIMIT_COLUMNS);
	for (size_t i = 0; i < ret_columns->n; i++) {
		enum table_column column = column_find(table_columns, COLUMN_LABEL, names[i]);

		if (column != COLUMN_NONE && seen[column])
			return table_error(reading, err, "column '%s' stands twice in the header",
					   table_columns[column - 1].name);
		seen[column] = true;
		ret_columns->column[i] = column;
	}
	for (size_t i = 0; i < sizeof(needed) / sizeof(needed[0]); i++) {
		if (!seen[needed[i]])
			return table_error(reading, err, "the header has no column '%s'",
					   table_columns[needed[i] - 1].name);
	}
	return 0;
}

static int csv_row(struct table_reading *reading, const struct csv_columns *columns, char *line,
		   size_t n_line, struct err *err)
{
	struct field fields[TABLE_LIMIT_COLUMNS];
	size_t n = line_split(line, n_line, ',', true, fields, TABLE_LIMIT_COLUMNS);
	bool has_time = false, has_state = false;
	struct flow_record record;

	if (n == SIZE_MAX)
		return table_error(reading, err, "a quoted field does not end");
	if (n != columns->n)
		return table_error(reading, err, "%zu fields where the header has %zu", n,
				   columns->n);
	record_clear(&record);
	for (size_t i = 0; i < n; i++) {
		enum table_column column = columns->column[i];

		if (column_set(&record, column, fields[i]) < 0)
			return table_bad_field(reading, column, table_columns[column - 1].name,
					       fields[i], err);
		has_time |= column == COLUMN_TS && !field_unset(fields[i]);
		has_state |= column == COLUMN_STATE && !field_unset(fields[i]);
	}
	if (!has_state)
		record.state = (uint8_t)record_guess_state(&record);
	return table_keep(reading, &record, has_time, err);
}

static int csv_read(struct table_reading *reading, char *line, size_t n_line, struct err *err)
{
	struct csv_columns columns;
	int r = csv_header(reading, line, n_line, &columns, err);

	while (r == 0) {
		r = line_next(reading->lines, &line, &n_line, err);
		if (r <= 0)
			return r;
		r = n_line > 0 ? csv_row(reading, &columns, line, n_line, err) : 0;
	}
	return r;
}

const struct table_layout layout_csv = { "sosie csv", csv_recognise, csv_read };
