/* SPDX-License-Identifier: Apache-2.0 */
/* The first automata, and copies that leave out what is dead. */
#include "automata/tadam_internal.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "automata/rti.h"
#include "base/mem.h"

enum { LIMIT_USERS = 1 << 30 };

/* Stricter than RTI+'s own: it does not know noise, and would take it for structure. */
static const struct rti_options rti_options = { .alpha = 0.001, .min_data = 10, .n_bins = 10 };

static int compare_words(const void *left, const void *right, void *context)
{
	const struct tadam_word *a = left, *b = right;
	const struct tadam_frame *frame = context;

	if (a->n_events != b->n_events)
		return a->n_events < b->n_events ? -1 : 1;
	for (uint32_t i = 0; i < a->n_events; i++) {
		const struct word_event *x = &a->events[i], *y = &b->events[i];

		if (x->symbol != y->symbol)
			return x->symbol < y->symbol ? -1 : 1;
		for (uint32_t k = 0; k < frame->n_values; k++) {
			if (x->value[k] != y->value[k])
				return x->value[k] < y->value[k] ? -1 : 1;
		}
	}
	return 0;
}

static int64_t spelled_cost(const struct tadam_frame *frame, const struct tadam_word *word)
{
	int64_t cost = code_of_bits(frame->log2_symbols);

	for (uint32_t i = 0; i < word->n_events; i++)
		cost += tadam_foreign(frame, &word->events[i]);
	return cost;
}

/* Equal words become one with their weight; what is left is in an order of its own, so that the
 * order given does not matter. */
static int gather_words(struct tadam *t)
{
	const struct word_set *set = t->frame->set;

	t->words = mem_array(set->n_words, sizeof(*t->words));
	if (t->words == NULL)
		return -ENOMEM;
	for (size_t w = 0; w < set->n_words; w++) {
		const struct word word = word_at(set, w);

		t->words[w] = (struct tadam_word) { .events = word.events,
						    .n_events = word.n_events,
						    .weight = 1 };
	}
	qsort_r(t->words, set->n_words, sizeof(*t->words), compare_words, (void *)t->frame);
	for (size_t w = 0; w < set->n_words; w++) {
		if (t->n_words > 0 &&
		    compare_words(&t->words[t->n_words - 1], &t->words[w], (void *)t->frame) == 0) {
			t->words[t->n_words - 1].weight++;
			continue;
		}
		t->words[t->n_words] = t->words[w];
		t->words[t->n_words].spelled = spelled_cost(t->frame, &t->words[w]);
		t->n_words++;
	}
	return 0;
}

static uint32_t find_edge(const struct tadam *t, uint32_t state, uint32_t symbol)
{
	uint32_t e = t->states[state].first_out;

	while (e != TADAM_NONE && t->edges[e].symbol != symbol)
		e = t->edges[e].next_out;
	return e;
}

/* Where an edge for `symbol` leads that is not there yet. pairs: states by the last symbol but one
 * (none: n_symbols) and the last, 0 where there is none yet. */
static uint32_t target(struct tadam *t, uint32_t init, uint32_t before, uint32_t symbol,
		       uint32_t *pairs)
{
	if (symbol == t->frame->n_symbols)
		return TADAM_END;
	if (init == TADAM_TWO_SYMBOLS) {
		uint32_t *own = &pairs[(size_t)before * t->frame->n_symbols + symbol];

		if (*own == 0)
			*own = tadam_add_state(t);
		return *own;
	}
	if (init == TADAM_UNIVERSAL)
		return TADAM_START;
	if (init == TADAM_APTA)
		return tadam_add_state(t);
	return TADAM_END + 1 + symbol; /* made beforehand */
}

