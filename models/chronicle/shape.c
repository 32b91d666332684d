/* SPDX-License-Identifier: Apache-2.0 */
#include "models/chronicle/shape.h"

#include <string.h>

static struct chronicle_cell *cell_at(struct chronicle_pattern *pattern, uint32_t n_columns,
				      uint32_t node)
{
	return &pattern->cells[node / n_columns][node % n_columns];
}

void shape_fix(struct chronicle_pattern *pattern, uint32_t n_columns, uint32_t node, uint16_t code)
{
	struct chronicle_cell *cell = cell_at(pattern, n_columns, node), was = *cell;

	*cell = (struct chronicle_cell) { CHRONICLE_FIX, code };
	if (was.kind != CHRONICLE_SET)
		return;
	for (uint32_t i = 0; i < pattern->n_rows * n_columns; i++) {
		struct chronicle_cell *use = cell_at(pattern, n_columns, i);

		if (use->kind == CHRONICLE_USE && use->value == was.value)
			*use = *cell;
	}
}

static uint16_t new_variable(const struct chronicle_pattern *pattern, uint32_t n_columns)
{
	uint16_t next = 0;

	for (uint32_t r = 0; r < pattern->n_rows; r++)
		for (uint32_t c = 0; c < n_columns; c++)
			if (pattern->cells[r][c].kind == CHRONICLE_SET &&
			    pattern->cells[r][c].value >= next)
				next = (uint16_t)(pattern->cells[r][c].value + 1);
	return next;
}

bool shape_use(struct chronicle_pattern *pattern, uint32_t n_columns, uint32_t from, uint32_t to)
{
	struct chronicle_cell *source = cell_at(pattern, n_columns, from);
	struct chronicle_cell *cell = cell_at(pattern, n_columns, to), was = *cell, now;

	if (from / n_columns >= to / n_columns || !cell_is_node(cell))
		return false;
	if (source->kind == CHRONICLE_FREE)
		*source =
			(struct chronicle_cell) { CHRONICLE_SET, new_variable(pattern, n_columns) };
	now = *source;
	if (now.kind == CHRONICLE_SET)
		now.kind = CHRONICLE_USE;
	*cell = now;
	if (was.kind != CHRONICLE_SET)
		return true;
	for (uint32_t i = 0; i < pattern->n_rows * n_columns; i++) {
		struct chronicle_cell *use = cell_at(pattern, n_columns, i);

		if (use->kind == CHRONICLE_USE && use->value == was.value)
			*use = now;
	}
	return true;
}

void shape_fold(struct chronicle_pattern *pattern, const struct chronicle_table *table)
{
	uint32_t n_columns = table->n_columns;

	for (uint32_t i = 0; i < pattern->n_rows * n_columns; i++) {
		const uint16_t *column = table->columns[i % n_columns];
		const uint32_t *row = pattern->windows + i / n_columns;
		uint16_t code = column[*row];
		size_t w = 1;

		if (!cell_is_node(cell_at(pattern, n_columns, i)))
			continue;
		while (w < pattern->n_windows && column[row[w * pattern->n_rows]] == code)
			w++;
		if (w == pattern->n_windows)
			shape_fix(pattern, n_columns, i, code);
	}
	shape_tidy(pattern, n_columns);
}

static void append_rows(struct chronicle_pattern *to, const struct chronicle_pattern *from,
			uint32_t n_columns, uint16_t first_variable)
{
	uint32_t shift = to->n_rows * n_columns;

	for (uint32_t r = 0; r < from->n_rows; r++) {
		for (uint32_t c = 0; c < n_columns; c++) {
			struct chronicle_cell cell = from->cells[r][c];
			uint32_t node = r * n_columns + c;

			if (cell.kind == CHRONICLE_SET || cell.kind == CHRONICLE_USE)
				cell.value = (uint16_t)(cell.value + first_variable);
			to->cells[to->n_rows + r][c] = cell;
			to->n_parents[shift + node] = from->n_parents[node];
			for (uint32_t k = 0; k < from->n_parents[node]; k++)
				to->parents[shift + node][k] =
					(uint8_t)(from->parents[node][k] + shift);
		}
	}
	to->n_rows += from->n_rows;
}

