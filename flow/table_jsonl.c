/* SPDX-License-Identifier: Apache-2.0 */
/* Our own flow table as JSON lines: the columns of the CSV as members. */
#include "flow/json_line.h"
#include "flow/table_layout.h"

static bool jsonl_recognise(struct field line)
{
	return line.n > 0 && line.text[0] == '{' && line_holds(line, "\"src_ip\"");
}

static int jsonl_row(struct table_reading *reading, char *line, size_t n_line, struct err *err)
{
	bool has_time = false, has_state = false;
	struct flow_record record;
	struct json_line json;
	struct field key, value;
	int r;

	record_clear(&record);
	json_line_init(&json, line, n_line);
	while ((r = json_line_next(&json, &key, &value)) == 1) {
		enum table_column column = column_find(table_columns, COLUMN_LABEL, key);

		if (column == COLUMN_NONE)
			continue;
		if (column_set(&record, column, value) < 0)
			return table_bad_field(reading, column, table_columns[column - 1].name,
					       value, err);
		has_time |= column == COLUMN_TS && !field_unset(value);
		has_state |= column == COLUMN_STATE && !field_unset(value);
	}
	if (r < 0)
		return table_error(reading, err, "not a JSON object at byte %zu of the line",
				   (size_t)(json.at - line) + 1);
	if (!has_state)
		record.state = (uint8_t)record_guess_state(&record);
	return table_keep(reading, &record, has_time, err);
}

static int jsonl_read(struct table_reading *reading, char *line, size_t n_line, struct err *err)
{
	int r = 1;

	while (r == 1) {
		r = n_line > 0 ? jsonl_row(reading, line, n_line, err) : 0;
		if (r == 0)
			r = line_next(reading->lines, &line, &n_line, err);
	}
	return r;
}

const struct table_layout layout_jsonl = { "sosie jsonl", jsonl_recognise, jsonl_read };
