/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a metric's value means, in words. A value is judged by how far it is beyond the noise floor:
 * what the same metric says of two random halves of the real side. Only corrected values are
 * judged; published ones are known to improve under some damage.
 */
#ifndef SOSIE_EVAL_VERDICT_H
#define SOSIE_EVAL_VERDICT_H

#include "eval/suite.h"

enum eval_grade { EVAL_NO_VERDICT, EVAL_GOOD, EVAL_FAIR, EVAL_POOR };
const char *eval_grade_name(enum eval_grade grade); /* "good"; "-" for none */

/* How a metric is judged. */
struct eval_criterion {
	enum eval_goal {
		EVAL_GOAL_NONE, /* no verdict; bad says why */
		EVAL_GOAL_LOWER,
		EVAL_GOAL_HIGHER,
		EVAL_GOAL_AT_MOST_HALF, /* 0.5 is as good as it gets, below does not matter */
	} goal;
	double good, fair;	     /* this far beyond the floor at most, in the metric's unit */
	const char *is_met, *is_not; /* clauses */
};
/* A metric without a row in the table has EVAL_GOAL_NONE. */
const struct eval_criterion *eval_criterion_of(enum eval_metric metric);

enum { EVAL_BECAUSE_BYTES = 400 };
struct eval_verdict {
	enum eval_grade grade;
	char because[EVAL_BECAUSE_BYTES]; /* one or two sentences */
};

/* floor: the line of the halves; NULL or undefined: judged as if the floor were the perfect value.
 */
void eval_verdict_of(enum eval_metric metric, const struct eval_line *line,
		     const struct eval_line *floor, struct eval_verdict *ret_verdict);

/* Of a two-sample test (eval/two_sample.h): its area, and the lower end of the interval. */
void eval_verdict_auc(double auc, double low, struct eval_verdict *ret_verdict);

#endif
