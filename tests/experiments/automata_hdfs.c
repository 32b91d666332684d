/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Learners on HDFS_v1: learned from blocks drawn among the normal ones, then every other block
 * scored. Prints one CSV row for each learner and for each way to score.
 *
 * usage: automata_hdfs LEARNER,... NORMAL ABNORMAL TRAIN PERCENT SEED PART    event ids, no times
 *        automata_hdfs LEARNER,... TRACES TRAIN PERCENT SEED PART             Event_traces.csv
 * PART of the blocks is scored: choice (a third of the distinct sequences of events), verdict (the
 * others) or all.
 * PERCENT of the TRAIN blocks are anomalous ones (0: learned from normal ones only).
 * LEARNER is a name of the table, or "set" or "2-gram".
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "automata/timed_learner.h"
#include "automata/word_text.h"
#include "base/detmath.h"
#include "base/file.h"
#include "base/mem.h"
#include "base/rng.h"
#include "tests/experiments/roc.h"

/* Of the 575,061 blocks of HDFS_v1 16,838 are anomalous. */
static const double hdfs_prevalence = 16838.0 / 575061;

struct blocks {
	struct word_set all;
	uint8_t *labels;  /* 1: anomalous */
	uint8_t *trained; /* learned from */
	uint8_t *judged;  /* of the part that is scored */
	struct word_set train;
};

static void stop(const struct err *err)
{
	fprintf(stderr, "automata_hdfs: %s\n", err->text);
	exit(1);
}

static void *room(size_t n, size_t size)
{
	void *memory = mem_array(n, size);
	struct err err = { "out of memory" };

	if (memory == NULL)
		stop(&err);
	return memory;
}

static char *text_of(const char *path)
{
	struct err err = { "" };
	char *text;
	size_t n;

	if (file_read(path, WORD_TEXT_LIMIT_BYTES, &text, &n, &err) < 0)
		stop(&err);
	return text;
}

/* paths: normal and anomalous event ids, or traces alone. */
static void blocks_read(struct blocks *blocks, char **paths, bool traces)
{
	CLEANUP(freep) char *first = text_of(paths[0]);
	CLEANUP(freep) char *second = traces ? NULL : text_of(paths[1]);
	struct word_builder *builder;
	struct err err = { "" };
	int r = word_builder_new(traces ? 1 : 0, &builder, &err);

	if (r == 0)
		r = traces ? word_traces_read(paths[0], first, builder, &err)
			   : word_text_read(paths[0], first, 0, builder, &err);
	if (r == 0 && !traces)
		r = word_text_read(paths[1], second, 1, builder, &err);
	if (r == 0)
		r = word_builder_take(builder, &blocks->all, &blocks->labels, &err);
	if (r < 0)
		stop(&err);
	word_builder_freep(&builder);
}

/* Draws n blocks with this label, without putting back, behind the n_drawn already there. */
static size_t draw(struct blocks *blocks, uint8_t label, size_t n, struct rng *rng, size_t *drawn,
		   size_t n_drawn)
{
	size_t *candidates = room(blocks->all.n_words, sizeof(*candidates));
	size_t n_candidates = 0;

	for (size_t w = 0; w < blocks->all.n_words; w++) {
		if (blocks->labels[w] == label)
			candidates[n_candidates++] = w;
	}
	for (size_t i = 0; i < n && n_candidates > 0; i++) {
		const size_t at = rng_below64(rng, n_candidates);

		blocks->trained[candidates[at]] = 1;
		drawn[n_drawn++] = candidates[at];
		candidates[at] = candidates[--n_candidates];
	}
	free(candidates);
	return n_drawn;
}

static void blocks_draw(struct blocks *blocks, size_t n_train, double percent, uint64_t seed)
{
	const size_t n_bad = (size_t)((double)n_train * percent / 100 + 0.5);
	size_t *drawn = room(n_train, sizeof(*drawn)), n;
	struct err err = { "" };
	struct rng rng;

	rng_init(&rng, seed, n_train, 0, RNG_TEST);
	blocks->trained = room(blocks->all.n_words, sizeof(*blocks->trained));
	n = draw(blocks, 0, n_train - n_bad, &rng, drawn, 0);
	n = draw(blocks, 1, n_bad, &rng, drawn, n);
	if (word_set_pick(&blocks->all, drawn, n, &blocks->train, &err) < 0)
		stop(&err);
	free(drawn);
}

/* Scores of the blocks not learned from, told apart by label. */
struct scores {
	double *score[2];
	size_t n[2];
};

