/* SPDX-License-Identifier: Apache-2.0 */
/* sosie eval --flags: the TCP flags and headers of one capture, as tables for people and as JSON.
 */
#ifndef SOSIE_GEN_EVAL_FLAGS_H
#define SOSIE_GEN_EVAL_FLAGS_H

#include "eval/flag_findings.h"
#include <stdio.h>

enum { EVAL_FLAGS_BEST = 3 /* sequences shown of a class */ };
#define EVAL_FLAGS_CORRELATED 0.7 /* correlations above it are told */

/* All there is to tell; borrowed flags. The arrays of signatures are EVAL_FLAGS_BEST to a class. */
struct eval_flags_report {
	const char *capture, *labels; /* names of files; labels may be NULL */
	const struct eval_flags *flags;
	struct eval_flag_pair pairs[EVAL_N_FLAGS][EVAL_N_FLAGS];
	struct eval_mutual of_class[EVAL_N_FLAGS];
	struct eval_importance importance[EVAL_N_FLAG_FEATURES];
	struct eval_correlation correlations[EVAL_N_PAIRS];
	size_t n_correlations;
	struct eval_signature openings[EVAL_FLAGS_LIMIT_CLASSES * EVAL_FLAGS_BEST];
	struct eval_signature grams[EVAL_FLAGS_LIMIT_CLASSES * EVAL_FLAGS_BEST];
	size_t n_openings[EVAL_FLAGS_LIMIT_CLASSES], n_grams[EVAL_FLAGS_LIMIT_CLASSES];
	size_t order[EVAL_FLAGS_LIMIT_CLASSES]; /* classes, most flows first, then by name */
};

/* Reads the capture, and labels where that is not NULL, and prints to out. */
int eval_flags_run(const char *capture, const char *labels, bool json,
		   const struct eval_watch *watch, FILE *out, struct err *err);

void eval_flags_print(const struct eval_flags_report *report, FILE *out);
void eval_flags_print_json(const struct eval_flags_report *report, FILE *out);

#endif