static int trace_word(struct tadam *t, uint32_t word, uint32_t init, uint32_t *pairs)
{
	struct tadam_word *w = &t->words[word];
	struct align_move *moves = tadam_alloc(t, (w->n_events + 1) * sizeof(*moves));
	uint32_t at = TADAM_START, before = t->frame->n_symbols;

	if (moves == NULL)
		return -ENOMEM;
	for (uint32_t i = 0; i <= w->n_events; i++) {
		const uint32_t symbol = i < w->n_events ? w->events[i].symbol : t->frame->n_symbols;
		uint32_t e = find_edge(t, at, symbol);
		int r = tadam_reserve(t, 1, 1);

		if (r < 0)
			return r;
		if (e == TADAM_NONE)
			e = tadam_add_edge(t, at, target(t, init, before, symbol, pairs), symbol);
		moves[i] = (struct align_move) { e, i, ALIGN_CLEAN };
		at = t->edges[e].dst;
		before = symbol;
	}
	w->moves = moves;
	w->n_moves = w->n_events + 1;
	tadam_put_word(t, word, 1);
	return t->error;
}

/*
 * RTI+'s automaton: every word takes the edges it takes there, and ends where it ends. ends and
 * edges are the edges made so far, by its states and edges.
 */
struct rti_start {
	const struct guarded *guarded;
	uint32_t *ends, *edges;
};

static uint32_t rti_state(uint32_t state)
{
	return state == 0 ? TADAM_START : TADAM_END + state;
}

static int trace_rti_word(struct tadam *t, uint32_t word, const struct rti_start *start)
{
	struct tadam_word *w = &t->words[word];
	struct align_move *moves = tadam_alloc(t, (w->n_events + 1) * sizeof(*moves));
	uint32_t at = 0;

	if (moves == NULL)
		return -ENOMEM;
	for (uint32_t i = 0; i <= w->n_events; i++) {
		const struct guarded_edge *edge =
			i < w->n_events ? guarded_edge_for(start->guarded, at, &w->events[i])
					: NULL;
		uint32_t *own = edge == NULL ? &start->ends[at]
					     : &start->edges[edge - start->guarded->edges];
		int r = tadam_reserve(t, 1, 1);

		if (r < 0)
			return r;
		if (*own == TADAM_NONE && edge == NULL)
			*own = tadam_add_edge(t, rti_state(at), TADAM_END, t->frame->n_symbols);
		else if (*own == TADAM_NONE)
			*own = tadam_add_edge(t, rti_state(at), rti_state(edge->dst), edge->symbol);
		moves[i] = (struct align_move) { *own, i, ALIGN_CLEAN };
		at = edge == NULL ? at : edge->dst;
	}
	w->moves = moves;
	w->n_moves = w->n_events + 1;
	tadam_put_word(t, word, 1);
	return t->error;
}

static int trace_rti(struct tadam *t, const struct guarded *guarded)
{
	CLEANUP(freep) uint32_t *ends = mem_array(guarded->n_states, sizeof(*ends));
	CLEANUP(freep) uint32_t *edges = mem_array(guarded->n_edges, sizeof(*edges));
	const struct rti_start start = { guarded, ends, edges };
	int r = 0;

	if (ends == NULL || edges == NULL)
		return -ENOMEM;
	memset(ends, 0xff, guarded->n_states * sizeof(*ends));
	memset(edges, 0xff, guarded->n_edges * sizeof(*edges));
	for (uint32_t w = 0; w < t->n_words && r == 0; w++)
		r = trace_rti_word(t, w, &start);
	return r;
}

static int trace_words(struct tadam *t, uint32_t init, const struct guarded *guarded)
{
	const size_t n = t->frame->n_symbols;
	CLEANUP(freep)
	uint32_t *pairs = init == TADAM_TWO_SYMBOLS ? mem_array((n + 1) * n, sizeof(*pairs)) : NULL;
	int r = 0;

	if (init == TADAM_TWO_SYMBOLS && pairs == NULL)
		return -ENOMEM;
	if (guarded != NULL)
		return trace_rti(t, guarded);
	for (uint32_t w = 0; w < t->n_words && r == 0; w++)
		r = trace_word(t, w, init, pairs);
	return r;
}

