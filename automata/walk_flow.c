/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>

#include "automata/walk_internal.h"

enum {
	PAYLOAD_TRIES = 1024,
	PAYLOAD_TRIES_LEAST = 4,
	PAYLOAD_TRIES_PACKETS = 8192, /* drawn in vain at most, beyond the least */
};

/* A path of the automaton's own choice, about as long as asked for. */
static int draw_any(const struct walk *walk, struct walk_scratch *scratch, uint64_t n_packets[2],
		    struct rng *rng, struct automaton_step **ret_steps)
{
	uint64_t all = n_packets[0] + n_packets[1];
	int64_t n;

	if (all <= walk->side || walk_path_room(scratch, all) < 0)
		return -ENOMEM;
	n = walk_long_any(walk, scratch, (uint32_t)n_packets[0], (uint32_t)all, rng, scratch->path);
	if (n <= 0)
		return -ENOMEM;
	*ret_steps = walk_scratch_steps(scratch, (size_t)n);
	if (*ret_steps == NULL)
		return -ENOMEM;
	walk_steps_make(walk, scratch->path, (size_t)n, *ret_steps);
	n_packets[0] = n_packets[1] = 0;
	for (int64_t k = 0; k < n; k++)
		n_packets[(*ret_steps)[k].direction]++;
	return WALK_MOVED_PACKETS;
}

/* A path for the counts asked for, or for the nearest that some path has. */
static int draw_path(const struct walk *walk, struct walk_scratch *scratch,
		     struct walk_request *request, struct rng *rng, struct automaton_step **steps)
{
	uint64_t *n = request->packets;
	int moved = 0, r = -ENOENT;

	for (int attempt = 0; attempt < 2; attempt++) {
		if (n[0] <= WALK_LIMIT_PACKETS && n[1] <= WALK_LIMIT_PACKETS &&
		    n[0] + n[1] <= WALK_LIMIT_PACKETS) {
			*steps = walk_scratch_steps(scratch, (size_t)(n[0] + n[1]));
			if (*steps == NULL)
				return -ENOMEM;
			r = walk_path(walk, scratch, (uint32_t)n[0], (uint32_t)n[1], rng, *steps);
			if (r != -ENOENT)
				return r < 0 ? r : moved;
		}
		if (attempt > 0 || !walk_nearest(walk, &n[0], &n[1]))
			break;
		moved = WALK_MOVED_PACKETS;
	}
	/* What no trial meets in reasonable time gives way altogether. */
	return draw_any(walk, scratch, n, rng, steps);
}

/* More payload than even packets that all carry data can hold. */
static bool hopeless(const struct walk_request *request)
{
	return request->payload[0] > request->packets[0] * request->max_payload[0] ||
	       request->payload[1] > request->packets[1] * request->max_payload[1];
}

int walk_flow(const struct walk *walk, struct walk_scratch *scratch, struct walk_request *request,
	      struct rng *rng_walk, struct rng *rng_sizes, struct rng *rng_gaps,
	      struct automaton_step **ret_steps)
{
	struct automaton_step *steps = NULL;
	size_t n;
	int moved = 0, r;
	bool fits = false;

	for (size_t k = 0; k < PAYLOAD_TRIES && !fits; k++) {
		r = draw_path(walk, scratch, request, rng_walk, &steps);
		if (r < 0)
			return r;
		moved |= r;
		n = (size_t)(request->packets[0] + request->packets[1]);
		fits = walk_sizes_fit(request, steps, n);
		if (hopeless(request) ||
		    (k + 1 >= PAYLOAD_TRIES_LEAST && k * n >= PAYLOAD_TRIES_PACKETS))
			break;
	}
	if (!fits) {
		r = walk_quiet_path(walk, scratch, request, rng_walk, steps);
		if (r == -ENOMEM)
			return r;
		/* None, or one whose other direction does not fit: any path does then. */
		if (r < 0) {
			r = draw_path(walk, scratch, request, rng_walk, &steps);
			if (r < 0)
				return r;
			moved |= r;
			n = (size_t)(request->packets[0] + request->packets[1]);
		}
	}
	r = walk_sizes_draw(walk, scratch, request, rng_sizes, steps, n);
	if (r < 0)
		return r;
	moved |= r;
	r = walk_gaps_draw(walk, scratch, request, rng_gaps, steps, n);
	if (r < 0)
		return r;
	*ret_steps = steps;
	return moved | r;
}
