/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/automata/made_words.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/detmath.h"
#include "base/mem.h"
#include "base/rng.h"

enum {
	MAX_OUT = 3,
	MIN_LENGTH = 6,
	MAX_LENGTH = 14,
	WANTED_LENGTH = 10,
	SWEEPS = 2000,	  /* of the mean length's equations */
	TRIES = 10000,	  /* structures drawn before giving up */
	WORD_LIMIT = 200, /* events; a longer word is drawn again */
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

/* Marsaglia's polar method, one of the two. */
static double normal(struct rng *rng)
{
	double x, y, s;

	do {
		x = 2 * uniform(rng) - 1;
		y = 2 * uniform(rng) - 1;
		s = x * x + y * y;
	} while (s >= 1 || s <= 0);
	return x * det_sqrt(-2 * det_log(s) / s);
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

/* A set in the making. */
struct making {
	struct word_set set;
	size_t first_capacity, events_capacity;
	uint32_t n_events;
};

static void making_begin(struct making *making, uint32_t n_symbols)
{
	*making = (struct making) { .set = { .n_symbols = n_symbols, .n_values = 1 } };
	making->set.symbols = room(n_symbols, sizeof(*making->set.symbols));
	for (uint32_t i = 0; i < n_symbols; i++) {
		char name[16];

		snprintf(name, sizeof(name), "s%u", i);
		making->set.symbols[i] = strdup(name);
		if (making->set.symbols[i] == NULL)
			abort();
	}
	if (mem_grow(&making->set.first, &making->first_capacity, 1, sizeof(uint32_t), SIZE_MAX) <
		    0 ||
	    mem_grow(&making->set.events, &making->events_capacity, 1, sizeof(struct word_event),
		     SIZE_MAX) < 0)
		abort();
	making->set.first[0] = 0;
}

static void making_event(struct making *making, uint32_t symbol, int32_t delay)
{
	if (mem_grow(&making->set.events, &making->events_capacity, (size_t)making->n_events + 1,
		     sizeof(struct word_event), UINT32_MAX) < 0)
		abort();
	making->set.events[making->n_events++] =
		(struct word_event) { (uint16_t)symbol, { delay, 0 } };
}

static void making_end(struct making *making)
{
	if (mem_grow(&making->set.first, &making->first_capacity, making->set.n_words + 2,
		     sizeof(uint32_t), UINT32_MAX) < 0)
		abort();
	making->set.first[++making->set.n_words] = making->n_events;
}

static int32_t draw_delay(const struct made_edge *edge, struct rng *rng)
{
	double delay;

	do {
		delay = floor(edge->mean + edge->sd * normal(rng) + 0.5);
	} while (delay < 0);
	return (int32_t)delay;
}

/* An event of a word before noise: what it is, and what its re-emission would be. */
struct clean_event {
	uint32_t symbol;
	int32_t delay, again;
};

/* A path from the start to an end; false when it grows too long. */
static bool draw_path(const struct made_automaton *made, struct rng *rng,
		      struct clean_event path[WORD_LIMIT], uint32_t *ret_n)
{
	uint32_t n = 0, state = 0;

	for (;;) {
		double u = uniform(rng) - made->end[state];
		uint32_t e = made->first_edge[state];

		if (u < 0)
			break;
		while (e + 1 < made->first_edge[state + 1] && u >= made->edges[e].p)
			u -= made->edges[e++].p;
		if (n == WORD_LIMIT)
			return false;
		path[n].symbol = made->edges[e].symbol;
		path[n].delay = draw_delay(&made->edges[e], rng);
		path[n++].again = draw_delay(&made->edges[e], rng);
		state = made->edges[e].dst;
	}
	*ret_n = n;
	return true;
}

/* One of the kinds in the mask that are possible there. */
static enum made_noise_kind draw_kind(unsigned int kinds, bool last, struct rng *rng)
{
	if (last && (kinds & ~(unsigned int)MADE_TRANSPOSITION) != 0)
		kinds &= ~(unsigned int)MADE_TRANSPOSITION;
	for (;;) {
		const unsigned int kind = 1U << rng_below(rng, 4);

		if ((kinds & kind) != 0)
			return (enum made_noise_kind)kind;
	}
}

/* Writes event i of n, hit by this kind; returns how many events it used up. */
static uint32_t make_noise(struct making *making, const struct clean_event *path, uint32_t i,
			   uint32_t n, enum made_noise_kind kind, struct rng *rng)
{
	switch (kind) {
	case MADE_OMISSION:
		return 1;
	case MADE_INSERTION:
		making_event(making, rng_below(rng, making->set.n_symbols),
			     (int32_t)rng_below(rng, MADE_MAX_DELAY));
		break;
	case MADE_TRANSPOSITION:
		if (i + 1 == n)
			break;
		making_event(making, path[i + 1].symbol, path[i + 1].delay);
		making_event(making, path[i].symbol, path[i].delay);
		return 2;
	default:
		making_event(making, path[i].symbol, path[i].delay);
		making_event(making, path[i].symbol, path[i].again);
		return 1;
	}
	making_event(making, path[i].symbol, path[i].delay);
	return 1;
}

struct word_set made_words(const struct made_automaton *made, uint64_t seed, size_t n, double rate,
			   unsigned int kinds)
{
	struct clean_event path[WORD_LIMIT];
	struct making making;

	making_begin(&making, made->n_symbols);
	for (size_t w = 0; w < n; w++) {
		struct rng rng, noise;
		uint32_t length = 0;

		/* Streams apart, so that the same paths are there at every rate. */
		rng_init(&rng, seed, w, 0, RNG_TEST);
		rng_init(&noise, seed, w, 1, RNG_TEST);
		while (!draw_path(made, &rng, path, &length))
			;
		for (uint32_t i = 0; i < length;) {
			if (uniform(&noise) < rate) {
				i += make_noise(&making, path, i, length,
						draw_kind(kinds, i + 1 == length, &noise), &noise);
				continue;
			}
			making_event(&making, path[i].symbol, path[i].delay);
			i++;
		}
		making_end(&making);
	}
	return making.set;
}

struct word_set made_random_words(const struct word_set *set, uint64_t seed)
{
	const uint32_t n_events = set->first[set->n_words];
	struct making making;
	struct rng rng;

	rng_init(&rng, seed, 0, 2, RNG_TEST);
	making_begin(&making, set->n_symbols);
	for (size_t w = 0; w < set->n_words; w++) {
		for (uint32_t i = 0; i < word_at(set, w).n_events; i++)
			making_event(&making, rng_below(&rng, set->n_symbols),
				     set->events[rng_below(&rng, n_events)].value[0]);
		making_end(&making);
	}
	return making.set;
}

struct word_set made_damaged_words(const struct word_set *set, uint64_t seed)
{
	struct clean_event path[WORD_LIMIT];
	struct making making;
	struct rng rng;

	rng_init(&rng, seed, 0, 3, RNG_TEST);
	making_begin(&making, set->n_symbols);
	for (size_t w = 0; w < set->n_words; w++) {
		const struct word word = word_at(set, w);
		const uint32_t n = word.n_events < WORD_LIMIT ? word.n_events : WORD_LIMIT;
		uint32_t hit;

		if (n == 0)
			continue;
		for (uint32_t i = 0; i < n; i++)
			path[i] = (struct clean_event) { word.events[i].symbol,
							 word.events[i].value[0],
							 word.events[i].value[0] };
		hit = rng_below(&rng, n);
		for (uint32_t i = 0; i < n;) {
			if (i == hit) {
				i += make_noise(&making, path, i, n,
						draw_kind(MADE_ALL, i + 1 == n, &rng), &rng);
				continue;
			}
			making_event(&making, path[i].symbol, path[i].delay);
			i++;
		}
		making_end(&making);
	}
	return making.set;
}
