/* SPDX-License-Identifier: Apache-2.0 */
/* What a split works on: the visits of a state or an edge, cut into atoms by their values. */
#ifndef SOSIE_AUTOMATA_TADAM_CUT_H
#define SOSIE_AUTOMATA_TADAM_CUT_H

#include "automata/code_length.h"
#include "automata/word.h"
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { TADAM_ATOMS = 4 /* most atoms of one edge */, TADAM_BLOCKS = 4 /* most parts of a state */ };

/* One visit: by which edge the word came, with what values, and how it went on. */
struct tadam_visit {
	uint32_t in; /* local index of the edge */
	uint32_t next;
	int32_t value[WORD_MAX_VALUES];
	uint32_t weight;
	bool valued; /* false: by an omission, or the start of the word */
	uint32_t atom;
};

/* n and sums of values, for the cost of coding them under one normal distribution. */
struct tadam_moments {
	double n, sum[WORD_MAX_VALUES], squares[WORD_MAX_VALUES];
};
void tadam_moments_add(struct tadam_moments *moments, const struct tadam_visit *visit, double sign);
double tadam_moments_bits(const struct tadam_moments *moments, uint32_t n_values);

/*
 * Cuts visits of one edge (n of them, reordered) into at most TADAM_ATOMS atoms, each an interval
 * or a box of values, by the cuts that save most bits in coding the values and, unless n_next is 0,
 * what comes next; a cut must save more than penalty. Atoms are numbered from first_atom; returns
 * how many there are. counts: room for 2 * n_next.
 */
uint32_t tadam_cut(struct tadam_visit **visits, size_t n, uint32_t n_values, uint32_t n_next,
		   double penalty, uint32_t first_atom, double *counts,
		   const struct code_counts *logs);

/* Atoms of a state, to be put in blocks. */
struct tadam_atom {
	uint32_t in, block;
	bool fixed; /* stays in block 0: the start of words is there */
	struct tadam_moments moments;
	double weight;
	double *next; /* n_next weights */
};

/*
 * Moves atoms out of block 0 one at a time as long as that is estimated to save bits; edge_bits is
 * what an edge costs. Returns the number of blocks. counts: room for n_next; edges: for n_in.
 */
uint32_t tadam_partition(struct tadam_atom *atoms, uint32_t n, uint32_t n_in, uint32_t n_next,
			 uint32_t n_values, double edge_bits, double *counts,
			 struct tadam_moments *edges, const struct code_counts *logs);

#endif
