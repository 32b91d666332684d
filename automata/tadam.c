/* SPDX-License-Identifier: Apache-2.0 */
#include "automata/tadam.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "automata/edge_order.h"
#include "automata/tadam_internal.h"
#include "base/detmath.h"
#include "base/mem.h"

enum { LIMIT_WORDS = 1 << 26 };

void timed_automaton_freep(struct timed_automaton **automaton)
{
	if (*automaton != NULL)
		free((*automaton)->edges);
	free(*automaton);
	*automaton = NULL;
}

static int check(const struct word_set *set, struct err *err)
{
	if (set->n_words == 0 || set->n_words > LIMIT_WORDS)
		return err_set(err, -EINVAL, "%zu words to learn from, expected 1 to %d",
			       set->n_words, (int)LIMIT_WORDS);
	if (set->n_values > WORD_MAX_VALUES)
		return err_set(err, -EINVAL, "events of %u values, at most %d are known",
			       set->n_values, (int)WORD_MAX_VALUES);
	for (uint32_t i = 0; i < set->first[set->n_words]; i++) {
		if (set->events[i].symbol >= set->n_symbols)
			return err_set(err, -EINVAL, "event %u: symbol %u of %u", i,
				       (unsigned int)set->events[i].symbol, set->n_symbols);
	}
	return 0;
}

static void frame_init(struct tadam_frame *frame, const struct word_set *set,
		       const struct tadam_options *options)
{
	*frame = (struct tadam_frame) {
		.set = set,
		.n_symbols = set->n_symbols,
		.n_values = set->n_values,
		.n_words = set->n_words,
		.compat = options->compat,
		.plain_guards = options->plain_guards,
		.stop = options->stop,
		.noise = options->noise == 0 ? TADAM_ALL_NOISE : options->noise & TADAM_ALL_NOISE,
		.log2_symbols = code_log2((double)set->n_symbols + 1),
	};
	for (uint32_t i = 0; i < set->first[set->n_words] && !options->compat; i++) {
		for (uint32_t k = 0; k < set->n_values; k++)
			frame->negative |= set->events[i].value[k] < 0;
	}
	code_normal_init(&frame->normal);
	code_counts_init(&frame->counts);
}

/* What every event costs as an addition. */
static int64_t *foreign_costs(const struct tadam_frame *frame)
{
	const uint32_t n = frame->set->first[frame->set->n_words];
	int64_t *costs = mem_array((size_t)n + 1, sizeof(*costs));

	for (uint32_t i = 0; i < n && costs != NULL; i++)
		costs[i] = tadam_foreign(frame, &frame->set->events[i]);
	return costs;
}

static int compare_edges(const void *left, const void *right)
{
	const struct timed_edge *a = left, *b = right;
	const int order = edge_order((struct edge_place) { a->src, a->symbol, a->dst },
				     (struct edge_place) { b->src, b->symbol, b->dst });

	if (order != 0)
		return order;
	for (int k = 0; k < WORD_MAX_VALUES; k++) {
		if (a->mean[k] != b->mean[k])
			return a->mean[k] < b->mean[k] ? -1 : 1;
	}
	return (a->count > b->count) - (a->count < b->count);
}

static void count_words(const struct tadam *t, struct timed_automaton *a)
{
	for (uint32_t w = 0; w < t->n_words; w++) {
		if (t->words[w].moves == NULL)
			a->n_spelled += t->words[w].weight;
		else if (t->words[w].noisy)
			a->n_repaired += t->words[w].weight;
		else
			a->n_exact += t->words[w].weight;
	}
}

static void fill_edges(const struct tadam *t, struct timed_automaton *a)
{
	for (uint32_t e = 0; e < t->sums.n_edge_slots; e++) {
		const struct tadam_edge *edge = &t->edges[e];

		a->edges[e] = (struct timed_edge) {
			.src = edge->src,
			.dst = edge->dst,
			.symbol = edge->symbol,
			.count = (uint64_t)edge->n_uses,
			.probability = det_exp(-code_in_bits(tadam_edge_cost(t, edge)) *
					       0.69314718055994530942),
		};
		memcpy(a->edges[e].mean, edge->mean, sizeof(edge->mean));
		memcpy(a->edges[e].variance, edge->variance, sizeof(edge->variance));
	}
	qsort(a->edges, a->n_edges, sizeof(*a->edges), compare_edges);
}

