/* SPDX-License-Identifier: Apache-2.0 */
#include "eval/judged.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "eval/folds.h"

/* The first row that has a minute before it. */
static uint32_t first_row(const struct flow_table *table)
{
	uint32_t from = 0;
	int64_t past;

	while (from < table->n_rows &&
	       !__builtin_sub_overflow(table->rows[from].start_ns, table->rows[0].start_ns,
				       &past) &&
	       past < EVAL_CONTEXT_NS)
		from++;
	return from <= table->n_rows / 2 ? from : 0;
}

void eval_judged_done(struct eval_judged *judged)
{
	eval_matrix_done(&judged->matrix);
	free(judged->rows);
	free(judged->synthetic);
	free(judged->sessions);
	memset(judged, 0, sizeof(*judged));
}

static int make_room(struct eval_judged *judged, bool heads, struct err *err)
{
	judged->rows = mem_array(judged->n, sizeof(*judged->rows));
	judged->synthetic = mem_array(judged->n, sizeof(*judged->synthetic));
	judged->sessions = mem_array(judged->n, sizeof(*judged->sessions));
	if (judged->rows == NULL || judged->synthetic == NULL || judged->sessions == NULL)
		return err_no_memory(err);
	return eval_matrix_init(&judged->matrix, judged->n,
				heads ? EVAL_N_FEATURES : EVAL_N_FLOW_FEATURES, err);
}

/* All rows have sessions, of which those drawn take theirs. */
static int take_sessions(const struct eval_source sources[2], struct eval_judged *judged,
			 struct err *err)
{
	const struct flow_table *tables[2] = { sources[0].table, sources[1].table };
	const struct eval_rows rows[2] = { *sources[0].rows, *sources[1].rows };
	CLEANUP(freep) uint32_t *real = mem_array(rows[0].n, sizeof(*real));
	CLEANUP(freep) uint32_t *synth = mem_array(rows[1].n, sizeof(*synth));
	uint32_t *const sessions[2] = { real, synth };
	int r;

	if (real == NULL || synth == NULL)
		return err_no_memory(err);
	r = eval_sessions(tables, rows, sessions, err);
	for (size_t i = 0; r == 0 && i < judged->n; i++)
		judged->sessions[i] = sessions[judged->synthetic[i]][judged->rows[i]];
	return r;
}

static int fill(const struct eval_source sources[2], const uint32_t from[2], uint64_t seed,
		struct eval_judged *judged, struct err *err)
{
	const size_t n[2] = { judged->n_real, judged->n - judged->n_real };
	size_t at = 0;
	int r = 0;

	for (int side = 0; r == 0 && side < 2; side++) {
		r = eval_draw_numbers(from[side], (uint32_t)sources[side].table->n_rows, n[side],
				      seed, EVAL_DRAW_JUDGED + (uint64_t)side, judged->rows + at,
				      err);
		for (size_t i = 0; r == 0 && i < n[side]; i++, at++) {
			judged->synthetic[at] = (uint8_t)side;
			eval_features(&sources[side], judged->rows[at],
				      judged->matrix.values + at * judged->matrix.n_columns);
		}
	}
	return r == 0 ? take_sessions(sources, judged, err) : r;
}

int eval_judged_make(const struct eval_source sources[2], size_t n_rows, uint64_t seed,
		     struct eval_judged *ret_judged, struct err *err)
{
	struct eval_judged judged;
	size_t n[2];
	uint32_t from[2];
	int r;

	memset(&judged, 0, sizeof(judged));
	if (n_rows > EVAL_JUDGED_LIMIT)
		n_rows = EVAL_JUDGED_LIMIT;
	for (int side = 0; side < 2; side++) {
		from[side] = first_row(sources[side].table);
		n[side] = sources[side].table->n_rows - from[side];
		n[side] = n[side] < n_rows ? n[side] : n_rows;
	}
	judged.n_real = n[0];
	judged.n = n[0] + n[1];
	r = make_room(&judged, sources[0].heads != NULL, err);
	if (r == 0)
		r = fill(sources, from, seed, &judged, err);
	if (r < 0)
		eval_judged_done(&judged);
	else
		*ret_judged = judged;
	return r;
}

int eval_judged_cut(const struct eval_judged *judged, const uint8_t *keep,
		    const enum eval_feature *columns, size_t n_columns,
		    struct eval_matrix *ret_matrix, struct err *err)
{
	struct eval_matrix matrix;
	size_t n = 0;
	int r;

	for (size_t i = 0; i < judged->n; i++)
		n += keep[i] != 0;
	r = eval_matrix_init(&matrix, n, n_columns, err);
	if (r < 0)
		return r;
	n = 0;
	for (size_t i = 0; i < judged->n; i++) {
		const float *from = judged->matrix.values + i * judged->matrix.n_columns;
		float *to = matrix.values + n * n_columns;

		for (size_t c = 0; keep[i] && c < n_columns; c++)
			to[c] = from[columns[c]];
		n += keep[i] != 0;
	}
	*ret_matrix = matrix;
	return 0;
}
