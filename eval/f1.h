/* SPDX-License-Identifier: Apache-2.0 */
/* Macro-averaged F1. */
#ifndef SOSIE_EVAL_F1_H
#define SOSIE_EVAL_F1_H

#include <stddef.h>
#include <stdint.h>

enum { EVAL_MAX_CLASSES = 16 };

/*
 * The mean of 2 TP / (2 TP + FP + FN) over the classes that truth has. truth is below
 * EVAL_MAX_CLASSES; an answer that is not is wrong, and no class's false alarm. 0 of no rows.
 */
double eval_macro_f1(const uint16_t *truth, const uint16_t *answers, size_t n);

#endif