bool shape_append(const struct chronicle_pattern *a, const struct chronicle_pattern *b,
		  uint32_t n_columns, struct chronicle_pattern *ret)
{
	if (a->n_rows + b->n_rows > CHRONICLE_MAX_ROWS)
		return false;
	memset(ret, 0, sizeof(*ret));
	append_rows(ret, a, n_columns, 0);
	append_rows(ret, b, n_columns, new_variable(a, n_columns));
	return true;
}

static bool is_used(struct chronicle_pattern *pattern, uint32_t n_columns, uint16_t variable)
{
	for (uint32_t i = 0; i < pattern->n_rows * n_columns; i++) {
		const struct chronicle_cell *cell = cell_at(pattern, n_columns, i);

		if (cell->kind == CHRONICLE_USE && cell->value == variable)
			return true;
	}
	return false;
}

static void drop_parents(struct chronicle_pattern *pattern, uint32_t n_columns, uint32_t node)
{
	uint8_t n = 0;

	if (cell_is_node(cell_at(pattern, n_columns, node)))
		for (uint32_t k = 0; k < pattern->n_parents[node]; k++)
			if (cell_is_node(cell_at(pattern, n_columns, pattern->parents[node][k])))
				pattern->parents[node][n++] = pattern->parents[node][k];
	pattern->n_parents[node] = n;
}

void shape_tidy(struct chronicle_pattern *pattern, uint32_t n_columns)
{
	uint16_t names[CHRONICLE_MAX_NODES + 1] = { 0 }, n = 0;

	for (uint32_t i = 0; i < pattern->n_rows * n_columns; i++) {
		struct chronicle_cell *cell = cell_at(pattern, n_columns, i);

		if (cell->kind == CHRONICLE_SET && !is_used(pattern, n_columns, cell->value))
			*cell = (struct chronicle_cell) { CHRONICLE_FREE, 0 };
	}
	for (uint32_t i = 0; i < pattern->n_rows * n_columns; i++) {
		struct chronicle_cell *cell = cell_at(pattern, n_columns, i);

		if (cell->kind == CHRONICLE_SET)
			names[cell->value] = n++;
		drop_parents(pattern, n_columns, i);
	}
	for (uint32_t i = 0; i < pattern->n_rows * n_columns; i++) {
		struct chronicle_cell *cell = cell_at(pattern, n_columns, i);

		if (cell->kind == CHRONICLE_SET || cell->kind == CHRONICLE_USE)
			cell->value = names[cell->value];
	}
}

bool shape_row_matches(const struct chronicle_pattern *pattern, const struct chronicle_table *table,
		       uint32_t r, uint32_t row)
{
	for (uint32_t c = 0; c < table->n_columns; c++)
		if (pattern->cells[r][c].kind == CHRONICLE_FIX &&
		    table->columns[c][row] != pattern->cells[r][c].value)
			return false;
	return true;
}

bool shape_matches(const struct chronicle_pattern *pattern, const struct chronicle_table *table,
		   const uint32_t *window)
{
	uint16_t bound[CHRONICLE_MAX_NODES];

	for (uint32_t r = 0; r < pattern->n_rows; r++) {
		if (r > 0 && window[r] <= window[r - 1])
			return false;
		if (!shape_row_matches(pattern, table, r, window[r]))
			return false;
		for (uint32_t c = 0; c < table->n_columns; c++)
			if (pattern->cells[r][c].kind == CHRONICLE_USE &&
			    bound[pattern->cells[r][c].value] != table->columns[c][window[r]])
				return false;
		for (uint32_t c = 0; c < table->n_columns; c++)
			if (pattern->cells[r][c].kind == CHRONICLE_SET)
				bound[pattern->cells[r][c].value] = table->columns[c][window[r]];
	}
	return true;
}
