/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The state of the search: which pattern each row belongs to, and what everything costs. A proposal
 * is a pattern with windows; its gain is worked out exactly without changing anything, from the
 * rows it would take alone.
 */
#ifndef SOSIE_MODELS_CHRONICLE_COVER_H
#define SOSIE_MODELS_CHRONICLE_COVER_H

#include "models/chronicle/home.h"

enum { COVER_EMPTY = 0 }; /* the empty pattern's id */

/* A change is made when it saves more; sums of many terms are rounded. */
#define COVER_LEAST_GAIN 1e-3

struct cover {
	const struct chronicle_table *table;
	struct lengths lengths;
	struct home **homes; /* by id; ids are never used again. NULL: gone */
	uint32_t n_homes;
	size_t homes_capacity;
	uint32_t n_patterns;
	uint32_t *owner; /* of each row: a home's id */
	uint32_t *place; /* of each row: its window there */
	double total;
};

/* What a proposal takes from one home. */
struct taken {
	uint32_t home, first, n; /* windows[first ..] of struct tester */
};

/* What one thread needs to work out gains. */
struct tester {
	struct grouper grouper;
	struct tally tally;
	uint32_t *stamps; /* of rows */
	uint32_t epoch;
	uint32_t *windows; /* lost to their homes, home by home */
	uint32_t *orphans; /* rows of those that the proposal does not take */
	uint32_t n_orphans;
	struct taken *taken;
	uint32_t n_taken;
	size_t taken_capacity;
	uint32_t *i_taken; /* by home: place in taken + 1; 0 between calls */
	size_t i_taken_capacity;
};

/* The empty pattern's network is the given one (BIC's, or the shorter). Returns 0, -ENOMEM,
 * -EINVAL. */
int cover_init(struct cover *cover, const struct chronicle_table *table,
	       const struct lengths *lengths, struct err *err);
void cover_done(struct cover *cover);

int tester_init(struct tester *tester, const struct cover *cover);
void tester_done(struct tester *tester);

/*
 * What the homes of these rows would save if windows (n of n_rows rows) were taken from them, less
 * what the rows left over from broken windows cost in the empty pattern; models of homes left
 * without windows included. Leaves in the tester what would be taken. Returns 0 or -ENOMEM.
 */
int cover_take(const struct cover *cover, struct tester *tester, const uint32_t *windows, size_t n,
	       uint32_t n_rows, double *ret_bits);

/*
 * Makes the proposal a pattern: folds constants, climbs to its network from the structure it came
 * with, and returns its cost, without changing the cover.
 */
int cover_form(const struct cover *cover, struct tester *tester, struct chronicle_pattern *pattern,
	       double *ret_bits);

/* Takes a formed pattern in, after cover_take of its windows; these are the cover's then. */
int cover_accept(struct cover *cover, struct tester *tester, struct chronicle_pattern *pattern,
		 uint32_t *ret_id);

/* What the total would grow by without a pattern; its rows go to the empty one. */
double cover_worth(const struct cover *cover, struct tester *tester, uint32_t id);

/* After cover_worth: removes it. */
void cover_dissolve(struct cover *cover, struct tester *tester, uint32_t id);

/* Hands patterns and rows over; the cover is only good for cover_done then. 0 or -ENOMEM. */
int cover_give(struct cover *cover, struct tester *tester, struct chronicle *ret);

/* The parts of the total, added up anew. */
void cover_bits(const struct cover *cover, struct chronicle_bits *ret_bits);

#endif
