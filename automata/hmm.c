/* SPDX-License-Identifier: Apache-2.0 */
#include "automata/hmm.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "automata/code_length.h"
#include "automata/hmm_internal.h"
#include "base/detmath.h"
#include "base/mem.h"
#include "base/rng.h"

static const double ln_2 = 0.69314718055994530942, ln_2pi = 1.83787706640934548356;

/* Below every scale that a possible word has, above 0. */
static const double least_scale = 1e-280;

void hmm_freep(struct hmm **hmm)
{
	if (*hmm == NULL)
		return;
	free((*hmm)->start);
	free((*hmm)->next);
	free((*hmm)->emit);
	free((*hmm)->mean);
	free((*hmm)->variance);
	free(*hmm);
	*hmm = NULL;
}

static double uniform(struct rng *rng)
{
	return (rng_u32(rng) + 0.5) / 4294967296.0;
}

static void random_row(double *row, uint32_t n, struct rng *rng)
{
	double sum = 0;

	for (uint32_t i = 0; i < n; i++)
		sum += row[i] = 0.5 + uniform(rng);
	for (uint32_t i = 0; i < n; i++)
		row[i] /= sum;
}

/* Delays: the mean of one random event for each state, the variance of all. */
static void random_delays(struct hmm *hmm, const struct word_set *words, struct rng *rng)
{
	const uint32_t n = words->first[words->n_words];
	double sum = 0, squares = 0, mean;

	if (n == 0 || hmm->n_values == 0)
		return;
	for (uint32_t i = 0; i < n; i++)
		sum += words->events[i].value[0];
	mean = sum / n;
	for (uint32_t i = 0; i < n; i++)
		squares += (words->events[i].value[0] - mean) * (words->events[i].value[0] - mean);
	for (uint32_t s = 0; s < hmm->n_states; s++) {
		hmm->mean[s] = words->events[rng_below(rng, n)].value[0];
		hmm->variance[s] =
			squares / n < HMM_LEAST_VARIANCE ? HMM_LEAST_VARIANCE : squares / n;
	}
}

int hmm_new(const struct word_set *words, uint32_t n_states, uint32_t start, struct hmm **ret_hmm,
	    struct err *err)
{
	CLEANUP(hmm_freep) struct hmm *h = mem_array(1, sizeof(*h));
	struct rng rng;

	if (n_states < 1 || n_states > HMM_LIMIT_STATES || words->n_symbols > HMM_LIMIT_SYMBOLS)
		return err_set(err, -EINVAL,
			       "hmm: %u states over %u symbols, 1 to %d over at most %d are "
			       "possible",
			       n_states, words->n_symbols, HMM_LIMIT_STATES, HMM_LIMIT_SYMBOLS);
	if (h == NULL)
		return err_no_memory(err);
	h->base = (struct timed_model) { &timed_learner_hmm, n_states, 0 };
	h->n_states = n_states;
	h->n_symbols = words->n_symbols;
	h->n_values = words->n_values < 1 ? words->n_values : 1;
	h->start = mem_array((size_t)n_states + 1, sizeof(double));
	h->next = mem_array((size_t)n_states * (n_states + 1), sizeof(double));
	h->emit = mem_array((size_t)n_states * h->n_symbols, sizeof(double));
	h->mean = mem_array(n_states, sizeof(double));
	h->variance = mem_array(n_states, sizeof(double));
	if (h->start == NULL || h->next == NULL || h->emit == NULL || h->mean == NULL ||
	    h->variance == NULL)
		return err_no_memory(err);
	rng_init(&rng, 0, n_states, start, RNG_LEARN);
	random_row(h->start, n_states + 1, &rng);
	for (uint32_t s = 0; s < n_states; s++) {
		random_row(h->next + (size_t)s * (n_states + 1), n_states + 1, &rng);
		random_row(h->emit + (size_t)s * h->n_symbols, h->n_symbols, &rng);
	}
	random_delays(h, words, &rng);
	*ret_hmm = take(&h);
	return 0;
}

double hmm_emission(const struct hmm *hmm, const struct word_event *event, double *emission)
{
	const double spelled =
		hmm->escape > 0
			? hmm->escape * det_exp(-ln_2 * code_integer(event->value[0], false))
			: 0;
	double log_density[HMM_LIMIT_STATES], most = -1e300;

	if (hmm->n_values == 0) {
		for (uint32_t s = 0; s < hmm->n_states; s++)
			emission[s] = hmm->emit[(size_t)s * hmm->n_symbols + event->symbol];
		return 0;
	}
	for (uint32_t s = 0; s < hmm->n_states; s++) {
		const double off = event->value[0] - hmm->mean[s];

		log_density[s] =
			-0.5 * (off * off / hmm->variance[s] + det_log(hmm->variance[s]) + ln_2pi);
		if (log_density[s] > most &&
		    hmm->emit[(size_t)s * hmm->n_symbols + event->symbol] > 0)
			most = log_density[s];
	}
	if (hmm->escape > 0 || most < -1e299)
		most = 0;
	for (uint32_t s = 0; s < hmm->n_states; s++) {
		const double density = det_exp(log_density[s] - most);

		emission[s] = hmm->emit[(size_t)s * hmm->n_symbols + event->symbol] *
			      ((1 - hmm->escape) * density + spelled);
	}
	return most;
}