int tadam_start(struct tadam *t, const struct tadam_frame *frame, uint32_t init)
{
	CLEANUP(guarded_freep) struct guarded *guarded = NULL;
	uint32_t n_states = 2 + (init == TADAM_STATE_SYMBOL ? frame->n_symbols : 0);
	int r = 0;

	t->frame = frame;
	if (init == TADAM_RTI)
		r = rti_learn(frame->set, &rti_options, &guarded, NULL);
	if (guarded != NULL)
		n_states += guarded->n_states - 1;
	if (r == 0)
		r = tadam_reserve(t, 1, n_states);
	if (r == 0)
		r = gather_words(t);
	if (r < 0)
		return r;
	for (uint32_t s = 0; s < n_states; s++)
		tadam_add_state(t);
	r = trace_words(t, init, guarded);
	if (r < 0)
		return r;
	tadam_flush(t);
	/* States that no word has. */
	for (uint32_t s = TADAM_END + 1; s < n_states; s++) {
		if (t->states[s].first_in == TADAM_NONE)
			tadam_kill_state(t, s);
	}
	tadam_settle(t);
	return t->error < 0 ? t->error : tadam_rebuild(t, NULL, NULL);
}

/* Words by edge, each once. */
static int list_users(struct tadam *t)
{
	CLEANUP(freep) uint32_t *last = mem_array(t->sums.n_edge_slots + 1, sizeof(*last));
	size_t n = 0;
	int r = mem_grow(&t->first_user, &t->first_user_capacity, t->sums.n_edge_slots + 2,
			 sizeof(*t->first_user), LIMIT_USERS);

	if (last == NULL || r < 0)
		return -ENOMEM;
	memset(t->first_user, 0, (t->sums.n_edge_slots + 2) * sizeof(*t->first_user));
	/* Twice: counts, then the lists; first_user[e + 2] while counting, [e + 1] while filling.
	 */
	for (int pass = 0; pass < 2; pass++) {
		memset(last, 0, (t->sums.n_edge_slots + 1) * sizeof(*last));
		for (uint32_t w = 0; w < t->n_words; w++) {
			for (uint32_t i = 0; i < t->words[w].n_moves; i++) {
				const uint32_t e = t->words[w].moves[i].edge;

				if (e == ALIGN_NO_EVENT || last[e] == w + 1)
					continue;
				last[e] = w + 1;
				if (pass == 0)
					t->first_user[e + 2]++;
				else
					t->users[t->first_user[e + 1]++] = w;
				n++;
			}
		}
		if (pass == 1)
			break;
		for (uint32_t e = 0; e < t->sums.n_edge_slots; e++)
			t->first_user[e + 2] += t->first_user[e + 1];
		if (mem_grow(&t->users, &t->users_capacity, n + 1, sizeof(*t->users), LIMIT_USERS) <
		    0)
			return -ENOMEM;
	}
	return 0;
}

static const struct tadam_hist *copy_hist(struct tadam *t, const struct tadam_hist *from)
{
	size_t n_bytes;
	struct tadam_hist *h;

	if (from == NULL)
		return NULL;
	n_bytes = sizeof(*h) + from->n * sizeof(h->items[0]);
	h = tadam_alloc(t, n_bytes);
	if (h != NULL)
		memcpy(h, from, n_bytes);
	return h;
}

