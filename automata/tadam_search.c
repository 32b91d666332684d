/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The search: every operation is tried, the best few again with all noisy words aligned anew, and
 * the best of those is done, until none helps. Threads try on copies; which operation wins does not
 * depend on them.
 */
#include "automata/tadam_internal.h"

#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "automata/tadam_cut.h"
#include "base/mem.h"

enum {
	LIMIT_OPERATIONS = 1 << 24,
	LIMIT_THREADS = 64,
	N_SECOND_LOOK = 6, /* candidates tried again with alignment */
	MANY_STATES = 96,  /* above it a prefix tree is folded first */
};

struct candidate {
	struct tadam_operation operation;
	uint32_t order; /* ties go to the earlier */
	int64_t score;	/* INT64_MAX: not possible */
};

struct search {
	struct tadam *t;
	struct tadam *clones; /* n_threads - 1 */
	uint32_t n_threads;
	struct candidate *candidates;
	size_t n, capacity;
	atomic_size_t next;
	atomic_int error;
	bool realign, whole_edges;
	enum tadam_order order;
};

int tadam_room(struct tadam *t, const struct tadam_operation *operation)
{
	uint64_t n = 0;

	if (operation->kind == TADAM_SPLIT_EDGE)
		return tadam_reserve(t, TADAM_ATOMS, 0);
	if (operation->kind == TADAM_ADD)
		return tadam_reserve(t, 1, 0);
	if (operation->kind != TADAM_SPLIT)
		return 0;
	for (uint32_t e = t->states[operation->a].first_in; e != TADAM_NONE;
	     e = t->edges[e].next_in)
		n++;
	for (uint32_t e = t->states[operation->a].first_out; e != TADAM_NONE;
	     e = t->edges[e].next_out)
		n++;
	return tadam_reserve(t, n * TADAM_BLOCKS * TADAM_BLOCKS, TADAM_BLOCKS);
}

int tadam_apply(struct tadam *t, const struct tadam_operation *operation)
{
	switch (operation->kind) {
	case TADAM_MERGE:
		return tadam_merge(t, operation->a, operation->b, operation->fold);
	case TADAM_MERGE_EDGES:
		return tadam_merge_edges(t, operation->a, operation->b);
	case TADAM_SPLIT:
		return tadam_split(t, operation->a);
	case TADAM_SPLIT_EDGE:
		return tadam_split_edge(t, operation->a);
	case TADAM_PRUNE:
		return tadam_prune(t, operation->a);
	case TADAM_ADD:
		return tadam_add(t, operation->a, operation->b, operation->symbol);
	default:
		return tadam_delete(t, operation->a);
	}
}

int tadam_try(struct tadam *t, const struct tadam_operation *operation, bool realign,
	      int64_t *ret_score)
{
	struct tadam_mark mark;
	int r = tadam_room(t, operation);

	if (r < 0)
		return r;
	mark = tadam_begin(t);
	r = tadam_apply(t, operation);
	if (r == 0 && realign)
		r = tadam_realign(t);
	if (r == 0)
		*ret_score = tadam_score(t);
	tadam_undo(t, mark);
	return r;
}

static void add(struct search *s, enum tadam_kind kind, uint32_t a, uint32_t b,
		enum tadam_fold fold)
{
	if (mem_grow(&s->candidates, &s->capacity, s->n + 1, sizeof(*s->candidates),
		     LIMIT_OPERATIONS) < 0) {
		atomic_store(&s->error, -ENOMEM);
		return;
	}
	s->candidates[s->n] = (struct candidate) {
		.operation = { .kind = (uint8_t)kind, .fold = (uint8_t)fold, .a = a, .b = b },
		.order = (uint32_t)s->n,
		.score = INT64_MAX,
	};
	s->n++;
}

