/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Autocorrelation difference: sums of a second of each numeric column, and where the real series
 * repeats itself, does the synthetic one alike? A lag is significant where it leaves Bartlett's
 * band of 95 % (Brockwell and Davis 1991, sec. 7.2).
 */
#ifndef SOSIE_EVAL_ACF_H
#define SOSIE_EVAL_ACF_H

#include "eval/rows.h"

enum {
	EVAL_ACF_LIMIT_SECONDS = 1 << 22, /* 48 days; published only, which takes all lags */
	EVAL_ACF_LAGS = 300,		  /* corrected: no more lags than these seconds */
};

/*
 * As published: on the real table's seconds (what is synthetic and outside of them is left out),
 * the sum of |difference| over the lags significant in the real series, divided by its length; the
 * mean over the five columns here. Tables in order of start. Returns 1; 0 when it is not defined,
 * because fewer than 3 seconds are common to both or the real table is longer than the limit.
 */
int eval_acf_published(const struct flow_table *real, const struct flow_table *synth,
		       double *ret_acf, struct err *err);

/*
 * The mean of |difference| over the lags, 1 to 300 s, that are significant on either side, and over
 * six series (flows per second too); each table over its own seconds. In [0, 2]. Returns 1, or 0
 * when a table has fewer than 3 seconds.
 */
int eval_acf_corrected(const struct flow_table *real, const struct flow_table *synth,
		       double *ret_acf, struct err *err);

#endif
