/* SPDX-License-Identifier: Apache-2.0 */
#include "automata/tadam_crew.h"

#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>

#include "base/mem.h"

enum {
	LIMIT_OPERATIONS = 1 << 24,
	LIMIT_THREADS = 64,
	N_SECOND_LOOK = 6, /* candidates tried again with alignment */
	HASTY_PART = 4,	   /* in haste, what helps as much as this part of the best is done too */
};

/* Candidates begin .. end - 1, shared out among the threads. */
struct round {
	struct tadam_candidate *candidates;
	size_t n;
	bool realign;
	atomic_size_t next;
	atomic_int error;
};

static void add(struct tadam_crew *crew, enum tadam_kind kind, uint32_t a, uint32_t b,
		enum tadam_fold fold)
{
	if (mem_grow(&crew->candidates, &crew->capacity, crew->n + 1, sizeof(*crew->candidates),
		     LIMIT_OPERATIONS) < 0) {
		crew->error = -ENOMEM;
		return;
	}
	crew->candidates[crew->n] = (struct tadam_candidate) {
		.operation = { .kind = (uint8_t)kind, .fold = (uint8_t)fold, .a = a, .b = b },
		.order = (uint32_t)crew->n,
		.score = INT64_MAX,
	};
	crew->n++;
}

static void add_splits(struct tadam_crew *crew)
{
	const struct tadam *t = crew->t;

	for (uint32_t i = 0; i < t->sums.n_state_slots; i++) {
		if (i != TADAM_END)
			add(crew, TADAM_SPLIT, i, 0, 0);
	}
	for (uint32_t e = 0; e < t->sums.n_edge_slots && !crew->whole_edges; e++) {
		const struct tadam_edge *edge = &t->edges[e];

		if ((edge->hist[0] != NULL && edge->hist[0]->n > 1) ||
		    (edge->hist[1] != NULL && edge->hist[1]->n > 1))
			add(crew, TADAM_SPLIT_EDGE, e, 0, 0);
	}
}

/* 0: no symbol in common; 1: some; 2: some that would leave two edges with it. */
static int common_symbols(const struct tadam *t, uint32_t a, uint32_t b)
{
	int common = 0;

	for (uint32_t i = t->states[a].first_out; i != TADAM_NONE; i = t->edges[i].next_out) {
		const struct tadam_edge *x = &t->edges[i];

		for (uint32_t k = t->states[b].first_out; k != TADAM_NONE;
		     k = t->edges[k].next_out) {
			const struct tadam_edge *y = &t->edges[k];
			const uint32_t to_x = x->dst == b ? a : x->dst;
			const uint32_t to_y = y->dst == b ? a : y->dst;

			if (x->symbol == y->symbol && common == 0)
				common = 1;
			if (x->symbol == y->symbol && to_x != to_y)
				return 2;
		}
	}
	return common;
}

static void add_merges(struct tadam_crew *crew)
{
	const struct tadam *t = crew->t;

	for (uint32_t a = 0; a < t->sums.n_state_slots; a++) {
		for (uint32_t b = a + 1; b < t->sums.n_state_slots; b++) {
			const int common =
				a != TADAM_END && b != TADAM_END ? common_symbols(t, a, b) : 0;

			if (common > 0)
				add(crew, TADAM_MERGE, a, b, TADAM_FOLD_NONE);
			if (common > 1) {
				add(crew, TADAM_MERGE, a, b, TADAM_FOLD_TIMED);
				add(crew, TADAM_MERGE, a, b, TADAM_FOLD_FULL);
			}
		}
	}
	for (uint32_t a = 0; a < t->sums.n_edge_slots; a++) {
		const struct tadam_edge *x = &t->edges[a];

		for (uint32_t b = x->next_out; b != TADAM_NONE; b = t->edges[b].next_out) {
			if (t->edges[b].symbol == x->symbol && t->edges[b].dst == x->dst)
				add(crew, TADAM_MERGE_EDGES, a < b ? a : b, a < b ? b : a, 0);
		}
	}
}

static void add_deletes(struct tadam_crew *crew)
{
	const struct tadam *t = crew->t;

	for (uint32_t e = 0; e < t->sums.n_edge_slots; e++) {
		const struct tadam_edge *edge = &t->edges[e];

		if (edge->src != TADAM_START || edge->next_out != TADAM_NONE ||
		    edge->prev_out != TADAM_NONE)
			add(crew, TADAM_DELETE, e, 0, 0);
	}
	for (uint32_t permille = 5; permille <= 160; permille *= 2)
		add(crew, TADAM_PRUNE, permille, 0, 0);
}

/* Where guards must fit all values. */
static void add_trims(struct tadam_crew *crew)
{
	for (uint32_t e = 0; e < crew->t->sums.n_edge_slots; e++)
		add(crew, TADAM_TRIM, e, 0, 0);
	add(crew, TADAM_TRIM, TADAM_NONE, 0, 0);
}

