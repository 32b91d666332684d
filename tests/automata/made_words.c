/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/automata/made_words.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/detmath.h"
#include "base/mem.h"
#include "base/rng.h"

enum { WORD_LIMIT = 200 /* events; a longer word is drawn again */ };

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
