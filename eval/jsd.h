/* SPDX-License-Identifier: Apache-2.0 */
/* Jensen-Shannon (Lin 1991): how far two distributions of codes are from their mean. */
#ifndef SOSIE_EVAL_JSD_H
#define SOSIE_EVAL_JSD_H

#include "eval/rows.h"

/*
 * Divergence in nats, [0, ln 2], of two vectors of n counts; each is divided by its sum. When one
 * of the sums is 0: ln 2, both: 0.
 */
double eval_jsd_counts(const double *a, const double *b, size_t n);

/*
 * Published: the mean over columns of the distance sqrt(divergence in nats), scipy's jensenshannon.
 * Corrected: the mean over columns of the divergence in bits, [0, 1].
 */
int eval_jsd_published(const struct eval_rows *real, const struct eval_rows *synth, double *ret_jsd,
		       struct err *err);
int eval_jsd_corrected(const struct eval_rows *real, const struct eval_rows *synth, double *ret_jsd,
		       struct err *err);

#endif
