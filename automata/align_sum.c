/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Row l has, for each state, the probability of being there after l events, omissions that follow
 * included, and for each edge of event l's symbol that of having read it by that edge or as an echo
 * of it. Rows are scaled as they come, the one before with them, for a swap reaches back two.
 */
#include "automata/align_sum.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "automata/code_length.h"
#include "base/detmath.h"
#include "base/mem.h"

enum { LIMIT_ITEMS = 1 << 28, N_ROWS = 3, MOST_OMISSIONS = 48 /* in a row */ };

/* Of a row's sum: omissions less likely than that are not followed. */
#define LEAST_PART 1e-12

struct run {
	const struct align_machine *m;
	const struct word *word;
	const double *choice;
	double kind[ALIGN_N_KINDS];
	double *rows, *work; /* work: 2 n_states */
	size_t width;
};

void align_sum_done(struct align_sum *sum)
{
	free(sum->rows);
	free(sum->choice);
	memset(sum, 0, sizeof(*sum));
}

static double probability_of(int64_t cost)
{
	return cost >= ALIGN_NEVER ? 0 : det_exp(-code_in_bits(cost) * 0.69314718055994530942);
}

static double *row_m(const struct run *run, size_t l)
{
	return run->rows + l % N_ROWS * run->width;
}

static double *row_q(const struct run *run, size_t l)
{
	return row_m(run, l) + run->m->n_states;
}

static uint32_t edges_end(const struct align_machine *m, uint32_t symbol, uint32_t *ret_first)
{
	*ret_first = symbol < m->n_symbols ? m->first[symbol] : 0;
	return symbol < m->n_symbols ? m->first[symbol + 1] : 0;
}

static double value_of(const struct run *run, const struct align_edge *edge,
		       const struct word_event *event)
{
	return probability_of(run->m->value_cost(run->m->context, edge->name, event));
}

/* Event l (counted from 1) read by an edge, or as an echo of the event before it. */
static void read_event(const struct run *run, size_t l)
{
	const struct align_machine *m = run->m;
	const struct word_event *event = &run->word->events[l - 1];
	const bool same = l > 1 && run->word->events[l - 2].symbol == event->symbol;
	const double *before = row_m(run, l - 1), *echo = row_q(run, l - 1);
	double *row = row_m(run, l), *q = row_q(run, l);
	uint32_t first;
	const uint32_t end = edges_end(m, event->symbol, &first);

	for (uint32_t e = first; e < end; e++) {
		const struct align_edge *edge = &m->edges[e];
		double p = before[edge->src] * run->kind[ALIGN_CLEAN] * run->choice[e];

		if (same)
			p += echo[e - first] * run->kind[ALIGN_REEMISSION];
		q[e - first] = p > 0 ? p * value_of(run, edge, event) : 0;
		row[edge->dst] += q[e - first];
	}
}

/* Events l - 1 and l in the other order: `early` reads event l, `late` event l - 1. */
static void read_swapped(const struct run *run, size_t l)
{
	const struct align_machine *m = run->m;
	const struct word_event *event = &run->word->events[l - 1], *previous = event - 1;
	const double *before = row_m(run, l - 2);
	double *row = row_m(run, l);
	uint32_t first;
	const uint32_t end = edges_end(m, event->symbol, &first);

	for (uint32_t e = first; e < end; e++) {
		const struct align_edge *early = &m->edges[e];
		double p = before[early->src] * run->kind[ALIGN_TRANSPOSITION] * run->choice[e];

		if (p <= 0)
			continue;
		p *= value_of(run, early, event);
		for (uint32_t i = m->first_out[early->dst]; i < m->first_out[early->dst + 1]; i++) {
			const struct align_edge *late = &m->edges[m->out[i]];

			if (late->symbol == previous->symbol)
				row[late->dst] +=
					p * run->choice[m->out[i]] * value_of(run, late, previous);
		}
	}
}

/* Event l as the first of two that change places, whatever the second will be: the probability of
 * words that go on so. */
static double half_swapped(const struct run *run, size_t l)
{
	const struct align_machine *m = run->m;
	const struct word_event *event = &run->word->events[l - 1];
	const double *before = row_m(run, l - 1);
	double *into = run->work, sum = 0;
	uint32_t first;
	const uint32_t end = edges_end(m, event->symbol, &first);

	if (run->kind[ALIGN_TRANSPOSITION] <= 0)
		return 0;
	memset(into, 0, m->n_states * sizeof(*into));
	for (uint32_t e = 0; e < m->first[m->n_symbols]; e++) {
		if (m->edges[e].symbol != event->symbol)
			into[m->edges[e].dst] += before[m->edges[e].src] * run->choice[e];
	}
	for (uint32_t e = first; e < end; e++) {
		if (into[m->edges[e].src] > 0)
			sum += into[m->edges[e].src] * run->choice[e] *
			       value_of(run, &m->edges[e], event);
	}
	return sum * run->kind[ALIGN_TRANSPOSITION];
}

