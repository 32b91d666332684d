/* SPDX-License-Identifier: Apache-2.0 */
/* Baum-Welch: expected counts of every transition and emission, then those as probabilities. */
#include "automata/hmm_internal.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "automata/word_build.h"
#include "base/mem.h"

/* A part of the likelihood gained that is not worth another step. */
static const double least_gain = 1e-5;

/* Expected counts, laid out as in struct hmm, and room for one word. */
struct expected {
	double *start, *next, *emit, *n, *sum, *squares;
	double *forward, *emission, *scale; /* longest x n_states twice, longest + 1 */
	double *after, *swap;		    /* n_states */
	double *all;			    /* what those of above lie in */
	size_t n_counts;		    /* that must be zero at a step's begin */
};

static int expected_init(struct expected *x, const struct hmm *h, const struct word_set *words)
{
	const size_t s = h->n_states;
	size_t longest = 0, n;
	double *at;

	for (size_t w = 0; w < words->n_words; w++) {
		if (word_at(words, w).n_events > longest)
			longest = word_at(words, w).n_events;
	}
	x->n_counts = (s + 1) + s * (s + 1) + s * h->n_symbols + 3 * s;
	n = x->n_counts + 2 * longest * s + longest + 1 + 2 * s;
	at = x->all = mem_array(n, sizeof(double));
	if (at == NULL)
		return -ENOMEM;
	x->start = at;
	x->next = at += s + 1;
	x->emit = at += s * (s + 1);
	x->n = at += s * h->n_symbols;
	x->sum = at += s;
	x->squares = at += s;
	x->forward = at += s;
	x->emission = at += longest * s;
	x->scale = at += longest * s;
	x->after = at += longest + 1;
	x->swap = at + s;
	return 0;
}

/* State s is where event t was read, with this probability. */
static void expect_emission(struct expected *x, const struct hmm *h, const struct word_event *event,
			    uint32_t s, double p)
{
	const double v = event->value[0];

	x->emit[(size_t)s * h->n_symbols + event->symbol] += p;
	x->n[s] += p;
	x->sum[s] += p * v;
	x->squares[s] += p * v * v;
}

/* Adds one word's expected counts, weight times; returns ln of its probability. */
static double expect_word(struct expected *x, const struct hmm *h, struct word word, double weight)
{
	const uint32_t n = h->n_states, row = n + 1;
	const double log_p = hmm_forward(h, word, x->forward, x->emission, x->scale);

	if (word.n_events == 0) {
		x->start[n] += weight;
		return log_p;
	}
	for (uint32_t i = 0; i < n; i++)
		x->after[i] = weight * h->next[i * row + n] / x->scale[word.n_events];
	for (uint32_t t = word.n_events; t-- > 0;) {
		const double *at = x->forward + (size_t)t * n, *before = at - n;
		double *ahead = x->emission + (size_t)t * n, *swap;

		for (uint32_t j = 0; j < n; j++) {
			const double p = at[j] * x->after[j];

			if (t + 1 == word.n_events)
				x->next[j * row + n] += p;
			expect_emission(x, h, &word.events[t], j, p);
			if (t == 0)
				x->start[j] += p;
			ahead[j] *= x->after[j] / x->scale[t];
		}
		for (uint32_t i = 0; i < n && t > 0; i++) {
			double sum = 0;

			for (uint32_t j = 0; j < n; j++) {
				const double p = h->next[i * row + j] * ahead[j];

				sum += p;
				x->next[i * row + j] += before[i] * p;
			}
			x->swap[i] = sum;
		}
		swap = x->after;
		x->after = x->swap;
		x->swap = swap;
	}
	return log_p;
}

/* Counts as probabilities; a row without counts stays. */
static void estimate_row(double *row, const double *counts, uint32_t n)
{
	double sum = 0;

	for (uint32_t i = 0; i < n; i++)
		sum += counts[i];
	for (uint32_t i = 0; i < n && sum > 0; i++)
		row[i] = counts[i] / sum;
}

