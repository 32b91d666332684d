/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Splitting. A state falls apart into blocks by how words come in: by which edge and with what
 * values (an atom), where that tells how they go on. An edge falls apart into parallel ones where
 * its values are of several kinds. A loop is an edge into the state like any other, so a split can
 * unroll it.
 */
#include "automata/tadam_cut.h"
#include "automata/tadam_internal.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/detmath.h"
#include "base/mem.h"

enum { LIMIT_VISITS = 1 << 28, LIMIT_ATOMS = 256 };

/* The edges of the state being split, by local index, and its visits in the words' order. */
struct split {
	struct tadam *t;
	uint32_t state;
	uint32_t *words; /* that pass the state, ascending */
	size_t n_words;
	uint32_t *local; /* edge slots: 1 + local index, 0: not of this state */
	uint32_t *edges; /* by local index; after them one for the start of words */
	uint32_t n_edges;
	struct tadam_visit *visits, **sorted;
	size_t n_visits, visits_capacity;
	struct tadam_atom *atoms;
	uint32_t n_atoms, n_blocks;
	double *next, *counts;
	struct tadam_moments *moments;
	uint32_t *twin; /* (local, block of src, block of dst): the edge, or TADAM_NONE */
};

static void split_done(struct split *s)
{
	free(s->words);
	free(s->local);
	free(s->edges);
	free(s->visits);
	free(s->sorted);
	free(s->atoms);
	free(s->next);
	free(s->counts);
	free(s->moments);
	free(s->twin);
}

static bool takes_edge(const struct align_move *move)
{
	return move->kind != ALIGN_ADDITION && move->kind != ALIGN_REEMISSION;
}

static void list_edges(struct split *s)
{
	const struct tadam *t = s->t;

	for (uint32_t e = t->states[s->state].first_in; e != TADAM_NONE; e = t->edges[e].next_in) {
		s->edges[s->n_edges++] = e;
		s->local[e] = s->n_edges;
	}
	for (uint32_t e = t->states[s->state].first_out; e != TADAM_NONE;
	     e = t->edges[e].next_out) {
		if (s->local[e] != 0)
			continue;
		s->edges[s->n_edges++] = e;
		s->local[e] = s->n_edges;
	}
}

static int by_number(const void *left, const void *right)
{
	const uint32_t *a = left, *b = right;

	return (*a > *b) - (*a < *b);
}

/* Every visit leaves by an edge, so the users of the out-edges are all there are. */
static int list_words(struct split *s)
{
	const struct tadam *t = s->t;
	size_t n = 0, n_distinct = 0;

	for (uint32_t e = t->states[s->state].first_out; e != TADAM_NONE; e = t->edges[e].next_out)
		n += t->first_user[e + 1] - t->first_user[e];
	s->words = mem_array(n, sizeof(*s->words));
	if (s->words == NULL)
		return -ENOMEM;
	for (uint32_t e = t->states[s->state].first_out; e != TADAM_NONE;
	     e = t->edges[e].next_out) {
		for (uint32_t i = t->first_user[e]; i < t->first_user[e + 1]; i++)
			s->words[s->n_words++] = t->users[i];
	}
	qsort(s->words, n, sizeof(*s->words), by_number);
	for (size_t i = 0; i < n; i++) {
		if (i == 0 || s->words[i] != s->words[i - 1])
			s->words[n_distinct++] = s->words[i];
	}
	s->n_words = n_distinct;
	return 0;
}

static int add_visit(struct split *s, const struct tadam_word *word, const struct align_move *move)
{
	const bool valued = move != NULL && move->kind != ALIGN_OMISSION;
	struct tadam_visit *visit;
	int r = mem_grow(&s->visits, &s->visits_capacity, s->n_visits + 1, sizeof(*s->visits),
			 LIMIT_VISITS);

	if (r < 0)
		return r;
	visit = &s->visits[s->n_visits++];
	*visit = (struct tadam_visit) {
		.in = move != NULL ? s->local[move->edge] - 1 : s->n_edges,
		.weight = word->weight,
		.valued = valued,
	};
	for (uint32_t k = 0; valued && k < s->t->frame->n_values; k++)
		visit->value[k] = word->events[move->event].value[k];
	return 0;
}

