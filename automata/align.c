/* SPDX-License-Identifier: Apache-2.0 */
#include "automata/align.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "automata/code_length.h"
#include "base/mem.h"

enum { LIMIT_ITEMS = 1 << 28, ECHO = ALIGN_N_KINDS + 1 /* of Q: repeats the event before */ };

/* How a cell was reached. Of M: the kind; of Q: ALIGN_CLEAN or ECHO. */
struct align_back {
	uint32_t edge, second; /* indices in machine->edges */
	uint8_t kind;
};

/* First guess of what a word costs above the least that its events could, in bits of CODE_BIT, and
 * how much more every next one allows. */
enum { FIRST_SLACK = 32, MORE_SLACK = 4 };

/* One run. Rows are kept all, or the last three. */
struct run {
	const struct align_machine *m;
	const struct word *word;
	struct align_scratch *scratch;
	size_t width, n_rows;
	bool with_moves;
	int64_t limit; /* of the whole word */
	/* Of the row at hand: its costs, and the limit without the least that is to come. */
	int64_t *row, bound;
};

void align_machine_done(struct align_machine *machine)
{
	free(machine->edges);
	free(machine->first);
	free(machine->out);
	free(machine->first_out);
	memset(machine, 0, sizeof(*machine));
}

void align_scratch_done(struct align_scratch *scratch)
{
	free(scratch->costs);
	free(scratch->backs);
	free(scratch->moves);
	free(scratch->values);
	free(scratch->rest);
	free(scratch->closed);
	memset(scratch, 0, sizeof(*scratch));
}

static int reserve(struct align_machine *m, uint32_t n_edges, uint32_t n_states, uint32_t n_symbols)
{
	size_t need = n_edges > 0 ? n_edges : 1;
	int r = mem_grow(&m->edges, &m->edges_capacity, need, sizeof(*m->edges), LIMIT_ITEMS);

	if (r == 0)
		r = mem_grow(&m->out, &m->out_capacity, need, sizeof(*m->out), LIMIT_ITEMS);
	if (r == 0)
		r = mem_grow(&m->first_out, &m->states_capacity, (size_t)n_states + 1,
			     sizeof(*m->first_out), LIMIT_ITEMS);
	if (r == 0)
		r = mem_grow(&m->first, &m->symbols_capacity, (size_t)n_symbols + 2,
			     sizeof(*m->first), LIMIT_ITEMS);
	return r;
}

/* Prefix sums of counts kept in counts[i + 1]; returns the largest count. */
static uint32_t accumulate(uint32_t *counts, uint32_t n)
{
	uint32_t most = 0;

	for (uint32_t i = 1; i <= n; i++) {
		if (counts[i] > most)
			most = counts[i];
		counts[i] += counts[i - 1];
	}
	return most;
}

int align_machine_build(struct align_machine *machine, const struct align_edge *edges,
			uint32_t n_edges, uint32_t n_states, uint32_t n_symbols)
{
	struct align_machine *m = machine;
	int r = reserve(m, n_edges, n_states, n_symbols);

	if (r < 0)
		return r;
	m->n_states = n_states;
	m->n_edges = n_edges;
	m->n_symbols = n_symbols;
	memset(m->first, 0, ((size_t)n_symbols + 2) * sizeof(*m->first));
	memset(m->first_out, 0, ((size_t)n_states + 1) * sizeof(*m->first_out));
	for (uint32_t e = 0; e < n_edges; e++) {
		m->first[edges[e].symbol + 1]++;
		if (edges[e].symbol < n_symbols)
			m->first_out[edges[e].src + 1]++;
	}
	m->widest = accumulate(m->first, n_symbols + 1);
	accumulate(m->first_out, n_states);
	/* Counting sorts; first[] runs ahead and is shifted back. */
	for (uint32_t e = 0; e < n_edges; e++)
		m->edges[m->first[edges[e].symbol]++] = edges[e];
	memmove(m->first + 1, m->first, ((size_t)n_symbols + 1) * sizeof(*m->first));
	m->first[0] = 0;
	for (uint32_t e = 0; e < m->first[n_symbols]; e++)
		m->out[m->first_out[m->edges[e].src]++] = e;
	memmove(m->first_out + 1, m->first_out, (size_t)n_states * sizeof(*m->first_out));
	m->first_out[0] = 0;
	return 0;
}

