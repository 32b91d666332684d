/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>

#include "automata/walk_internal.h"

enum {
	PAYLOAD_TRIES = 1024,
	PAYLOAD_TRIES_LEAST = 4,
	PAYLOAD_TRIES_SHORT = 1,      /* then the paths that carry payload are drawn from */
	PAYLOAD_TRIES_PACKETS = 8192, /* drawn in vain at most, beyond the least */
	MANY_PACKETS = 12,	      /* so that sizes and gaps take more than a block too */
};

/*
 * Tries that did not fit, and by how many data packets. Where their mean is beyond several standard
 * deviations from fitting, more tries are in vain: of 134,000 flows of an office that fit in the
 * end, this gives up two, and it saves every eighth packet drawn.
 */
struct misfits {
	uint64_t n;
	double sum, squares;
};

enum { MISFITS_BETWEEN_LOOKS = 16, MISFITS_DEVIATIONS = 4 };

static bool misfits_add(struct misfits *m, double misfit)
{
	const double n = (double)++m->n;

	m->sum += misfit;
	m->squares += misfit * misfit;
	/* mean^2 > deviations^2 (variance + 1/4), times n^2. */
	return m->n % MISFITS_BETWEEN_LOOKS == 0 &&
	       m->sum * m->sum > MISFITS_DEVIATIONS * MISFITS_DEVIATIONS *
					 (n * m->squares - m->sum * m->sum + n * n / 4);
}

/* A path of the automaton's own choice, about as long as asked for. */
static int draw_any(const struct walk *walk, struct walk_scratch *scratch, uint64_t n_packets[2],
		    struct rng *rng)
{
	uint64_t all = n_packets[0] + n_packets[1];
	int64_t n;

	if (all <= walk->side || walk_path_room(scratch, all) < 0)
		return -ENOMEM;
	n = walk_long_any(walk, scratch, (uint32_t)n_packets[0], (uint32_t)all, rng, scratch->path);
	if (n <= 0)
		return -ENOMEM;
	n_packets[0] = n_packets[1] = 0;
	for (int64_t k = 0; k < n; k++)
		n_packets[walk->edges[scratch->path[k]].direction]++;
	return WALK_MOVED_PACKETS;
}

/* scratch->path: for the counts asked for, or for the nearest that some path has. */
static int draw_path(const struct walk *walk, struct walk_scratch *scratch,
		     struct walk_request *request, struct rng *rng)
{
	uint64_t *n = request->packets;
	int moved = 0, r = -ENOENT;

	for (int attempt = 0; attempt < 2; attempt++) {
		if (n[0] <= WALK_LIMIT_PACKETS && n[1] <= WALK_LIMIT_PACKETS &&
		    n[0] + n[1] <= WALK_LIMIT_PACKETS) {
			r = walk_path_draw(walk, scratch, (uint32_t)n[0], (uint32_t)n[1], rng);
			if (r != -ENOENT)
				return r < 0 ? r : moved;
		}
		if (attempt > 0 || !walk_nearest(walk, &n[0], &n[1]))
			break;
		moved = WALK_MOVED_PACKETS;
	}
	/* What no trial meets in reasonable time gives way altogether. */
	return draw_any(walk, scratch, n, rng);
}

/* More payload than even packets that all carry data can hold. */
static bool hopeless(const struct walk_request *request)
{
	return request->payload[0] > request->packets[0] * request->max_payload[0] ||
	       request->payload[1] > request->packets[1] * request->max_payload[1];
}

/* walk_quiet_path() knows better than to draw again and again. */
static bool is_quiet(const struct walk_request *request)
{
	return request->payload[0] == 0 || request->payload[1] == 0 || walk_quiet_is_short(request);
}

/* Draws paths until one fits the payload or is unlikely ever to. */
static int draw_fitting(const struct walk *walk, struct walk_scratch *scratch,
			struct walk_request *request, struct rng *rng,
			struct walk_load ret_loads[2], bool *ret_fits)
{
	const bool quiet = is_quiet(request);
	const uint64_t least =
		walk_quiet_is_short(request) ? PAYLOAD_TRIES_SHORT : PAYLOAD_TRIES_LEAST;
	struct misfits misfits = { .n = 0 };
	int moved = 0;

	*ret_fits = false;
	for (uint64_t k = 0; k < PAYLOAD_TRIES; k++) {
		int r = draw_path(walk, scratch, request, rng);
		uint64_t n = request->packets[0] + request->packets[1], misfit;

		if (r < 0)
			return r;
		moved |= r;
		walk_path_loads(walk, scratch, request, ret_loads);
		misfit = walk_sizes_misfit(request, ret_loads);
		*ret_fits = misfit == 0;
		if (misfit == 0 || hopeless(request) || misfits_add(&misfits, (double)misfit) ||
		    (k + 1 >= least && (quiet || k * n >= PAYLOAD_TRIES_PACKETS)))
			break;
	}
	return moved;
}

int walk_flow(const struct walk *walk, struct walk_scratch *scratch, struct walk_request *request,
	      struct rng *rng_walk, struct rng *rng_sizes, struct rng *rng_gaps,
	      struct automaton_step **ret_steps)
{
	const struct walk *drawn = walk; /* whose path it is */
	struct automaton_step *steps;
	struct walk_load loads[2];
	size_t n;
	bool fits;
	int moved, r;

	if (request->packets[0] + request->packets[1] >= MANY_PACKETS) {
		rng_expect_many(rng_walk);
		rng_expect_many(rng_sizes);
		rng_expect_many(rng_gaps);
	}
	moved = draw_fitting(walk, scratch, request, rng_walk, loads, &fits);
	if (moved < 0)
		return moved;
	if (!fits && is_quiet(request) && !hopeless(request)) {
		r = walk_quiet_path(walk, scratch, request, rng_walk, loads, &drawn);
		if (r == -ENOMEM)
			return r;
		fits = r == 0;
		/* None, or none that fits the other direction: any path does then. */
		if (r < 0) {
			r = draw_path(walk, scratch, request, rng_walk);
			if (r < 0)
				return r;
			moved |= r;
			walk_path_loads(walk, scratch, request, loads);
		}
	}
	if (fits && walk_likely_path(drawn, scratch, request, rng_walk, loads) < 0)
		return -ENOMEM;
	n = (size_t)(request->packets[0] + request->packets[1]);
	steps = walk_scratch_steps(scratch, n);
	if (steps == NULL)
		return -ENOMEM;
	walk_steps_make(drawn, scratch->path, n, steps);
	r = walk_sizes_draw(drawn, scratch, request, rng_sizes, steps, n, loads);
	if (r < 0)
		return r;
	moved |= r;
	r = walk_gaps_draw(drawn, scratch, request, rng_gaps, steps, n);
	if (r < 0)
		return r;
	*ret_steps = steps;
	return moved | r;
}
