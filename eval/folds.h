/* SPDX-License-Identifier: Apache-2.0 */
/* Seeded draws of rows, and their parting into folds. */
#ifndef SOSIE_EVAL_FOLDS_H
#define SOSIE_EVAL_FOLDS_H

#include "base/err.h"
#include <stddef.h>
#include <stdint.h>

/* What draws of a seed are for, so that they share no stream; those of samples are below 16. */
enum eval_drawing { EVAL_DRAW_JUDGED = 16, EVAL_DRAW_FOLDS = 18 };

/* n of the numbers [from, to), n <= to - from, in increasing order. */
int eval_draw_numbers(uint32_t from, uint32_t to, size_t n, uint64_t seed, uint64_t drawing,
		      uint32_t *ret_numbers, struct err *err);

enum { EVAL_MAX_FOLDS = 16 };

/*
 * Folds 0 to n_folds - 1 of n rows; rows of one group share a fold, and each fold has about the
 * same number of rows of class 0 and of class 1: the largest groups first, those of a size in
 * random order, each to the fold that has the fewest rows of its kind.
 */
int eval_folds(const uint32_t *groups, const uint8_t *classes, size_t n, uint32_t n_folds,
	       uint64_t seed, uint8_t *ret_folds, struct err *err);

#endif