static int64_t *row_m(const struct run *run, size_t l)
{
	return run->scratch->costs + l % run->n_rows * run->width;
}

static int64_t *row_q(const struct run *run, size_t l)
{
	return row_m(run, l) + run->m->n_states;
}

/* What event l costs by the edges of its symbol. */
static int64_t *row_values(const struct run *run, size_t l)
{
	return run->scratch->values + l % run->n_rows * (run->m->widest + 1);
}

static void note(const struct run *run, size_t l, size_t cell, uint8_t kind, uint32_t edge,
		 uint32_t second)
{
	if (run->with_moves)
		run->scratch->backs[l * run->width + cell] =
			(struct align_back) { .edge = edge, .second = second, .kind = kind };
}

/* Keeps the cheaper way into state s after l events. */
static bool offer(const struct run *run, size_t l, uint32_t s, int64_t cost, uint8_t kind,
		  uint32_t edge, uint32_t second)
{
	if (cost >= run->row[s] || cost > run->bound)
		return false;
	run->row[s] = cost;
	note(run, l, s, kind, edge, second);
	return true;
}

/* Omissions: edges taken without an event, until nothing gets cheaper. Costs are above 0, so this
 * ends. What a state leads to is looked at again only where it got cheaper since. */
static void close_row(const struct run *run, size_t l)
{
	const struct align_machine *m = run->m;
	const int64_t *row = run->row;
	int64_t *closed = run->scratch->closed;
	bool changed = m->kind_cost[ALIGN_OMISSION] < ALIGN_NEVER;

	for (uint32_t s = 0; s < m->n_states && changed; s++)
		closed[s] = run->bound - m->kind_cost[ALIGN_OMISSION] + 1;
	while (changed) {
		changed = false;
		for (uint32_t s = 0; s < m->n_states; s++) {
			const int64_t base = row[s] + m->kind_cost[ALIGN_OMISSION];

			if (row[s] >= closed[s])
				continue;
			closed[s] = row[s];
			for (uint32_t i = m->first_out[s]; i < m->first_out[s + 1]; i++) {
				const struct align_edge *e = &m->edges[m->out[i]];

				if (offer(run, l, e->dst, base + e->cost, ALIGN_OMISSION, m->out[i],
					  0))
					changed = true;
			}
		}
	}
}

/* Edges of a symbol; none of one that the automaton does not know. */
static uint32_t edges_end(const struct align_machine *m, uint32_t symbol, uint32_t *ret_first)
{
	*ret_first = symbol < m->n_symbols ? m->first[symbol] : 0;
	return symbol < m->n_symbols ? m->first[symbol + 1] : 0;
}

/* Event l (counted from 1) read by an edge, or as an echo of the event before it. */
static void read_event(const struct run *run, size_t l)
{
	const struct align_machine *m = run->m;
	const struct word_event *event = &run->word->events[l - 1];
	uint32_t first;
	const uint32_t end = edges_end(m, event->symbol, &first);
	const bool same = l > 1 && run->word->events[l - 2].symbol == event->symbol &&
			  m->kind_cost[ALIGN_REEMISSION] < ALIGN_NEVER;
	const int64_t *before = row_m(run, l - 1), *values = row_values(run, l);
	int64_t *q = row_q(run, l);

	for (uint32_t e = first; e < end; e++) {
		const struct align_edge *edge = &m->edges[e];
		int64_t clean = before[edge->src] + m->kind_cost[ALIGN_CLEAN] + edge->cost;
		int64_t echo = ALIGN_NEVER;

		if (same)
			echo = row_q(run, l - 1)[e - first] + m->kind_cost[ALIGN_REEMISSION];
		q[e - first] = ALIGN_NEVER;
		if (clean > run->bound && echo > run->bound)
			continue;
		q[e - first] = (clean <= echo ? clean : echo) + values[e - first];
		note(run, l, m->n_states + (e - first), clean <= echo ? ALIGN_CLEAN : ECHO, e, 0);
		offer(run, l, edge->dst, q[e - first], ALIGN_CLEAN, e, 0);
	}
}