static int gather_visits(struct split *s)
{
	const struct tadam *t = s->t;
	int r = 0;

	for (size_t i = 0; i < s->n_words && r == 0; i++) {
		const struct tadam_word *word = &t->words[s->words[i]];

		if (s->state == TADAM_START)
			r = add_visit(s, word, NULL);
		for (uint32_t m = 0; m < word->n_moves && r == 0; m++) {
			const struct align_move *move = &word->moves[m];

			if (!takes_edge(move))
				continue;
			if (t->edges[move->edge].src == s->state)
				s->visits[s->n_visits - 1].next = s->local[move->edge] - 1;
			if (t->edges[move->edge].dst == s->state)
				r = add_visit(s, word, move);
		}
	}
	return r;
}

static int by_edge(const void *left, const void *right)
{
	const struct tadam_visit *a = *(struct tadam_visit *const *)left;
	const struct tadam_visit *b = *(struct tadam_visit *const *)right;

	if (a->in != b->in)
		return a->in < b->in ? -1 : 1;
	return (a > b) - (a < b);
}

/* Cuts the visits of each in-edge into atoms. */
static void cut_visits(struct split *s)
{
	const uint32_t n_values = s->t->frame->n_values;
	size_t begin = 0;

	for (size_t i = 0; i < s->n_visits; i++)
		s->sorted[i] = &s->visits[i];
	qsort(s->sorted, s->n_visits, sizeof(struct tadam_visit *), by_edge);
	for (size_t i = 1; i <= s->n_visits; i++) {
		const uint32_t in = s->sorted[begin]->in;
		const double n = (double)(i - begin);
		uint32_t n_cut = 1;

		if (i < s->n_visits && s->sorted[i]->in == in)
			continue;
		if (s->n_atoms + TADAM_ATOMS > LIMIT_ATOMS)
			return;
		if (in < s->n_edges)
			n_cut = tadam_cut(s->sorted + begin, i - begin, n_values, s->n_edges,
					  (2 * n_values + 1) * code_log2(n), s->n_atoms, s->counts,
					  &s->t->frame->counts);
		for (size_t v = begin; in == s->n_edges && v < i; v++)
			s->sorted[v]->atom = s->n_atoms;
		for (uint32_t a = 0; a < n_cut; a++, s->n_atoms++)
			s->atoms[s->n_atoms] =
				(struct tadam_atom) { .in = in,
						      .fixed = in == s->n_edges,
						      .next = s->next +
							      (size_t)s->n_atoms * s->n_edges };
		begin = i;
	}
}

static int make_atoms(struct split *s)
{
	const uint32_t n_in = s->n_edges + 1;
	const size_t n_atoms =
		(size_t)n_in * TADAM_ATOMS < LIMIT_ATOMS ? (size_t)n_in * TADAM_ATOMS : LIMIT_ATOMS;

	s->sorted = mem_array(s->n_visits, sizeof(struct tadam_visit *));
	s->atoms = mem_array(n_atoms, sizeof(*s->atoms));
	s->next = mem_array(n_atoms * s->n_edges, sizeof(*s->next));
	s->counts = mem_array(2 * (size_t)n_in, sizeof(*s->counts));
	s->moments = mem_array(n_in, sizeof(*s->moments));
	if (s->sorted == NULL || s->atoms == NULL || s->next == NULL || s->counts == NULL ||
	    s->moments == NULL)
		return -ENOMEM;
	cut_visits(s);
	for (size_t v = 0; v < s->n_visits; v++) {
		struct tadam_atom *atom = &s->atoms[s->visits[v].atom];

		tadam_moments_add(&atom->moments, &s->visits[v], 1);
		atom->next[s->visits[v].next] += s->visits[v].weight;
		atom->weight += s->visits[v].weight;
	}
	return 0;
}