double hmm_forward(const struct hmm *hmm, struct word word, double *forward, double *emission,
		   double *scale)
{
	const uint32_t n = hmm->n_states, row = n + 1;
	double log_p = 0, end = word.n_events == 0 ? hmm->start[n] : 0;

	for (uint32_t t = 0; t < word.n_events; t++) {
		double *at = forward + (size_t)t * n, *e = emission + (size_t)t * n, sum = 0;
		const double *before = at - n;

		log_p += hmm_emission(hmm, &word.events[t], e);
		if (t == 0) {
			memcpy(at, hmm->start, n * sizeof(*at));
		} else {
			memset(at, 0, n * sizeof(*at));
			for (uint32_t i = 0; i < n; i++) {
				for (uint32_t j = 0; j < n; j++)
					at[j] += before[i] * hmm->next[i * row + j];
			}
		}
		for (uint32_t j = 0; j < n; j++)
			sum += at[j] *= e[j];
		scale[t] = sum > least_scale ? sum : least_scale;
		for (uint32_t j = 0; j < n; j++)
			at[j] /= scale[t];
		log_p += det_log(scale[t]);
	}
	for (uint32_t i = 0; i < n && word.n_events > 0; i++)
		end += forward[(size_t)(word.n_events - 1) * n + i] * hmm->next[i * row + n];
	scale[word.n_events] = end > least_scale ? end : least_scale;
	return log_p + det_log(scale[word.n_events]);
}

int hmm_log_likelihood(const struct hmm *hmm, struct word word, double *ret_log, struct err *err)
{
	const size_t n = (size_t)word.n_events * hmm->n_states;
	CLEANUP(freep) double *room = mem_array(2 * n + word.n_events + 1, sizeof(*room));

	if (room == NULL)
		return err_no_memory(err);
	*ret_log = hmm_forward(hmm, word, room, room + n, room + 2 * n);
	return 0;
}

/* The scales are all there is: the part that spells a delay out keeps densities from being divided
 * by more (hmm_emission). */
static int hmm_event_bits(const struct timed_model *model, struct word word, double *ret_bits,
			  struct err *err)
{
	const struct hmm *h = (const struct hmm *)model;
	const size_t n = (size_t)word.n_events * h->n_states;
	CLEANUP(freep) double *room = mem_array(2 * n + word.n_events + 1, sizeof(*room));
	double *scale;

	if (room == NULL)
		return err_no_memory(err);
	scale = room + 2 * n;
	hmm_forward(h, word, room, room + n, scale);
	/* A scale may be above 1 in its last digit. */
	for (uint32_t i = 0; i <= word.n_events; i++)
		ret_bits[i] = scale[i] < 1 ? -det_log(scale[i]) / ln_2 : 0;
	return 0;
}

/* State 0 is the start, state 1 + s the one that emits as s does. */
static int hmm_language(const struct timed_model *model, struct language **ret_language,
			struct err *err)
{
	const struct hmm *h = (const struct hmm *)model;
	const uint32_t n = h->n_states;
	struct language *l;
	struct language_edge *edge;
	int r = language_new(h->n_symbols, n + 1, (n + 1) * n * h->n_symbols, &l, err);

	if (r < 0)
		return r;
	edge = l->edges;
	for (uint32_t src = 0; src <= n; src++) {
		const double *row = src == 0 ? h->start : h->next + (size_t)(src - 1) * (n + 1);

		l->end[src] = row[n];
		for (uint32_t dst = 0; dst < n; dst++) {
			for (uint32_t s = 0; s < h->n_symbols; s++)
				*edge++ = (struct language_edge) {
					src, dst + 1, s,
					row[dst] * h->emit[(size_t)dst * h->n_symbols + s]
				};
		}
	}
	r = language_index(l, err);
	if (r < 0)
		language_freep(&l);
	else
		*ret_language = l;
	return r;
}

static void hmm_free(struct timed_model *model)
{
	struct hmm *hmm = (struct hmm *)model;

	hmm_freep(&hmm);
}

/* Schwarz: half the parameters times ln of the sample, less the likelihood; lower is better. */
static double bic(const struct hmm *hmm, double log_p, double n_events)
{
	const double n = hmm->n_states, rows = (n + 1) * n, emit = n * (hmm->n_symbols - 1.0);
	const double parameters = rows + emit + (hmm->n_values > 0 ? 2 * n : 0);

	return parameters / 2 * det_log(n_events + 1) - log_p;
}

static int learn(const struct word_set *words, struct timed_model **ret_model, struct err *err)
{
	static const uint32_t sizes[] = { 5, 10, 20 };
	CLEANUP(hmm_freep) struct hmm *best = NULL;
	double least = 0;

	for (size_t i = 0; i < sizeof(sizes) / sizeof(*sizes); i++) {
		CLEANUP(hmm_freep) struct hmm *hmm = NULL;
		double log_p = 0, one, score;
		int r = hmm_learn(words, sizes[i], &hmm, err);

		for (size_t w = 0; w < words->n_words && r == 0; w++) {
			r = hmm_log_likelihood(hmm, word_at(words, w), &one, err);
			log_p += one;
		}
		if (r < 0)
			return r;
		score = bic(hmm, log_p, words->first[words->n_words]);
		if (best == NULL || score < least) {
			least = score;
			hmm_freep(&best);
			best = take(&hmm);
		}
	}
	*ret_model = &take(&best)->base;
	return 0;
}

const struct timed_learner_ops timed_learner_hmm = {
	.name = "hmm",
	.summary = "hidden Markov model, 5, 10 or 20 states by BIC (Baum-Welch)",
	.learn = learn,
	.event_bits = hmm_event_bits,
	.language = hmm_language,
	.free = hmm_free,
};
