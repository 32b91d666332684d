/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The run in threads:
 *
 *	planner --parts--> worker 0 --batches--> merge (the caller) --> emit
 *	            \----> worker 1 ----------/
 *
 * Flow i goes to worker i mod n. Batches circulate: the merge gives empty ones back, so a worker
 *that is ahead waits. Every batch says how far its worker has got (its horizon), so the merge may
 *emit a frame as soon as all others are known to be past it, and needs no frame from a worker that
 *has none; that is also why the rings cannot deadlock: the planner feeds all workers the same
 *stretch of time.
 */
#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/ring.h"
#include "gen/pipeline.h"

enum {
	PARTS_IN_RING = 4,
	BATCHES_IN_RING = 8, /* 8 * 0.2 MB a worker */
	PART_FLOWS = 512,    /* a part has at least so many flows, or ... */
	PART_WINDOWS = 64,   /* ... so many windows: idle hours cost little */
};

/* What the planner tells one worker: the flows of some windows that are its own. */
struct part {
	int64_t horizon_ns; /* INT64_MAX: the last */
	size_t n_flows, capacity;
	struct planned_flow *flows;
};

struct crew_member {
	struct crew *crew;
	struct worker *worker;
	struct ring *parts, *batches, *empties;
	struct part *part;  /* being filled by the planner */
	struct batch *head; /* merge: the batch being emitted */
	uint32_t i_frame, i_flow;
	pthread_t thread;
	bool running;
	struct err err;
};

struct crew {
	const struct pipeline_options *options;
	struct planner *planner;
	struct crew_member *members;
	uint32_t n_members;
	pthread_t planner_thread;
	bool planner_running;
	int planner_error;
	struct err planner_err;
};

static void part_freep(struct part **part)
{
	if (*part != NULL)
		free((*part)->flows);
	free(*part);
	*part = NULL;
}

static int deal(struct crew *crew, const struct planned_flow *flows, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		struct crew_member *m = &crew->members[flows[i].flow_id % crew->n_members];
		int r;

		if (m->part == NULL)
			m->part = calloc(1, sizeof(*m->part));
		if (m->part == NULL)
			return -ENOMEM;
		r = mem_grow(&m->part->flows, &m->part->capacity, m->part->n_flows + 1,
			     sizeof(*flows), SIZE_MAX / sizeof(*flows));
		if (r < 0)
			return r;
		m->part->flows[m->part->n_flows++] = flows[i];
	}
	return 0;
}

/* Sends every worker its part, also an empty one: it moves the horizon. False: the run is over. */
static bool send_parts(struct crew *crew, int64_t horizon_ns)
{
	for (uint32_t i = 0; i < crew->n_members; i++) {
		struct crew_member *m = &crew->members[i];

		if (m->part == NULL)
			m->part = calloc(1, sizeof(*m->part));
		if (m->part == NULL)
			return false;
		m->part->horizon_ns = horizon_ns;
		if (!ring_push(m->parts, m->part))
			return false;
		m->part = NULL;
	}
	return true;
}

static void *planner_main(void *argument)
{
	struct crew *crew = argument;
	size_t n_flows = 0, n_windows = 0;
	int more = 1;

	while (more > 0) {
		const struct planned_flow *flows;
		int64_t horizon_ns;
		size_t n;

		more = planner_window(crew->planner, &flows, &n, &horizon_ns, &crew->planner_err);
		if (more >= 0 && deal(crew, flows, n) < 0)
			more = err_no_memory(&crew->planner_err);
		if (more < 0) {
			crew->planner_error = more;
			break;
		}
		n_flows += n;
		if (more > 0 && n_flows < PART_FLOWS && ++n_windows < PART_WINDOWS)
			continue;
		n_flows = n_windows = 0;
		if (!send_parts(crew, more > 0 ? horizon_ns : INT64_MAX))
			break;
	}
	/* After an error the workers see the end of their parts before the last one, and stop. */
	for (uint32_t i = 0; i < crew->n_members; i++)
		ring_close(crew->members[i].parts);
	return NULL;
}

/* Plays one part. False: the run is over. */
static bool play_part(struct crew_member *m, const struct part *part)
{
	int more = worker_add(m->worker, part->flows, part->n_flows, &m->err);

	do {
		struct batch *batch = ring_pop(m->empties);

		if (batch == NULL)
			return false;
		if (more >= 0)
			more = worker_fill(m->worker, part->horizon_ns, batch, &m->err);
		if (more < 0) {
			batch->n_frames = batch->n_flows = 0;
			batch->horizon_ns = INT64_MAX;
			batch->error = more;
		}
		if (!ring_push(m->batches, batch)) {
			free(batch);
			return false;
		}
	} while (more > 0);
	return more == 0;
}

