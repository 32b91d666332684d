/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The codec of an integer column: atoms, values frequent enough to be kept exactly (a 52-byte
 * packet, one packet, no duration), and bins of about equal mass over the rest. A bin keeps a small
 * quantile table of its own values, so that what is decoded is spread within the bin as it was.
 * Codes: [0, n_atoms) the atoms ascending, then the bins ascending. All integers.
 */
#ifndef SOSIE_MODELS_COLUMN_H
#define SOSIE_MODELS_COLUMN_H

#include "base/err.h"
#include "base/rng.h"
#include "conf/conf.h"
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

enum {
	COLUMN_MAX_ATOMS = 200,
	COLUMN_MAX_BINS = 40,
	COLUMN_BIN_KNOTS = 9,
	/* What a file may hold: more than a fit makes, for tables edited by hand. */
	COLUMN_LIMIT_ATOMS = 20000,
	COLUMN_LIMIT_BINS = 4096,
};

/* Values stand in [0, 2^60]. */
#define COLUMN_LIMIT_VALUE (INT64_C(1) << 60)

struct column {
	uint32_t n_atoms, n_bins;
	int64_t *atoms;	 /* ascending */
	int64_t *knots;	 /* of all bins; ascending within a bin, and bins ascending */
	uint32_t *first; /* n_bins + 1: bin b has knots [first[b], first[b + 1]), at least one */
};

void column_done(struct column *column);

static inline uint32_t column_n_codes(const struct column *column)
{
	return column->n_atoms + column->n_bins;
}

/*
 * Fits n >= 1 values in [0, COLUMN_LIMIT_VALUE], which are sorted in place. Atoms are the values
 * seen max(8, n / 1000) times or more, the most frequent COLUMN_MAX_ATOMS of them; 0 and 1 are
 * atoms whenever they occur, because nothing and one are different in kind from few. Returns 0 or
 * -ENOMEM.
 */
int column_fit(int64_t *values, size_t n, struct column *ret_column);

/* As above with every distinct value an atom (n_values of them, ascending): a plain dictionary. */
int column_of_values(const int64_t *values, size_t n_values, struct column *ret_column);

/* The code of a value; one not seen in the fit gets the nearest bin, or atom where there is none.
 */
uint16_t column_encode(const struct column *column, int64_t value);

/* A value of this code (below column_n_codes). Draws 32 bits for a bin of more than one value. */
int64_t column_decode(const struct column *column, uint16_t code, struct rng *rng);

/* The smallest and largest value of a code, for people. */
void column_range(const struct column *column, uint16_t code, int64_t *ret_min, int64_t *ret_max);

/* `{ atoms = [ ... ]; bins = ( [ knots ], ... ); }` */
void column_save(const struct column *column, FILE *out);
int column_load(const struct conf *conf, const config_setting_t *node, struct column *ret_column,
		struct err *err);

#endif
