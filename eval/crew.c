/* SPDX-License-Identifier: Apache-2.0 */
#include "eval/crew.h"

#include <pthread.h>
#include <stdatomic.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

struct crew {
	eval_task_fn *fn;
	void *context;
	uint32_t n_tasks;
	atomic_uint next, n_done, n_left;
	atomic_bool stop;
	pthread_mutex_t lock; /* of failure and err */
	int failure;
	struct err *err;
};

static void *crew_work(void *context)
{
	struct crew *crew = context;

	while (!atomic_load(&crew->stop)) {
		struct err err = { "" };
		uint32_t task = atomic_fetch_add(&crew->next, 1);
		int r;

		if (task >= crew->n_tasks)
			break;
		r = crew->fn(crew->context, task, &err);
		if (r < 0) {
			pthread_mutex_lock(&crew->lock);
			if (crew->failure == 0) {
				crew->failure = r;
				if (crew->err != NULL)
					*crew->err = err;
			}
			pthread_mutex_unlock(&crew->lock);
			atomic_store(&crew->stop, true);
		}
		atomic_fetch_add(&crew->n_done, 1);
	}
	atomic_fetch_sub(&crew->n_left, 1);
	return NULL;
}

static unsigned int threads_of(unsigned int n_threads, uint32_t n_tasks)
{
	long cores = sysconf(_SC_NPROCESSORS_ONLN);
	unsigned int n = n_threads != 0 ? n_threads : cores > 0 ? (unsigned int)cores : 1;

	n = n < n_tasks ? n : n_tasks;
	return n < EVAL_LIMIT_THREADS ? n : EVAL_LIMIT_THREADS;
}

int eval_crew_run(eval_task_fn *fn, void *context, uint32_t n_tasks, unsigned int n_threads,
		  const struct eval_watch *watch, const char *stage, struct err *err)
{
	static const struct timespec nap = { 0, 20 * 1000 * 1000 };
	struct crew crew = { .fn = fn,
			     .context = context,
			     .n_tasks = n_tasks,
			     .lock = PTHREAD_MUTEX_INITIALIZER,
			     .err = err };
	pthread_t threads[EVAL_LIMIT_THREADS];
	unsigned int n = threads_of(n_threads, n_tasks), n_started = 0;
	int r = 0;

	atomic_store(&crew.n_left, n);
	while (n_started < n &&
	       (r = -pthread_create(&threads[n_started], NULL, crew_work, &crew)) == 0)
		n_started++;
	if (r < 0) {
		atomic_store(&crew.stop, true);
		err_set(err, r, "starting a thread: %s", strerror(-r));
	}
	while (r == 0 && atomic_load(&crew.n_left) > 0) {
		if (watch->look != NULL)
			r = watch->look(watch->context, stage,
					(double)atomic_load(&crew.n_done) / (double)n_tasks);
		if (r < 0)
			atomic_store(&crew.stop, true);
		nanosleep(&nap, NULL);
	}
	for (unsigned int i = 0; i < n_started; i++)
		pthread_join(threads[i], NULL);
	return r < 0 ? r : crew.failure;
}
