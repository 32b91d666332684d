/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Discrete Bayesian networks with sparse tables.
 *
 * Variables 0 .. n_nodes - 1 are nodes, with up to three parents among all variables; the variables
 * after them are inputs, whose codes the caller gives (what an earlier flow was). A node holds
 * integer counts for the parent configurations that were seen, and no others. For one that was not,
 * the last parent is dropped, then the one before: parents stand in order of information, and every
 * prefix of the list has its table. The empty prefix has one row, which is never empty, so a draw
 * always succeeds.
 *
 * Draws are exact: an integer below the row's total, looked up in its running sums.
 */
#ifndef SOSIE_MODELS_BAYES_NET_H
#define SOSIE_MODELS_BAYES_NET_H

#include "base/err.h"
#include "base/rng.h"
#include "conf/conf.h"
#include "models/table.h"
#include <stdbool.h>
#include <stdio.h>

enum {
	BAYES_MAX_PARENTS = 3,
	BAYES_MAX_NODES = 32,
	BAYES_MAX_VARIABLES = CODE_TABLE_MAX_COLUMNS,
	BAYES_LIMIT_CELLS = 50000000, /* of one node, in a file */
	BAYES_NO_CODE = UINT16_MAX,   /* an input that is not known */
};

/* Where a row's cells are, beside its key: a draw waits for memory, mostly. */
struct bayes_slot {
	uint64_t key;
	uint32_t first, n; /* cells; n = 0: the slot is free */
};

/* The rows of a node for one length of the parent list. */
struct bayes_level {
	void *block; /* all arrays below: what a draw needs of a small table stands together */
	uint32_t n_rows;
	uint64_t *keys;	 /* n_rows, ascending: parent codes, 16 bits each, the first highest */
	uint32_t *first; /* n_rows + 1: cells of row i are [first[i], first[i + 1]) */
	uint16_t *codes; /* per cell, ascending within a row */
	uint32_t *sums;	 /* per cell: running sum of the row's counts */
	struct bayes_slot *slots; /* open addressing */
	uint32_t slot_bits;
};

struct bayes_node {
	uint32_t n_parents;
	uint32_t parents[BAYES_MAX_PARENTS]; /* variables, most informative first */
	struct bayes_level levels[BAYES_MAX_PARENTS + 1];
};

struct bayes_net {
	uint32_t n_nodes, n_variables;
	uint32_t n_codes[BAYES_MAX_VARIABLES];
	struct bayes_node nodes[BAYES_MAX_NODES];
	uint32_t order[BAYES_MAX_NODES]; /* nodes, parents first; among free ones by index */
};

void bayes_net_done(struct bayes_net *net);
void bayes_node_done(struct bayes_node *node); /* the node is one without counts then */

/* One count of a full table: key as in struct bayes_level. */
struct bayes_cell {
	uint64_t key;
	uint32_t count;
	uint16_t code;
};

/*
 * Makes all levels of a node from the cells of its full parent list (any order, sorted in place; a
 * cell may come in parts). Returns 0, -ENOMEM, -EINVAL (no count at all, or above 2^32 in sum).
 */
int bayes_node_fill(struct bayes_node *node, struct bayes_cell *cells, size_t n_cells);

/* Orders the nodes so that parents come first. -ELOOP: there is a cycle. */
int bayes_net_order(struct bayes_net *net);

/* A row's counts, borrowed. */
struct bayes_row {
	const uint16_t *codes;
	const uint32_t *sums;
	uint32_t n;
};

/*
 * The row that applies to the codes of all variables (n_variables of them; BAYES_NO_CODE ends the
 * usable prefix of parents). *ret_level tells how many parents it is conditioned on.
 */
struct bayes_row bayes_node_row(const struct bayes_node *node, const uint16_t *codes,
				uint32_t *ret_level);

/* The row of this level and key; n is 0 when there is none. */
struct bayes_row bayes_level_row(const struct bayes_level *level, uint64_t key);

/* The code of cell x of the row's counts laid end to end (x below their sum). */
uint16_t bayes_row_at(const struct bayes_row *row, uint32_t x);

/* Draws a code from a row (n > 0). */
uint16_t bayes_row_draw(const struct bayes_row *row, struct rng *rng);

/* Draws any code but `except` from a row; BAYES_NO_CODE when the row has no other. */
uint16_t bayes_row_draw_except(const struct bayes_row *row, uint16_t except, struct rng *rng);

/* The count of cell i of a row. */
static inline uint32_t bayes_row_count(const struct bayes_row *row, uint32_t i)
{
	return i == 0 ? row->sums[0] : row->sums[i] - row->sums[i - 1];
}

/* Draws a node's code given those of its parents. */
uint16_t bayes_node_draw(const struct bayes_node *node, const uint16_t *codes, struct rng *rng);

/*
 * Takes codes away from a node: allowed[code] false has probability 0 from now on, the rest of each
 * row is renormalised, rows with nothing left are dropped (their prefix applies). -ENOENT: nothing
 * is left at all; the node is unchanged.
 */
int bayes_node_mask(struct bayes_node *node, const bool *allowed);

/*
 * The nodes' tables as `nodes = ( { name; parents; rows }, ... );`. Names are those of the
 * variables. A row is [parent codes, then code, count, code, count ...]. Nodes without any count
 * are left out.
 */
int bayes_net_save(const struct bayes_net *net, const char *const *names, FILE *out);
/* The same without the remark on what a row is. */
int bayes_nodes_save(const struct bayes_net *net, const char *const *names, FILE *out);

/*
 * Reads them back: exactly net->n_nodes nodes, each once, in any order; n_nodes, n_variables and
 * n_codes are set by the caller. Refuses cycles, unknown names, codes out of range, counts that are
 * not above 0, rows given twice, with file:line.
 */
int bayes_net_load(const struct conf *conf, const config_setting_t *list, const char *const *names,
		   struct bayes_net *net, struct err *err);

/* As above where only some nodes are wanted; ret_given (n_nodes) says which there are. */
int bayes_net_load_some(const struct conf *conf, const config_setting_t *list,
			const char *const *names, struct bayes_net *net, bool *ret_given,
			struct err *err);

#endif
