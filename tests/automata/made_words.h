/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Words whose truth is known: random timed automata, words drawn from them, and noise put into the
 * words. For tests, benchmarks and the experiments of docs/automata.md. Out of memory aborts.
 */
#ifndef SOSIE_TESTS_AUTOMATA_MADE_WORDS_H
#define SOSIE_TESTS_AUTOMATA_MADE_WORDS_H

#include "automata/language.h"
#include "automata/word.h"
#include <stdbool.h>

/*
 * A truth: from each state one to three edges, a quarter of the states with two that differ only in
 * their delays (Gaussian, rounded, never below 0) and where they go; some states end words. Start
 * is state 0, every state is reached and can end, the mean length is 6 to 14 events.
 */
struct made_edge {
	uint32_t src, dst, symbol;
	double p;
	double mean, sd; /* of the delay */
};

struct made_automaton {
	uint32_t n_states, n_edges, n_symbols;
	struct made_edge *edges; /* by src */
	uint32_t *first_edge;	 /* n_states + 1 */
	double *end;		 /* n_states */
};

enum { MADE_MAX_DELAY = 400 };

/* n_states from 2 to 1000, n_symbols from 3. */
struct made_automaton *made_automaton_new(uint64_t seed, uint32_t n_states, uint32_t n_symbols);
void made_automaton_freep(struct made_automaton **made);
struct language *made_language(const struct made_automaton *made);
/* -log2 of the exact probability of the word, delays included; infinite for words it cannot say. */
double made_bits(const struct made_automaton *made, struct word word);

enum made_noise_kind {
	MADE_OMISSION = 1,	/* the event is not there */
	MADE_INSERTION = 2,	/* another before it: any symbol, any delay */
	MADE_REEMISSION = 4,	/* twice, the second delay drawn as the first */
	MADE_TRANSPOSITION = 8, /* after the next event, if there is one */
	MADE_ALL = 15,
};

/* n words, each event hit by noise with probability rate, the kinds (a mask) equally likely. One
 * value an event. The words do not depend on the rate as long as no event is hit. */
struct word_set made_words(const struct made_automaton *made, uint64_t seed, size_t n, double rate,
			   unsigned int kinds);

/* Like the words of set in number, lengths and delays (shuffled), with symbols drawn uniformly. */
struct word_set made_random_words(const struct word_set *set, uint64_t seed);

/* The words of set that are not empty, each with exactly one event hit by noise. */
struct word_set made_damaged_words(const struct word_set *set, uint64_t seed);

#endif