/* The edge that stands for `edge` between two blocks; made when first needed. */
static uint32_t twin(struct split *s, uint32_t edge, uint32_t from, uint32_t to,
		     const uint32_t *states)
{
	struct tadam *t = s->t;
	const uint32_t local = s->local[edge] - 1;
	uint32_t *slot = &s->twin[(local * TADAM_BLOCKS + from) * TADAM_BLOCKS + to];

	if (*slot == TADAM_NONE) {
		const uint32_t src = t->edges[edge].src, dst = t->edges[edge].dst;

		*slot = tadam_add_edge(t, src == s->state ? states[from] : src,
				       dst == s->state ? states[to] : dst, t->edges[edge].symbol);
	}
	return *slot;
}

/* Moves what one move contributes from its edge to another. */
static void relabel(struct tadam *t, const struct tadam_word *word, struct align_move *move,
		    uint32_t edge)
{
	const bool valued = move->kind != ALIGN_OMISSION && move->event < word->n_events;
	const struct word_event *event = valued ? &word->events[move->event] : NULL;
	const int32_t weight = (int32_t)word->weight;
	const int32_t uses = move->kind == ALIGN_REEMISSION ? 0 : weight;

	if (move->edge == edge)
		return;
	tadam_change(t, move->edge, event, valued ? -weight : 0, -uses);
	tadam_change(t, edge, event, valued ? weight : 0, uses);
	move->edge = edge;
}

static struct align_move *own_moves(struct tadam *t, struct tadam_word *word)
{
	struct align_move *moves = tadam_alloc(t, word->n_moves * sizeof(*moves));

	if (moves == NULL)
		return NULL;
	memcpy(moves, word->moves, word->n_moves * sizeof(*moves));
	tadam_save(t, word, sizeof(*word));
	word->moves = moves;
	return moves;
}

/* One word's moves onto the blocks' edges; visit: its first. Returns the visit after its last. */
static const struct tadam_visit *relabel_word(struct split *s, uint32_t i_word,
					      const struct tadam_visit *visit,
					      const uint32_t *states)
{
	struct tadam *t = s->t;
	struct tadam_word *word = &t->words[i_word];
	struct align_move *moves = own_moves(t, word);
	uint32_t at = 0, last = TADAM_NONE;

	if (moves == NULL)
		return visit;
	if (s->state == TADAM_START)
		at = s->atoms[visit++->atom].block;
	for (uint32_t m = 0; m < word->n_moves; m++) {
		const uint32_t old = moves[m].edge;
		const struct tadam_edge *edge;
		uint32_t from = 0;

		if (moves[m].kind == ALIGN_ADDITION)
			continue;
		if (moves[m].kind == ALIGN_REEMISSION) {
			relabel(t, word, &moves[m], last);
			continue;
		}
		edge = &t->edges[old];
		last = old;
		if (edge->src != s->state && edge->dst != s->state)
			continue;
		if (edge->src == s->state)
			from = at;
		if (edge->dst == s->state)
			at = s->atoms[visit++->atom].block;
		last = twin(s, old, from, edge->dst == s->state ? at : 0, states);
		relabel(t, word, &moves[m], last);
	}
	return visit;
}

static int apply(struct split *s)
{
	struct tadam *t = s->t;
	const size_t n_twins = (size_t)s->n_edges * TADAM_BLOCKS * TADAM_BLOCKS;
	const struct tadam_visit *visit = s->visits;
	uint32_t states[TADAM_BLOCKS] = { s->state };

	s->twin = mem_array(n_twins, sizeof(*s->twin));
	if (s->twin == NULL)
		return -ENOMEM;
	memset(s->twin, 0xff, n_twins * sizeof(*s->twin));
	for (uint32_t e = 0; e < s->n_edges; e++)
		s->twin[(size_t)e * TADAM_BLOCKS * TADAM_BLOCKS] = s->edges[e];
	for (uint32_t b = 1; b < s->n_blocks; b++)
		states[b] = tadam_add_state(t);
	for (size_t i = 0; i < s->n_words; i++)
		visit = relabel_word(s, s->words[i], visit, states);
	tadam_flush(t);
	tadam_settle(t);
	return t->error;
}