static void add_splits(struct search *s, bool whole_edges)
{
	const struct tadam *t = s->t;

	for (uint32_t i = 0; i < t->sums.n_state_slots; i++) {
		if (i != TADAM_END)
			add(s, TADAM_SPLIT, i, 0, 0);
	}
	for (uint32_t e = 0; e < t->sums.n_edge_slots && !whole_edges; e++) {
		const struct tadam_edge *edge = &t->edges[e];

		if ((edge->hist[0] != NULL && edge->hist[0]->n > 1) ||
		    (edge->hist[1] != NULL && edge->hist[1]->n > 1))
			add(s, TADAM_SPLIT_EDGE, e, 0, 0);
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

static void add_merges(struct search *s)
{
	const struct tadam *t = s->t;

	for (uint32_t a = 0; a < t->sums.n_state_slots; a++) {
		for (uint32_t b = a + 1; b < t->sums.n_state_slots; b++) {
			const int common =
				a != TADAM_END && b != TADAM_END ? common_symbols(t, a, b) : 0;

			if (common > 0)
				add(s, TADAM_MERGE, a, b, TADAM_FOLD_NONE);
			if (common > 1) {
				add(s, TADAM_MERGE, a, b, TADAM_FOLD_TIMED);
				add(s, TADAM_MERGE, a, b, TADAM_FOLD_FULL);
			}
		}
	}
	for (uint32_t a = 0; a < t->sums.n_edge_slots; a++) {
		const struct tadam_edge *x = &t->edges[a];

		for (uint32_t b = x->next_out; b != TADAM_NONE; b = t->edges[b].next_out) {
			if (t->edges[b].symbol == x->symbol && t->edges[b].dst == x->dst)
				add(s, TADAM_MERGE_EDGES, a < b ? a : b, a < b ? b : a, 0);
		}
	}
}

static void add_deletes(struct search *s)
{
	const struct tadam *t = s->t;

	for (uint32_t e = 0; e < t->sums.n_edge_slots; e++) {
		const struct tadam_edge *edge = &t->edges[e];

		if (edge->src != TADAM_START || edge->next_out != TADAM_NONE ||
		    edge->prev_out != TADAM_NONE)
			add(s, TADAM_DELETE, e, 0, 0);
	}
	for (uint32_t permille = 5; permille <= 160; permille *= 2)
		add(s, TADAM_PRUNE, permille, 0, 0);
}

/* Every oddity as an edge to every state. */
static int add_adds(struct search *s)
{
	struct tadam_oddity oddities[TADAM_ODDITIES];
	uint32_t n;
	int r = tadam_oddities(s->t, oddities, &n);

	for (uint32_t i = 0; i < n && r == 0; i++) {
		for (uint32_t dst = 0; dst < s->t->sums.n_state_slots; dst++) {
			if (dst == TADAM_END)
				continue;
			add(s, TADAM_ADD, oddities[i].state, dst, 0);
			s->candidates[s->n - 1].operation.symbol = (uint16_t)oddities[i].symbol;
		}
	}
	return r;
}

static void work(struct search *s, struct tadam *t)
{
	size_t i;

	while (atomic_load(&s->error) == 0 && (i = atomic_fetch_add(&s->next, 1)) < s->n) {
		struct candidate *c = &s->candidates[i];
		int r = tadam_stopped(t) ? -EINTR
					 : tadam_try(t, &c->operation, s->realign, &c->score);

		if (r == -ENOENT)
			c->score = INT64_MAX;
		else if (r < 0)
			atomic_store(&s->error, r);
	}
}

struct worker {
	struct search *search;
	struct tadam *t;
	pthread_t thread;
};

static void *worker_main(void *argument)
{
	struct worker *worker = argument;

	work(worker->search, worker->t);
	return NULL;
}

/* Tries candidates 0 .. n - 1 on all threads. */
static int try_all(struct search *s, bool realign)
{
	struct worker workers[LIMIT_THREADS];
	uint32_t n_started = 0;

	s->realign = realign;
	atomic_store(&s->next, 0);
	for (uint32_t i = 0; i + 1 < s->n_threads; i++) {
		workers[i] = (struct worker) { .search = s, .t = &s->clones[i] };
		if (pthread_create(&workers[i].thread, NULL, worker_main, &workers[i]) != 0)
			break;
		n_started++;
	}
	work(s, s->t);
	for (uint32_t i = 0; i < n_started; i++)
		pthread_join(workers[i].thread, NULL);
	return atomic_load(&s->error);
}

static int by_score(const void *left, const void *right)
{
	const struct candidate *a = left, *b = right;

	if (a->score != b->score)
		return a->score < b->score ? -1 : 1;
	return (a->order > b->order) - (a->order < b->order);
}

static int copy_to_threads(struct search *s)
{
	int r = 0;

	for (uint32_t i = 0; i + 1 < s->n_threads && r == 0; i++)
		r = tadam_clone(&s->clones[i], s->t, NULL, NULL);
	return r;
}

static int perform(struct search *s, const struct tadam_operation *operation)
{
	struct tadam *t = s->t;
	struct tadam_mark mark;
	int r = tadam_room(t, operation);

	if (r < 0)
		return r;
	mark = tadam_begin(t);
	r = tadam_apply(t, operation);
	if (r == 0)
		r = tadam_realign(t);
	tadam_commit(t, mark);
	if (r == 0)
		r = tadam_rebuild(t, NULL, NULL);
	return r == 0 ? copy_to_threads(s) : r;
}

/* One round: tries what is listed. Returns 1 when something was done, 0 when nothing helps, or
 * -errno. */
static int choose(struct search *s, uint64_t *n_trials)
{
	const int64_t score = tadam_score(s->t);
	int r = try_all(s, false);

	if (r < 0)
		return r;
	*n_trials += s->n;
	qsort(s->candidates, s->n, sizeof(*s->candidates), by_score);
	if (s->n > N_SECOND_LOOK)
		s->n = N_SECOND_LOOK;
	while (s->n > 0 && s->candidates[s->n - 1].score == INT64_MAX)
		s->n--;
	r = try_all(s, true);
	if (r < 0)
		return r;
	*n_trials += s->n;
	qsort(s->candidates, s->n, sizeof(*s->candidates), by_score);
	if (s->n == 0 || s->candidates[0].score >= score)
		return 0;
	r = perform(s, &s->candidates[0].operation);
	return r < 0 ? r : 1;
}

static int round_of(struct search *s, uint64_t *n_trials)
{
	int r;

	s->n = 0;
	if (s->order != TADAM_SPLITS_LAST)
		add_splits(s, s->whole_edges);
	if (s->order != TADAM_SPLITS_FIRST) {
		add_merges(s);
		add_deletes(s);
	}
	r = choose(s, n_trials);
	if (r == 0 && s->order != TADAM_ANY_ORDER) {
		s->order = TADAM_ANY_ORDER;
		return 1;
	}
	if (r != 0)
		return r;
	s->n = 0;
	r = add_adds(s);
	return r < 0 ? r : choose(s, n_trials);
}

static void report(const struct tadam *t, const struct tadam_options *options, uint64_t n_trials)
{
	const struct tadam_progress progress = {
		.bits = code_in_bits(tadam_score(t)),
		.n_states = t->sums.n_states,
		.n_edges = t->sums.n_edges,
		.n_trials = n_trials,
	};

	if (options->progress != NULL)
		options->progress(options->context, &progress);
}

int tadam_search(struct tadam *t, const struct tadam_options *options, enum tadam_order order,
		 uint64_t *n_trials)
{
	struct search s = { .t = t,
			    .order = order,
			    .n_threads = options->n_threads,
			    .whole_edges = options->whole_edges };
	int r = 0;

	if (s.n_threads < 1)
		s.n_threads = 1;
	if (s.n_threads > LIMIT_THREADS)
		s.n_threads = LIMIT_THREADS;
	s.clones = mem_array(s.n_threads, sizeof(*s.clones));
	if (s.clones == NULL)
		return -ENOMEM;
	t->robust = true;
	for (uint32_t e = 0; e < t->sums.n_edge_slots; e++)
		tadam_dirty_edge(t, e);
	tadam_settle(t);
	if (t->sums.n_states > MANY_STATES)
		r = tadam_fold_tree(t, n_trials);
	if (r == 0)
		r = copy_to_threads(&s);
	for (uint32_t round = 0; r == 0; round++) {
		if (options->max_rounds > 0 && round == options->max_rounds)
			break;
		report(t, options, *n_trials);
		r = round_of(&s, n_trials);
		if (r <= 0)
			break;
		r = 0;
	}
	for (uint32_t i = 0; i + 1 < s.n_threads; i++)
		tadam_done(&s.clones[i]);
	free(s.clones);
	free(s.candidates);
	return r < 0 ? r : 0;
}
