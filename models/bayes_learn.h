/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Learning a Bayesian network from a table of codes: structure by hill climbing (add, remove, turn
 * an edge) on a penalised likelihood, at most three parents; tables by counting.
 *
 * Score of a family: sum n ln(n / n_parents) - cell_cost * cells, where cells are the (parents,
 * child) combinations that were seen. BIC charges every combination that could be: with columns of
 * 40 to 200 codes that forbids all edges (200 * 200 codes are 39,800 parameters for 11,000 rows);
 * charging only the seen configurations times (codes - 1) still does. The tables here are sparse:
 * what is stored, and so what is paid, is a count for each cell seen. A parent that merely splits
 * the rows makes cells as fast as it gains likelihood, so the penalty still stops memorising.
 *
 * The price of a cell, 1.5 nats, lies between AIC's 1 and BIC's 1/2 ln N and was chosen by the
 * likelihood of flows not learned from (alternate blocks of 500 flows, no edges forced on amounts;
 * nats per flow at 0.5 / 1.5 / 4.3 a cell): office 15.45 / 15.29 / 15.59, with the five flows
 * before 13.97 / 13.47 / 15.06; home devices 14.34 / 14.15 / 14.12, with those before 11.06 / 11.10
 * / 11.36.
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
	double cell_cost;  /* nats per cell; 0: 1.5 */
	void (*progress)(void *context, double done); /* 0..1; may be NULL */
	void *context;
};

/* Returns 0, -ENOMEM, -EINVAL (no rows, or counts above 2^32). */
int bayes_learn(const struct bayes_learn *learn, struct bayes_net *ret_net, struct err *err);

#endif
