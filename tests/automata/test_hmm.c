/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/automata/learn_words.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>

#include "automata/hmm.h"
#include "tests/automata/made_words.h"

static struct hmm *made_model(const struct word_set *words, uint32_t n_states, uint32_t start)
{
	struct hmm *h = NULL;
	struct err err = { "" };

	if (hmm_new(words, n_states, start, &h, &err) < 0)
		fail_msg("%s", err.text);
	return h;
}

/* The density of a delay in a state, times the probability of the symbol. */
static double emitted(const struct hmm *h, uint32_t s, const struct word_event *event)
{
	const double off = event->value[0] - h->mean[s];
	double p = h->emit[s * h->n_symbols + event->symbol];

	if (h->n_values > 0)
		p *= exp(-off * off / (2 * h->variance[s])) / sqrt(2 * M_PI * h->variance[s]);
	return p;
}

/* The probability of the word, as the sum over all n_states ^ n_events ways through it. */
static double by_enumeration(const struct hmm *h, struct word word)
{
	const uint32_t row = h->n_states + 1;
	uint64_t n_ways = 1;
	double sum = 0;

	for (uint32_t t = 0; t < word.n_events; t++)
		n_ways *= h->n_states;
	for (uint64_t way = 0; way < n_ways && word.n_events > 0; way++) {
		uint64_t rest = way;
		uint32_t state = 0;
		double p = 1;

		for (uint32_t t = 0; t < word.n_events; t++) {
			const uint32_t to = (uint32_t)(rest % h->n_states);

			p *= t == 0 ? h->start[to] : h->next[state * row + to];
			p *= emitted(h, to, &word.events[t]);
			state = to;
			rest /= h->n_states;
		}
		sum += p * h->next[state * row + h->n_states];
	}
	return word.n_events > 0 ? sum : h->start[h->n_states];
}

static void assert_likelihoods(const struct word_set *words, uint32_t n_states)
{
	struct hmm *h = made_model(words, n_states, 3);
	struct err err;
	double log_p, gained;

	/* As drawn, and after steps that make some transitions almost impossible. */
	for (int round = 0; round < 3; round++) {
		for (size_t w = 0; w < words->n_words; w++) {
			const double expected = log(by_enumeration(h, word_at(words, w)));

			assert_int_equal(hmm_log_likelihood(h, word_at(words, w), &log_p, &err), 0);
			assert_true(fabs(log_p - expected) < 1e-9 * (1 + fabs(expected)));
		}
		for (int step = 0; step < 4; step++)
			assert_int_equal(hmm_step(h, words, NULL, &gained, &err), 0);
	}
	hmm_freep(&h);
}

static void test_likelihood(void **state)
{
	struct word_set untimed = words_of("a b a b\na a c\nb\n$\na b c a b c a\nc c c\n");
	struct word_set timed = words_of("a:3 b:40 a:5\na:2 b:44\n$\na:4 c:9 b:39 a:3 b:41 c:8\n");

	(void)state;
	for (uint32_t n = 1; n <= 4; n++) {
		assert_likelihoods(&untimed, n);
		assert_likelihoods(&timed, n);
	}
	word_set_done(&untimed);
	word_set_done(&timed);
}

static void test_never_falls(void **state)
{
	struct made_automaton *made = made_automaton_new(1, 5, 5);
	struct word_set words = made_words(made, 1, 100, 0.1, MADE_ALL);
	struct err err;

	(void)state;
	for (uint32_t start = 0; start < 4; start++) {
		struct hmm *h = made_model(&words, 4, start);
		double before = -INFINITY, log_p;

		for (int step = 0; step < 60; step++) {
			assert_int_equal(hmm_step(h, &words, NULL, &log_p, &err), 0);
			assert_true(log_p >= before - 1e-9 * fabs(log_p));
			before = log_p;
		}
		hmm_freep(&h);
	}
	word_set_done(&words);
	made_automaton_freep(&made);
}

