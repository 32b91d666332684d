/* SPDX-License-Identifier: Apache-2.0 */
/* What the classifiers of eval found: parts of the table and of the JSON object, and all answers.
 */
#ifndef SOSIE_GEN_JUDGE_PRINT_H
#define SOSIE_GEN_JUDGE_PRINT_H

#include "eval/judge.h"
#include <stdio.h>

/* In the columns of eval_print_table. A library that the build lacks is named. */
void judge_print_tests(const struct eval_judges *judges, FILE *out);
void judge_print_utility(const struct eval_judges *judges, FILE *out);

/* A member "classifiers" of the object, with what comes before it left to the caller; null without
 * judges. */
void judge_print_json(const struct eval_judges *judges, FILE *out);

/*
 * One line per answer: judge ("flows", "packets", or a learner's key), part (the fold, or what was
 * learned from), session, truth (1: synthetic; or the class), answer (the score, or the class).
 */
int judge_write_answers(const struct eval_judges *judges, const char *path, struct err *err);

#endif
