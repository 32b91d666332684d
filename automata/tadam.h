/* SPDX-License-Identifier: Apache-2.0 */
/*
 * TADAM: probabilistic timed automata learned from noisy words by minimum description length (HAL
 * hal-04886774). The score is the length in bits of the automaton plus that of the words given it;
 * words may be explained with noise (an event omitted, repeated, swapped, foreign), so that a rare
 * oddity need not become structure. From a first automaton the search applies whichever of merge,
 * split, split edge and delete edge shortens the description most, until none does; then edges are
 * added where noise has a pattern, and so on until that does not help either. As where that ends
 * hangs on how it began, it is repeated from other beginnings within a budget of trials.
 */
#ifndef SOSIE_AUTOMATA_TADAM_H
#define SOSIE_AUTOMATA_TADAM_H

#include "automata/align.h"
#include "automata/word.h"
#include "base/err.h"
#include <stdatomic.h>
#include <stdbool.h>

/* First automata; bits. */
enum {
	TADAM_APTA = 1,		/* the prefix tree */
	TADAM_STATE_SYMBOL = 2, /* a state for each last symbol */
	TADAM_UNIVERSAL = 4,	/* one state */
	TADAM_RTI = 8,		/* what RTI+ learns (automata/rti.h), time splits included */
	TADAM_TWO_SYMBOLS = 16, /* a state for each pair of last symbols */
	TADAM_ALL_INITS = 31,
};

/* Noise that words may have; bits 1 << enum align_kind. */
enum {
	TADAM_OMISSION = 1 << ALIGN_OMISSION,
	TADAM_REEMISSION = 1 << ALIGN_REEMISSION,
	TADAM_TRANSPOSITION = 1 << ALIGN_TRANSPOSITION,
	TADAM_ADDITION = 1 << ALIGN_ADDITION,
	TADAM_ALL_NOISE = TADAM_OMISSION | TADAM_REEMISSION | TADAM_TRANSPOSITION | TADAM_ADDITION,
	TADAM_NO_NOISE = 1 << ALIGN_N_KINDS,
};

struct tadam_progress {
	double bits;
	uint32_t n_states, n_edges;
	uint64_t n_trials;
};

struct tadam_options {
	uint32_t inits;	     /* the best of these is kept; 0: TADAM_ALL_INITS */
	uint32_t noise;	     /* 0: TADAM_ALL_NOISE */
	uint32_t n_threads;  /* 0: 1; the result does not depend on it */
	uint32_t max_rounds; /* of the search; each does one operation, unless hasty; 0: until none
			      * helps, and then again from other beginnings (automata/tadam_retry.c)
			      */
	bool whole_edges;    /* edges are not split into parallel ones */
	bool hasty;  /* a round does all that helps one after the other, not the best alone */
	bool compat; /* integers as the published package counts them: for comparing figures */
	bool plain_guards; /* fitted to all values of an edge, as the package's: none is left out */
	const atomic_bool *stop; /* learning ends with -EINTR once it is true; may be NULL */
	void (*progress)(void *context, const struct tadam_progress *progress); /* may be NULL */
	void *context;
};

enum { TADAM_START = 0, TADAM_END = 1 }; /* states */

struct timed_edge {
	uint32_t src, dst;
	uint32_t symbol;    /* the end of words: n_symbols of the automaton; leads to TADAM_END */
	uint64_t count;	    /* visits of all words, omitted ones too */
	double probability; /* among the edges of src: (count + 1/2), normalised */
	double mean[WORD_MAX_VALUES], variance[WORD_MAX_VALUES]; /* guard; no covariance */
};

/* A learned automaton; edges sorted by (src, symbol, dst, mean). */
struct timed_automaton {
	uint32_t n_symbols, n_values, n_states, n_edges;
	struct timed_edge *edges;
	double noise[ALIGN_N_KINDS];	    /* probabilities by enum align_kind; sum 1 */
	double bits, model_bits, data_bits; /* description length; of the first automaton: */
	double initial_bits;
	uint32_t init;				 /* the TADAM_ bit it grew from */
	uint64_t n_exact, n_repaired, n_spelled; /* words explained without noise, with, not */
	uint64_t n_trials;
};

void timed_automaton_freep(struct timed_automaton **automaton);

/* Learns from 1 word or more, with 1 symbol or more. Returns 0, -EINVAL, -ENOMEM, -E2BIG,
 * -EINTR. */
int tadam_learn(const struct word_set *set, const struct tadam_options *options,
		struct timed_automaton **ret_automaton, struct err *err);

/*
 * Scores words with a learned automaton. One scorer belongs to one thread; the automaton is
 * borrowed.
 */
struct tadam_scorer;
int tadam_scorer_new(const struct timed_automaton *automaton, struct tadam_scorer **ret_scorer,
		     struct err *err);
void tadam_scorer_freep(struct tadam_scorer **scorer);

/*
 * Code length of a word in bits: its cheapest alignment, or spelled out where that is shorter or
 * there is none. Symbols that the automaton does not know are foreign, which is noise. Returns 0 or
 * -ENOMEM.
 */
int tadam_word_bits(struct tadam_scorer *scorer, const struct word *word, double *ret_bits,
		    struct err *err);

/*
 * What each event costs given those before it, and then the end: n_events + 1 of them. Counts all
 * ways to read the word, not the cheapest alone, and of all words spelled_part (above 0) as spelled
 * out; so no word costs more than its cheapest way. Returns 0 or -ENOMEM.
 */
int tadam_event_bits(struct tadam_scorer *scorer, const struct word *word, double spelled_part,
		     double *ret_bits, struct err *err);

enum { TADAM_LEAST_LOG2 = -10000 };
/*
 * log2 of the probability of the word's best path without noise, at least TADAM_LEAST_LOG2, which
 * is also what a word gets that has none. timed: times the masses of its values under the guards,
 * each at least CODE_LEAST_MASS. Returns 0 or -ENOMEM.
 */
int tadam_word_log2(struct tadam_scorer *scorer, const struct word *word, bool timed,
		    double *ret_log2, struct err *err);

/*
 * Traces a word of any length: *ret_states[i] is the state after event i (n_events of them),
 * borrowed until the next call. Long words are aligned piece by piece. An event that is noise
 * leaves the state as it is; of two that are transposed the second takes both edges. Returns 0 or
 * -ENOMEM.
 */
int tadam_trace(struct tadam_scorer *scorer, const struct word *word, const uint32_t **ret_states,
		struct err *err);

/* Which events are noise: moves in order, edges as indices of automaton->edges; borrowed until the
 * next call. *ret_n 0: the word is best spelled out. */
int tadam_align(struct tadam_scorer *scorer, const struct word *word,
		const struct align_move **ret_moves, size_t *ret_n, struct err *err);

#endif
