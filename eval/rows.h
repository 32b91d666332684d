/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Flow records as columns of numbers and of codes, for metrics. All tables of one comparison are
 * encoded together, so that one code means one value on every side.
 *
 * The first five codes and the numbers, with the time, are the eleven columns of FlowChronicle
 * (Cueppers, Schoen, Blanc, Gimenez 2024, sec. 7); "in" is what the originator received. The other
 * codes serve the corrected metrics: an address counts there by how popular it is, not by its name,
 * because a model that keeps no address cannot give it back (the way of NetShare, SIGCOMM'22).
 */
#ifndef SOSIE_EVAL_ROWS_H
#define SOSIE_EVAL_ROWS_H

#include "flow/table.h"

enum eval_code {
	EVAL_PROTO,
	EVAL_SRC_IP,
	EVAL_DST_IP,
	EVAL_DST_PORT,
	EVAL_FLAGS,
	EVAL_SRC_RANK, /* floor(log2(place)) of the address among its side's, the busiest first */
	EVAL_DST_RANK,
	EVAL_SERVICE,
	EVAL_STATE,
	EVAL_N_CODES
};

enum eval_number {
	EVAL_IN_BYTES,
	EVAL_OUT_BYTES,
	EVAL_IN_PACKETS,
	EVAL_OUT_PACKETS,
	EVAL_DURATION, /* seconds */
	EVAL_N_NUMBERS
};

/* Rows below 2^31, so that a row has an int32 to spare; see FLOW_TABLE_LIMIT_ROWS. */
struct eval_rows {
	size_t n;
	uint32_t *codes[EVAL_N_CODES];
	uint32_t n_values[EVAL_N_CODES]; /* codes of the column are below it, on every side */
	double *numbers[EVAL_N_NUMBERS];
	double *logs[EVAL_N_NUMBERS]; /* log2(1 + number), the duration in ms */
	double *time_ns; /* as a double, 256 ns apart in our time, as in the artifact */
	uint32_t *row;	 /* of the flow table */
};

/* The sets of codes the metrics go over. */
struct eval_columns {
	size_t n;
	enum eval_code columns[EVAL_N_CODES];
};
extern const struct eval_columns eval_published_columns; /* the five of FlowChronicle */
extern const struct eval_columns eval_corrected_columns; /* ranks, service and state for names */

/* Room for n rows. */
int eval_rows_init(struct eval_rows *rows, size_t n, struct err *err);
void eval_rows_done(struct eval_rows *rows);

enum { EVAL_MAX_TABLES = 3 };

/* n_tables <= EVAL_MAX_TABLES. Fills ret_rows[i] from tables[i]; each needs eval_rows_done. */
int eval_rows_encode(const struct flow_table *const *tables, size_t n_tables,
		     struct eval_rows *ret_rows, struct err *err);

#endif
