/* SPDX-License-Identifier: Apache-2.0 */
/* Distance to the closest record: are synthetic rows copies of what was learned from? */
#ifndef SOSIE_EVAL_DCR_H
#define SOSIE_EVAL_DCR_H

#include <stddef.h>

struct eval_dcr {
	/*
	 * Share of synthetic rows nearer to the training rows than to as many other real ones (ties
	 * count half). 0.5: learned, not copied; 1: copied.
	 */
	double nearer_to_train;
	double copies; /* share of synthetic rows that equal a training row in every column */
};

/*
 * Of n synthetic rows the distances to the nearest training row and to the nearest of as many other
 * real ones (of more, the nearest is nearer).
 */
struct eval_dcr eval_dcr(const double *to_train, const double *to_real, size_t n);

#endif
