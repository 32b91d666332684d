/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Co-occurrence: which service follows which at the same client. A flow's basket is the services of
 * the flows that the same originator starts after it (later in the table) within 5 s; lift(A, B) =
 * P(B in the basket | the flow is an A) / P(B in the basket).
 */
#ifndef SOSIE_EVAL_LIFT_H
#define SOSIE_EVAL_LIFT_H

#include "eval/rows.h"

enum { EVAL_LIFT_SERVICES = 31 /* the most frequent on both sides; the rest are one more */ };
#define EVAL_LIFT_WINDOW_NS (INT64_C(5) * 1000000000)

/*
 * Distance of the two matrices: the weighted mean over ordered pairs of |difference| of
 * lift / (1 + lift), which is 0 for never, 1/2 for independent and near 1 for always; the weight of
 * (A, B) is P(A) P(B in the basket), the mean of both sides. 0 when no flow follows another on
 * either side. Tables in order of start, rows as encoded from them together.
 */
int eval_lift(const struct flow_table *real, const struct eval_rows *real_rows,
	      const struct flow_table *synth, const struct eval_rows *synth_rows, double *ret_lift,
	      struct err *err);

enum { EVAL_LIFT_N = EVAL_LIFT_SERVICES + 1 };

/* The two matrices themselves. */
struct eval_lift_matrices {
	size_t n; /* services, the most frequent first */
	char names[EVAL_LIFT_N][FLOW_SERVICE_BYTES];
	/* side (0 real, 1 synthetic), first, then; lift / (1 + lift), or below 0 where nothing can
	 * be told: fewer than 5 would follow by chance, and fewer than 5 do */
	double lift[2][EVAL_LIFT_N][EVAL_LIFT_N];
};

/* As eval_lift; the rest, when there is one, is left out. The caller has encoded both together. */
int eval_lift_matrices_of(const struct flow_table *real, const struct eval_rows *real_rows,
			  const struct flow_table *synth, const struct eval_rows *synth_rows,
			  struct eval_lift_matrices *ret_matrices, struct err *err);

#endif
