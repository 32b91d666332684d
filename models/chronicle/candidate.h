/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Candidates: patterns one step away from what is there, and a queue of them, best first.
 *
 * FIX	a home's windows with one or two codes more (the published I0 and E1)
 * USE	a home's windows in which a later cell repeats an earlier one (E2a, E2b)
 * JOIN	the rows that two patterns of one row both ask for (E3)
 * LINK	windows of one kind followed by windows of another, perhaps with an address in common
 *	(E2c, E4)
 */
#ifndef SOSIE_MODELS_CHRONICLE_CANDIDATE_H
#define SOSIE_MODELS_CHRONICLE_CANDIDATE_H

#include "models/chronicle/cover.h"

enum candidate_kind { CANDIDATE_FIX, CANDIDATE_USE, CANDIDATE_JOIN, CANDIDATE_LINK };

enum { SIDE_ANY = UINT8_MAX };

/* One side of a link: the windows of a home; or, home being COVER_EMPTY, the rows of the empty
 * pattern and of patterns of one row, all (column SIDE_ANY) or those with a code. */
struct link_side {
	uint32_t home;
	uint16_t code;
	uint8_t column;
};

struct candidate {
	double estimate; /* of its gain, when it was last worked out */
	uint64_t order;	 /* of equal ones the first */
	uint8_t kind;
	uint8_t n_fixed, nodes[2]; /* FIX; USE: from nodes[0] to nodes[1] */
	uint16_t codes[2];
	uint32_t home;	/* FIX, USE; JOIN: the first */
	uint32_t other; /* JOIN: the second */
	struct link_side sides[2];
	bool keyed;	      /* LINK: a cell of the second side repeats one of the first */
	uint8_t key_nodes[2]; /* the nodes in their own patterns */
};

struct queue {
	struct candidate *heap;
	size_t n, capacity;
	uint64_t next_order;
};

void queue_done(struct queue *queue);
int queue_push(struct queue *queue, const struct candidate *candidate); /* gives it its order */
int queue_put_back(struct queue *queue, const struct candidate *candidate);
bool queue_pop(struct queue *queue, struct candidate *ret_candidate);

#endif
