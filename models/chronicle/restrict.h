/* SPDX-License-Identifier: Apache-2.0 */
/* Candidates within what one home covers: more codes fixed, variables used. */
#ifndef SOSIE_MODELS_CHRONICLE_RESTRICT_H
#define SOSIE_MODELS_CHRONICLE_RESTRICT_H

#include "models/chronicle/candidate.h"

/* Rows by column and code. */
struct postings {
	uint32_t *first[CHRONICLE_MAX_COLUMNS]; /* n_codes + 1 */
	uint32_t *rows[CHRONICLE_MAX_COLUMNS];	/* ascending within a code */
};

int postings_init(struct postings *postings, const struct chronicle_table *table);
void postings_done(struct postings *postings);

/* Pushes every candidate within a home that is estimated to gain; pairs of codes too in the empty
 * pattern. Returns 0 or -ENOMEM. */
int restrict_generate(const struct cover *cover, struct tester *tester, uint32_t home,
		      struct queue *queue);

/* A part of them: those that fix node i of the home, and a later one; i past them: those that use
 * variables. All parts in order are all candidates in order. */
int restrict_generate_part(const struct cover *cover, struct tester *tester, uint32_t home,
			   uint32_t i, struct queue *queue);

/* The home's windows that such a candidate takes, ascending, into ret (room for all of them). */
uint32_t restrict_windows(const struct cover *cover, const struct postings *postings,
			  const struct candidate *candidate, uint32_t *ret);

/* Its gain under the home's own network. */
double restrict_estimate(const struct cover *cover, struct tester *tester,
			 const struct candidate *candidate, const uint32_t *windows, uint32_t n);

/* Its shape and windows, for cover_form. Returns 0 or -ENOMEM. */
int restrict_form(const struct cover *cover, const struct candidate *candidate,
		  const uint32_t *windows, uint32_t n, struct chronicle_pattern *ret);

#endif
