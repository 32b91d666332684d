/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Paths on which a direction carries no payload at all. Where data is usual both ways, drawing
 * again and again does not meet them (a bulk transfer among dialogues on the same port); the law
 * given that condition is that of the automaton without the edges that carry data that way.
 */
#include <errno.h>
#include <stdlib.h>

#include "automata/walk_internal.h"
#include "base/mem.h"

/* Cells of the rectangle times edges: some 50 ms; and cells times states: 64 MiB. */
#define LIMIT_WORK   (UINT64_C(1) << 25)
#define LIMIT_VALUES (UINT64_C(1) << 24)

/* The automaton without those edges, and without the states that only they led to. */
struct quiet {
	struct walk walk;    /* borrows all but the arrays below */
	uint32_t *whole;     /* n_edges of the whole: what edge e of the quiet one is there */
	uint32_t *state;     /* n_states of the whole: number in the quiet one + 1; 0: left out */
	uint32_t *to_number; /* states that are in and not looked at yet */
};

static void quiet_done(struct quiet *q)
{
	free(q->walk.edges);
	free(q->walk.first);
	free(q->walk.backward);
	free(q->walk.end);
	free(q->whole);
	free(q->state);
	free(q->to_number);
}

static int quiet_room(struct quiet *q, const struct walk *walk)
{
	const size_t n_states = walk->n_states;

	*q = (struct quiet) { .walk = *walk };
	q->walk.edges = mem_array(walk->n_edges, sizeof(*q->walk.edges));
	q->walk.first = mem_array(n_states + 1, sizeof(*q->walk.first));
	q->walk.backward = mem_array(n_states, sizeof(*q->walk.backward));
	q->walk.end = mem_array(n_states, sizeof(*q->walk.end));
	q->whole = mem_array(walk->n_edges, sizeof(*q->whole));
	q->state = mem_array(n_states, sizeof(*q->state));
	q->to_number = mem_array(n_states, sizeof(*q->to_number));
	return q->walk.edges == NULL || q->walk.first == NULL || q->walk.backward == NULL ||
			       q->walk.end == NULL || q->whole == NULL || q->state == NULL ||
			       q->to_number == NULL
		       ? -ENOMEM
		       : 0;
}

/* Edges keep their order within a state, so forward ones stay first. */
static void quiet_fill(struct quiet *q, const struct walk *walk, const uint64_t payload[2])
{
	struct walk *w = &q->walk;

	w->n_states = w->n_edges = 0;
	q->to_number[0] = 0;
	q->state[0] = 1;
	for (uint32_t n_numbered = 1; w->n_states < n_numbered; w->n_states++) {
		const uint32_t s = q->to_number[w->n_states];

		w->first[w->n_states] = w->backward[w->n_states] = w->n_edges;
		w->end[w->n_states] = walk->end[s];
		for (uint32_t e = walk->first[s]; e < walk->first[s + 1]; e++) {
			struct walk_edge edge = walk->edges[e];

			if (edge.data && payload[edge.direction] == 0)
				continue;
			if (q->state[edge.dst] == 0) {
				q->to_number[n_numbered++] = edge.dst;
				q->state[edge.dst] = n_numbered;
			}
			edge.dst = (uint16_t)(q->state[edge.dst] - 1);
			q->whole[w->n_edges] = e;
			w->edges[w->n_edges++] = edge;
			w->backward[w->n_states] += e < walk->backward[s];
		}
	}
	w->first[w->n_states] = w->n_edges;
}

/* Draws scratch->path, as indices into walk->edges. */
static int quiet_draw(const struct walk *walk, struct walk_scratch *scratch,
		      const struct walk_request *request, struct rng *rng)
{
	const size_t n = (size_t)(request->packets[0] + request->packets[1]);
	struct quiet quiet;
	int r = quiet_room(&quiet, walk);

	if (r == 0) {
		quiet_fill(&quiet, walk, request->payload);
		r = walk_rectangle_path(&quiet.walk, scratch, (uint32_t)request->packets[0],
					(uint32_t)request->packets[1], rng, scratch->path);
	}
	for (size_t i = 0; i < n && r == 0; i++)
		scratch->path[i] = (uint16_t)quiet.whole[scratch->path[i]];
	quiet_done(&quiet);
	return r;
}

int walk_quiet_path(const struct walk *walk, struct walk_scratch *scratch,
		    const struct walk_request *request, struct rng *rng,
		    struct automaton_step *ret_steps)
{
	uint64_t n = request->packets[0] + request->packets[1];
	uint64_t n_cells = (request->packets[0] + 1) * (request->packets[1] + 1);
	int r;

	if ((request->payload[0] > 0 && request->payload[1] > 0) || n == 0 ||
	    n_cells > LIMIT_WORK / (walk->n_edges + 1) ||
	    n_cells > LIMIT_VALUES / (walk->n_states + 1))
		return -ENOENT;
	if (walk_path_room(scratch, (size_t)n) < 0)
		return -ENOMEM;
	r = quiet_draw(walk, scratch, request, rng);
	if (r < 0)
		return r;
	/* One draw: where it cannot carry the bytes either, they give way. The rectangle costs too
	 * much to be made again and again. */
	walk_steps_make(walk, scratch->path, (size_t)n, ret_steps);
	return walk_sizes_fit(request, ret_steps, (size_t)n) ? 0 : -ENOENT;
}