static void print_row(const char *name, const char *row, const char *score, struct scores *s,
		      uint32_t n_states, uint32_t n_edges, double cpu_s)
{
	struct roc roc = roc_of(s->score[0], s->n[0], s->score[1], s->n[1], hdfs_prevalence);

	printf("%s,%s,%s,%.5f,%.5f,%.5f,%.4f,%.4f,%u,%u,%.3f\n", name, row, score, roc.auc, roc.tpr,
	       roc.fpr, roc.f1, roc.best_f1, n_states, n_edges, cpu_s);
	fflush(stdout);
}

/* Ways to make one score of what a word's events cost, its end among them; the last is of costs
 * with shares (automata/share.h). */
enum { BITS, BITS_A_SYMBOL, WORST_EVENT, WORST_TWO, WORST_SHARED, N_SCORES };
static const char *const score_names[N_SCORES] = { "bits", "bits a symbol", "worst event",
						   "two worst events", "worst shared event" };

/* What scores of all blocks are collected in: N_SCORES for each. */
struct marks {
	const struct blocks *blocks;
	double (*scores)[N_SCORES];
	double *events; /* of the word at hand */
};

static struct marks marks_new(const struct blocks *blocks)
{
	uint32_t longest = 0;

	for (size_t w = 0; w < blocks->all.n_words; w++) {
		if (word_at(&blocks->all, w).n_events > longest)
			longest = word_at(&blocks->all, w).n_events;
	}
	return (struct marks) { blocks, room(blocks->all.n_words, sizeof(double[N_SCORES])),
				room((size_t)longest + 1, sizeof(double)) };
}

static void marks_done(struct marks *marks)
{
	free(marks->scores);
	free(marks->events);
}

/* From the costs of word w's events, which are in marks->events. */
static void mark(struct marks *marks, size_t w)
{
	const uint32_t n = word_at(&marks->blocks->all, w).n_events + 1;
	double *s = marks->scores[w], first = 0, second = 0;

	for (uint32_t i = 0; i < n; i++) {
		const double bits = marks->events[i];

		s[BITS] += bits;
		if (bits > first) {
			second = first;
			first = bits;
		} else if (bits > second) {
			second = bits;
		}
	}
	s[BITS_A_SYMBOL] = s[BITS] / n;
	s[WORST_EVENT] = first;
	s[WORST_TWO] = first + second;
}

/* From the costs of word w's events with their shares, which are in marks->events. */
static void mark_shared(struct marks *marks, size_t w)
{
	const uint32_t n = word_at(&marks->blocks->all, w).n_events + 1;
	double *s = marks->scores[w];

	s[WORST_SHARED] = 0;
	for (uint32_t i = 0; i < n; i++) {
		if (marks->events[i] > s[WORST_SHARED])
			s[WORST_SHARED] = marks->events[i];
	}
}

static void print_scores(const char *name, const char *row, const struct marks *marks, int n_scores,
			 uint32_t n_states, uint32_t n_edges, double cpu_s)
{
	const struct blocks *blocks = marks->blocks;

	for (int k = 0; k < n_scores; k++) {
		struct scores s = { { room(blocks->all.n_words, sizeof(double)),
				      room(blocks->all.n_words, sizeof(double)) },
				    { 0, 0 } };

		for (size_t w = 0; w < blocks->all.n_words; w++) {
			if (!blocks->trained[w] && blocks->judged[w])
				s.score[blocks->labels[w]][s.n[blocks->labels[w]]++] =
					marks->scores[w][k];
		}
		print_row(name, row, score_names[k], &s, n_states, n_edges, cpu_s);
		free(s.score[0]);
		free(s.score[1]);
	}
}

static void try_learner(const char *name, const char *row, const struct blocks *blocks)
{
	const struct timed_learner_ops *ops = timed_learner_named(name);
	struct marks marks = marks_new(blocks);
	struct timed_model *model;
	struct err err = { "" };
	const clock_t began = clock();
	double cpu_s;

	if (ops == NULL)
		err_set(&err, -1, "no learner named '%s'", name);
	if (ops == NULL || ops->learn(&blocks->train, &model, &err) < 0)
		stop(&err);
	cpu_s = (double)(clock() - began) / CLOCKS_PER_SEC;
	for (size_t w = 0; w < blocks->all.n_words; w++) {
		if (blocks->trained[w] || !blocks->judged[w])
			continue;
		if (ops->event_bits(model, word_at(&blocks->all, w), marks.events, &err) < 0)
			stop(&err);
		mark(&marks, w);
		if (ops->event_shared_bits == NULL)
			continue;
		if (ops->event_shared_bits(model, word_at(&blocks->all, w), marks.events, &err) < 0)
			stop(&err);
		mark_shared(&marks, w);
	}
	print_scores(name, row, &marks, ops->event_shared_bits != NULL ? N_SCORES : WORST_SHARED,
		     model->n_states, model->n_edges, cpu_s);
	timed_model_freep(&model);
	marks_done(&marks);
}

