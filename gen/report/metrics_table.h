/* SPDX-License-Identifier: Apache-2.0 */
/* What the suite found as an HTML table, with a verdict in each row. */
#ifndef SOSIE_GEN_REPORT_METRICS_TABLE_H
#define SOSIE_GEN_REPORT_METRICS_TABLE_H

#include "eval/verdict.h"
#include <stdio.h>

/* lines and floor: EVAL_N_METRICS each; floor and judges NULL when there are none. */
struct metrics_table {
	const struct eval_line *lines, *floor;
	struct eval_verdict verdicts[EVAL_N_METRICS];
	/* Of the two-sample tests, which stand elsewhere but count in the summary. */
	enum eval_grade tests[EVAL_N_TESTS];
	unsigned int n_of[EVAL_POOR + 1]; /* by grade; only what is shown */
};

void metrics_table_init(struct metrics_table *table, const struct eval_line *lines,
			const struct eval_line *floor, const struct eval_judges *judges);
/* How many are good, fair and poor, and which are poor. */
void metrics_table_summary(const struct metrics_table *table, FILE *out);
void metrics_table_print(const struct metrics_table *table, FILE *out);

#endif
