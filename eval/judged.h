/* SPDX-License-Identifier: Apache-2.0 */
/* The flows of both sides that classifiers see: a seeded draw of each, as features. */
#ifndef SOSIE_EVAL_JUDGED_H
#define SOSIE_EVAL_JUDGED_H

#include "eval/features.h"

enum {
	EVAL_JUDGED_LIMIT = 10000, /* rows of a side */
	EVAL_JUDGED_MIN = 50,	   /* with fewer on a side nothing is judged */
};

/* Real rows first, then synthetic ones, each in order of time. */
struct eval_judged {
	size_t n, n_real;
	struct eval_matrix matrix;
	uint32_t *rows;	    /* of the side's table */
	uint8_t *synthetic; /* 0 or 1 */
	uint32_t *sessions; /* see eval_sessions */
};

/*
 * At most n_rows and EVAL_JUDGED_LIMIT of each side. Flows that start in the first minute of a
 * table are only what came before others, unless they are more than half of it. Both sources have
 * heads, or neither.
 */
int eval_judged_make(const struct eval_source sources[2], size_t n_rows, uint64_t seed,
		     struct eval_judged *ret_judged, struct err *err);
void eval_judged_done(struct eval_judged *judged);

/* The rows for which keep is set, and of each the columns named. ret_matrix needs
 * eval_matrix_done. */
int eval_judged_cut(const struct eval_judged *judged, const uint8_t *keep,
		    const enum eval_feature *columns, size_t n_columns,
		    struct eval_matrix *ret_matrix, struct err *err);

#endif
