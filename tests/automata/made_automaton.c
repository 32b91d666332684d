/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/automata/made_words.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/rng.h"

enum {
	MAX_OUT = 3,
	MIN_LENGTH = 6,
	MAX_LENGTH = 14,
	WANTED_LENGTH = 10,
	SWEEPS = 2000, /* of the mean length's equations */
	TRIES = 10000, /* structures drawn before giving up */
};

static void *room(size_t n, size_t size)
{
	void *memory = mem_array(n, size);

	if (memory == NULL)
		abort();
	return memory;
}

static double uniform(struct rng *rng)
{
	return (rng_u32(rng) + 0.5) / 4294967296.0;
}

void made_automaton_freep(struct made_automaton **made)
{
	if (*made == NULL)
		return;
	free((*made)->edges);
	free((*made)->first_edge);
	free((*made)->end);
	free(*made);
	*made = NULL;
}

static uint32_t out_degree(const struct made_automaton *m, uint32_t state)
{
	uint32_t n = 0;

	for (uint32_t e = 0; e < m->n_edges; e++)
		n += m->edges[e].src == state;
	return n;
}

static bool has_symbol(const struct made_automaton *m, uint32_t state, uint32_t symbol)
{
	for (uint32_t e = 0; e < m->n_edges; e++) {
		if (m->edges[e].src == state && m->edges[e].symbol == symbol)
			return true;
	}
	return false;
}

static void add_edge(struct made_automaton *m, uint32_t src, uint32_t dst, struct rng *rng)
{
	struct made_edge *edge = &m->edges[m->n_edges];
	const double mean = 5 + rng_below(rng, 60);
	uint32_t symbol;

	do {
		symbol = rng_below(rng, m->n_symbols);
	} while (has_symbol(m, src, symbol));
	*edge = (struct made_edge) { src,    dst,
				     symbol, 1 + rng_below(rng, 4),
				     mean,   1 + mean * uniform(rng) / 8 };
	m->n_edges++;
}

/* Every state gets a way in from one before it, then more ways out. */
static void draw_edges(struct made_automaton *m, struct rng *rng)
{
	for (uint32_t s = 1; s < m->n_states; s++) {
		uint32_t src;

		do {
			src = rng_below(rng, s);
		} while (out_degree(m, src) == MAX_OUT);
		add_edge(m, src, s, rng);
	}
	for (uint32_t s = 0; s < m->n_states; s++) {
		const uint32_t wanted = 1 + rng_below(rng, MAX_OUT);

		while (out_degree(m, s) < wanted)
			add_edge(m, s, rng_below(rng, m->n_states), rng);
	}
}

static int compare_src(const void *left, const void *right)
{
	const struct made_edge *a = left, *b = right;

	if (a->src != b->src)
		return a->src < b->src ? -1 : 1;
	return (a->symbol > b->symbol) - (a->symbol < b->symbol);
}

/* Sorts the edges; in a quarter of the states the first two then differ by their delays only. */
static void draw_timed_pairs(struct made_automaton *m, struct rng *rng)
{
	qsort(m->edges, m->n_edges, sizeof(*m->edges), compare_src);
	for (uint32_t s = 0, e = 0; s < m->n_states; s++) {
		struct made_edge *first = &m->edges[e];

		m->first_edge[s] = e;
		while (e < m->n_edges && m->edges[e].src == s)
			e++;
		m->first_edge[s + 1] = e;
		if (e - m->first_edge[s] < 2 || first[0].dst == first[1].dst ||
		    rng_below(rng, 4) != 0)
			continue;
		first[1].symbol = first[0].symbol;
		first[1].mean = first[0].mean * 2 + 40;
	}
}

/* Which states can end a word, given those that do. */
static bool all_can_end(const struct made_automaton *m)
{
	CLEANUP(freep) bool *can = room(m->n_states, sizeof(*can));
	bool more = true;

	for (uint32_t s = 0; s < m->n_states; s++)
		can[s] = m->end[s] > 0;
	while (more) {
		more = false;
		for (uint32_t e = 0; e < m->n_edges; e++) {
			if (can[m->edges[e].dst] && !can[m->edges[e].src])
				can[m->edges[e].src] = more = true;
		}
	}
	for (uint32_t s = 0; s < m->n_states; s++) {
		if (!can[s])
			return false;
	}
	return true;
}

/* Edges' weights become probabilities beside the end's. */
static void normalise(struct made_automaton *m)
{
	for (uint32_t s = 0; s < m->n_states; s++) {
		double sum = 0;

		for (uint32_t e = m->first_edge[s]; e < m->first_edge[s + 1]; e++)
			sum += m->edges[e].p;
		for (uint32_t e = m->first_edge[s]; e < m->first_edge[s + 1]; e++)
			m->edges[e].p *= (1 - m->end[s]) / sum;
	}
}