/* Events l - 1 and l in the other order: `early` reads event l, `late` event l - 1. */
static void read_swapped(const struct run *run, size_t l)
{
	const struct align_machine *m = run->m;
	const struct word_event *event = &run->word->events[l - 1];
	const struct word_event *previous = event - 1;
	const int64_t *before = row_m(run, l - 2);
	const int64_t *values = row_values(run, l), *values_late = row_values(run, l - 1);
	uint32_t first, first_late;
	const uint32_t end = edges_end(m, event->symbol, &first);

	edges_end(m, previous->symbol, &first_late);
	for (uint32_t e = first; e < end; e++) {
		const struct align_edge *early = &m->edges[e];
		int64_t base = before[early->src] + m->kind_cost[ALIGN_TRANSPOSITION] + early->cost;

		if (base > run->bound)
			continue;
		base += values[e - first];
		for (uint32_t i = m->first_out[early->dst]; i < m->first_out[early->dst + 1]; i++) {
			const struct align_edge *late = &m->edges[m->out[i]];

			if (late->symbol == previous->symbol && base + late->cost <= run->bound)
				offer(run, l, late->dst,
				      base + late->cost + values_late[m->out[i] - first_late],
				      ALIGN_TRANSPOSITION, e, m->out[i]);
		}
	}
}

/* What event l costs by each edge of its symbol. */
static void value_row(const struct run *run, size_t l)
{
	const struct align_machine *m = run->m;
	const struct word_event *event = &run->word->events[l - 1];
	int64_t *values = row_values(run, l);
	uint32_t first;
	const uint32_t end = edges_end(m, event->symbol, &first);

	for (uint32_t e = first; e < end; e++)
		values[e - first] = m->value_cost(m->context, m->edges[e].name, event);
}

static void fill_row(const struct run *run, size_t l)
{
	const struct align_machine *m = run->m;
	const struct word_event *events = run->word->events;
	for (uint32_t s = 0; s < m->n_states; s++)
		run->row[s] = ALIGN_NEVER;
	if (!run->with_moves)
		value_row(run, l);
	read_event(run, l);
	if (l > 1 && events[l - 1].symbol != events[l - 2].symbol &&
	    m->kind_cost[ALIGN_TRANSPOSITION] < ALIGN_NEVER)
		read_swapped(run, l);
	if (m->kind_cost[ALIGN_ADDITION] < ALIGN_NEVER) {
		const int64_t cost =
			m->kind_cost[ALIGN_ADDITION] + m->foreign_cost(m->context, &events[l - 1]);
		const int64_t *before = row_m(run, l - 1);

		for (uint32_t s = 0; s < m->n_states; s++)
			offer(run, l, s, before[s] + cost, ALIGN_ADDITION, 0, 0);
	}
	close_row(run, l);
}

/* The cheapest end: its edge, or with open_end its state, in *ret_end. */
static int64_t finish(const struct run *run, uint32_t *ret_end)
{
	const struct align_machine *m = run->m;
	const int64_t *row = row_m(run, run->word->n_events);
	int64_t best = run->limit + 1;

	for (uint32_t s = 0; m->open_end && s < m->n_states; s++) {
		if (row[s] < best) {
			best = row[s];
			*ret_end = s;
		}
	}
	for (uint32_t e = m->first[m->n_symbols]; !m->open_end && e < m->n_edges; e++) {
		const int64_t cost =
			row[m->edges[e].src] + m->kind_cost[ALIGN_CLEAN] + m->edges[e].cost;

		if (cost < best) {
			best = cost;
			*ret_end = e;
		}
	}
	return best;
}