static void add_redirects(struct tadam_crew *crew)
{
	const struct tadam *t = crew->t;

	for (uint32_t e = 0; e < t->sums.n_edge_slots; e++) {
		for (uint32_t dst = 0; dst < t->sums.n_state_slots; dst++) {
			if (t->edges[e].dst != TADAM_END && dst != TADAM_END &&
			    dst != t->edges[e].dst)
				add(crew, TADAM_REDIRECT, e, dst, 0);
		}
	}
}

/* Every oddity as an edge to every state. */
static int add_adds(struct tadam_crew *crew)
{
	struct tadam_oddity oddities[TADAM_ODDITIES];
	uint32_t n;
	int r = tadam_oddities(crew->t, oddities, &n);

	for (uint32_t i = 0; i < n && r == 0; i++) {
		for (uint32_t dst = 0; dst < crew->t->sums.n_state_slots; dst++) {
			if (dst == TADAM_END)
				continue;
			add(crew, TADAM_ADD, oddities[i].state, dst, 0);
			crew->candidates[crew->n - 1].operation.symbol =
				(uint16_t)oddities[i].symbol;
		}
	}
	return r;
}

int tadam_crew_list(struct tadam_crew *crew, uint32_t kinds)
{
	int r = 0;

	crew->n = 0;
	if ((kinds & TADAM_SPLITS) != 0)
		add_splits(crew);
	if ((kinds & TADAM_JOINS) != 0) {
		add_merges(crew);
		add_deletes(crew);
		if (!crew->t->robust)
			add_trims(crew);
	}
	if ((kinds & TADAM_ADDS) != 0)
		r = add_adds(crew);
	if ((kinds & TADAM_REDIRECTS) != 0)
		add_redirects(crew);
	return r < 0 ? r : crew->error;
}

void tadam_crew_shuffle(struct tadam_crew *crew, struct rng *rng)
{
	for (size_t i = crew->n; i > 1; i--) {
		const size_t k = rng_below(rng, (uint32_t)i);
		const struct tadam_candidate last = crew->candidates[i - 1];

		crew->candidates[i - 1] = crew->candidates[k];
		crew->candidates[k] = last;
	}
	for (size_t i = 0; i < crew->n; i++)
		crew->candidates[i].order = (uint32_t)i;
}

static void work(struct round *round, struct tadam *t)
{
	size_t i;

	while (atomic_load(&round->error) == 0 &&
	       (i = atomic_fetch_add(&round->next, 1)) < round->n) {
		struct tadam_candidate *c = &round->candidates[i];
		int r = tadam_stopped(t) ? -EINTR
					 : tadam_try(t, &c->operation, round->realign, &c->score);

		if (r == -ENOENT)
			c->score = INT64_MAX;
		else if (r < 0)
			atomic_store(&round->error, r);
	}
}

struct worker {
	struct round *round;
	struct tadam *t;
	pthread_t thread;
};

static void *worker_main(void *argument)
{
	struct worker *worker = argument;

	work(worker->round, worker->t);
	return NULL;
}

static int try_all(struct tadam_crew *crew, struct tadam_candidate *candidates, size_t n,
		   bool realign)
{
	struct round round = { .candidates = candidates, .n = n, .realign = realign };
	struct worker workers[LIMIT_THREADS];
	uint32_t n_started = 0;

	for (uint32_t i = 0; i + 1 < crew->n_threads; i++) {
		workers[i] = (struct worker) { .round = &round, .t = &crew->copies[i] };
		if (pthread_create(&workers[i].thread, NULL, worker_main, &workers[i]) != 0)
			break;
		n_started++;
	}
	work(&round, crew->t);
	for (uint32_t i = 0; i < n_started; i++)
		pthread_join(workers[i].thread, NULL);
	crew->n_trials += n;
	return atomic_load(&round.error);
}

static int by_score(const void *left, const void *right)
{
	const struct tadam_candidate *a = left, *b = right;

	if (a->score != b->score)
		return a->score < b->score ? -1 : 1;
	return (a->order > b->order) - (a->order < b->order);
}

int tadam_crew_take(struct tadam_crew *crew, struct tadam *t)
{
	int r = 0;

	crew->t = t;
	for (uint32_t i = 0; i + 1 < crew->n_threads && r == 0; i++)
		r = tadam_clone(&crew->copies[i], t, NULL, NULL);
	return r;
}

/* Where states and edges are after a rebuilding; TADAM_NONE: gone. */
struct moved {
	uint32_t *states, *edges;
};

/* Does an operation if it shortens the description. Returns 1 with *ret_moved (the caller frees),
 * 0, or -errno. */