static void *worker_main(void *argument)
{
	struct crew_member *m = argument;
	struct part *part;
	bool going = true;

	while (going && (part = ring_pop(m->parts)) != NULL) {
		going = play_part(m, part) && part->horizon_ns != INT64_MAX;
		part_freep(&part);
	}
	ring_close(m->batches);
	return NULL;
}

/* Makes sure that the member's head has a frame or is known to have none before its horizon.
 * -errno. */
static int refill(struct crew_member *m, struct err *err)
{
	struct batch *batch;

	if (m->head != NULL && m->head->horizon_ns == INT64_MAX)
		return 0; /* its end */
	batch = ring_pop(m->batches);
	if (batch == NULL) {
		/* Closed before its last batch: the planner failed, and says why. */
		if (m->crew->planner_error != 0)
			return err_set(err, m->crew->planner_error, "%s",
				       m->crew->planner_err.text);
		return err_set(err, -EPIPE, "a worker ended early");
	}
	if (m->head != NULL && !ring_push(m->empties, m->head))
		free(m->head);
	m->head = batch;
	m->i_frame = m->i_flow = 0;
	return batch->error < 0 ? err_set(err, batch->error, "%s", m->err.text) : 0;
}

static bool before(const struct packet_frame *a, const struct packet_frame *b)
{
	return a->time_ns < b->time_ns || (a->time_ns == b->time_ns && a->flow_id < b->flow_id);
}

static const struct packet_frame *head_frame(const struct crew_member *m)
{
	return m->head != NULL && m->i_frame < m->head->n_frames ? &m->head->frames[m->i_frame]
								 : NULL;
}

/* The member with the first frame, or NULL when all are at their end or it is to end early. Waits
 * for members that might still have an earlier one. */
static int first_member(struct crew *crew, struct crew_member **ret_member, struct err *err)
{
	for (;;) {
		struct crew_member *first = NULL, *behind = NULL;

		for (uint32_t i = 0; i < crew->n_members; i++) {
			struct crew_member *m = &crew->members[i];
			const struct packet_frame *frame = head_frame(m);

			if (frame != NULL && (first == NULL || before(frame, head_frame(first))))
				first = m;
			if (frame == NULL &&
			    (behind == NULL ||
			     (m->head == NULL ? INT64_MIN : m->head->horizon_ns) <
				     (behind->head == NULL ? INT64_MIN : behind->head->horizon_ns)))
				behind = m;
		}
		if (behind != NULL && behind->head != NULL && behind->head->horizon_ns == INT64_MAX)
			behind = NULL;
		if (behind == NULL || (first != NULL && behind->head != NULL &&
				       head_frame(first)->time_ns < behind->head->horizon_ns)) {
			*ret_member = first;
			return 0;
		}
		int r = refill(behind, err);

		if (r < 0)
			return r;
		/* Years without a flow send parts, not frames: the caller would not look up. */
		if (atomic_load_explicit(crew->options->interrupted, memory_order_relaxed)) {
			*ret_member = NULL;
			return 0;
		}
	}
}

/* The next stretch of frames of one member, up to the first frame of any other, emitted as it lies
 * in its batch. Returns 1: the run is complete. */
static int emit_stretch(struct crew *crew, struct crew_member *m, struct emit *emit,
			struct err *err)
{
	const uint32_t begin = m->i_frame, begin_flow = m->i_flow;
	int64_t limit_ns = INT64_MAX;
	const struct packet_frame *rival = NULL;

	for (uint32_t i = 0; i < crew->n_members; i++) {
		const struct crew_member *other = &crew->members[i];
		const struct packet_frame *frame = head_frame(other);

		if (other == m)
			continue;
		if (frame == NULL && other->head->horizon_ns < limit_ns)
			limit_ns = other->head->horizon_ns;
		if (frame != NULL && (rival == NULL || before(frame, rival)))
			rival = frame;
	}
	do {
		m->i_flow += m->head->frames[m->i_frame].i_packet == 0;
		m->i_frame++;
	} while (m->i_frame < m->head->n_frames && m->head->frames[m->i_frame].time_ns < limit_ns &&
		 (rival == NULL || before(&m->head->frames[m->i_frame], rival)));
	return emit_frames(emit, m->head->frames + begin, m->i_frame - begin,
			   m->head->flows + begin_flow, err);
}

