/* SPDX-License-Identifier: Apache-2.0 */
/* What eval found, as a table for people and as JSON. */
#ifndef SOSIE_GEN_EVAL_PRINT_H
#define SOSIE_GEN_EVAL_PRINT_H

#include "eval/suite.h"
#include <stdio.h>

struct eval_report {
	const struct eval_side *real, *synth, *train; /* train may be NULL */
	const struct eval_options *options;
	const struct eval_line *lines;	  /* EVAL_N_METRICS */
	const struct eval_judges *judges; /* NULL: not asked for */
};

/* The heading over the metrics of eval_metric_info's "what". */
const char *eval_group_heading(const char *what);
/* One line per metric that is defined. */
void eval_print_table(const struct eval_report *report, FILE *out);
/* One object; a value that is not defined is null. */
void eval_print_json(const struct eval_report *report, FILE *out);

#endif
