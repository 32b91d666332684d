/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Membership disclosure: can who sees the synthetic rows tell which real rows were learned from
 * (members) and which were not (others)?
 */
#ifndef SOSIE_EVAL_MD_H
#define SOSIE_EVAL_MD_H

#include "eval/distance.h"

enum { EVAL_MD_ROWS = 500, EVAL_MD_RADII = 15 };

/*
 * The artifact's: the first 500 rows of each; Hamming distance over the 11 columns, all compared
 * exactly; at each of 15 radii from 0 to 1 a row is called a member when a synthetic row is within
 * it; the sum of the F1 scores, a radius that calls none a member adding 0. From 0 to 10; good is
 * near to what a second real table gives in the synthetic one's place.
 */
int eval_md_published(const struct eval_rows *members, const struct eval_rows *others,
		      const struct eval_rows *synth, double *ret_md, struct err *err);

/*
 * The chance that of a member and another row the member is nearer to the synthetic rows (ties
 * count half): the area under the ROC of the attack. 0.5: nothing is disclosed. Given are the
 * distances of each to its nearest synthetic row, which are sorted in place.
 */
double eval_md_corrected(double *members, size_t n_members, double *others, size_t n_others);

#endif
