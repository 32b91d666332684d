/* SPDX-License-Identifier: Apache-2.0 */
/* What holds for every learner of the table. */
#include "tests/automata/learn_words.h"

#include <errno.h>
#include <math.h>
#include <string.h>

#include "automata/share.h"
#include "automata/timed_learner.h"
#include "tests/automata/made_words.h"

static struct timed_model *learned(const struct timed_learner_ops *ops,
				   const struct word_set *words)
{
	struct timed_model *model = NULL;
	struct err err = { "" };

	if (ops->learn(words, &model, &err) < 0)
		fail_msg("%s: %s", ops->name, err.text);
	assert_ptr_equal(model->ops, ops);
	return model;
}

static double bits_of(const struct timed_model *model, struct word word)
{
	struct err err = { "" };
	double bits = -1;

	if (timed_model_bits(model, word, &bits, &err) < 0)
		fail_msg("%s", err.text);
	assert_true(isfinite(bits));
	assert_true(bits > 0);
	return bits;
}

typedef int event_bits_function(const struct timed_model *model, struct word word, double *ret_bits,
				struct err *err);

static double sum_by(event_bits_function *event_bits, const struct timed_model *model,
		     struct word word)
{
	struct err err = { "" };
	double bits[32], sum = 0;

	assert_true(word.n_events < 32);
	assert_int_equal(event_bits(model, word, bits, &err), 0);
	for (uint32_t i = 0; i <= word.n_events; i++)
		sum += bits[i];
	return sum;
}

static void test_names(void **state)
{
	size_t n = 0;

	(void)state;
	for (const struct timed_learner_ops *const *l = timed_learners(); *l != NULL; l++, n++) {
		assert_ptr_equal(timed_learner_named((*l)->name), *l);
		assert_true(strlen((*l)->summary) > 0);
	}
	assert_int_equal(n, 4);
	assert_null(timed_learner_named("markov"));
}

/* Words that are alike in nothing, and some that are worth an automaton. */
#define FEW                                                                                        \
	"a b\na a b\na b a b\nb\nb a\na b\na b b\nb b a\na b\na a a b\nb\nb\na b a b\n$\nb a b\n"  \
	"a b\n"
#define MANY "a b b\na b b\na b b\nb a a\nb a a\na b b\na b b\na b b\nb a a\nb a a\n"

/* The sum of 2^-bits over all words over a and b of up to 10 symbols: at most 1, for it is a code,
 * and nearly so, for the words learned from are short. */
static void test_bits_are_a_code(void **state)
{
	struct word_set words = words_of(FEW MANY MANY MANY);

	(void)state;
	for (const struct timed_learner_ops *const *l = timed_learners(); *l != NULL; l++) {
		struct timed_model *model = learned(*l, &words);
		struct word_event events[10] = { 0 };
		double sum = 0, shared = 0;

		for (uint32_t n = 0; n <= 10; n++) {
			for (uint32_t code = 0; code < 1U << n; code++) {
				for (uint32_t i = 0; i < n; i++)
					events[i].symbol = code >> i & 1;
				sum += exp2(-bits_of(model, (struct word) { events, n }));
				if ((*l)->event_shared_bits != NULL)
					shared += exp2(-sum_by((*l)->event_shared_bits, model,
							       (struct word) { events, n }));
			}
		}
		print_message("%s: %.4f, %.4f\n", (*l)->name, sum, shared);
		assert_true(sum < 1 + 1e-9);
		assert_true(sum > 0.5);
		assert_true(shared < sum);
		timed_model_freep(&model);
	}
	word_set_done(&words);
}

static void events_are_a_code(event_bits_function *event_bits, const struct timed_model *model)
{
	struct word_event events[8] = { 0 };
	struct err err = { "" };
	double bits[9], longer[9];

	for (uint32_t code = 0; code < 1U << 7; code++) {
		double sum;

		for (uint32_t i = 0; i < 7; i++)
			events[i].symbol = code >> i & 1;
		assert_int_equal(event_bits(model, (struct word) { events, 7 }, bits, &err), 0);
		sum = exp2(-bits[7]);
		for (uint16_t next = 0; next < 2; next++) {
			events[7].symbol = next;
			assert_int_equal(event_bits(model, (struct word) { events, 8 }, longer,
						    &err),
					 0);
			sum += exp2(-longer[7]);
			for (uint32_t i = 0; i < 7; i++)
				assert_true(bits[i] >= 0 && fabs(bits[i] - longer[i]) < 1e-9);
		}
		assert_true(sum < 1 + 1e-6);
	}
}

/* What an event costs does not depend on what follows, and over all that may follow, the end
 * included, 2^-bits sums to at most 1 (costs of edges and noise are rounded to 2^-24 bit). */
static void test_events_are_a_code(void **state)
{
	struct word_set words = words_of(FEW MANY MANY MANY);

	(void)state;
	for (const struct timed_learner_ops *const *l = timed_learners(); *l != NULL; l++) {
		struct timed_model *model = learned(*l, &words);

		events_are_a_code((*l)->event_bits, model);
		if ((*l)->event_shared_bits != NULL)
			events_are_a_code((*l)->event_shared_bits, model);
		timed_model_freep(&model);
	}
	word_set_done(&words);
}

