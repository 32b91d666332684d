/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <stdlib.h>

#include "automata/code_length.h"
#include "automata/tadam.h"
#include "base/detmath.h"
#include "base/mem.h"

struct tadam_scorer {
	const struct timed_automaton *automaton;
	struct align_machine machine;
	struct align_scratch scratch;
	struct code_normal normal;
	double (*inverse_deviation)[WORD_MAX_VALUES];
	bool untimed;
};

static int64_t value_cost(const void *context, uint32_t name, const struct word_event *event)
{
	const struct tadam_scorer *s = context;
	int64_t cost = 0;

	for (uint32_t k = 0; k < s->automaton->n_values && !s->untimed; k++)
		cost += code_normal_value(&s->normal, s->automaton->edges[name].mean[k],
					  s->inverse_deviation[name][k], event->value[k]);
	return cost;
}

static int64_t foreign_cost(const void *context, const struct word_event *event)
{
	const struct tadam_scorer *s = context;
	double bits = code_log2((double)s->automaton->n_symbols + 1);

	for (uint32_t k = 0; k < s->automaton->n_values; k++)
		bits += code_integer(event->value[k], false);
	return code_of_bits(bits);
}

static int64_t spelled_cost(const struct tadam_scorer *s, const struct word *word)
{
	int64_t cost = code_of_bits(code_log2((double)s->automaton->n_symbols + 1));

	for (uint32_t i = 0; i < word->n_events; i++)
		cost += foreign_cost(s, &word->events[i]);
	return cost;
}

static void set_noise(struct tadam_scorer *s, bool noisy)
{
	for (int k = 0; k < ALIGN_N_KINDS; k++) {
		if (!noisy)
			s->machine.kind_cost[k] = k == ALIGN_CLEAN ? 0 : ALIGN_NEVER;
		else if (s->automaton->noise[k] > 0)
			s->machine.kind_cost[k] = code_of_bits(-det_log2(s->automaton->noise[k]));
		else
			s->machine.kind_cost[k] = ALIGN_NEVER;
	}
}

void tadam_scorer_freep(struct tadam_scorer **scorer)
{
	if (*scorer != NULL) {
		align_machine_done(&(*scorer)->machine);
		align_scratch_done(&(*scorer)->scratch);
		free((*scorer)->inverse_deviation);
	}
	free(*scorer);
	*scorer = NULL;
}

int tadam_scorer_new(const struct timed_automaton *automaton, struct tadam_scorer **ret_scorer,
		     struct err *err)
{
	CLEANUP(tadam_scorer_freep) struct tadam_scorer *s = mem_array(1, sizeof(*s));
	CLEANUP(freep)
	struct align_edge *edges = mem_array(automaton->n_edges, sizeof(*edges));

	if (s != NULL)
		s->inverse_deviation = mem_array(automaton->n_edges, sizeof(*s->inverse_deviation));
	if (s == NULL || edges == NULL || s->inverse_deviation == NULL)
		return err_no_memory(err);
	s->automaton = automaton;
	code_normal_init(&s->normal);
	for (uint32_t e = 0; e < automaton->n_edges; e++) {
		const struct timed_edge *edge = &automaton->edges[e];

		edges[e] = (struct align_edge) { edge->src, edge->dst, edge->symbol, e,
						 code_of_bits(-det_log2(edge->probability)) };
		for (uint32_t k = 0; k < automaton->n_values; k++)
			s->inverse_deviation[e][k] = 1 / det_sqrt(edge->variance[k]);
	}
	s->machine.start = TADAM_START;
	s->machine.value_cost = value_cost;
	s->machine.foreign_cost = foreign_cost;
	s->machine.context = s;
	if (align_machine_build(&s->machine, edges, automaton->n_edges, automaton->n_states,
				automaton->n_symbols) < 0)
		return err_no_memory(err);
	*ret_scorer = take(&s);
	return 0;
}

int tadam_word_bits(struct tadam_scorer *scorer, const struct word *word, double *ret_bits,
		    struct err *err)
{
	int64_t cost = spelled_cost(scorer, word);
	int r;

	set_noise(scorer, true);
	r = align_cost(&scorer->machine, &scorer->scratch, word, cost, &cost);
	if (r < 0 && r != -ENOENT)
		return err_no_memory(err);
	*ret_bits = code_in_bits(cost);
	return 0;
}

int tadam_word_log2(struct tadam_scorer *scorer, const struct word *word, bool timed,
		    double *ret_log2, struct err *err)
{
	int64_t cost = (int64_t)-TADAM_LEAST_LOG2 * CODE_BIT;
	int r;

	set_noise(scorer, false);
	scorer->untimed = !timed;
	r = align_cost(&scorer->machine, &scorer->scratch, word, cost, &cost);
	scorer->untimed = false;
	if (r < 0 && r != -ENOENT)
		return err_no_memory(err);
	*ret_log2 = -code_in_bits(cost);
	return 0;
}

int tadam_align(struct tadam_scorer *scorer, const struct word *word,
		const struct align_move **ret_moves, size_t *ret_n, struct err *err)
{
	int64_t cost;
	int r;

	set_noise(scorer, true);
	r = align_word(&scorer->machine, &scorer->scratch, word, spelled_cost(scorer, word), &cost,
		       ret_n);
	if (r == -ENOENT)
		*ret_n = 0;
	else if (r == -E2BIG)
		return err_set(err, r, "%u events are too many to align", word->n_events);
	else if (r < 0)
		return err_no_memory(err);
	*ret_moves = scorer->scratch.moves;
	return 0;
}
