/* SPDX-License-Identifier: Apache-2.0 */
#include "automata/walk.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>

#include "automata/walk_internal.h"
#include "base/mem.h"

void walk_freep(struct walk **walk)
{
	struct walk *w = *walk;

	if (w == NULL)
		return;
	free(w->edges);
	free(w->carries);
	free(w->loads);
	free(w->first);
	free(w->backward);
	free(w->end);
	free(w->choices);
	free(w->ways);
	free(w->thresholds);
	free(w->start);
	free(w->exponent);
	free(w->border);
	free(w->curve);
	free(w);
	*walk = NULL;
}

/* The side at which the table meets its target size: a function of the automaton alone. */
static uint32_t table_side(const struct walk *w, size_t target_bytes)
{
	uint32_t side = WALK_SIDE_MIN;
	uint64_t cell = ((uint64_t)w->choices[w->n_states] + 2) * 4;

	while (side < WALK_SIDE_MAX && side < w->automaton->max_packets &&
	       (uint64_t)(side + 2) * (side + 3) / 2 * cell <= target_bytes)
		side++;
	return side;
}

static uint64_t mix(uint64_t h, uint64_t v)
{
	h = (h ^ v) * UINT64_C(0x9e3779b97f4a7c15);
	return h ^ h >> 29;
}

/*
 * States are numbered in the order in which they are met from the start; those that no edge left
 * leads to get no number. Where directions must carry payload, a state is one for each set of
 * directions that still have to: automaton state << 2 | set.
 */
struct numbering {
	struct walk_payload payload;
	uint32_t *number; /* of the states, + 1; 0: none yet */
	uint32_t *state;  /* the other way round, without the + 1 */
	uint32_t n;
};

static uint16_t number_of(struct numbering *numbers, uint32_t state)
{
	if (numbers->number[state] == 0) {
		numbers->state[numbers->n++] = state;
		numbers->number[state] = numbers->n;
	}
	return (uint16_t)(numbers->number[state] - 1);
}

static bool is_left_out(automaton_symbol symbol, unsigned int silent)
{
	return automaton_symbol_payload(symbol) &&
	       (silent >> automaton_symbol_direction(symbol) & 1) != 0;
}

/* The edges of state s, forward ones first, and their probabilities among all, also those left out.
 */
static void make_state(struct walk *w, uint32_t s, struct numbering *numbers)
{
	const struct automaton *a = w->automaton;
	const uint32_t src = numbers->state[s] >> 2, heard = numbers->state[s] & 3;
	uint64_t sum = a->end_count[src];

	for (uint32_t e = a->first_edge[src]; e < a->first_edge[src + 1]; e++)
		sum += a->edges[e].count;
	w->end[s] = heard == 0 ? (double)a->end_count[src] / (double)sum : 0;
	w->hash = mix(mix(w->hash, s), a->end_count[src]);
	w->first[s] = w->n_edges;
	for (unsigned int direction = STEP_FORWARD; direction <= STEP_BACKWARD; direction++) {
		if (direction == STEP_BACKWARD)
			w->backward[s] = w->n_edges;
		for (uint32_t e = a->first_edge[src]; e < a->first_edge[src + 1]; e++) {
			const struct automaton_edge *edge = &a->edges[e];
			const bool data = automaton_symbol_payload(edge->symbol);
			const uint32_t left = heard & ~(data ? 1U << direction : 0);

			if (automaton_symbol_direction(edge->symbol) != direction ||
			    is_left_out(edge->symbol, numbers->payload.silent))
				continue;
			w->edges[w->n_edges] = (struct walk_edge) {
				.p = (double)edge->count / (double)sum,
				.dst = number_of(numbers, (uint32_t)edge->dst << 2 | left),
				.edge = (uint16_t)e,
				.direction = (uint8_t)direction,
				.flags = automaton_symbol_flags(edge->symbol),
				.data = data,
			};
			w->hash = mix(mix(w->hash, (uint64_t)edge->dst << 1 | direction),
				      edge->count);
			w->n_edges++;
		}
	}
}

