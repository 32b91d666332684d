/* SPDX-License-Identifier: Apache-2.0 */
/* Tasks shared by threads, while the caller's thread tells how far they are. */
#ifndef SOSIE_EVAL_CREW_H
#define SOSIE_EVAL_CREW_H

#include "base/err.h"
#include "eval/packets.h"

enum { EVAL_LIMIT_THREADS = 64 };

/* 0 or an error, which ends the work. Tasks share nothing that is written to. */
typedef int eval_task_fn(void *context, uint32_t task, struct err *err);

/*
 * Tasks 0 to n_tasks - 1, in no order. n_threads 0: as many as there are cores. stage is what
 * watch->look is told. Returns the first error that occurred, or what look returned.
 */
int eval_crew_run(eval_task_fn *fn, void *context, uint32_t n_tasks, unsigned int n_threads,
		  const struct eval_watch *watch, const char *stage, struct err *err);

#endif
