/* SPDX-License-Identifier: Apache-2.0 */
/* What the classifiers found, as a section of a page: tables, verdicts, the ROC curves. */
#ifndef SOSIE_GEN_REPORT_JUDGE_SECTION_H
#define SOSIE_GEN_REPORT_JUDGE_SECTION_H

#include "eval/judge.h"
#include "gen/report/plot.h"

int judge_section_put(const struct eval_judges *judges, const struct canvas *canvas,
		      struct err *err);

/* The curves of the tests that are known, at least one, in one figure. */
int picture_roc(const struct eval_judges *judges, const struct canvas *canvas, struct err *err);

#endif
