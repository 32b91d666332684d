/* SPDX-License-Identifier: Apache-2.0 */
/* The page of `sosie report`. */
#ifndef SOSIE_GEN_REPORT_COMPARISON_PAGE_H
#define SOSIE_GEN_REPORT_COMPARISON_PAGE_H

#include "gen/eval_run.h"
#include "gen/report/plot.h"

/*
 * run has been through eval_run_all; floor: the lines of the real side's halves, NULL when there
 * are none. Reads captures once more, for their fingerprints. Errors: those of gnuplot, of reading,
 * -ENOMEM, -EINTR.
 */
int comparison_page_write(struct eval_run *run, const struct eval_line *floor,
			  const struct canvas *canvas, struct err *err);

#endif
