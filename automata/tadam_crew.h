/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the search works with: a list of operations that an automaton allows, and the threads that
 * try them on copies of it. Which one wins does not depend on the threads.
 */
#ifndef SOSIE_AUTOMATA_TADAM_CREW_H
#define SOSIE_AUTOMATA_TADAM_CREW_H

#include "automata/tadam_internal.h"
#include "base/rng.h"

struct tadam_candidate {
	struct tadam_operation operation;
	uint32_t order; /* ties go to the earlier */
	int64_t score;	/* INT64_MAX: not possible */
};

struct tadam_crew {
	struct tadam *t;      /* borrowed; all but the first thread have copies */
	struct tadam *copies; /* n_threads - 1 */
	uint32_t n_threads;
	bool whole_edges, hasty; /* as in struct tadam_options */
	struct tadam_candidate *candidates;
	size_t n, capacity;
	int error; /* sticky, of listing: out of memory */
	uint64_t n_trials;
};

int tadam_crew_open(struct tadam_crew *crew, const struct tadam_options *options);
void tadam_crew_done(struct tadam_crew *crew);
int tadam_crew_take(struct tadam_crew *crew, struct tadam *t); /* the automaton to work on */

/* Kinds of operations; bits. */
enum {
	TADAM_SPLITS = 1,
	TADAM_JOINS = 2, /* merges, deletions, pruning, trimming */
	TADAM_ADDS = 4,
	TADAM_REDIRECTS = 8,
	TADAM_ANY = 15,
};
int tadam_crew_list(struct tadam_crew *crew, uint32_t kinds);
void tadam_crew_shuffle(struct tadam_crew *crew, struct rng *rng); /* what is listed */

/*
 * Tries n candidates from `begin`, the best few again with all noisy words aligned anew, and does
 * the best of those if it shortens the description. Returns 1 when it did (what is listed is then
 * of no use), 0, or -errno.
 */
int tadam_crew_choose(struct tadam_crew *crew, size_t begin, size_t n);

#endif
