/* SPDX-License-Identifier: Apache-2.0 */
/* Patterns as shapes: fixing cells, folding constants, using variables, one after another. */
#ifndef SOSIE_MODELS_CHRONICLE_SHAPE_H
#define SOSIE_MODELS_CHRONICLE_SHAPE_H

#include "models/chronicle/lengths.h"

/* Fixes cell `node` to a code. A binding cell frees its variable: its uses become fixed too. */
void shape_fix(struct chronicle_pattern *pattern, uint32_t n_columns, uint32_t node, uint16_t code);

/* Makes cell `to`, free or binding, use the variable of `from` in an earlier row, which is made
 * binding if need be; or fixes it where `from` is fixed. False: not possible. */
bool shape_use(struct chronicle_pattern *pattern, uint32_t n_columns, uint32_t from, uint32_t to);

/* Fixes the cells that have one code over all windows. */
void shape_fold(struct chronicle_pattern *pattern, const struct chronicle_table *table);

/* The rows of b after those of a, with their networks; false when they are too many. No windows. */
bool shape_append(const struct chronicle_pattern *a, const struct chronicle_pattern *b,
		  uint32_t n_columns, struct chronicle_pattern *ret);

/* Variables numbered 0 .. in order of their binding; parents that are no nodes dropped. */
void shape_tidy(struct chronicle_pattern *pattern, uint32_t n_columns);

/* Is this row such as the pattern's row r asks, variables aside? */
bool shape_row_matches(const struct chronicle_pattern *pattern, const struct chronicle_table *table,
		       uint32_t r, uint32_t row);

/* Do the window's rows match, in order, variables included? */
bool shape_matches(const struct chronicle_pattern *pattern, const struct chronicle_table *table,
		   const uint32_t *window);

#endif
