/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Learners against noise: words of a known random automaton, noise put into those learned from, and
 * how far what is learned is from the truth. Prints one CSV row for each learner.
 *
 * usage: automata_noise LEARNER,... STATES WORDS RATE SEED     (RATE in percent of events)
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "automata/rti.h"
#include "automata/tag.h"
#include "automata/timed_learner.h"
#include "base/mem.h"
#include "tests/automata/made_words.h"
#include "tests/experiments/roc.h"

enum { TEST_WORDS = 500, DEPTH = 8 };
static const double language_floor = 1e-5;

struct trial {
	const struct made_automaton *made;
	struct language *truth;
	struct word_set words; /* to learn from */
	struct word_set clean, random, damaged;
	double truth_bits; /* an event of clean, its share of the end included */
};

static void stop(const struct err *err)
{
	fprintf(stderr, "automata_noise: %s\n", err->text);
	exit(1);
}

static double *scores_of(const struct timed_model *model, const struct word_set *set)
{
	double *scores = mem_array(set->n_words, sizeof(*scores));
	struct err err = { "out of memory" };

	if (scores == NULL)
		stop(&err);
	for (size_t w = 0; w < set->n_words; w++) {
		if (timed_model_bits(model, word_at(set, w), &scores[w], &err) < 0)
			stop(&err);
	}
	return scores;
}

/* Bits an event, of the whole set. */
static double bits_an_event(const double *scores, const struct word_set *set)
{
	double sum = 0;

	for (size_t w = 0; w < set->n_words; w++)
		sum += scores[w];
	return sum / set->first[set->n_words];
}

/* A word's length is no evidence: bits a symbol, the end counted as one. */
static void per_symbol(double *scores, const struct word_set *set)
{
	for (size_t w = 0; w < set->n_words; w++)
		scores[w] /= word_at(set, w).n_events + 1;
}

static double auc(const struct timed_model *model, const struct trial *trial,
		  const struct word_set *anomalous)
{
	double *normal = scores_of(model, &trial->clean), *others = scores_of(model, anomalous);
	struct roc roc;

	per_symbol(normal, &trial->clean);
	per_symbol(others, anomalous);
	roc = roc_of(normal, trial->clean.n_words, others, anomalous->n_words, 0.5);
	free(normal);
	free(others);
	return roc.auc;
}

/* "tag3" is tag with k = 3, "rti001" is rti with alpha = 0.001; others as in the table. */
static int learn(const char *name, const struct word_set *words, struct timed_model **ret_model,
		 struct err *err)
{
	struct rti_options strict = RTI_DEFAULT_OPTIONS;
	struct guarded *guarded = NULL;
	int r;

	strict.alpha = 0.001;
	if (strcmp(name, "tag3") == 0)
		r = tag_learn(words, 3, &guarded, err);
	else if (strcmp(name, "rti001") == 0)
		r = rti_learn(words, &strict, &guarded, err);
	else if (timed_learner_named(name) != NULL)
		return timed_learner_named(name)->learn(words, ret_model, err);
	else
		return err_set(err, -1, "no learner named '%s'", name);
	if (r == 0)
		*ret_model = &guarded->base;
	return r;
}

static void try_learner(const char *name, const struct trial *trial, const char *row)
{
	struct language_distance distance;
	struct timed_model *model;
	struct language *language;
	struct err err = { "" };
	const clock_t began = clock();
	double *scores, cpu_s;

	if (learn(name, &trial->words, &model, &err) < 0)
		stop(&err);
	cpu_s = (double)(clock() - began) / CLOCKS_PER_SEC;
	if (model->ops->language(model, &language, &err) < 0 ||
	    language_compare(language, trial->truth, DEPTH, language_floor, &distance, &err) < 0)
		stop(&err);
	scores = scores_of(model, &trial->clean);
	printf("%s,%s,%u,%u,%.5f,%.5f,%u,%u,%.4f,%.4f,%.5f,%.5f,%.3f\n", name, row,
	       trial->made->n_states, trial->made->n_edges, distance.js, distance.jaccard,
	       model->n_states, model->n_edges, bits_an_event(scores, &trial->clean),
	       trial->truth_bits, auc(model, trial, &trial->random),
	       auc(model, trial, &trial->damaged), cpu_s);
	fflush(stdout);
	free(scores);
	language_freep(&language);
	timed_model_freep(&model);
}

/* Symbols: as many as states, 5 to 10. */
static void trial_open(struct trial *trial, uint32_t n_states, uint32_t n_words, double rate,
		       uint64_t seed)
{
	const uint32_t n_symbols = n_states < 5 ? 5 : n_states > 10 ? 10 : n_states;

	trial->made = made_automaton_new(seed, n_states, n_symbols);
	trial->truth = made_language(trial->made);
	trial->words = made_words(trial->made, 1, n_words, rate, MADE_ALL);
	trial->clean = made_words(trial->made, 2, TEST_WORDS, 0, MADE_ALL);
	trial->random = made_random_words(&trial->clean, 3);
	trial->damaged = made_damaged_words(&trial->clean, 4);
	for (size_t w = 0; w < TEST_WORDS; w++)
		trial->truth_bits += made_bits(trial->made, word_at(&trial->clean, w));
	trial->truth_bits /= trial->clean.first[TEST_WORDS];
}

static void trial_done(struct trial *trial)
{
	struct made_automaton *made = (struct made_automaton *)(uintptr_t)trial->made;

	language_freep(&trial->truth);
	word_set_done(&trial->words);
	word_set_done(&trial->clean);
	word_set_done(&trial->random);
	word_set_done(&trial->damaged);
	made_automaton_freep(&made);
}

int main(int argc, char **argv)
{
	struct trial trial = { 0 };
	char row[64];
	char *rest = NULL;

	if (argc != 6) {
		fprintf(stderr, "usage: automata_noise LEARNER,... STATES WORDS RATE SEED\n");
		return 2;
	}
	trial_open(&trial, (uint32_t)atol(argv[2]), (uint32_t)atol(argv[3]), atof(argv[4]) / 100,
		   (uint64_t)atol(argv[5]));
	snprintf(row, sizeof(row), "%ld,%ld,%g,%ld", atol(argv[2]), atol(argv[3]), atof(argv[4]),
		 atol(argv[5]));
	for (char *name = strtok_r(argv[1], ",", &rest); name != NULL;
	     name = strtok_r(NULL, ",", &rest))
		try_learner(name, &trial, row);
	trial_done(&trial);
	return 0;
}