static int make_edges(struct walk *w, struct walk_payload payload, struct err *err)
{
	const unsigned int heard = payload.heard;
	/* Sets that a path can be in: what is left of the first. */
	const size_t n_sets = heard == 0 ? 1 : heard == 3 ? 4 : 2;
	const size_t n = w->automaton->n_states * n_sets;
	CLEANUP(freep)
	uint32_t *number = mem_array((size_t)w->automaton->n_states << 2, sizeof(*number));
	CLEANUP(freep) uint32_t *state = mem_array(n, sizeof(*state));
	struct numbering numbers = { .payload = payload, .number = number, .state = state };

	w->edges = mem_array(w->automaton->n_edges * n_sets, sizeof(*w->edges));
	w->first = mem_array(n + 1, sizeof(*w->first));
	w->backward = mem_array(n, sizeof(*w->backward));
	w->end = mem_array(n, sizeof(*w->end));
	w->choices = mem_array(n + 1, sizeof(*w->choices));
	w->ways = mem_array(w->automaton->n_edges * n_sets, sizeof(*w->ways));
	if (number == NULL || state == NULL || w->edges == NULL || w->first == NULL ||
	    w->backward == NULL || w->end == NULL || w->choices == NULL || w->ways == NULL)
		return err_no_memory(err);
	number_of(&numbers, heard);
	for (; w->n_states < numbers.n; w->n_states++)
		make_state(w, w->n_states, &numbers);
	w->first[w->n_states] = w->n_edges;
	for (uint32_t s = 0; s < w->n_states; s++) {
		const uint32_t n_edges = w->first[s + 1] - w->first[s];

		w->choices[s + 1] = w->choices[s] + (n_edges > 0 ? n_edges - 1 : 0);
	}
	for (uint32_t e = 0; e < w->n_edges; e++) {
		const uint32_t dst = w->edges[e].dst;

		w->ways[e] = (struct walk_way) {
			.first = w->first[dst],
			.threshold = w->choices[dst],
			.n_thresholds = (uint16_t)(w->choices[dst + 1] - w->choices[dst]),
			.n_forward = w->edges[e].direction == STEP_FORWARD,
		};
	}
	return 0;
}

/* Cell i of diagonal d, from those of the diagonal before. */
static void make_cell(struct walk *w, uint32_t i, uint32_t d, const double *last, double *ret_cell)
{
	const size_t n = w->n_states, cell = walk_cell_index(i, d);
	const double *forward = last + (i > 0 ? i - 1 : 0) * n, *backward = last + i * n;
	int32_t forward_exponent = WALK_NO_CELL, backward_exponent = WALK_NO_CELL;

	if (i > 0)
		forward_exponent = w->exponent[walk_cell_index(i - 1, d - 1)];
	if (i < d)
		backward_exponent = w->exponent[walk_cell_index(i, d - 1)];
	w->exponent[cell] = d == 0 ? walk_cell_end(w, ret_cell)
				   : walk_cell_make(w, forward, forward_exponent, backward,
						    backward_exponent, ret_cell);
	if (w->exponent[cell] == WALK_NO_CELL)
		return;
	w->start[cell] = walk_pack(ret_cell[0]);
	if (d > 0)
		walk_cell_thresholds(w, forward, forward_exponent, backward, backward_exponent,
				     w->thresholds + cell * w->choices[n]);
}

