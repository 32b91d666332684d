/* SPDX-License-Identifier: Apache-2.0 */
#include "automata/tadam.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "automata/edge_order.h"
#include "automata/tadam_internal.h"
#include "base/detmath.h"
#include "base/mem.h"

enum {
	LIMIT_WORDS = 1 << 26,
	/* Fewer events are searched in every order from the pairs: there is time, and less to tell
	 * a good way from a bad one. */
	FEW_EVENTS = 1500,
};

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

static int learn_from(const struct tadam_frame *frame, const struct tadam_options *options,
		      uint32_t init, enum tadam_order order, struct timed_automaton **ret_automaton,
		      struct err *err)
{
	struct tadam t = { 0 };
	uint64_t n_trials = 0;
	double initial_bits = 0;
	int r = tadam_start(&t, frame, init);

	if (r == 0) {
		initial_bits = code_in_bits(tadam_score(&t));
		r = tadam_search(&t, options, order, &n_trials);
	}
	if (r == -ENOMEM)
		err_no_memory(err);
	else if (r == -EINTR)
		err_set(err, r, "interrupted");
	else if (r < 0)
		err_set(err, r, "learning from %llu words: the automaton grows too large",
			(unsigned long long)frame->n_words);
	if (r == 0)
		r = extract(&t, ret_automaton, err);
	if (r == 0) {
		(*ret_automaton)->initial_bits = initial_bits;
		(*ret_automaton)->init = init;
		(*ret_automaton)->n_trials = n_trials;
	}
	tadam_done(&t);
	return r;
}

/* Learns from one first automaton in every order that is worth it; *best is what is shortest. */
static int try_init(const struct tadam_frame *frame, const struct tadam_options *options,
		    uint32_t init, struct timed_automaton **best, uint64_t *n_trials,
		    struct err *err)
{
	const struct word_set *set = frame->set;
	const bool all_orders = init == TADAM_TWO_SYMBOLS && set->first[set->n_words] <= FEW_EVENTS;

	for (int order = 0; order < (all_orders ? TADAM_N_ORDERS : 1); order++) {
		CLEANUP(timed_automaton_freep) struct timed_automaton *a = NULL;
		int r = learn_from(frame, options, init, (enum tadam_order)order, &a, err);

		if (r < 0)
			return r;
		*n_trials += a->n_trials;
		if (*best == NULL || a->bits < (*best)->bits) {
			timed_automaton_freep(best);
			*best = take(&a);
		}
	}
	return 0;
}

int tadam_learn(const struct word_set *set, const struct tadam_options *options,
		struct timed_automaton **ret_automaton, struct err *err)
{
	CLEANUP(timed_automaton_freep) struct timed_automaton *best = NULL;
	CLEANUP(freep) struct tadam_frame *frame = mem_array(1, sizeof(*frame));
	const uint32_t inits = options->inits == 0 ? TADAM_ALL_INITS : options->inits;
	uint64_t n_trials = 0;
	int r = check(set, err);

	if (r < 0)
		return r;
	if (frame == NULL)
		return err_no_memory(err);
	frame_init(frame, set, options);
	for (uint32_t init = 1; init <= TADAM_TWO_SYMBOLS && r == 0; init <<= 1) {
		if ((inits & init) != 0)
			r = try_init(frame, options, init, &best, &n_trials, err);
	}
	if (r < 0)
		return r;
	if (best == NULL)
		return err_set(err, -EINVAL, "no first automaton to learn from: inits %u", inits);
	best->n_trials = n_trials;
	*ret_automaton = take(&best);
	return 0;
}