static void estimate(struct hmm *h, const struct expected *x)
{
	const uint32_t row = h->n_states + 1;

	estimate_row(h->start, x->start, row);
	for (uint32_t s = 0; s < h->n_states; s++) {
		const double mean = x->n[s] > 0 ? x->sum[s] / x->n[s] : h->mean[s];
		const double variance =
			x->n[s] > 0 ? x->squares[s] / x->n[s] - mean * mean : h->variance[s];

		estimate_row(h->next + (size_t)s * row, x->next + (size_t)s * row, row);
		estimate_row(h->emit + (size_t)s * h->n_symbols, x->emit + (size_t)s * h->n_symbols,
			     h->n_symbols);
		h->mean[s] = mean;
		h->variance[s] = variance > HMM_LEAST_VARIANCE ? variance : HMM_LEAST_VARIANCE;
	}
}

int hmm_step(struct hmm *hmm, const struct word_set *words, const uint32_t *weights,
	     double *ret_log, struct err *err)
{
	struct expected x = { 0 };
	double log_p = 0;

	if (expected_init(&x, hmm, words) < 0)
		return err_no_memory(err);
	for (size_t w = 0; w < words->n_words; w++) {
		const double weight = weights != NULL ? weights[w] : 1;

		log_p += weight * expect_word(&x, hmm, word_at(words, w), weight);
	}
	estimate(hmm, &x);
	free(x.all);
	*ret_log = log_p;
	return 0;
}

/* Steps until n are made in all, or little is gained by one. */
static int hmm_steps(struct hmm *hmm, const struct word_set *words, const uint32_t *weights,
		     uint32_t n, double *ret_log, struct err *err)
{
	double before = 0;

	for (uint32_t i = 0; i < n; i++) {
		int r = hmm_step(hmm, words, weights, ret_log, err);

		if (r < 0)
			return r;
		if (i > 0 && *ret_log - before < -least_gain * before)
			break;
		before = *ret_log;
	}
	return 0;
}

static void smooth_row(double *row, uint32_t n, double part)
{
	for (uint32_t i = 0; i < n; i++)
		row[i] = (1 - part) * row[i] + part / n;
}

/* One more event of every kind: nothing is impossible. */
static void smooth(struct hmm *h, double n_events)
{
	const uint32_t row = h->n_states + 1;
	const double part = 1 / (n_events + 2);

	smooth_row(h->start, row, part);
	for (uint32_t s = 0; s < h->n_states; s++) {
		smooth_row(h->next + (size_t)s * row, row, part);
		smooth_row(h->emit + (size_t)s * h->n_symbols, h->n_symbols, part);
	}
	h->escape = part;
}

static void count_edges(struct hmm *h)
{
	const uint32_t n = h->n_states, row = n + 1;

	h->base.n_edges = 0;
	for (uint32_t i = 0; i <= n; i++) {
		for (uint32_t j = 0; j < n; j++)
			h->base.n_edges +=
				(i < n ? h->next[i * row + j] : h->start[j]) >= HMM_LEAST_EDGE;
	}
}

/* The best of HMM_STARTS random models after a few steps, brought to the end. */
static int train(const struct word_set *words, const uint32_t *weights, uint32_t n_states,
		 struct hmm **ret_hmm, struct err *err)
{
	CLEANUP(hmm_freep) struct hmm *best = NULL;
	double most = 0, log_p = 0;
	int r = 0;

	for (uint32_t start = 0; start < HMM_STARTS; start++) {
		CLEANUP(hmm_freep) struct hmm *hmm = NULL;

		r = hmm_new(words, n_states, start, &hmm, err);
		if (r == 0)
			r = hmm_steps(hmm, words, weights, HMM_FIRST_STEPS, &log_p, err);
		if (r < 0)
			return r;
		if (best == NULL || log_p > most) {
			most = log_p;
			hmm_freep(&best);
			best = take(&hmm);
		}
	}
	r = hmm_steps(best, words, weights, HMM_STEPS - HMM_FIRST_STEPS, &log_p, err);
	if (r == 0)
		*ret_hmm = take(&best);
	return r;
}

int hmm_learn(const struct word_set *words, uint32_t n_states, struct hmm **ret_hmm,
	      struct err *err)
{
	CLEANUP(word_set_done) struct word_set distinct = { 0 };
	CLEANUP(freep) uint32_t *weights = NULL;
	int r;

	if (words->n_words == 0)
		return err_set(err, -EINVAL, "hmm: no words to learn from");
	/* Without delays the same words come again and again. */
	r = word_set_distinct(words, &distinct, &weights, err);
	if (r == 0)
		r = train(&distinct, weights, n_states, ret_hmm, err);
	if (r < 0)
		return r;
	smooth(*ret_hmm, words->first[words->n_words]);
	count_edges(*ret_hmm);
	return 0;
}