/* A weight is as good as the word so many times. */
static void test_weights(void **state)
{
	struct word_set all = words_of("a b\nc\na b\na b\nc c b\n"), distinct;
	struct word_set few = words_of("a b\nc\nc c b\n");
	const uint32_t weights[] = { 3, 1, 1 };
	struct hmm *a = made_model(&all, 3, 0), *b = made_model(&few, 3, 0);
	uint32_t *counted;
	double log_a, log_b;
	struct err err;

	(void)state;
	for (int step = 0; step < 20; step++) {
		assert_int_equal(hmm_step(a, &all, NULL, &log_a, &err), 0);
		assert_int_equal(hmm_step(b, &few, weights, &log_b, &err), 0);
		assert_true(fabs(log_a - log_b) < 1e-9 * fabs(log_a));
	}
	assert_int_equal(word_set_distinct(&all, &distinct, &counted, &err), 0);
	assert_int_equal(distinct.n_words, 3);
	assert_int_equal(counted[0] + counted[1] + counted[2], 5);
	assert_int_equal(counted[1], 3); /* by length: c, a b, c c b */
	free(counted);
	hmm_freep(&a);
	hmm_freep(&b);
	word_set_done(&all);
	word_set_done(&few);
	word_set_done(&distinct);
}

/* The learned model costs hardly more than the truth on new words, and its language has all of the
 * probability. */
static void test_learns(void **state)
{
	struct made_automaton *made = made_automaton_new(2, 3, 4);
	struct word_set words = made_words(made, 1, 150, 0, 0);
	struct word_set more = made_words(made, 2, 150, 0, 0);
	const struct timed_learner_ops *ops = timed_learner_named("hmm");
	struct timed_model *model;
	struct language *language, *truth = made_language(made);
	struct language_distance distance;
	double bits = 0, least = 0, cost;
	struct err err;

	(void)state;
	assert_int_equal(ops->learn(&words, &model, &err), 0);
	assert_in_range(model->n_states, 5, 20);
	for (size_t w = 0; w < more.n_words; w++) {
		assert_int_equal(timed_model_bits(model, word_at(&more, w), &cost, &err), 0);
		assert_true(isfinite(cost));
		bits += cost;
		least += made_bits(made, word_at(&more, w));
	}
	assert_true(bits > 0.98 * least);
	assert_true(bits < 1.2 * least);
	assert_int_equal(ops->language(model, &language, &err), 0);
	assert_int_equal(language_compare(language, truth, 8, 1e-5, &distance, &err), 0);
	assert_true(distance.js < 0.2);
	language_freep(&language);
	language_freep(&truth);
	timed_model_freep(&model);
	word_set_done(&words);
	word_set_done(&more);
	made_automaton_freep(&made);
}

/* Never seen and far away is expensive, not impossible. */
static void test_smoothed(void **state)
{
	struct word_set words = words_of("a:1 b:2\na:1 b:2\nc:3\n"),
			odd = words_of("a:1 b:2 c:9999999\n");
	struct hmm *h;
	struct err err;
	double log_p;

	(void)state;
	assert_int_equal(hmm_learn(&words, 2, &h, &err), 0);
	assert_int_equal(hmm_log_likelihood(h, word_at(&odd, 0), &log_p, &err), 0);
	assert_true(log_p > -60 && log_p < -10);
	hmm_freep(&h);
	word_set_done(&words);
	word_set_done(&odd);
}

static void test_refusals(void **state)
{
	struct word_set words = words_of("a b\n"), none = words_of("");
	struct hmm *h = NULL;
	struct err err = { "" };

	(void)state;
	assert_int_equal(hmm_learn(&none, 2, &h, &err), -EINVAL);
	assert_int_equal(hmm_learn(&words, 0, &h, &err), -EINVAL);
	assert_int_equal(hmm_learn(&words, HMM_LIMIT_STATES + 1, &h, &err), -EINVAL);
	word_set_done(&words);
	word_set_done(&none);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_likelihood), cmocka_unit_test(test_never_falls),
		cmocka_unit_test(test_weights),	   cmocka_unit_test(test_learns),
		cmocka_unit_test(test_smoothed),   cmocka_unit_test(test_refusals),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