/* The weights themselves are kept for two anti-diagonals at a time. */
static int make_table(struct walk *w, struct err *err)
{
	const size_t n = w->n_states, n_cells = walk_cell_index(0, w->side + 1);
	CLEANUP(freep) double *diagonals = mem_array(2 * ((size_t)w->side + 1), n * sizeof(double));
	double *last, *now;

	w->thresholds = mem_array(n_cells, (w->choices[n] + 1) * sizeof(*w->thresholds));
	w->start = mem_array(n_cells, sizeof(*w->start));
	w->exponent = mem_array(n_cells, sizeof(*w->exponent));
	w->border = mem_array((size_t)w->side + 1, n * sizeof(*w->border));
	if (diagonals == NULL || w->thresholds == NULL || w->start == NULL || w->exponent == NULL ||
	    w->border == NULL)
		return err_no_memory(err);
	last = diagonals;
	now = diagonals + ((size_t)w->side + 1) * n;
	for (uint32_t d = 0; d <= w->side; d++) {
		double *other = last;

		for (uint32_t i = 0; i <= d; i++)
			make_cell(w, i, d, last, now + i * n);
		last = now;
		now = other;
	}
	for (size_t i = 0; i <= w->side; i++) {
		const int32_t exponent = w->exponent[walk_cell_index((uint32_t)i, w->side)];

		for (size_t s = 0; exponent != WALK_NO_CELL && s < n; s++)
			w->border[i * n + s] = walk_pack(last[i * n + s]);
	}
	return 0;
}

static int walk_make(const struct automaton *automaton, uint32_t side, size_t target_bytes,
		     struct walk_payload payload, struct walk **ret_walk, struct err *err)
{
	CLEANUP(walk_freep) struct walk *w = mem_array(1, sizeof(*w));
	int r;

	if (w == NULL)
		return err_no_memory(err);
	w->automaton = automaton;
	r = make_edges(w, payload, err);
	if (r == 0)
		r = walk_carries_make(w, err);
	if (r < 0)
		return r;
	w->side = side != 0 ? side : table_side(w, target_bytes);
	w->hash = mix(w->hash, w->side);
	w->table_only = payload.heard != 0;
	if ((r = make_table(w, err)) < 0)
		return r;
	/* What only counts above the table need takes longest. */
	if (payload.heard == 0 &&
	    ((r = walk_cycle_make(w, err)) < 0 || (r = walk_curve_make(w, err)) < 0))
		return r;
	*ret_walk = take(&w);
	return 0;
}

int walk_new_sized(const struct automaton *automaton, uint32_t side, struct walk **ret_walk,
		   struct err *err)
{
	return walk_make(automaton, side, WALK_TABLE_TARGET_BYTES, (struct walk_payload) { 0, 0 },
			 ret_walk, err);
}

int walk_new_payload(const struct automaton *automaton, struct walk_payload payload,
		     struct walk **ret_walk, struct err *err)
{
	/* Only short flows ask for payload where there was none: the smallest table serves them. */
	return walk_make(automaton, payload.heard != 0 ? WALK_SIDE_MIN : 0,
			 WALK_SILENT_TARGET_BYTES, payload, ret_walk, err);
}

int walk_new(const struct automaton *automaton, struct walk **ret_walk, struct err *err)
{
	return walk_new_sized(automaton, 0, ret_walk, err);
}

size_t walk_table_bytes(const struct walk *w)
{
	size_t n_cells = walk_cell_index(0, w->side + 1);

	return sizeof(*w) +
	       n_cells * (w->choices[w->n_states] * sizeof(*w->thresholds) + sizeof(*w->start) +
			  sizeof(*w->exponent)) +
	       ((size_t)w->side + 1) * w->n_states * sizeof(*w->border) +
	       w->n_edges * (sizeof(*w->edges) + sizeof(*w->ways) + sizeof(*w->carries) +
			     sizeof(*w->loads)) +
	       w->n_states * (sizeof(*w->first) + sizeof(*w->backward) + sizeof(*w->end) +
			      sizeof(*w->choices)) +
	       (2 * WALK_CURVE_HALF + 1) * sizeof(*w->curve);
}