/* The least that event l may cost, however it is read. */
static int64_t least_of(const struct run *run, size_t l)
{
	const struct align_machine *m = run->m;
	const struct word_event *event = &run->word->events[l - 1];
	const int64_t *values = row_values(run, l), *kind = m->kind_cost;
	const bool same = l > 1 && event[-1].symbol == event->symbol;
	int64_t read = ALIGN_NEVER, value = ALIGN_NEVER, least = ALIGN_NEVER;
	uint32_t first;
	const uint32_t end = edges_end(m, event->symbol, &first);

	for (uint32_t e = first; e < end; e++) {
		if (values[e - first] < value)
			value = values[e - first];
		if (values[e - first] + m->edges[e].cost < read)
			read = values[e - first] + m->edges[e].cost;
	}
	if (kind[ALIGN_ADDITION] < ALIGN_NEVER)
		least = kind[ALIGN_ADDITION] + m->foreign_cost(m->context, event);
	/* Two events share what a transposition costs. */
	read += kind[ALIGN_CLEAN] < kind[ALIGN_TRANSPOSITION] / 2 ? kind[ALIGN_CLEAN]
								  : kind[ALIGN_TRANSPOSITION] / 2;
	if (read < least)
		least = read;
	if (same && value + kind[ALIGN_REEMISSION] < least)
		least = value + kind[ALIGN_REEMISSION];
	return least;
}

/* rest[l]: the least that all after event l may cost. Paths that cannot keep the limit with it are
 * not followed, which leaves few; the cheapest, and which of two equal ones is found, stay the
 * same. */
static int look_ahead(struct run *run)
{
	const struct align_machine *m = run->m;
	const size_t n = run->word->n_events;
	int64_t least = m->open_end ? 0 : ALIGN_NEVER;
	int64_t *rest;

	if (mem_grow(&run->scratch->rest, &run->scratch->rest_capacity, n + 1, sizeof(*rest),
		     LIMIT_ITEMS) < 0)
		return -ENOMEM;
	rest = run->scratch->rest;
	for (uint32_t e = m->first[m->n_symbols]; !m->open_end && e < m->n_edges; e++) {
		if (m->kind_cost[ALIGN_CLEAN] + m->edges[e].cost < least)
			least = m->kind_cost[ALIGN_CLEAN] + m->edges[e].cost;
	}
	rest[n] = least;
	for (size_t l = n; l > 0; l--) {
		value_row(run, l);
		least = least_of(run, l);
		rest[l - 1] = rest[l] < ALIGN_NEVER - least ? rest[l] + least : ALIGN_NEVER;
	}
	return 0;
}

/* All rows under the run's limit; returns the cost, above the limit where there is no way. */
static int64_t fill_rows(struct run *run, uint32_t *ret_end)
{
	const struct align_machine *m = run->m;
	const int64_t *rest = run->scratch->rest;
	run->row = row_m(run, 0);
	for (uint32_t s = 0; s < m->n_states; s++)
		run->row[s] = ALIGN_NEVER;
	run->row[m->start] = 0;
	run->bound = run->limit - (run->with_moves ? rest[0] : 0);
	close_row(run, 0);
	for (size_t l = 1; l <= run->word->n_events; l++) {
		run->row = row_m(run, l);
		run->bound = run->limit - (run->with_moves ? rest[l] : 0);
		fill_row(run, l);
	}
	return finish(run, ret_end);
}

static int run_word(struct run *run, int64_t *ret_cost, uint32_t *ret_end)
{
	const struct align_machine *m = run->m;
	struct align_scratch *scratch = run->scratch;
	const size_t n = (size_t)run->word->n_events + 1;
	const int64_t limit = run->limit;
	int64_t slack = (int64_t)FIRST_SLACK * CODE_BIT;
	int r;

	run->width = (size_t)m->n_states + m->widest;
	run->n_rows = run->with_moves || n < 3 ? n : 3;
	if (run->with_moves && n > ALIGN_LIMIT_CELLS / (run->width + 1))
		return -E2BIG;
	r = mem_grow(&scratch->costs, &scratch->costs_capacity, run->n_rows * run->width,
		     sizeof(*scratch->costs), LIMIT_ITEMS);
	if (r == 0)
		r = mem_grow(&scratch->values, &scratch->values_capacity,
			     run->n_rows * ((size_t)m->widest + 1), sizeof(*scratch->values),
			     LIMIT_ITEMS);
	if (r == 0)
		r = mem_grow(&scratch->closed, &scratch->closed_capacity, (size_t)m->n_states + 1,
			     sizeof(*scratch->closed), LIMIT_ITEMS);
	if (r == 0 && run->with_moves)
		r = mem_grow(&scratch->backs, &scratch->backs_capacity, n * run->width,
			     sizeof(*scratch->backs), LIMIT_ITEMS);
	if (r == 0 && run->with_moves)
		r = look_ahead(run);
	if (r < 0)
		return r;
	/* Under a low limit there is little to do; most words keep the first. */
	do {
		if (run->with_moves && scratch->rest[0] < limit - slack)
			run->limit = scratch->rest[0] + slack;
		else
			run->limit = limit;
		*ret_cost = fill_rows(run, ret_end);
		slack *= MORE_SLACK;
	} while (*ret_cost > run->limit && run->limit < limit);
	return *ret_cost > run->limit ? -ENOENT : 0;
}

