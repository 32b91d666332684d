/* SPDX-License-Identifier: Apache-2.0 */
/* Gaps between the starts of consecutive flows. */
#ifndef SOSIE_EVAL_GAPS_H
#define SOSIE_EVAL_GAPS_H

#include "flow/table.h"

/* Wasserstein-1 of log2(1 + gap in us): how many doublings off. Tables in order of start. Returns
 * 1, or 0 when a table has one row. */
int eval_gaps(const struct flow_table *real, const struct flow_table *synth, double *ret_gaps,
	      struct err *err);

#endif
