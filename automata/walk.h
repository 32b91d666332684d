/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The constrained walk: paths through an automaton drawn with exactly the probability it gives
 * them, conditioned on the packet counts each way; then payload sizes conditioned on the byte
 * totals and gaps conditioned on the duration.
 */
#ifndef SOSIE_AUTOMATA_WALK_H
#define SOSIE_AUTOMATA_WALK_H

#include "automata/automaton.h"
#include "base/rng.h"

struct walk;	     /* tables for one automaton; read-only once made, so threads share it */
struct walk_scratch; /* what one thread needs beside it; grows to the longest flow */

/* Borrows automaton. */
int walk_new(const struct automaton *automaton, struct walk **ret_walk, struct err *err);
void walk_freep(struct walk **walk);
size_t walk_table_bytes(const struct walk *walk);

int walk_scratch_new(struct walk_scratch **ret_scratch, struct err *err);
void walk_scratch_freep(struct walk_scratch **scratch);

/* Room for n steps that stays valid until the next call with the same scratch; NULL: out of memory.
 */
struct automaton_step *walk_scratch_steps(struct walk_scratch *scratch, size_t n);

/* log2 of the probability of all paths with these counts; -INFINITY: no path has them. */
double walk_log2_mass(const struct walk *walk, uint32_t n_forward, uint32_t n_backward);

/*
 * Moves (*forward, *backward) to the nearest counts some path has (fewest packets changed; ties:
 * more probable). True: moved. Exact up to 8,192 packets; longer ones are judged after taking whole
 * cycles off. Above the table this costs milliseconds: walk_flow() asks only where no path was
 * found.
 */
bool walk_nearest(const struct walk *walk, uint64_t *n_forward, uint64_t *n_backward);

/*
 * Draws a path with exactly these counts: direction, flags, edge of each step, and payload_bytes 1
 * where it carries payload. Returns 0, -ENOENT (no such path), -ENOMEM. Counts within the table
 * cost one table look-up per edge and packet; above it about sqrt(n / side) tries of a cheaper
 * step, far above it of a sixteenth of one (walk_tilt.c); counts that trial does not meet cost time
 * and memory by their product, and where that is above 1 GiB (millions of packets of a very unusual
 * kind) -ENOENT may mean "not found".
 */
int walk_path(const struct walk *walk, struct walk_scratch *scratch, uint32_t n_forward,
	      uint32_t n_backward, struct rng *rng, struct automaton_step *ret_steps);

/* What a flow must meet, and after the call what it does meet. */
struct walk_request {
	uint64_t packets[2]; /* by direction: STEP_FORWARD, STEP_BACKWARD */
	uint64_t payload[2]; /* bytes */
	int64_t duration_ns;
	uint32_t max_payload[2]; /* per packet; TCP: the MSS less options, else what the MTU leaves
				  */
	int64_t max_gap_ns;	 /* the idle timeout: no gap may be above it */
	int64_t quantum_ns;	 /* gaps are multiples of it: 1000 for microsecond captures, 1 */
};

/* What had to give way; bits. */
enum {
	WALK_MOVED_PACKETS = 1,	 /* counts no path has */
	WALK_MOVED_PAYLOAD = 2,	 /* totals that the path's data packets cannot carry */
	WALK_MOVED_DURATION = 4, /* one packet has no duration; gaps above the timeout */
};

enum { WALK_LIMIT_PACKETS = 16 << 20 };

/*
 * Draws a whole flow: walk_path, then sizes and gaps. Paths that cannot carry the payload are drawn
 * again (which is drawing conditioned on it) until some 8,192 packets were drawn, at least 4 times,
 * or the tries so far miss it by several standard deviations; flows silent one way, and short ones,
 * are after some tries drawn from the paths that carry payload where they must and nowhere else;
 * else the payload gives way. Where a path's edges make the totals unlikely, one of up to 5 paths
 * is taken by how likely they do (walk_likely.c). Steps lie in scratch until the next call; their
 * number is that of the packets. The duration is rounded to the quantum, which does not count as
 * moved. Streams in this order: rng_walk, rng_sizes, rng_gaps. Returns the WALK_MOVED_ bits or
 * -ENOMEM.
 */
int walk_flow(const struct walk *walk, struct walk_scratch *scratch, struct walk_request *request,
	      struct rng *rng_walk, struct rng *rng_sizes, struct rng *rng_gaps,
	      struct automaton_step **ret_steps);

#endif
