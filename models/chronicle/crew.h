/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Threads that look at candidates. They only read the cover; each task writes what it found to its
 * own place, and the caller takes the places in order, so that the number of threads cannot show.
 */
#ifndef SOSIE_MODELS_CHRONICLE_CREW_H
#define SOSIE_MODELS_CHRONICLE_CREW_H

#include "models/chronicle/cover.h"
#include "models/chronicle/link.h"

enum { CREW_MAX = 16 };

/* What one thread works with. */
struct worker {
	struct tester tester;
	struct linker linker;
	uint32_t *list; /* room for every row */
};

struct crew {
	unsigned int n;
	struct worker workers[CREW_MAX];
};

/* n_threads: 0 for one for each core. Returns 0 or -ENOMEM. */
int crew_init(struct crew *crew, const struct cover *cover, unsigned int n_threads);
void crew_done(struct crew *crew);

/* Runs task(context, worker, i) for i below n_tasks, in any order; waits for all. Returns 0, or
 * what a task returned that is not 0. */
int crew_run(struct crew *crew, size_t n_tasks,
	     int (*task)(void *context, struct worker *worker, size_t i), void *context);

#endif