static void copy_graph(struct tadam *t, const struct tadam *from, uint32_t *map_state,
		       uint32_t *map_edge)
{
	for (uint32_t s = 0; s < from->sums.n_state_slots; s++) {
		if (!from->states[s].alive)
			continue;
		map_state[s] = tadam_add_state(t);
		t->states[map_state[s]].cost = from->states[s].cost;
	}
	for (uint32_t e = 0; e < from->sums.n_edge_slots; e++) {
		const struct tadam_edge *old = &from->edges[e];
		struct tadam_edge links;

		if (!old->alive)
			continue;
		map_edge[e] =
			tadam_add_edge(t, map_state[old->src], map_state[old->dst], old->symbol);
		links = t->edges[map_edge[e]];
		t->edges[map_edge[e]] = *old;
		t->edges[map_edge[e]].src = links.src;
		t->edges[map_edge[e]].dst = links.dst;
		t->edges[map_edge[e]].next_out = links.next_out;
		t->edges[map_edge[e]].prev_out = links.prev_out;
		t->edges[map_edge[e]].next_in = links.next_in;
		t->edges[map_edge[e]].prev_in = links.prev_in;
		for (uint32_t k = 0; k < WORD_MAX_VALUES; k++)
			t->edges[map_edge[e]].hist[k] = copy_hist(t, old->hist[k]);
	}
	for (uint32_t s = 0; s < t->sums.n_state_slots; s++)
		t->states[s].dirty = false;
}

static int copy_words(struct tadam *t, const struct tadam *from, const uint32_t *map_edge)
{
	if (t->words == NULL)
		t->words = mem_array(from->n_words, sizeof(*t->words));
	if (t->words == NULL)
		return -ENOMEM;
	t->n_words = from->n_words;
	memcpy(t->words, from->words, from->n_words * sizeof(*t->words));
	for (uint32_t w = 0; w < t->n_words; w++) {
		const struct tadam_word *old = &from->words[w];
		struct align_move *moves;

		if (old->moves == NULL)
			continue;
		moves = tadam_alloc(t, old->n_moves * sizeof(*moves));
		if (moves == NULL)
			return -ENOMEM;
		for (uint32_t i = 0; i < old->n_moves; i++) {
			moves[i] = old->moves[i];
			if (moves[i].edge != ALIGN_NO_EVENT)
				moves[i].edge = map_edge[tadam_alias(from, moves[i].edge)];
		}
		t->words[w].moves = moves;
	}
	return 0;
}

int tadam_clone(struct tadam *t, const struct tadam *from, uint32_t *ret_states,
		uint32_t *ret_edges)
{
	const size_t n_states = from->sums.n_state_slots, n_edges = from->sums.n_edge_slots;
	CLEANUP(freep) uint32_t *map_state = mem_array(n_states + 1, sizeof(*map_state));
	CLEANUP(freep) uint32_t *map_edge = mem_array(n_edges + 1, sizeof(*map_edge));
	const struct tadam_mark empty = { .block = NULL };
	int r;

	if (map_state == NULL || map_edge == NULL)
		return -ENOMEM;
	memset(map_state, 0xff, (n_states + 1) * sizeof(*map_state));
	memset(map_edge, 0xff, (n_edges + 1) * sizeof(*map_edge));
	tadam_undo(t, empty); /* gives the arena's memory back */
	t->frame = from->frame;
	t->robust = from->robust;
	t->sums = (struct tadam_sums) { 0 };
	r = tadam_reserve(t, from->sums.n_edges + 1, from->sums.n_states + 1);
	if (r < 0)
		return r;
	copy_graph(t, from, map_state, map_edge);
	t->sums = from->sums;
	t->sums.n_edge_slots = from->sums.n_edges;
	t->sums.n_state_slots = from->sums.n_states;
	r = copy_words(t, from, map_edge);
	if (r == 0)
		r = t->error < 0 ? t->error : list_users(t);
	if (r == 0 && ret_states != NULL)
		memcpy(ret_states, map_state, n_states * sizeof(*map_state));
	if (r == 0 && ret_edges != NULL)
		memcpy(ret_edges, map_edge, n_edges * sizeof(*map_edge));
	return r;
}

int tadam_rebuild(struct tadam *t, uint32_t *ret_states, uint32_t *ret_edges)
{
	struct tadam copy = { 0 };
	int r = tadam_clone(&copy, t, ret_states, ret_edges);

	if (r < 0) {
		tadam_done(&copy);
		return r;
	}
	tadam_done(t);
	*t = copy;
	return 0;
}
