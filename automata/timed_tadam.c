/* SPDX-License-Identifier: Apache-2.0 */
/* TADAM among the learners of timed words. */
#include "automata/timed_tadam.h"

#include <stdlib.h>

#include "automata/share.h"
#include "automata/tadam.h"
#include "base/detmath.h"
#include "base/mem.h"

struct timed_tadam {
	struct timed_model base;
	struct timed_automaton *automaton;
	struct tadam_scorer *scorer;
	struct timed_automaton *shared; /* the same, its edges dearer by their shares */
	struct tadam_scorer *shared_scorer;
	double spelled_part; /* of words */
	double new_bits;     /* saying that a symbol is one that no word had */
	uint8_t *known;	     /* n_symbols: whether some word had it */
};

static void tadam_free(struct timed_model *model)
{
	struct timed_tadam *tadam = (struct timed_tadam *)model;

	tadam_scorer_freep(&tadam->scorer);
	tadam_scorer_freep(&tadam->shared_scorer);
	timed_automaton_freep(&tadam->automaton);
	timed_automaton_freep(&tadam->shared);
	free(tadam->known);
	free(tadam);
}

/* A scorer whose edges cost their shares more. */
static int share(struct timed_tadam *tadam, struct err *err)
{
	const struct timed_automaton *a = tadam->automaton;
	struct timed_automaton *shared = mem_array(1, sizeof(*shared));

	tadam->shared = shared;
	if (shared == NULL)
		return err_no_memory(err);
	*shared = *a;
	shared->edges = mem_array(a->n_edges, sizeof(*shared->edges));
	if (shared->edges == NULL)
		return err_no_memory(err);
	for (uint32_t e = 0; e < a->n_edges; e++) {
		struct timed_edge *edge = &shared->edges[e];

		*edge = a->edges[e];
		edge->probability *= det_exp(-share_bits(a->n_states, a->n_symbols, edge->count) *
					     0.69314718055994530942);
	}
	return tadam_scorer_new(shared, &tadam->shared_scorer, err);
}

static int tadam_open(struct timed_tadam *tadam, const struct word_set *words, struct err *err)
{
	const struct tadam_options options = { 0 };
	const struct timed_automaton *a;
	double n;
	int r = tadam_learn(words, &options, &tadam->automaton, err);

	if (r == 0)
		r = tadam_scorer_new(tadam->automaton, &tadam->scorer, err);
	if (r == 0)
		r = share(tadam, err);
	if (r < 0)
		return r;
	a = tadam->automaton;
	tadam->base.n_states = a->n_states - 1;
	for (uint32_t e = 0; e < a->n_edges; e++)
		tadam->base.n_edges += a->edges[e].dst != TADAM_END;
	n = (double)(a->n_exact + a->n_repaired + a->n_spelled) + 1;
	tadam->spelled_part = ((double)a->n_spelled + 0.5) / n;
	tadam->known = mem_array(words->n_symbols, sizeof(*tadam->known));
	if (tadam->known == NULL)
		return err_no_memory(err);
	for (uint32_t i = 0; i < words->first[words->n_words]; i++)
		tadam->known[words->events[i].symbol] = 1;
	tadam->new_bits = det_log2((double)words->first[words->n_words] + 1);
	return 0;
}

static int learn(const struct word_set *words, struct timed_model **ret_model, struct err *err)
{
	struct timed_tadam *tadam = mem_array(1, sizeof(*tadam));
	int r;

	if (tadam == NULL)
		return err_no_memory(err);
	tadam->base.ops = &timed_learner_tadam;
	r = tadam_open(tadam, words, err);
	if (r < 0)
		tadam_free(&tadam->base);
	else
		*ret_model = &tadam->base;
	return r;
}

static int bits_by(const struct timed_tadam *tadam, struct tadam_scorer *scorer, struct word word,
		   double *ret_bits, struct err *err)
{
	int r = tadam_event_bits(scorer, &word, tadam->spelled_part, ret_bits, err);

	for (uint32_t i = 0; i < word.n_events && r == 0; i++)
		ret_bits[i] += tadam->known[word.events[i].symbol] ? 0 : tadam->new_bits;
	return r;
}

static int event_bits(const struct timed_model *model, struct word word, double *ret_bits,
		      struct err *err)
{
	const struct timed_tadam *tadam = (const struct timed_tadam *)model;

	return bits_by(tadam, tadam->scorer, word, ret_bits, err);
}

static int event_shared_bits(const struct timed_model *model, struct word word, double *ret_bits,
			     struct err *err)
{
	const struct timed_tadam *tadam = (const struct timed_tadam *)model;

	return bits_by(tadam, tadam->shared_scorer, word, ret_bits, err);
}

static int language(const struct timed_model *model, struct language **ret_language,
		    struct err *err)
{
	const struct timed_automaton *a = ((const struct timed_tadam *)model)->automaton;
	struct language *l;
	uint32_t n = 0;
	int r = language_new(a->n_symbols, a->n_states, model->n_edges, &l, err);

	if (r < 0)
		return r;
	for (uint32_t e = 0; e < a->n_edges; e++) {
		const struct timed_edge *edge = &a->edges[e];

		if (edge->dst == TADAM_END)
			l->end[edge->src] += edge->probability;
		else
			l->edges[n++] = (struct language_edge) { edge->src, edge->dst, edge->symbol,
								 edge->probability };
	}
	r = language_index(l, err);
	if (r < 0)
		language_freep(&l);
	else
		*ret_language = l;
	return r;
}

const struct timed_learner_ops timed_learner_tadam = {
	.name = "tadam",
	.summary = "shortest description of noisy words (TADAM)",
	.learn = learn,
	.event_bits = event_bits,
	.event_shared_bits = event_shared_bits,
	.language = language,
	.free = tadam_free,
};
