/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Paths on which a direction carries no payload at all. Where data is usual both ways, drawing
 * again and again does not meet them (a bulk transfer among dialogues on the same port); the law
 * given that condition is that of the automaton without the edges that carry data that way.
 */
#include <errno.h>
#include <string.h>

#include "automata/walk_internal.h"
#include "base/mem.h"

/* Cells of the rectangle times edges: some 50 ms; and cells times states: 64 MiB. */
#define LIMIT_WORK   (UINT64_C(1) << 25)
#define LIMIT_VALUES (UINT64_C(1) << 24)

int walk_quiet_path(const struct walk *walk, struct walk_scratch *scratch,
		    const struct walk_request *request, struct rng *rng,
		    struct automaton_step *ret_steps)
{
	uint64_t n = request->packets[0] + request->packets[1];
	uint64_t n_cells = (request->packets[0] + 1) * (request->packets[1] + 1);
	CLEANUP(freep) struct walk_edge *edges = NULL;
	struct walk quiet = *walk;
	int r;

	if ((request->payload[0] > 0 && request->payload[1] > 0) || n == 0 ||
	    n_cells > LIMIT_WORK / (walk->n_edges + 1) ||
	    n_cells > LIMIT_VALUES / (walk->n_states + 1))
		return -ENOENT;
	edges = mem_array(walk->n_edges, sizeof(*edges));
	if (edges == NULL || walk_path_room(scratch, (size_t)n) < 0)
		return -ENOMEM;
	memcpy(edges, walk->edges, walk->n_edges * sizeof(*edges));
	for (uint32_t e = 0; e < walk->n_edges; e++) {
		if (edges[e].data && request->payload[edges[e].direction] == 0)
			edges[e].p = 0;
	}
	quiet.edges = edges;
	r = walk_rectangle_path(&quiet, scratch, (uint32_t)request->packets[0],
				(uint32_t)request->packets[1], rng, scratch->path);
	if (r < 0)
		return r;
	/* One draw: where it cannot carry the bytes either, they give way. The rectangle costs too
	 * much to be made again and again. */
	walk_steps_make(walk, scratch->path, (size_t)n, ret_steps);
	return walk_sizes_fit(request, ret_steps, (size_t)n) ? 0 : -ENOENT;
}
