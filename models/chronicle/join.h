/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Patterns of one row: the rows that two of them ask for both, as one of its own; and, the two
 * being the same, a pattern with the uncovered rows that match it, which came free when others
 * went.
 */
#ifndef SOSIE_MODELS_CHRONICLE_JOIN_H
#define SOSIE_MODELS_CHRONICLE_JOIN_H

#include "models/chronicle/candidate.h"
#include "models/chronicle/restrict.h"

enum { JOIN_LARGEST = 128 }; /* patterns of one row that are tried with one another */

/* Pushes the joins of the largest patterns and what every pattern might take back. */
int join_generate(const struct cover *cover, const struct postings *postings, struct tester *tester,
		  uint32_t *list, struct queue *queue);

/* The rows of a JOIN, ascending, into ret (room for all). */
uint32_t join_rows(const struct cover *cover, const struct postings *postings,
		   const struct candidate *candidate, uint32_t *ret);

/* Its gain under the empty pattern's network. 0 or -ENOMEM. */
int join_estimate(const struct cover *cover, struct tester *tester,
		  const struct candidate *candidate, const uint32_t *rows, uint32_t n,
		  double *ret_gain);

int join_form(const struct cover *cover, const struct candidate *candidate, const uint32_t *rows,
	      uint32_t n, struct chronicle_pattern *ret);

#endif