int walk_scratch_new(struct walk_scratch **ret_scratch, struct err *err)
{
	struct walk_scratch *s = mem_array(1, sizeof(*s));

	if (s == NULL)
		return err_no_memory(err);
	s->work = malloc(WALK_WORK_BYTES);
	if (s->work == NULL) {
		walk_scratch_freep(&s);
		return err_no_memory(err);
	}
	/* Touched now, so that a long run takes no more memory than a short one. */
	memset(s->work, 0, WALK_WORK_BYTES);
	*ret_scratch = s;
	return 0;
}

void walk_scratch_freep(struct walk_scratch **scratch)
{
	struct walk_scratch *s = *scratch;

	if (s == NULL)
		return;
	for (int i = 0; i < WALK_N_TILTS; i++)
		walk_tilt_done(&s->tilts[i]);
	for (int i = 0; i < WALK_N_QUIET; i++)
		walk_freep(&s->quiet[i].walk);
	free(s->steps);
	free(s->path);
	free(s->other);
	free(s->jumps);
	free(s->items);
	free(s->work);
	free(s);
	*scratch = NULL;
}

struct automaton_step *walk_scratch_steps(struct walk_scratch *scratch, size_t n)
{
	if (mem_grow(&scratch->steps, &scratch->steps_capacity, n > 0 ? n : 1,
		     sizeof(*scratch->steps), WALK_LIMIT_PACKETS) < 0)
		return NULL;
	return scratch->steps;
}

double walk_log2_mass(const struct walk *w, uint32_t n_forward, uint32_t n_backward)
{
	uint64_t d = (uint64_t)n_forward + n_backward;
	size_t cell;

	if (d > w->side)
		return walk_rectangle_log2_mass(w, n_forward, n_backward);
	cell = walk_cell_index(n_forward, (uint32_t)d);
	if (w->start[cell] == 0)
		return -INFINITY;
	return log2(walk_unpack(w->start[cell])) + w->exponent[cell];
}

void walk_steps_make(const struct walk *w, const uint16_t *path, size_t n,
		     struct automaton_step *ret_steps)
{
	for (size_t k = 0; k < n; k++) {
		const struct walk_edge *e = &w->edges[path[k]];

		ret_steps[k] = (struct automaton_step) {
			.payload_bytes = e->data,
			.direction = e->direction,
			.flags = e->flags,
			.edge = e->edge,
		};
	}
}

int walk_path_room(struct walk_scratch *scratch, size_t n)
{
	return mem_grow(&scratch->path, &scratch->path_capacity, n > 0 ? n : 1,
			sizeof(*scratch->path), WALK_LIMIT_PACKETS);
}

int walk_items_room(struct walk_scratch *scratch, size_t n)
{
	return mem_grow(&scratch->items, &scratch->items_capacity, n > 0 ? n : 1,
			sizeof(*scratch->items), WALK_LIMIT_PACKETS);
}

int walk_path_draw(const struct walk *w, struct walk_scratch *scratch, uint32_t n_forward,
		   uint32_t n_backward, struct rng *rng)
{
	uint64_t n = (uint64_t)n_forward + n_backward;

	if (n > WALK_LIMIT_PACKETS)
		return -ENOENT;
	if (walk_path_room(scratch, n) < 0)
		return -ENOMEM;
	if (n > w->side && w->table_only)
		return -ENOENT;
	if (n > w->side)
		return walk_long_path(w, scratch, n_forward, n_backward, rng, scratch->path);
	if (w->start[walk_cell_index(n_forward, (uint32_t)n)] == 0)
		return -ENOENT;
	walk_table_path(w, 0, n_forward, n_backward, rng, scratch->path);
	return 0;
}

int walk_path(const struct walk *w, struct walk_scratch *scratch, uint32_t n_forward,
	      uint32_t n_backward, struct rng *rng, struct automaton_step *ret_steps)
{
	int r = walk_path_draw(w, scratch, n_forward, n_backward, rng);

	if (r == 0)
		walk_steps_make(w, scratch->path, (size_t)n_forward + n_backward, ret_steps);
	return r;
}
