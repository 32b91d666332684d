/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Hidden Markov models of timed words: a state emits a symbol and, independent of it, a delay with
 * a normal distribution. Learned by Baum-Welch (Rabiner 1989, with scaling), the number of states
 * chosen by BIC (Schwarz 1978). Ends of words are transitions like others.
 */
#ifndef SOSIE_AUTOMATA_HMM_H
#define SOSIE_AUTOMATA_HMM_H

#include "automata/timed_learner.h"

enum {
	HMM_LIMIT_STATES = 64,
	HMM_LIMIT_SYMBOLS = 4096,
	HMM_STARTS = 5, /* random ones; the best after HMM_FIRST_STEPS goes on */
	HMM_FIRST_STEPS = 10,
	HMM_STEPS = 50, /* in all, fewer when nothing is gained any more */
};

/* A delay's density is taken for its mass; the deviation is half a unit at least, so that the sum
 * over the integers is 1 to 1.5 %. */
#define HMM_LEAST_VARIANCE 0.25
#define HMM_LEAST_EDGE	   0.01 /* less probable transitions are not counted as edges */

struct hmm {
	struct timed_model base; /* n_edges: transitions of HMM_LEAST_EDGE or more */
	uint32_t n_states, n_symbols, n_values;
	double *start; /* n_states + 1, the last ends at once */
	double *next;  /* n_states x (n_states + 1), the last of a row ends */
	double *emit;  /* n_states x n_symbols */
	double *mean;  /* n_states */
	double *variance;
	double escape; /* the part of a delay's probability that spells it out; 0 while learning */
};

void hmm_freep(struct hmm **hmm);

/* A random model for these words; other numbers of start give other models. */
int hmm_new(const struct word_set *words, uint32_t n_states, uint32_t start, struct hmm **ret_hmm,
	    struct err *err);

/* ln of the probability of the word. 0, or -ENOMEM. Lowest finite value for what is impossible. */
int hmm_log_likelihood(const struct hmm *hmm, struct word word, double *ret_log, struct err *err);

/* One step of Baum-Welch over all words, each weights[w] times (NULL: once). *ret_log: ln of their
 * probability before it, which never falls from one step to the next. */
int hmm_step(struct hmm *hmm, const struct word_set *words, const uint32_t *weights,
	     double *ret_log, struct err *err);

/* n_states: 1 to HMM_LIMIT_STATES. The model is smoothed: nothing is impossible. */
int hmm_learn(const struct word_set *words, uint32_t n_states, struct hmm **ret_hmm,
	      struct err *err);

/* Learns with 5, 10 and 20 states and keeps the best by BIC. */
extern const struct timed_learner_ops timed_learner_hmm;

#endif
