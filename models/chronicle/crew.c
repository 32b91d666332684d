/* SPDX-License-Identifier: Apache-2.0 */
#include "models/chronicle/crew.h"

#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/mem.h"

static int worker_init(struct worker *worker, const struct cover *cover)
{
	int r = tester_init(&worker->tester, cover);

	if (r == 0)
		r = linker_init(&worker->linker, cover->table);
	worker->list = mem_array(cover->table->n_rows, sizeof(uint32_t));
	return r < 0 || worker->list == NULL ? -ENOMEM : 0;
}

int crew_init(struct crew *crew, const struct cover *cover, unsigned int n_threads)
{
	long n_cores = sysconf(_SC_NPROCESSORS_ONLN);
	unsigned int n = n_threads;
	int r = 0;

	if (n == 0)
		n = n_cores > 0 ? (unsigned int)n_cores : 1;
	n = n > CREW_MAX ? CREW_MAX : n;
	*crew = (struct crew) { .n = 0 };
	while (crew->n < n && r == 0)
		r = worker_init(&crew->workers[crew->n++], cover);
	return r;
}

void crew_done(struct crew *crew)
{
	for (unsigned int i = 0; i < crew->n; i++) {
		tester_done(&crew->workers[i].tester);
		linker_done(&crew->workers[i].linker);
		free(crew->workers[i].list);
	}
	*crew = (struct crew) { .n = 0 };
}

struct shift {
	int (*task)(void *context, struct worker *worker, size_t i);
	void *context;
	size_t n_tasks;
	atomic_size_t next;
	atomic_int result;
};

struct hand {
	struct shift *shift;
	struct worker *worker;
	pthread_t thread;
};

static void *work(void *arg)
{
	struct hand *hand = arg;
	struct shift *shift = hand->shift;

	for (;;) {
		size_t i = atomic_fetch_add(&shift->next, 1);
		int r;

		if (i >= shift->n_tasks || atomic_load(&shift->result) != 0)
			return NULL;
		r = shift->task(shift->context, hand->worker, i);
		if (r != 0)
			atomic_store(&shift->result, r);
	}
}

int crew_run(struct crew *crew, size_t n_tasks,
	     int (*task)(void *context, struct worker *worker, size_t i), void *context)
{
	struct shift shift = { .task = task, .context = context, .n_tasks = n_tasks };
	struct hand hands[CREW_MAX] = { { &shift, &crew->workers[0], 0 } };
	unsigned int n = 1;

	for (unsigned int i = 1; i < crew->n; i++)
		hands[i] = (struct hand) { .shift = &shift, .worker = &crew->workers[i] };
	/* The caller is the first; where no thread can be had there are fewer. */
	while (n < crew->n && n < n_tasks &&
	       pthread_create(&hands[n].thread, NULL, work, &hands[n]) == 0)
		n++;
	work(&hands[0]);
	for (unsigned int i = 1; i < n; i++)
		pthread_join(hands[i].thread, NULL);
	return atomic_load(&shift.result);
}
