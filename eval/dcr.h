/* SPDX-License-Identifier: Apache-2.0 */
/* Distance to the closest record: are synthetic rows copies of what was learned from? */
#ifndef SOSIE_EVAL_DCR_H
#define SOSIE_EVAL_DCR_H

#include "eval/distance.h"

struct eval_dcr {
	/*
	 * Share of synthetic rows nearer to the training rows than to as many other real ones (ties
	 * count half). 0.5: learned, not copied; 1: copied.
	 */
	double nearer_to_train;
	double copies; /* share of synthetic rows that equal a training row in every column */
	/* 5th percentile (the lower of two) of the distance to the nearest training row. */
	double percentile_5;
};

/* The sides should have the same number of rows: of more, the nearest is nearer. */
int eval_dcr(const struct eval_points *synth, const struct eval_points *train,
	     const struct eval_points *real, struct eval_dcr *ret_dcr, struct err *err);

#endif
