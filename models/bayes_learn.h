/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Learning a Bayesian network from a table of codes: structure by hill climbing (add, remove, turn
 * an edge) on a penalised likelihood, at most three parents; tables by counting.
 *
 * Score of a family: sum n ln(n / n_parents) - 1/2 ln N * cells, where cells are the (parents,
 * child) combinations that were seen. BIC charges every combination that could be: with columns of
 * 40 to 200 codes that forbids all edges (200 * 200 codes are 39,800 parameters for 11,000 rows).
 * Charging only the seen configurations times (codes - 1) still does. The tables here are sparse:
 * what is stored, and so what is paid, is a count for each cell seen. A parent that merely splits
 * the rows makes cells as fast as it gains likelihood, so the penalty still stops memorising.
 */
#ifndef SOSIE_MODELS_BAYES_LEARN_H
#define SOSIE_MODELS_BAYES_LEARN_H

#include "base/err.h"
#include "models/bayes_net.h"
#include "models/table.h"

struct bayes_learn {
	const struct code_table *table; /* one column per variable */
	uint32_t n_nodes;		/* the first columns; the others are inputs */
	/* [child][variable]: may it be a parent? */
	bool allowed[BAYES_MAX_NODES][BAYES_MAX_VARIABLES];
	/* Parents that must be, in this order, before all others; without a cycle. */
	uint32_t n_forced[BAYES_MAX_NODES];
	uint32_t forced[BAYES_MAX_NODES][BAYES_MAX_PARENTS];
	size_t limit_rows; /* the structure is learned on at most so many rows, evenly spaced; 0:
			      50,000. Counts are of all rows. */
	void (*progress)(void *context, double done); /* 0..1; may be NULL */
	void *context;
};

/* Returns 0, -ENOMEM, -EINVAL (no rows, or counts above 2^32). */
int bayes_learn(const struct bayes_learn *learn, struct bayes_net *ret_net, struct err *err);

#endif