/* 1 for a sequence of events that was not learned from, whatever its delays. */
static void try_set(const char *row, const struct blocks *blocks)
{
	struct marks marks = marks_new(blocks);

	for (size_t w = 0; w < blocks->all.n_words; w++) {
		const struct word word = word_at(&blocks->all, w);
		double *unseen = &marks.scores[w][BITS];

		*unseen = 1;
		for (size_t t = 0; t<blocks->train.n_words && * unseen> 0; t++) {
			const struct word known = word_at(&blocks->train, t);
			bool same = known.n_events == word.n_events;

			for (uint32_t i = 0; same && i < word.n_events; i++)
				same = known.events[i].symbol == word.events[i].symbol;
			if (same)
				*unseen = 0;
		}
	}
	print_scores("set", row, &marks, 1, 0, 0, 0);
	marks_done(&marks);
}

/* A Markov chain over symbols, the end among them, with a half added to every count. */
static void try_bigrams(const char *row, const struct blocks *blocks)
{
	const size_t n = blocks->all.n_symbols + (size_t)1; /* the last: start or end */
	double *count = room(n * n, sizeof(*count)), *sum = room(n, sizeof(*sum));
	struct marks marks = marks_new(blocks);

	for (size_t i = 0; i < n * n; i++)
		count[i] = 0.5;
	for (size_t w = 0; w < blocks->train.n_words; w++) {
		const struct word word = word_at(&blocks->train, w);
		size_t before = n - 1;

		for (uint32_t i = 0; i < word.n_events; i++) {
			count[before * n + word.events[i].symbol]++;
			before = word.events[i].symbol;
		}
		count[before * n + n - 1]++;
	}
	for (size_t i = 0; i < n * n; i++)
		sum[i / n] += count[i];
	for (size_t w = 0; w < blocks->all.n_words; w++) {
		const struct word word = word_at(&blocks->all, w);
		size_t before = n - 1;

		for (uint32_t i = 0; i <= word.n_events; i++) {
			const size_t next = i < word.n_events ? word.events[i].symbol : n - 1;

			marks.events[i] = det_log2(sum[before] / count[before * n + next]);
			before = next;
		}
		mark(&marks, w);
	}
	print_scores("2-gram", row, &marks, WORST_SHARED, (uint32_t)n, 0, 0);
	free(count);
	free(sum);
	marks_done(&marks);
}

/* A third of the sequences of events, whatever the draw, are for choosing how to score; the others
 * are for the verdict. No sequence is in both. */
static bool is_for_choice(const struct word_set *set, struct word word)
{
	uint64_t hash = 14695981039346656037u; /* FNV-1a over the names */

	for (uint32_t i = 0; i < word.n_events; i++) {
		for (const char *c = set->symbols[word.events[i].symbol]; *c != '\0'; c++)
			hash = (hash ^ (uint8_t)*c) * 1099511628211u;
		hash = (hash ^ ' ') * 1099511628211u;
	}
	return (hash >> 32) % 3 == 0;
}

static void blocks_part(struct blocks *blocks, const char *part)
{
	blocks->judged = room(blocks->all.n_words, sizeof(*blocks->judged));
	for (size_t w = 0; w < blocks->all.n_words; w++) {
		const bool choice = is_for_choice(&blocks->all, word_at(&blocks->all, w));

		blocks->judged[w] =
			strcmp(part, "all") == 0 || choice == (strcmp(part, "choice") == 0);
	}
}

int main(int argc, char **argv)
{
	const bool traces = argc == 7;
	struct blocks blocks = { 0 };
	char row[64], *rest = NULL;
	char **options = argv + (traces ? 3 : 4);

	if (argc != 7 && argc != 8) {
		fprintf(stderr,
			"usage: automata_hdfs LEARNER,... NORMAL ABNORMAL TRAIN PERCENT SEED PART\n"
			"       automata_hdfs LEARNER,... TRACES TRAIN PERCENT SEED PART\n");
		return 2;
	}
	blocks_read(&blocks, argv + 2, traces);
	blocks_draw(&blocks, (size_t)atol(options[0]), atof(options[1]),
		    (uint64_t)atol(options[2]));
	blocks_part(&blocks, options[3]);
	snprintf(row, sizeof(row), "%ld,%g,%ld,%s", atol(options[0]), atof(options[1]),
		 atol(options[2]), options[3]);
	for (char *name = strtok_r(argv[1], ",", &rest); name != NULL;
	     name = strtok_r(NULL, ",", &rest)) {
		if (strcmp(name, "set") == 0)
			try_set(row, &blocks);
		else if (strcmp(name, "2-gram") == 0)
			try_bigrams(row, &blocks);
		else
			try_learner(name, row, &blocks);
	}
	word_set_done(&blocks.all);
	word_set_done(&blocks.train);
	free(blocks.labels);
	free(blocks.trained);
	free(blocks.judged);
	return 0;
}