static int perform(struct tadam *t, const struct tadam_operation *operation,
		   struct moved *ret_moved)
{
	const int64_t score = tadam_score(t);
	CLEANUP(freep) uint32_t *states = NULL;
	CLEANUP(freep) uint32_t *edges = NULL;
	int r = tadam_do(t, operation, score - 1);

	if (r <= 0)
		return r;
	states = mem_array(t->sums.n_state_slots, sizeof(*states));
	edges = mem_array((size_t)t->sums.n_edge_slots + 1, sizeof(*edges));
	if (states == NULL || edges == NULL)
		return -ENOMEM;
	r = tadam_rebuild(t, states, edges);
	if (r < 0)
		return r;
	*ret_moved = (struct moved) { take(&states), take(&edges) };
	return 1;
}

/* The operation by the new numbers; false: what it works on is gone. */
static bool renumber(struct tadam_operation *o, const struct moved *moved)
{
	const bool on_states =
		o->kind == TADAM_MERGE || o->kind == TADAM_SPLIT || o->kind == TADAM_ADD;
	const uint32_t *second = o->kind == TADAM_MERGE_EDGES ? moved->edges : moved->states;

	if (o->kind == TADAM_PRUNE || o->a == TADAM_NONE)
		return true;
	o->a = on_states ? moved->states[o->a] : moved->edges[o->a];
	if (o->kind == TADAM_SPLIT || o->kind == TADAM_SPLIT_EDGE || o->kind == TADAM_DELETE ||
	    o->kind == TADAM_TRIM)
		return o->a != TADAM_NONE;
	o->b = second[o->b];
	return o->a != TADAM_NONE && o->b != TADAM_NONE && o->a != o->b;
}

/* The candidates after the first i by their new numbers; returns how many there are, those up to i
 * included. */
static size_t renumber_rest(struct tadam_candidate *candidates, size_t i, size_t n,
			    const struct moved *moved)
{
	size_t n_left = i + 1;

	for (size_t k = i + 1; k < n; k++) {
		struct tadam_candidate c = candidates[k];

		if (renumber(&c.operation, moved))
			candidates[n_left++] = c;
	}
	return n_left;
}

/* Does the first of the candidates if it helps; in haste, then what of the others would have helped
 * about as much and helps still. */
static int perform_some(struct tadam_crew *crew, struct tadam_candidate *candidates, size_t n)
{
	const int64_t score = tadam_score(crew->t);
	const int64_t least = (score - candidates[0].score) / HASTY_PART;
	int n_done = 0;

	for (size_t i = 0; i < n && (i == 0 || (crew->hasty && n_done > 0)); i++) {
		struct moved moved = { NULL, NULL };
		int r;

		if (score - candidates[i].score < least)
			continue;
		r = tadam_stopped(crew->t) ? -EINTR
					   : perform(crew->t, &candidates[i].operation, &moved);
		crew->n_trials += i > 0;
		if (r > 0)
			n = renumber_rest(candidates, i, n, &moved);
		free(moved.states);
		free(moved.edges);
		if (r < 0)
			return r;
		n_done += r;
	}
	return n_done > 0;
}

int tadam_crew_choose(struct tadam_crew *crew, size_t begin, size_t n)
{
	struct tadam_candidate *candidates = crew->candidates + begin;
	const int64_t score = tadam_score(crew->t);
	size_t n_second = n < N_SECOND_LOOK ? n : N_SECOND_LOOK;
	int r = try_all(crew, candidates, n, false);

	if (r < 0)
		return r;
	qsort(candidates, n, sizeof(*candidates), by_score);
	while (n_second > 0 && candidates[n_second - 1].score == INT64_MAX)
		n_second--;
	while (n > n_second && candidates[n - 1].score >= score)
		n--;
	r = try_all(crew, candidates, n_second, true);
	if (r < 0)
		return r;
	qsort(candidates, n_second, sizeof(*candidates), by_score);
	if (n_second == 0 || candidates[0].score >= score)
		return 0;
	r = perform_some(crew, candidates, n);
	if (r > 0 && tadam_crew_take(crew, crew->t) < 0)
		return -ENOMEM;
	return r;
}

int tadam_crew_open(struct tadam_crew *crew, const struct tadam_options *options)
{
	*crew = (struct tadam_crew) { .n_threads = options->n_threads,
				      .whole_edges = options->whole_edges,
				      .hasty = options->hasty };
	if (crew->n_threads < 1)
		crew->n_threads = 1;
	if (crew->n_threads > LIMIT_THREADS)
		crew->n_threads = LIMIT_THREADS;
	crew->copies = mem_array(crew->n_threads, sizeof(*crew->copies));
	return crew->copies == NULL ? -ENOMEM : 0;
}

void tadam_crew_done(struct tadam_crew *crew)
{
	for (uint32_t i = 0; crew->copies != NULL && i + 1 < crew->n_threads; i++)
		tadam_done(&crew->copies[i]);
	free(crew->copies);
	free(crew->candidates);
}
