/* SPDX-License-Identifier: Apache-2.0 */
/* How much one thing tells about another: mutual information of a table of counts. */
#ifndef SOSIE_EVAL_MUTUAL_H
#define SOSIE_EVAL_MUTUAL_H

#include "base/err.h"
#include <stddef.h>

struct eval_mutual {
	double bits;	  /* of the shares as they are; n counts find something where nothing is */
	double corrected; /* less what chance adds (Miller 1955), above 0: (cells - rows - columns +
			     1) / (2 n ln 2) of occupied ones; not below 0 */
	double row_bits, column_bits; /* the entropies of the two */
};

/* counts (n_rows, n_columns), row by row, >= 0. All 0 where there are no counts. */
int eval_mutual(const double *counts, size_t n_rows, size_t n_columns,
		struct eval_mutual *ret_mutual, struct err *err);

#endif