int tadam_split(struct tadam *t, uint32_t state)
{
	struct split s = { .t = t, .state = state };
	const double edge_bits = tadam_model_bits(t) / (t->sums.n_edges + 1);
	int r;

	s.local = mem_array(t->sums.n_edge_slots, sizeof(*s.local));
	s.edges = mem_array((size_t)t->sums.n_edge_slots + 1, sizeof(*s.edges));
	r = s.local == NULL || s.edges == NULL ? -ENOMEM : 0;
	if (r == 0) {
		list_edges(&s);
		r = list_words(&s);
	}
	if (r == 0)
		r = gather_visits(&s);
	if (r == 0)
		r = s.n_visits == 0 || s.n_edges * TADAM_ATOMS > LIMIT_ATOMS ? -ENOENT
									     : make_atoms(&s);
	if (r == 0) {
		s.n_blocks = tadam_partition(s.atoms, s.n_atoms, s.n_edges + 1, s.n_edges,
					     t->frame->n_values, edge_bits, s.counts, s.moments,
					     &t->frame->counts);
		r = s.n_blocks < 2 ? -ENOENT : apply(&s);
	}
	split_done(&s);
	return r;
}

/* The visits of one edge, as if all went on alike. */
static int gather_edge(struct split *s, uint32_t edge)
{
	const struct tadam *t = s->t;
	int r = 0;

	for (uint32_t i = t->first_user[edge]; i < t->first_user[edge + 1]; i++) {
		const struct tadam_word *word = &t->words[t->users[i]];

		for (uint32_t m = 0; m < word->n_moves && r == 0; m++) {
			if (word->moves[m].edge == edge && takes_edge(&word->moves[m]))
				r = add_visit(s, word, &word->moves[m]);
		}
	}
	return r;
}

static void relabel_edge(struct split *s, uint32_t edge, const uint32_t *twins)
{
	struct tadam *t = s->t;
	const struct tadam_visit *visit = s->visits;

	for (uint32_t i = t->first_user[edge]; i < t->first_user[edge + 1]; i++) {
		struct tadam_word *word = &t->words[t->users[i]];
		struct align_move *moves = own_moves(t, word);
		uint32_t last = edge;

		for (uint32_t m = 0; moves != NULL && m < word->n_moves; m++) {
			if (moves[m].edge != edge)
				continue;
			if (takes_edge(&moves[m]))
				last = twins[visit++->atom];
			relabel(t, word, &moves[m], last);
		}
	}
	tadam_flush(t);
	tadam_settle(t);
}

int tadam_split_edge(struct tadam *t, uint32_t edge)
{
	struct split s = { .t = t };
	const double edge_bits = tadam_model_bits(t) / (t->sums.n_edges + 1);
	uint32_t twins[TADAM_ATOMS] = { edge }, n = 1;
	int r;

	s.local = mem_array(t->sums.n_edge_slots, sizeof(*s.local));
	r = s.local == NULL ? -ENOMEM : 0;
	if (r == 0) {
		s.local[edge] = 1;
		r = gather_edge(&s, edge);
	}
	if (r == 0) {
		s.sorted = mem_array(s.n_visits, sizeof(struct tadam_visit *));
		s.counts = mem_array(1, sizeof(*s.counts));
		r = s.sorted == NULL || s.counts == NULL ? -ENOMEM : 0;
	}
	for (size_t i = 0; r == 0 && i < s.n_visits; i++)
		s.sorted[i] = &s.visits[i];
	if (r == 0)
		n = tadam_cut(s.sorted, s.n_visits, t->frame->n_values, 0, edge_bits / 2, 0,
			      s.counts, &t->frame->counts);
	if (r == 0 && n < 2)
		r = -ENOENT;
	for (uint32_t a = 1; r == 0 && a < n; a++)
		twins[a] = tadam_add_edge(t, t->edges[edge].src, t->edges[edge].dst,
					  t->edges[edge].symbol);
	if (r == 0) {
		relabel_edge(&s, edge, twins);
		r = t->error;
	}
	split_done(&s);
	return r;
}
