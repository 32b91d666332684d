/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Paths on which a direction carries no payload at all. Where data is usual both ways, drawing
 * again and again does not meet them (a bulk transfer among dialogues on the same port); the law
 * given that condition is that of the automaton without the edges that carry data that way. Few
 * automata need it, the same ones again and again: their tables are made when first asked for.
 */
#include <errno.h>

#include "automata/walk_internal.h"

/* For the other direction's bytes; at least the first, then until so many packets were drawn. */
enum { TRIES_LEAST = 4, TRIES_PACKETS = 1024 };

/* The walk without data in the silent directions; borrowed until the next call. NULL: out of
 * memory. */
static const struct walk *quiet_walk(const struct walk *walk, struct walk_scratch *scratch,
				     unsigned int silent)
{
	struct walk_quiet *oldest = &scratch->quiet[0];

	for (int k = 0; k < WALK_N_QUIET; k++) {
		struct walk_quiet *quiet = &scratch->quiet[k];

		if (quiet->silent == silent && quiet->hash == walk->hash) {
			quiet->used = ++scratch->quiet_clock;
			return quiet->walk;
		}
		if (quiet->used < oldest->used)
			oldest = quiet;
	}
	walk_freep(&oldest->walk);
	*oldest = (struct walk_quiet) { .silent = 0 };
	if (walk_new_silent(walk->automaton, silent, &oldest->walk, NULL) < 0)
		return NULL;
	oldest->silent = silent;
	oldest->hash = walk->hash;
	oldest->used = ++scratch->quiet_clock;
	return oldest->walk;
}

int walk_quiet_path(const struct walk *walk, struct walk_scratch *scratch,
		    const struct walk_request *request, struct rng *rng, uint64_t ret_n_data[2],
		    const struct walk **ret_drawn)
{
	const uint64_t n = request->packets[0] + request->packets[1];
	const unsigned int silent = (request->payload[0] == 0 ? 1U << STEP_FORWARD : 0) |
				    (request->payload[1] == 0 ? 1U << STEP_BACKWARD : 0);
	const struct walk *quiet;

	if (silent == 0 || n == 0)
		return -ENOENT;
	quiet = quiet_walk(walk, scratch, silent);
	if (quiet == NULL)
		return -ENOMEM;
	for (uint64_t k = 0; k < TRIES_LEAST || k * n < TRIES_PACKETS; k++) {
		int r = walk_path_draw(quiet, scratch, (uint32_t)request->packets[0],
				       (uint32_t)request->packets[1], rng);

		if (r < 0)
			return r;
		walk_path_count(quiet, scratch->path, n, ret_n_data);
		if (walk_sizes_misfit(request, ret_n_data) == 0) {
			*ret_drawn = quiet;
			return 0;
		}
	}
	return -ENOENT;
}