/* What was learned, from a rebuilt automaton. */
static int extract(const struct tadam *t, struct timed_automaton **ret_automaton, struct err *err)
{
	CLEANUP(timed_automaton_freep) struct timed_automaton *a = mem_array(1, sizeof(*a));
	int64_t kinds[ALIGN_N_KINDS];

	if (a != NULL)
		a->edges = mem_array(t->sums.n_edges, sizeof(*a->edges));
	if (a == NULL || a->edges == NULL)
		return err_no_memory(err);
	a->n_symbols = t->frame->n_symbols;
	a->n_values = t->frame->n_values;
	a->n_states = t->sums.n_states;
	a->n_edges = t->sums.n_edges;
	a->bits = code_in_bits(tadam_score(t));
	a->model_bits = tadam_model_bits(t);
	a->data_bits = a->bits - a->model_bits;
	tadam_kind_costs(t, false, kinds);
	for (int k = 0; k < ALIGN_N_KINDS; k++)
		a->noise[k] = kinds[k] >= ALIGN_NEVER
				      ? 0
				      : det_exp(-code_in_bits(kinds[k]) * 0.69314718055994530942);
	count_words(t, a);
	fill_edges(t, a);
	*ret_automaton = take(&a);
	return 0;
}

/* The shortest so far. */
struct best {
	struct tadam t;
	double initial_bits;
	uint32_t init;
	uint64_t n_trials; /* of all */
};

/* Learns from one first automaton; what is shortest stays. */
static int try_init(struct best *best, const struct tadam_frame *frame,
		    const struct tadam_options *options, uint32_t init)
{
	struct tadam t = { 0 };
	double initial_bits = 0;
	int r = tadam_start(&t, frame, init);

	if (r == 0) {
		initial_bits = code_in_bits(tadam_score(&t));
		r = tadam_search(&t, options, &best->n_trials);
	}
	if (r < 0 || (best->init != 0 && tadam_score(&t) >= tadam_score(&best->t))) {
		tadam_done(&t);
		return r;
	}
	tadam_done(&best->t);
	best->t = t;
	best->initial_bits = initial_bits;
	best->init = init;
	return 0;
}

/* From all that is asked for, and again in other ways. */
static int find_best(struct best *best, const struct tadam_frame *frame,
		     const struct tadam_options *options)
{
	const uint32_t inits = options->inits == 0 ? TADAM_ALL_INITS : options->inits;
	const uint32_t lowest = inits & -inits;
	int r = 0;

	for (uint32_t init = 1; init <= TADAM_TWO_SYMBOLS && r == 0; init <<= 1) {
		if ((inits & init) != 0)
			r = try_init(best, frame, options, init);
	}
	if (r < 0 || best->init == 0 || options->max_rounds > 0)
		return r;
	return tadam_retry(&best->t, options,
			   (inits & TADAM_TWO_SYMBOLS) != 0 ? TADAM_TWO_SYMBOLS : lowest,
			   &best->n_trials);
}

static int explain_error(int r, const struct word_set *set, struct err *err)
{
	if (r == -ENOMEM)
		return err_no_memory(err);
	if (r == -EINTR)
		return err_set(err, r, "interrupted");
	return err_set(err, r, "learning from %zu words: the automaton grows too large",
		       set->n_words);
}

int tadam_learn(const struct word_set *set, const struct tadam_options *options,
		struct timed_automaton **ret_automaton, struct err *err)
{
	CLEANUP(freep) struct tadam_frame *frame = mem_array(1, sizeof(*frame));
	CLEANUP(freep) int64_t *foreign = NULL;
	struct best best = { .init = 0 };
	int r = check(set, err);

	if (r < 0)
		return r;
	if (frame == NULL)
		return err_no_memory(err);
	frame_init(frame, set, options);
	foreign = foreign_costs(frame);
	if (foreign == NULL)
		return err_no_memory(err);
	frame->foreign = foreign;
	r = find_best(&best, frame, options);
	if (r < 0)
		r = explain_error(r, set, err);
	else if (best.init == 0)
		r = err_set(err, -EINVAL, "no first automaton to learn from: inits %u",
			    options->inits);
	else
		r = extract(&best.t, ret_automaton, err);
	if (r == 0) {
		(*ret_automaton)->initial_bits = best.initial_bits;
		(*ret_automaton)->init = best.init;
		(*ret_automaton)->n_trials = best.n_trials;
	}
	tadam_done(&best.t);
	return r;
}
