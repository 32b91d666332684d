/* SPDX-License-Identifier: Apache-2.0 */
#include "flow/table.h"

#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "flow/table_layout.h"
#include "flow/table_memory.h"

void flow_table_done(struct flow_table *table)
{
	free(table->rows);
	memset(table, 0, sizeof(*table));
}

int flow_table_append(struct flow_table *table, const struct flow_record *record, struct err *err)
{
	int r = mem_grow(&table->rows, &table->capacity, table->n_rows + 1, sizeof(*table->rows),
			 FLOW_TABLE_LIMIT_ROWS);

	if (r == -E2BIG)
		return err_set(err, r, "the flow table is longer than %d rows",
			       FLOW_TABLE_LIMIT_ROWS);
	if (r < 0)
		return err_no_memory(err);
	table->rows[table->n_rows++] = *record;
	return 0;
}

/* Merges rows[low, middle) and rows[middle, high); room holds the first half. */
static void rows_merge(struct flow_record *rows, size_t low, size_t middle, size_t high,
		       struct flow_record *room)
{
	size_t n = middle - low, i = 0, j = middle, to = low;

	if (rows[middle - 1].start_ns <= rows[middle].start_ns)
		return;
	memcpy(room, rows + low, n * sizeof(*rows));
	while (i < n && j < high) {
		if (room[i].start_ns <= rows[j].start_ns)
			rows[to++] = room[i++];
		else
			rows[to++] = rows[j++];
	}
	memcpy(rows + to, room + i, (n - i) * sizeof(*rows));
}

/* For want of memory only: stable, but quadratic where the table is not nearly sorted. */
static void rows_insert(struct flow_record *rows, size_t n)
{
	for (size_t i = 1; i < n; i++) {
		struct flow_record row = rows[i];
		size_t j = i;

		for (; j > 0 && rows[j - 1].start_ns > row.start_ns; j--)
			rows[j] = rows[j - 1];
		rows[j] = row;
	}
}

void flow_table_sort(struct flow_table *table)
{
	size_t n = table->n_rows;
	struct flow_record *room;

	if (n < 2)
		return;
	room = mem_array(n, sizeof(*room));
	if (room == NULL) {
		rows_insert(table->rows, n);
		return;
	}
	/* Bottom-up merge sort: stable, and one pass of comparisons over a sorted table. */
	for (size_t width = 1; width < n; width *= 2) {
		for (size_t low = 0; low + width < n; low += 2 * width) {
			size_t high = low + 2 * width < n ? low + 2 * width : n;

			rows_merge(table->rows, low, low + width, high, room);
		}
	}
	free(room);
}

int table_error(const struct table_reading *reading, struct err *err, const char *fmt, ...)
{
	char text[512];
	va_list args;

	va_start(args, fmt);
	vsnprintf(text, sizeof(text), fmt, args);
	va_end(args);
	return err_set(err, -EINVAL, "%s:%llu: %s", line_reader_name(reading->lines),
		       (unsigned long long)line_number(reading->lines), text);
}

int table_bad_field(const struct table_reading *reading, enum table_column column,
		    const char *column_name, struct field field, struct err *err)
{
	char text[64];

	field_copy(field, text, sizeof(text));
	return table_error(reading, err, "%s: '%s' is not %s", column_name, text,
			   column_expects(column));
}

int table_keep(struct table_reading *reading, const struct flow_record *record, bool has_time,
	       struct err *err)
{
	if (!has_time || record->src.version == 0 || record->dst.version == 0) {
		reading->stats.n_skipped++;
		return 0;
	}
	reading->stats.n_rows++;
	return flow_table_append(reading->table, record, err);
}

bool line_holds(struct field line, const char *text)
{
	return memmem(line.text, line.n, text, strlen(text)) != NULL;
}

