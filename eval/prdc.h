/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Density and coverage (Naeem, Oh, Uh, Choi, Yoo: "Reliable fidelity and diversity metrics for
 * generative models", ICML 2020): balls around the real points that reach to their k-th nearest
 * other real point.
 */
#ifndef SOSIE_EVAL_PRDC_H
#define SOSIE_EVAL_PRDC_H

#include "eval/distance.h"

enum { EVAL_PRDC_K = 5 };

struct eval_prdc {
	double density;	 /* mean over synthetic points of (balls it is in) / k */
	double coverage; /* share of the balls with a synthetic point in them */
};

/*
 * closed false: a ball is its inside (d < r), as published; then a row of which there are k more is
 * a ball without inside, and nothing covers it. closed true: its rim is part of it. -EINVAL when
 * there are k or fewer real points.
 */
int eval_prdc(const struct eval_points *real, const struct eval_points *synth, bool closed,
	      struct eval_prdc *ret_prdc, struct err *err);

#endif
