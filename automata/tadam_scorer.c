/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <stdlib.h>

#include "automata/align_sum.h"
#include "automata/code_length.h"
#include "automata/tadam.h"
#include "base/detmath.h"
#include "base/mem.h"

enum { PIECE = 1 << 13 /* most events traced at once */, LIMIT_STATES = 1 << 30 };

struct tadam_scorer {
	const struct timed_automaton *automaton;
	struct align_machine machine;
	struct align_scratch scratch;
	struct align_sum sum;
	struct code_normal normal;
	double (*inverse_deviation)[WORD_MAX_VALUES];
	bool untimed;
	uint32_t *states; /* of the last trace */
	size_t states_capacity;
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
		align_sum_done(&(*scorer)->sum);
		free((*scorer)->inverse_deviation);
		free((*scorer)->states);
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

/* log2(2^a + 2^b) */
static double log2_of_sum(double a, double b)
{
	const double high = a > b ? a : b, low = a > b ? b : a;

	return high + det_log2(1 + det_exp((low - high) * 0.69314718055994530942));
}

int tadam_event_bits(struct tadam_scorer *scorer, const struct word *word, double spelled_part,
		     double *ret_bits, struct err *err)
{
	double spelled = det_log2(spelled_part), read = det_log2(1 - spelled_part), before = 0;

	set_noise(scorer, true);
	if (align_sum_word(&scorer->machine, &scorer->sum, word, ret_bits) < 0)
		return err_no_memory(err);
	for (uint32_t i = 0; i <= word->n_events; i++) {
		double after;

		spelled -= i < word->n_events ? code_in_bits(foreign_cost(scorer, &word->events[i]))
					      : code_log2((double)scorer->automaton->n_symbols + 1);
		after = log2_of_sum(read + ret_bits[i], spelled);
		/* Never above what came before, but for the last digit. */
		ret_bits[i] = before > after ? before - after : 0;
		before = after;
	}
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

/* The states after the events of one piece, which starts in state `at`; *at: after the last. */
static void states_of(const struct tadam_scorer *s, size_t n_moves, uint32_t n_events, uint32_t *at,
		      uint32_t *states)
{
	uint32_t last = 0; /* events whose state is known */

	for (size_t i = 0; i < n_moves; i++) {
		const struct align_move *move = &s->scratch.moves[i];
		uint32_t end = move->event == ALIGN_NO_EVENT ? last : move->event + 1;

		if (end > n_events)
			break;
		if (move->kind == ALIGN_TRANSPOSITION) {
			states[last++] = *at;
			continue; /* its second event comes with the second move */
		}
		if (move->kind != ALIGN_ADDITION && move->kind != ALIGN_REEMISSION)
			*at = s->automaton->edges[move->edge].dst;
		if (move->kind == ALIGN_SECOND)
			end++;
		for (; last < end; last++)
			states[last] = *at;
	}
	for (; last < n_events; last++)
		states[last] = *at;
}

int tadam_trace(struct tadam_scorer *scorer, const struct word *word, const uint32_t **ret_states,
		struct err *err)
{
	struct align_machine *m = &scorer->machine;
	const uint32_t fits = ALIGN_LIMIT_CELLS / (m->n_states + m->widest + 2) - 2;
	const uint32_t most = fits < PIECE ? fits : PIECE;
	uint32_t at = TADAM_START;
	int r = mem_grow(&scorer->states, &scorer->states_capacity, (size_t)word->n_events + 1,
			 sizeof(*scorer->states), LIMIT_STATES);

	if (r < 0)
		return err_no_memory(err);
	set_noise(scorer, true);
	for (uint32_t begin = 0; begin < word->n_events && r == 0; begin += most) {
		const uint32_t left = word->n_events - begin;
		const struct word piece = { word->events + begin, left < most ? left : most };
		size_t n_moves = 0;
		int64_t cost;

		m->start = at;
		m->open_end = left > most;
		r = align_word(m, &scorer->scratch, &piece, ALIGN_NEVER - 1, &cost, &n_moves);
		if (r == -ENOENT || r == -E2BIG)
			r = 0;
		if (r == 0)
			states_of(scorer, n_moves, piece.n_events, &at, scorer->states + begin);
	}
	m->start = TADAM_START;
	m->open_end = false;
	if (r < 0)
		return err_no_memory(err);
	*ret_states = scorer->states;
	return 0;
}
