/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Alignment of a timed word with an automaton: the cheapest way to read it when events may have
 * been lost, repeated, swapped with the next, or put in (optimal string alignment; Viterbi in
 * min-sum). The cost of what happened is in bits, so it is the word's code length too.
 *
 * M[l][s] is the least cost of being in state s after l events; Q[l][e] that of having read event l
 * by edge e, or as an echo of what e read: a repetition needs to know the edge, not just the state.
 */
#ifndef SOSIE_AUTOMATA_ALIGN_H
#define SOSIE_AUTOMATA_ALIGN_H

#include "automata/word.h"
#include "base/err.h"
#include <stdbool.h>

enum align_kind {
	ALIGN_CLEAN,	     /* an edge reads the event */
	ALIGN_OMISSION,	     /* an edge is taken, its event is missing */
	ALIGN_REEMISSION,    /* the event repeats the one before it */
	ALIGN_TRANSPOSITION, /* two edges read two events in the other order: first of two moves */
	ALIGN_ADDITION,	     /* the event is foreign, the state stays */
	ALIGN_N_KINDS,
	ALIGN_SECOND = ALIGN_N_KINDS, /* second move of a transposition; costs nothing of its own */
};

#define ALIGN_NEVER    (INT64_MAX / 4)
#define ALIGN_NO_EVENT UINT32_MAX

/* Moves in the order in which edges are taken. The end is a clean move with event == n_events. */
struct align_move {
	uint32_t edge;	/* as named by align_edge.name; of an addition: ALIGN_NO_EVENT */
	uint32_t event; /* of the word; of an omission: ALIGN_NO_EVENT */
	uint8_t kind;	/* enum align_kind */
};

struct align_edge {
	uint32_t src, dst;
	uint32_t symbol; /* the end of words: n_symbols */
	uint32_t name;	 /* the caller's */
	int64_t cost;	 /* -log2 of its probability */
};

/* Costs are in 2^-24 bit (automata/code_length.h) and not negative; an omission costs more than 0.
 */
struct align_machine {
	uint32_t n_states, n_edges, n_symbols, start;
	struct align_edge *edges; /* sorted by symbol; edges of one symbol keep their order */
	uint32_t *first;	  /* n_symbols + 2: edges of a symbol */
	uint32_t *out;		  /* indices of edges by src, the ends left out */
	uint32_t *first_out;	  /* n_states + 1 */
	uint32_t widest;	  /* most edges of one symbol */
	int64_t kind_cost[ALIGN_N_KINDS]; /* ALIGN_NEVER: does not happen */
	int64_t (*value_cost)(const void *context, uint32_t name, const struct word_event *event);
	int64_t (*foreign_cost)(const void *context,
				const struct word_event *event); /* additions */
	const void *context;
	bool open_end; /* words may stop in any state: no end is read, no move made for it */
	size_t edges_capacity, out_capacity, states_capacity, symbols_capacity;
};

/* Takes n_edges edges (copied); the rest of the machine is the caller's to fill. The same machine
 * may be built again and again: storage is kept. */
int align_machine_build(struct align_machine *machine, const struct align_edge *edges,
			uint32_t n_edges, uint32_t n_states, uint32_t n_symbols);
void align_machine_done(struct align_machine *machine);

/* What alignments work in; grows. Zeroed is empty. */
struct align_scratch {
	int64_t *costs;
	struct align_back *backs;
	struct align_move *moves; /* of the last align_word() */
	int64_t *values, *rest;	  /* of events by edges; the least that is to come */
	int64_t *closed;	  /* by state: its cost when its omissions were looked at */
	size_t costs_capacity, backs_capacity, moves_capacity, values_capacity, rest_capacity;
	size_t closed_capacity;
};
void align_scratch_done(struct align_scratch *scratch);

/* Cells (events times states and widest) of an alignment with moves: 24 bytes each. */
enum { ALIGN_LIMIT_CELLS = 1 << 22 };

/*
 * The cheapest alignment with a cost of at most `limit`: *ret_cost, and *ret_n_moves moves in
 * scratch->moves, borrowed until the next call. Ties go to the lower kind, then the lower edge.
 * Returns 0, -ENOENT (none within the limit), -ENOMEM, -E2BIG (above ALIGN_LIMIT_CELLS).
 */
int align_word(const struct align_machine *machine, struct align_scratch *scratch,
	       const struct word *word, int64_t limit, int64_t *ret_cost, size_t *ret_n_moves);

/* The same cost, without the moves and with memory for three events: words of any length. */
int align_cost(const struct align_machine *machine, struct align_scratch *scratch,
	       const struct word *word, int64_t limit, int64_t *ret_cost);

#endif