static int merge(struct crew *crew, struct emit *emit, struct err *err)
{
	for (;;) {
		struct crew_member *m;
		int r = first_member(crew, &m, err);

		if (r < 0 || m == NULL)
			return r;
		r = emit_stretch(crew, m, emit, err);
		if (r != 0)
			return r;
		if (atomic_load_explicit(crew->options->interrupted, memory_order_relaxed))
			return 1;
	}
}

static int start_member(struct crew *crew, struct crew_member *m, struct err *err)
{
	const struct worker_options options = pipeline_worker_options(crew->options);
	int r = worker_new(&options, &m->worker, err);

	m->crew = crew;
	if (r == 0)
		r = ring_new(PARTS_IN_RING, &m->parts, err);
	if (r == 0)
		r = ring_new(BATCHES_IN_RING, &m->batches, err);
	if (r == 0)
		r = ring_new(BATCHES_IN_RING, &m->empties, err);
	for (int i = 0; i < BATCHES_IN_RING - 1 && r == 0; i++) {
		struct batch *batch = malloc(sizeof(*batch));

		if (batch == NULL)
			return err_no_memory(err);
		ring_push(m->empties, batch);
	}
	if (r < 0)
		return r;
	r = pthread_create(&m->thread, NULL, worker_main, m);
	m->running = r == 0;
	return r == 0 ? 0 : err_set(err, -r, "starting a worker thread: %s", strerror(r));
}

static int start(struct crew *crew, struct err *err)
{
	int r = planner_new(&crew->options->planner, &crew->planner, err);

	for (uint32_t i = 0; i < crew->n_members && r == 0; i++)
		r = start_member(crew, &crew->members[i], err);
	if (r < 0)
		return r;
	r = pthread_create(&crew->planner_thread, NULL, planner_main, crew);
	crew->planner_running = r == 0;
	return r == 0 ? 0 : err_set(err, -r, "starting the planner thread: %s", strerror(r));
}

/* Ends all threads, wherever they are. */
static void stop(struct crew *crew)
{
	for (uint32_t i = 0; i < crew->n_members; i++) {
		struct crew_member *m = &crew->members[i];

		if (m->parts != NULL)
			ring_close(m->parts);
		if (m->batches != NULL)
			ring_close(m->batches);
		if (m->empties != NULL)
			ring_close(m->empties);
	}
	if (crew->planner_running)
		pthread_join(crew->planner_thread, NULL);
	for (uint32_t i = 0; i < crew->n_members; i++)
		if (crew->members[i].running)
			pthread_join(crew->members[i].thread, NULL);
}

static void drain(struct ring *ring)
{
	void *batch;

	while (ring != NULL && (batch = ring_try_pop(ring)) != NULL)
		free(batch);
}

static void crew_done(struct crew *crew)
{
	for (uint32_t i = 0; i < crew->n_members; i++) {
		struct crew_member *m = &crew->members[i];
		struct part *part;

		while (m->parts != NULL && (part = ring_try_pop(m->parts)) != NULL)
			part_freep(&part);
		part_freep(&m->part);
		drain(m->batches);
		drain(m->empties);
		free(m->head);
		ring_freep(&m->parts);
		ring_freep(&m->batches);
		ring_freep(&m->empties);
		worker_freep(&m->worker);
	}
	planner_freep(&crew->planner);
	free(crew->members);
}

int pipeline_run_crew(const struct pipeline_options *options, struct pipeline_result *ret_result,
		      struct err *err)
{
	struct crew crew = { .options = options, .n_members = options->n_threads };
	int r;

	crew.members = mem_array(crew.n_members, sizeof(*crew.members));
	if (crew.members == NULL)
		return err_no_memory(err);
	ret_result->emitted.options = options->emit;
	r = start(&crew, err);
	if (r == 0)
		r = merge(&crew, &ret_result->emitted, err);
	stop(&crew);
	if (r >= 0) {
		ret_result->planner = *planner_statistics(crew.planner);
		for (uint32_t i = 0; i < crew.n_members; i++)
			pipeline_add_counters(&ret_result->workers,
					      worker_statistics(crew.members[i].worker));
	}
	crew_done(&crew);
	return r < 0 ? r : 0;
}