/* One quoted field from the opening quote at *p on; leaves *p behind the closing one. */
static bool unquote(char **p, const char *end, struct field *ret_field)
{
	char *from = *p + 1, *to = *p;

	ret_field->text = to;
	for (; from < end; from++) {
		if (*from == '"') {
			if (from + 1 == end || from[1] != '"')
				break;
			from++;
		}
		*to++ = *from;
	}
	if (from == end)
		return false;
	ret_field->n = (size_t)(to - ret_field->text);
	*p = from + 1;
	return true;
}

size_t line_split(char *line, size_t n_line, char separator, bool quotes, struct field *ret_fields,
		  size_t limit)
{
	char *p = line, *end = line + n_line;
	struct field field;
	size_t n = 0;

	for (;;) {
		char *next;

		if (quotes && p < end && *p == '"') {
			if (!unquote(&p, end, &field) || (p < end && *p != separator))
				return SIZE_MAX;
			next = p;
		} else {
			next = memchr(p, separator, (size_t)(end - p));
			if (next == NULL)
				next = end;
			field = (struct field) { p, (size_t)(next - p) };
		}
		if (n < limit)
			ret_fields[n] = field;
		n++;
		if (next == end)
			return n;
		p = next + 1;
	}
}

static const struct table_layout *const layouts[] = {
	&layout_csv,	   &layout_jsonl,	&layout_zeek,
	&layout_zeek_json, &layout_cidds_pairs, &layout_cidds,
};

static int read_first_line(struct table_reading *reading, char **ret_line, size_t *ret_n,
			   struct err *err)
{
	int r;

	do {
		r = line_next(reading->lines, ret_line, ret_n, err);
	} while (r == 1 && *ret_n == 0);
	if (r < 0)
		return r;
	if (r == 0)
		return err_set(err, -ENODATA, "'%s' is empty; expected a flow table",
			       line_reader_name(reading->lines));
	if (*ret_n >= 3 && memcmp(*ret_line, "\xef\xbb\xbf", 3) == 0) {
		*ret_line += 3; /* a byte order mark, as spreadsheets write it */
		*ret_n -= 3;
	}
	return 0;
}

static int table_read(struct table_reading *reading, struct err *err)
{
	char start[48], *line;
	size_t n;
	int r = read_first_line(reading, &line, &n, err);

	if (r < 0)
		return r;
	for (size_t i = 0; i < sizeof(layouts) / sizeof(layouts[0]); i++) {
		if (layouts[i]->recognise((struct field) { line, n })) {
			reading->stats.layout = layouts[i]->name;
			return layouts[i]->read(reading, line, n, err);
		}
	}
	field_copy((struct field) { line, n }, start, sizeof(start));
	return table_error(reading, err,
			   "'%s...' begins no flow table known here (ours, Zeek conn.log, CIDDS)",
			   start);
}

static int table_read_lines(struct line_reader *lines, struct flow_table *table,
			    struct flow_read_stats *ret_stats, struct err *err)
{
	struct table_reading reading = { .lines = lines, .table = table };
	size_t n_before = table->n_rows;
	int r = table_read(&reading, err);

	if (r < 0) {
		table->n_rows = n_before;
		return r;
	}
	if (ret_stats != NULL)
		*ret_stats = reading.stats;
	return 0;
}

int flow_table_read(const char *path, struct flow_table *table, struct flow_read_stats *ret_stats,
		    struct err *err)
{
	CLEANUP(line_reader_freep) struct line_reader *lines = NULL;
	int r = line_reader_open(path, &lines, err);

	return r < 0 ? r : table_read_lines(lines, table, ret_stats, err);
}

int flow_table_read_memory(const char *name, const void *bytes, size_t n_bytes,
			   struct flow_table *table, struct flow_read_stats *ret_stats,
			   struct err *err)
{
	CLEANUP(line_reader_freep) struct line_reader *lines = NULL;
	int r = line_reader_memory(name, bytes, n_bytes, &lines, err);

	return r < 0 ? r : table_read_lines(lines, table, ret_stats, err);
}
