/* SPDX-License-Identifier: Apache-2.0 */
/*
 * TADAM's learning time by the number of words and noise: words of an automaton with 5 states and
 * the end, 8 edges, 5 symbols, 5 events on average; one thread.
 */
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "automata/tadam.h"
#include "base/rng.h"

enum { LIMIT_WORDS = 2000, LIMIT_EVENTS = 40000 };

struct words {
	struct word_set set;
	uint32_t first[LIMIT_WORDS + 1];
	struct word_event events[LIMIT_EVENTS];
	uint32_t n_events;
};

struct kind {
	uint16_t symbol;
	int32_t mean;
	uint32_t spread;
};

static void put(struct words *w, uint16_t symbol, int32_t value)
{
	if (w->n_events < LIMIT_EVENTS)
		w->events[w->n_events++] =
			(struct word_event) { .symbol = symbol, .value = { value } };
}

/* One event, with a chance of `noise` per thousand lost, repeated, or before a foreign one. */
static void put_noisy(struct words *w, struct rng *rng, struct kind kind, uint32_t noise)
{
	const int32_t value = kind.mean +
			      (int32_t)(rng_below(rng, kind.spread) + rng_below(rng, kind.spread)) -
			      (int32_t)kind.spread + 1;
	const uint32_t fate = rng_below(rng, 1000) < noise ? rng_below(rng, 3) : 3;

	if (fate == 0)
		return;
	put(w, kind.symbol, value);
	if (fate == 1)
		put(w, kind.symbol, value + 1);
	if (fate == 2)
		put(w, (uint16_t)rng_below(rng, 5), (int32_t)rng_below(rng, 300));
}

static void make(struct words *w, size_t n, uint32_t noise)
{
	static const struct kind kinds[2][5] = {
		{ { 0, 10, 5 }, { 1, 50, 9 }, { 2, 20, 6 }, { 3, 31, 7 } },
		{ { 0, 10, 5 }, { 4, 200, 25 }, { 2, 107, 12 }, { 3, 5, 2 } },
	};
	struct rng rng;

	rng_init(&rng, n + noise, 0, 0, RNG_TEST);
	w->n_events = 0;
	w->set = (struct word_set) {
		.n_symbols = 5, .n_values = 1, .n_words = n, .first = w->first, .events = w->events
	};
	for (size_t i = 0; i < n; i++) {
		const int side = rng_below(&rng, 10) < 7 ? 0 : 1;

		w->first[i] = w->n_events;
		put_noisy(w, &rng, kinds[side][0], noise);
		put_noisy(w, &rng, kinds[side][1], noise);
		for (int k = 0; k < 60 && rng_below(&rng, 100) < (side == 0 ? 65 : 25); k++)
			put_noisy(w, &rng, kinds[side][2], noise);
		put_noisy(w, &rng, kinds[side][3], noise);
	}
	w->first[n] = w->n_events;
}

static double seconds(void)
{
	struct timespec now;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
	return (double)now.tv_sec + (double)now.tv_nsec * 1e-9;
}

int main(void)
{
	static const size_t sizes[] = { 100, 300, 2000 };
	struct words *w = calloc(1, sizeof(*w));

	if (w == NULL)
		return 1;
	for (size_t i = 0; i < 2 * sizeof(sizes) / sizeof(sizes[0]); i++) {
		const uint32_t noise = i % 2 == 0 ? 0 : 100;
		const struct tadam_options options = { .inits = TADAM_ALL_INITS };
		struct timed_automaton *a = NULL;
		struct err err = { "" };
		double begin;

		make(w, sizes[i / 2], noise);
		begin = seconds();
		if (tadam_learn(&w->set, &options, &a, &err) < 0) {
			fprintf(stderr, "bench_tadam: %s\n", err.text);
			return 1;
		}
		printf("tadam_%zu_words_%u%%_noise\t%.3f\ts\t%u states, %u edges, %llu trials, "
		       "from all first automata\n",
		       sizes[i / 2], (unsigned int)noise / 10, seconds() - begin, a->n_states,
		       a->n_edges, (unsigned long long)a->n_trials);
		timed_automaton_freep(&a);
	}
	free(w);
	return 0;
}