/* Omissions after l events: edges taken without an event, one, two .. of them. */
static void add_omissions(const struct run *run, size_t l)
{
	const struct align_machine *m = run->m;
	double *row = row_m(run, l), *at = run->work, *next = run->work + m->n_states;
	double left = 1, all = 0;

	memcpy(at, row, m->n_states * sizeof(*at));
	for (uint32_t s = 0; s < m->n_states; s++)
		all += row[s];
	for (int i = 0; i < MOST_OMISSIONS && left > LEAST_PART * all; i++) {
		double *swap = at;

		memset(next, 0, m->n_states * sizeof(*next));
		for (uint32_t e = 0; e < m->first[m->n_symbols]; e++)
			next[m->edges[e].dst] += at[m->edges[e].src] * run->choice[e];
		left = 0;
		for (uint32_t s = 0; s < m->n_states; s++) {
			next[s] *= run->kind[ALIGN_OMISSION];
			row[s] += next[s];
			left += next[s];
		}
		at = next;
		next = swap;
	}
}

static void scale(double *row, size_t width, double factor)
{
	for (size_t i = 0; i < width; i++)
		row[i] *= factor;
}

/* Fills row l and scales it: *log2_scale becomes log2 of the probability of the first l events.
 * False: that is 0. */
static bool fill_row(const struct run *run, size_t l, double *log2_scale)
{
	const struct align_machine *m = run->m;
	const struct word_event *events = run->word->events;
	const double *before = row_m(run, l - 1);
	double *row = row_m(run, l), sum;

	memset(row, 0, run->width * sizeof(*row));
	read_event(run, l);
	if (l > 1 && events[l - 1].symbol != events[l - 2].symbol &&
	    run->kind[ALIGN_TRANSPOSITION] > 0)
		read_swapped(run, l);
	if (run->kind[ALIGN_ADDITION] > 0) {
		const double p = run->kind[ALIGN_ADDITION] *
				 probability_of(m->foreign_cost(m->context, &events[l - 1]));

		for (uint32_t s = 0; s < m->n_states; s++)
			row[s] += before[s] * p;
	}
	sum = half_swapped(run, l);
	for (uint32_t s = 0; s < m->n_states; s++)
		sum += row[s];
	if (sum <= 0)
		return false;
	add_omissions(run, l);
	scale(row, run->width, 1 / sum);
	scale(row_m(run, l - 1), run->width, 1 / sum);
	*log2_scale += det_log2(sum);
	return true;
}

static int room(struct run *run, struct align_sum *sum)
{
	const struct align_machine *m = run->m;
	int r;

	run->width = (size_t)m->n_states + m->widest;
	r = mem_grow(&sum->rows, &sum->rows_capacity, N_ROWS * run->width + 2 * m->n_states,
		     sizeof(*sum->rows), LIMIT_ITEMS);
	if (r == 0)
		r = mem_grow(&sum->choice, &sum->choice_capacity, (size_t)m->n_edges + 1,
			     sizeof(*sum->choice), LIMIT_ITEMS);
	if (r < 0)
		return r;
	for (uint32_t e = 0; e < m->n_edges; e++)
		sum->choice[e] = probability_of(m->edges[e].cost);
	for (int k = 0; k < ALIGN_N_KINDS; k++)
		run->kind[k] = probability_of(m->kind_cost[k]);
	run->choice = sum->choice;
	run->rows = sum->rows;
	run->work = sum->rows + N_ROWS * run->width;
	return 0;
}

int align_sum_word(const struct align_machine *machine, struct align_sum *sum,
		   const struct word *word, double *ret_log2)
{
	const struct align_machine *m = machine;
	struct run run = { .m = machine, .word = word };
	double log2_scale = 0, end = 0;
	int r = room(&run, sum);

	if (r < 0)
		return r;
	for (uint32_t i = 0; i <= word->n_events; i++)
		ret_log2[i] = ALIGN_SUM_NEVER;
	memset(run.rows, 0, N_ROWS * run.width * sizeof(*run.rows));
	row_m(&run, 0)[m->start] = 1;
	add_omissions(&run, 0);
	for (uint32_t l = 1; l <= word->n_events; l++) {
		if (!fill_row(&run, l, &log2_scale))
			return 0;
		ret_log2[l - 1] = log2_scale;
	}
	for (uint32_t e = m->first[m->n_symbols]; e < m->n_edges; e++)
		end += row_m(&run, word->n_events)[m->edges[e].src] * run.kind[ALIGN_CLEAN] *
		       run.choice[e];
	if (end > 0)
		ret_log2[word->n_events] = log2_scale + det_log2(end);
	return 0;
}