static double mean_length(const struct made_automaton *m)
{
	CLEANUP(freep) double *length = room(m->n_states, sizeof(*length));
	double before = -1;

	for (int i = 0; i < SWEEPS && fabs(length[0] - before) > 1e-6; i++) {
		before = length[0];
		for (uint32_t s = 0; s < m->n_states; s++) {
			double sum = 0;

			for (uint32_t e = m->first_edge[s]; e < m->first_edge[s + 1]; e++)
				sum += m->edges[e].p * (1 + length[m->edges[e].dst]);
			length[s] = sum;
		}
	}
	return length[0];
}

/* A third of the states end words, all as often: as often as makes words of the length wanted. */
static bool draw_ends(struct made_automaton *m, struct rng *rng)
{
	double low = 0.005, high = 0.95, length;

	for (uint32_t s = 1; s < m->n_states; s++)
		m->end[s] = rng_below(rng, 3) == 0 ? 1 : 0;
	m->end[m->n_states - 1] = 1;
	if (!all_can_end(m))
		return false;
	for (int i = 0; i < 12; i++) {
		const double middle = (low + high) / 2;

		for (uint32_t s = 0; s < m->n_states; s++)
			m->end[s] = m->end[s] > 0 ? middle : 0;
		normalise(m);
		length = mean_length(m);
		if (length > WANTED_LENGTH)
			low = middle;
		else
			high = middle;
	}
	return length >= MIN_LENGTH && length <= MAX_LENGTH;
}

struct made_automaton *made_automaton_new(uint64_t seed, uint32_t n_states, uint32_t n_symbols)
{
	struct made_automaton *m = room(1, sizeof(*m));
	struct rng rng;

	m->n_states = n_states;
	m->n_symbols = n_symbols;
	m->edges = room((size_t)n_states * (MAX_OUT + 1), sizeof(*m->edges));
	m->first_edge = room((size_t)n_states + 1, sizeof(*m->first_edge));
	m->end = room(n_states, sizeof(*m->end));
	for (uint32_t i = 0; i < TRIES; i++) {
		rng_init(&rng, seed, n_states, i, RNG_TEST);
		m->n_edges = 0;
		memset(m->end, 0, n_states * sizeof(*m->end));
		draw_edges(m, &rng);
		draw_timed_pairs(m, &rng);
		if (draw_ends(m, &rng))
			return m;
	}
	fprintf(stderr, "made_automaton_new: no automaton of %u states\n", n_states);
	abort();
}

struct language *made_language(const struct made_automaton *made)
{
	struct language *language;
	struct err err;

	if (language_new(made->n_symbols, made->n_states, made->n_edges, &language, &err) < 0)
		abort();
	for (uint32_t e = 0; e < made->n_edges; e++) {
		const struct made_edge *edge = &made->edges[e];

		language->edges[e] =
			(struct language_edge) { edge->src, edge->dst, edge->symbol, edge->p };
	}
	memcpy(language->end, made->end, made->n_states * sizeof(*made->end));
	if (language_index(language, &err) < 0)
		abort();
	return language;
}

/* The normal's mass below x. */
static double below(double x)
{
	return erfc(-x / sqrt(2)) / 2;
}

/* The mass of the delay, given that it is not drawn again for being below 0. */
static double delay_mass(const struct made_edge *edge, int32_t delay)
{
	const double high = (delay + 0.5 - edge->mean) / edge->sd, low = high - 1 / edge->sd;
	/* From the side where no digits are lost. */
	const double mass = low > 0 ? below(-low) - below(-high) : below(high) - below(low);

	return mass / below((edge->mean + 0.5) / edge->sd);
}

double made_bits(const struct made_automaton *made, struct word word)
{
	CLEANUP(freep) double *at = room(made->n_states, sizeof(*at));
	CLEANUP(freep) double *next = room(made->n_states, sizeof(*next));
	double bits = 0, end = 0;

	at[0] = 1;
	for (uint32_t i = 0; i < word.n_events; i++) {
		double sum = 0, *swap;

		memset(next, 0, made->n_states * sizeof(*next));
		for (uint32_t e = 0; e < made->n_edges; e++) {
			const struct made_edge *edge = &made->edges[e];
			double p;

			if (edge->symbol != word.events[i].symbol || at[edge->src] <= 0)
				continue;
			p = at[edge->src] * edge->p * delay_mass(edge, word.events[i].value[0]);
			next[edge->dst] += p;
			sum += p;
		}
		if (!(sum > 0))
			return INFINITY;
		for (uint32_t s = 0; s < made->n_states; s++)
			next[s] /= sum;
		bits -= log2(sum);
		swap = at;
		at = next;
		next = swap;
	}
	for (uint32_t s = 0; s < made->n_states; s++)
		end += at[s] * made->end[s];
	return bits - log2(end);
}