#define ABC "a b c\na b c\na b c\na b c\na b c\na b c\na b c\na b c\n"
#define DDD "d d d\nd d d\nd d d\n"

/* Over the words learned from, the shares of edges and ends add up to their description: exactly
 * where each word has one way through the automaton, to less where noise gives it others. A word
 * that has its path for itself pays for more of it than one of many. */
static void test_shares(void **state)
{
	struct word_set words = words_of(ABC ABC ABC ABC ABC DDD DDD DDD);
	struct language *language;
	struct err err = { "" };
	size_t n = 0;

	(void)state;
	for (const struct timed_learner_ops *const *l = timed_learners(); *l != NULL; l++) {
		event_bits_function *shared = (*l)->event_shared_bits;
		struct timed_model *model = learned(*l, &words);
		const double price = share_bits(model->n_states + 1, words.n_symbols, 1);
		double paid = 0, part[2], n_edges = model->n_edges;

		assert_true(shared != NULL || strcmp((*l)->name, "hmm") == 0);
		if (shared == NULL) {
			timed_model_freep(&model);
			continue;
		}
		for (size_t w = 0; w < words.n_words; w++)
			paid += part[w == 0 ? 0 : 1] = sum_by(shared, model, word_at(&words, w)) -
						       bits_of(model, word_at(&words, w));
		assert_int_equal((*l)->language(model, &language, &err), 0);
		for (uint32_t s = 0; s < language->n_states; s++)
			n_edges += language->end[s] > 0;
		print_message("%s: %.3f of %.3f\n", (*l)->name, paid, n_edges * price);
		assert_true(paid < n_edges * price + 1e-6);
		assert_true(paid >
			    n_edges * price * (strcmp((*l)->name, "tadam") == 0 ? 0.8 : 1) - 1e-6);
		assert_true(part[1] > 2 * part[0]);
		language_freep(&language);
		timed_model_freep(&model);
		n++;
	}
	assert_int_equal(n, 3);
	word_set_done(&words);
}

/* Clean words of a known automaton cost about what they must, random ones far more; twice the same
 * words, twice the same model; the language is near. */
static void test_made_words(void **state)
{
	struct made_automaton *made = made_automaton_new(2, 5, 5);
	struct word_set words = made_words(made, 1, 150, 0.05, MADE_ALL);
	struct word_set clean = made_words(made, 2, 150, 0, 0);
	struct word_set random = made_random_words(&clean, 3);
	struct language *truth = made_language(made), *language;
	struct language_distance distance;
	struct err err = { "" };
	double least = 0;

	(void)state;
	for (size_t w = 0; w < clean.n_words; w++)
		least += made_bits(made, word_at(&clean, w));
	for (const struct timed_learner_ops *const *l = timed_learners(); *l != NULL; l++) {
		struct timed_model *model = learned(*l, &words), *again = learned(*l, &words);
		double bits = 0, random_bits = 0;

		for (size_t w = 0; w < clean.n_words; w++) {
			const double one = bits_of(model, word_at(&clean, w));

			assert_true(fabs(one - bits_of(again, word_at(&clean, w))) < 1e-12);
			bits += one;
			random_bits += bits_of(model, word_at(&random, w));
		}
		assert_true(bits > least);
		assert_true(bits < 2.5 * least);
		assert_true(random_bits > 1.3 * bits);
		assert_int_equal((*l)->language(model, &language, &err), 0);
		assert_int_equal(language_compare(language, truth, 8, 1e-5, &distance, &err), 0);
		assert_true(distance.js < 0.7);
		language_freep(&language);
		timed_model_freep(&model);
		timed_model_freep(&again);
	}
	language_freep(&truth);
	word_set_done(&words);
	word_set_done(&clean);
	word_set_done(&random);
	made_automaton_freep(&made);
}

/* A symbol of the alphabet that no word had is dearer than one that some had. */
static void test_new_symbols(void **state)
{
	struct word_set words = words_of("a b c\na b c\na b c\nb a c\nd\n");

	(void)state;
	words.n_words--; /* not d */
	for (const struct timed_learner_ops *const *l = timed_learners(); *l != NULL; l++) {
		struct timed_model *model = learned(*l, &words);
		struct word_event known[] = {
			{ 0, { 0, 0 } }, { 0, { 0, 0 } }, { 1, { 0, 0 } }, { 2, { 0, 0 } }
		};
		const double bits = bits_of(model, (struct word) { known, 4 });

		known[1].symbol = 3;
		assert_true(bits_of(model, (struct word) { known, 4 }) >= bits - 1e-9);
		timed_model_freep(&model);
	}
	words.n_words++;
	word_set_done(&words);
}

static void test_no_words(void **state)
{
	struct word_set none = words_of("");

	(void)state;
	for (const struct timed_learner_ops *const *l = timed_learners(); *l != NULL; l++) {
		struct timed_model *model = NULL;
		struct err err = { "" };

		assert_int_equal((*l)->learn(&none, &model, &err), -EINVAL);
		assert_null(model);
		assert_true(err.text[0] != '\0');
	}
	word_set_done(&none);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_names),
		cmocka_unit_test(test_bits_are_a_code),
		cmocka_unit_test(test_events_are_a_code),
		cmocka_unit_test(test_shares),
		cmocka_unit_test(test_made_words),
		cmocka_unit_test(test_new_symbols),
		cmocka_unit_test(test_no_words),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