int align_cost(const struct align_machine *machine, struct align_scratch *scratch,
	       const struct word *word, int64_t limit, int64_t *ret_cost)
{
	struct run run = { .m = machine, .word = word, .scratch = scratch, .limit = limit };
	uint32_t end;
	int64_t cost;
	int r = run_word(&run, &cost, &end);

	if (r == 0)
		*ret_cost = cost;
	return r;
}

/* Puts a move in front of those already found. */
static int push(struct align_scratch *scratch, size_t *n, uint8_t kind, uint32_t edge,
		uint32_t event)
{
	int r = mem_grow(&scratch->moves, &scratch->moves_capacity, *n + 1, sizeof(*scratch->moves),
			 LIMIT_ITEMS);

	if (r == 0)
		scratch->moves[(*n)++] = (struct align_move) { edge, event, kind };
	return r;
}

/* One cell back from (l, s), with its moves pushed. An event read by an edge leads through Q, where
 * echoes of it come first. */
static int step_back(const struct run *run, size_t *l, uint32_t *s, size_t *n)
{
	const struct align_machine *m = run->m;
	const struct align_back *back = &run->scratch->backs[*l * run->width + *s];
	const struct align_edge *edge = &m->edges[back->edge];
	const uint32_t cell = m->n_states + back->edge - m->first[edge->symbol];
	int r = 0;

	switch (back->kind) {
	case ALIGN_OMISSION:
		*s = edge->src;
		return push(run->scratch, n, ALIGN_OMISSION, edge->name, ALIGN_NO_EVENT);
	case ALIGN_ADDITION:
		*l -= 1;
		return push(run->scratch, n, ALIGN_ADDITION, ALIGN_NO_EVENT, (uint32_t)*l);
	case ALIGN_TRANSPOSITION:
		*s = edge->src;
		*l -= 2;
		r = push(run->scratch, n, ALIGN_SECOND, m->edges[back->second].name, (uint32_t)*l);
		return r < 0 ? r
			     : push(run->scratch, n, ALIGN_TRANSPOSITION, edge->name,
				    (uint32_t)*l + 1);
	default:
		for (; run->scratch->backs[*l * run->width + cell].kind == ECHO && r == 0; *l -= 1)
			r = push(run->scratch, n, ALIGN_REEMISSION, edge->name, (uint32_t)*l - 1);
		*l -= 1;
		*s = edge->src;
		return r < 0 ? r : push(run->scratch, n, ALIGN_CLEAN, edge->name, (uint32_t)*l);
	}
}

int align_word(const struct align_machine *machine, struct align_scratch *scratch,
	       const struct word *word, int64_t limit, int64_t *ret_cost, size_t *ret_n_moves)
{
	struct run run = {
		.m = machine, .word = word, .scratch = scratch, .limit = limit, .with_moves = true
	};
	size_t n = 0, l = word->n_events;
	uint32_t s = 0;
	int64_t cost;
	int r = run_word(&run, &cost, &s);

	if (r == 0 && !machine->open_end) {
		r = push(scratch, &n, ALIGN_CLEAN, machine->edges[s].name, word->n_events);
		s = machine->edges[s].src;
	}
	if (r < 0)
		return r;
	/* The start is the only cell that nothing led to: row 0 has omissions only. */
	while (r == 0 && (l > 0 || s != machine->start))
		r = step_back(&run, &l, &s, &n);
	if (r < 0)
		return r;
	for (size_t i = 0; i < n / 2; i++) {
		struct align_move move = scratch->moves[i];

		scratch->moves[i] = scratch->moves[n - 1 - i];
		scratch->moves[n - 1 - i] = move;
	}
	*ret_cost = cost;
	*ret_n_moves = n;
	return 0;
}
