/* SPDX-License-Identifier: Apache-2.0 */
/* The truth that learners are measured against must itself be true. */
#include "tests/unit.h"

#include <math.h>

#include "base/mem.h"
#include "tests/automata/made_words.h"

static void test_structure(void **state)
{
	(void)state;
	for (uint64_t seed = 0; seed < 20; seed++) {
		struct made_automaton *m = made_automaton_new(seed, 10, 6);
		uint32_t n_timed = 0;

		for (uint32_t s = 0; s < m->n_states; s++) {
			double sum = m->end[s];

			assert_in_range(m->first_edge[s + 1] - m->first_edge[s], 1, 3);
			for (uint32_t e = m->first_edge[s]; e < m->first_edge[s + 1]; e++) {
				sum += m->edges[e].p;
				assert_int_equal(m->edges[e].src, s);
				n_timed += e > m->first_edge[s] &&
					   m->edges[e].symbol == m->edges[e - 1].symbol;
			}
			assert_true(fabs(sum - 1) < 1e-12);
		}
		assert_true(n_timed <= m->n_states);
		made_automaton_freep(&m);
	}
}

/* The cost of words drawn is the entropy: E[2^(bits of a word) * P] is 1, and -log2 averages to the
 * mean over the very words. Here: all words of the tiny alphabet with small delays sum to below 1,
 * and every clean word has a finite cost. */
static void test_clean_words_are_possible(void **state)
{
	struct made_automaton *m = made_automaton_new(3, 8, 5);
	struct word_set words = made_words(m, 1, 500, 0, MADE_ALL);
	double length = 0;

	(void)state;
	assert_int_equal(words.n_words, 500);
	for (size_t w = 0; w < words.n_words; w++) {
		const double bits = made_bits(m, word_at(&words, w));

		assert_true(isfinite(bits) && bits > 0);
		length += word_at(&words, w).n_events;
	}
	/* The mean is 6 to 14, the deviation of one length below 20: 500 words are off by less than
	 * 4.5 once in 1e6. */
	assert_true(length / 500 > 1.5 && length / 500 < 18.5);
	word_set_done(&words);
	made_automaton_freep(&m);
}

/* The probabilities of all one-event words sum to that of ending after one event. */
static void test_costs_are_probabilities(void **state)
{
	struct made_automaton *m = made_automaton_new(5, 6, 4);
	double sum = m->end[0], expected = m->end[0];

	(void)state;
	for (uint32_t e = m->first_edge[0]; e < m->first_edge[1]; e++)
		expected += m->edges[e].p * m->end[m->edges[e].dst];
	for (uint16_t symbol = 0; symbol < m->n_symbols; symbol++) {
		for (int32_t delay = 0; delay < 1000; delay++) {
			const struct word_event event = { symbol, { delay, 0 } };

			sum += exp2(-made_bits(m, (struct word) { &event, 1 }));
		}
	}
	assert_true(fabs(sum - expected) < 1e-9);
	made_automaton_freep(&m);
}

static size_t n_different(const struct word_set *a, const struct word_set *b)
{
	size_t n = 0;

	assert_int_equal(a->n_words, b->n_words);
	for (size_t w = 0; w < a->n_words; w++) {
		const struct word x = word_at(a, w), y = word_at(b, w);

		bool same = x.n_events == y.n_events;

		for (uint32_t i = 0; same && i < x.n_events; i++)
			same = x.events[i].symbol == y.events[i].symbol &&
			       x.events[i].value[0] == y.events[i].value[0];
		n += !same;
	}
	return n;
}

static void test_noise(void **state)
{
	static const struct {
		unsigned int kind;
		int longer; /* by how many events a hit makes a word */
	} cases[] = { { MADE_OMISSION, -1 },
		      { MADE_INSERTION, 1 },
		      { MADE_REEMISSION, 1 },
		      { MADE_TRANSPOSITION, 0 } };
	struct made_automaton *m = made_automaton_new(4, 10, 6);
	struct word_set clean = made_words(m, 9, 2000, 0, MADE_ALL);
	const double n_clean = clean.first[clean.n_words];

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct word_set noisy = made_words(m, 9, 2000, 0.1, cases[i].kind);
		const double longer = (noisy.first[noisy.n_words] - n_clean) / n_clean;

		assert_true(n_different(&clean, &noisy) > 500);
		/* A tenth of some 20,000 events: 0.1 +- 0.0106 but once in 1e6. */
		assert_true(fabs(longer - 0.1 * cases[i].longer) < 0.0106);
		word_set_done(&noisy);
	}
	word_set_done(&clean);
	made_automaton_freep(&m);
}

static void test_random_and_damaged(void **state)
{
	struct made_automaton *m = made_automaton_new(4, 10, 6);
	struct word_set clean = made_words(m, 9, 300, 0, MADE_ALL);
	struct word_set random = made_random_words(&clean, 1), again = made_random_words(&clean, 1);
	struct word_set damaged = made_damaged_words(&clean, 1);

	(void)state;
	assert_int_equal(n_different(&random, &again), 0);
	assert_true(n_different(&random, &clean) > 250);
	assert_int_equal(random.first[300], clean.first[300]);
	assert_true(damaged.n_words > 200 && damaged.n_words <= 300);
	for (size_t w = 0; w < 300; w++)
		assert_int_equal(word_at(&random, w).n_events, word_at(&clean, w).n_events);
	word_set_done(&clean);
	word_set_done(&random);
	word_set_done(&again);
	word_set_done(&damaged);
	made_automaton_freep(&m);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_structure),
		cmocka_unit_test(test_clean_words_are_possible),
		cmocka_unit_test(test_costs_are_probabilities),
		cmocka_unit_test(test_noise),
		cmocka_unit_test(test_random_and_damaged),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
