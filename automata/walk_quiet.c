/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Paths that carry payload in the directions in which they must, and none where they must not.
 *
 * Where data is usual both ways, drawing again and again does not meet a path on which a direction
 * carries none (a bulk transfer among dialogues on the same port); the law given that condition is
 * that of the automaton without the edges that carry data that way. And where short flows are
 * mostly without data, drawing again meets those with some after many tries; that law is of the
 * automaton whose states remember which directions still have to carry some. Few automata need
 * either, the same ones again and again: their tables are made when first asked for.
 */
#include <errno.h>

#include "automata/walk_internal.h"

/* For the other direction's bytes; at least the first, then until so many packets were drawn. */
enum { TRIES_LEAST = 4, TRIES_PACKETS = 1024 };

/* The walk of such paths; borrowed until the next call. NULL: out of memory. */
static const struct walk *quiet_walk(const struct walk *walk, struct walk_scratch *scratch,
				     struct walk_payload payload)
{
	struct walk_quiet *oldest = &scratch->quiet[0];

	for (int k = 0; k < WALK_N_QUIET; k++) {
		struct walk_quiet *quiet = &scratch->quiet[k];

		if (quiet->hash == walk->hash && quiet->payload.silent == payload.silent &&
		    quiet->payload.heard == payload.heard && quiet->walk != NULL) {
			quiet->used = ++scratch->quiet_clock;
			return quiet->walk;
		}
		if (quiet->used < oldest->used)
			oldest = quiet;
	}
	walk_freep(&oldest->walk);
	*oldest = (struct walk_quiet) { .hash = 0 };
	if (walk_new_payload(walk->automaton, payload, &oldest->walk, NULL) < 0)
		return NULL;
	oldest->payload = payload;
	oldest->hash = walk->hash;
	oldest->used = ++scratch->quiet_clock;
	return oldest->walk;
}

bool walk_quiet_is_short(const struct walk_request *request)
{
	return request->packets[0] + request->packets[1] <= WALK_SIDE_MIN;
}

static struct walk_payload payload_of(const struct walk_request *request)
{
	struct walk_payload payload = { 0, 0 };

	for (unsigned int d = 0; d < 2; d++) {
		if (request->payload[d] == 0)
			payload.silent |= (uint8_t)(1U << d);
		else if (walk_quiet_is_short(request))
			payload.heard |= (uint8_t)(1U << d);
	}
	return payload;
}

int walk_quiet_path(const struct walk *walk, struct walk_scratch *scratch,
		    const struct walk_request *request, struct rng *rng,
		    struct walk_load ret_loads[2], const struct walk **ret_drawn)
{
	const uint64_t n = request->packets[0] + request->packets[1];
	const struct walk_payload payload = payload_of(request);
	const struct walk *quiet;

	if ((payload.silent == 0 && payload.heard == 0) || n == 0)
		return -ENOENT;
	quiet = quiet_walk(walk, scratch, payload);
	if (quiet == NULL)
		return -ENOMEM;
	for (uint64_t k = 0; k < TRIES_LEAST || k * n < TRIES_PACKETS; k++) {
		int r = walk_path_draw(quiet, scratch, (uint32_t)request->packets[0],
				       (uint32_t)request->packets[1], rng);

		if (r < 0)
			return r;
		walk_path_loads(quiet, scratch, request, ret_loads);
		if (walk_sizes_misfit(request, ret_loads) == 0) {
			*ret_drawn = quiet;
			return 0;
		}
	}
	return -ENOENT;
}
