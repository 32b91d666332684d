/* SPDX-License-Identifier: Apache-2.0 */
#include "replay/feed.h"

#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/mem.h"
#include "base/ns.h"
#include "base/ring.h"
#include "packet/capture.h"

enum {
	LOOK_EVERY = 16,  /* chunks */
	LEFT_KIB = 65536, /* preloading leaves the machine so much memory */
	JOIN_MS = 50,
	SPINS = 64,
	WAIT_US = 50,
};

struct chunk {
	uint32_t n_frames;
	uint32_t n_bytes;
	struct packet_frame frames[FEED_CHUNK_FRAMES];
	uint8_t bytes[FEED_CHUNK_BYTES];
};

struct feed_out {
	struct feed *feed;
	struct chunk *chunk; /* being filled; NULL: none yet */
	int64_t time_ns;     /* of the frame being edited */
};

struct feed {
	struct feed_options options;
	struct source *source;
	struct feed_out out;
	_Atomic int done_permille; /* of the files' bytes; -1: not known */
	struct source_counters counters;
	int end; /* the reader's last word: 0 or -errno, with err */
	struct err err;
	struct err err_stop; /* the reader may be writing the other */
	atomic_bool reader_ended;

	/* Streaming: chunks go round. */
	struct ring *full, *empty;
	pthread_t reader;
	bool has_reader;
	struct chunk *lent; /* to the caller of feed_next() */

	/* Preload: chunks stay. */
	struct chunk **chunks;
	size_t n_chunks, capacity, i_chunk;
	uint64_t loop;
	int64_t first_ns, last_ns;
};

static void free_chunks(struct ring *ring)
{
	struct chunk *chunk;

	while (ring != NULL && (chunk = ring_try_pop(ring)) != NULL)
		free(chunk);
}

/* A pipe whose other end says nothing blocks the reader for ever; what it holds is lost then. */
static void join_reader(struct feed *f)
{
	struct timespec until;

	clock_gettime(CLOCK_REALTIME, &until);
	until.tv_nsec += JOIN_MS * 1000000;
	if (until.tv_nsec >= 1000000000) {
		until.tv_sec++;
		until.tv_nsec -= 1000000000;
	}
	if (pthread_timedjoin_np(f->reader, NULL, &until) == 0)
		return;
	pthread_cancel(f->reader);
	pthread_join(f->reader, NULL);
}

void feed_freep(struct feed **feed)
{
	struct feed *f = *feed;

	if (f == NULL)
		return;
	if (f->has_reader) {
		ring_close(f->full);
		ring_close(f->empty);
		join_reader(f);
	}
	free_chunks(f->full);
	free_chunks(f->empty);
	ring_freep(&f->full);
	ring_freep(&f->empty);
	for (size_t i = 0; i < f->n_chunks; i++)
		free(f->chunks[i]);
	free(f->chunks);
	free(f->out.chunk);
	free(f->lent);
	source_freep(&f->source);
	freep(feed);
}

/* The chunk is full, or the last. */
static int hand_over(struct feed *f)
{
	struct chunk *chunk = take(&f->out.chunk);

	if (chunk == NULL || chunk->n_frames == 0) {
		free(chunk);
		return 0;
	}
	atomic_store_explicit(&f->done_permille, (int)(source_done(f->source) * 1000),
			      memory_order_relaxed);
	if (f->options.preload) {
		f->chunks[f->n_chunks++] = chunk;
		return 0;
	}
	if (ring_push(f->full, chunk))
		return 0;
	free(chunk);
	return -ECANCELED;
}

/* proc(5): what can be had without swapping, in KiB; -1: not told. */
static long available_kib(void)
{
	CLEANUP(fclosep) FILE *file = fopen("/proc/meminfo", "re");
	char line[128];
	long kib;

	while (file != NULL && fgets(line, sizeof(line), file) != NULL)
		if (sscanf(line, "MemAvailable: %ld", &kib) == 1)
			return kib;
	return -1;
}

static bool memory_is_left(void)
{
	long kib = available_kib();

	return kib < 0 || kib > LEFT_KIB;
}

static int fresh_chunk(struct feed *f)
{
	struct chunk *chunk;

	if (f->options.preload) {
		if (mem_grow(&f->chunks, &f->capacity, f->n_chunks + 1, sizeof(struct chunk *),
			     SIZE_MAX / sizeof(struct chunk)) < 0 ||
		    !memory_is_left())
			return err_set(&f->err, -ENOMEM,
				       "the frames do not fit into memory (%zu MiB so far): play "
				       "without --preload",
				       f->n_chunks * sizeof(struct chunk) >> 20);
		chunk = malloc(sizeof(*chunk));
		if (chunk == NULL)
			return err_no_memory(&f->err);
	} else {
		chunk = ring_pop(f->empty);
		if (chunk == NULL)
			return -ECANCELED;
	}
	chunk->n_frames = chunk->n_bytes = 0;
	f->out.chunk = chunk;
	return 0;
}

int feed_put(struct feed_out *out, const uint8_t *bytes, uint32_t n_bytes, uint8_t side)
{
	struct chunk *chunk = out->chunk;
	int r;

	if (n_bytes > FEED_MAX_FRAME_BYTES)
		return -EMSGSIZE;
	if (chunk != NULL &&
	    (chunk->n_frames == FEED_CHUNK_FRAMES || FEED_CHUNK_BYTES - chunk->n_bytes < n_bytes)) {
		r = hand_over(out->feed);
		if (r < 0)
			return r;
		chunk = NULL;
	}
	if (chunk == NULL) {
		r = fresh_chunk(out->feed);
		if (r < 0)
			return r;
		chunk = out->chunk;
	}
	memcpy(chunk->bytes + chunk->n_bytes, bytes, n_bytes);
	chunk->frames[chunk->n_frames++] = (struct packet_frame) {
		.time_ns = out->time_ns,
		.n_bytes = n_bytes,
		.bytes = chunk->bytes + chunk->n_bytes,
		.direction = side,
	};
	chunk->n_bytes += n_bytes;
	return 0;
}

static int put_as_is(void *context, const struct source_frame *frame, struct feed_out *out,
		     struct err *err)
{
	(void)context;
	if (frame->link_type != LINKTYPE_ETHERNET)
		return err_set(err, -EPROTONOSUPPORT,
			       "a frame of link type %u: only Ethernet can be played as it is",
			       frame->link_type);
	return feed_put(out, frame->bytes, frame->n_bytes, 0);
}

/* One frame through the edit. 1, 0: the end, -errno with f->err. */
static int step(struct feed *f)
{
	struct source_frame frame;
	int r = source_next(f->source, &frame, &f->err);

	if (r <= 0)
		return r;
	f->out.time_ns = frame.time_ns;
	r = f->options.edit(f->options.context, &frame, &f->out, &f->err);
	return r < 0 ? r : 1;
}

static void *reader_main(void *context)
{
	struct feed *f = context;
	int r, last;

	while ((r = step(f)) > 0)
		;
	last = hand_over(f);
	f->counters = source_count(f->source);
	f->end = r < 0 ? r : last;
	atomic_store_explicit(&f->reader_ended, true, memory_order_release);
	ring_close(f->full);
	return NULL;
}

static int open_rings(struct feed *f, struct err *err)
{
	int r = ring_new(FEED_N_CHUNKS, &f->full, err);

	if (r == 0)
		r = ring_new(FEED_N_CHUNKS, &f->empty, err);
	for (int i = 0; r == 0 && i < FEED_N_CHUNKS; i++) {
		struct chunk *chunk = malloc(sizeof(*chunk));

		if (chunk == NULL)
			return err_no_memory(err);
		if (!ring_push(f->empty, chunk))
			free(chunk);
	}
	return r;
}

static int start_reader(struct feed *f, struct err *err)
{
	int r = open_rings(f, err);

	if (r < 0)
		return r;
	r = pthread_create(&f->reader, NULL, reader_main, f);
	if (r != 0)
		return err_set(err, -r, "a thread: %s", strerror(r));
	f->has_reader = true;
	return 0;
}

static int load_all(struct feed *f, struct err *err)
{
	size_t n_looked = 0;
	int r, last;

	while ((r = step(f)) > 0) {
		if (f->options.look == NULL || f->n_chunks < n_looked)
			continue;
		n_looked = f->n_chunks + LOOK_EVERY;
		r = f->options.look(f->options.look_context, source_done(f->source),
				    source_count(f->source).n_bytes);
		if (r != 0)
			return r;
	}
	f->counters = source_count(f->source);
	last = hand_over(f);
	f->end = r < 0 ? r : last;
	/* As when streaming, what came before damage is played; memory that ran out is not damage.
	 */
	if (f->end == -ENOMEM) {
		*err = f->err;
		return f->end;
	}
	if (f->n_chunks > 0) {
		const struct chunk *end = f->chunks[f->n_chunks - 1];

		f->first_ns = f->chunks[0]->frames[0].time_ns;
		f->last_ns = end->frames[end->n_frames - 1].time_ns;
	}
	return 0;
}

int feed_open(const struct feed_options *options, struct feed **ret_feed, struct err *err)
{
	CLEANUP(feed_freep) struct feed *f = calloc(1, sizeof(*f));
	struct source_options source = options->source;
	int r;

	if (f == NULL)
		return err_no_memory(err);
	f->options = *options;
	f->out.feed = f;
	if (f->options.edit == NULL)
		f->options.edit = put_as_is;
	/* From memory the loops are made here. */
	if (options->preload)
		source.n_loops = 1;
	r = source_open(&source, &f->source, err);
	if (r == 0)
		r = options->preload ? load_all(f, err) : start_reader(f, err);
	if (r < 0)
		return r;
	*ret_feed = take(&f);
	return 0;
}

/*
 * The next full chunk; NULL: the end, or *stop. Looks again and again, at first at once, so that it
 * sees *stop.
 */
static struct chunk *wait_for_chunk(struct feed *f)
{
	const atomic_bool *stop = f->options.stop;

	for (uint32_t i = 0; stop != NULL; i++) {
		struct chunk *chunk = ring_try_pop(f->full);

		if (chunk != NULL)
			return chunk;
		if (atomic_load_explicit(stop, memory_order_relaxed))
			return NULL;
		if (atomic_load_explicit(&f->reader_ended, memory_order_acquire))
			break;
		if (i > SPINS)
			usleep(WAIT_US);
	}
	return ring_pop(f->full);
}

static int next_streamed(struct feed *f, const struct chunk **ret_chunk)
{
	if (f->lent != NULL && !ring_push(f->empty, f->lent))
		free(f->lent);
	f->lent = wait_for_chunk(f);
	*ret_chunk = f->lent;
	if (f->lent != NULL)
		return 1;
	if (!atomic_load_explicit(&f->reader_ended, memory_order_acquire))
		return err_set(&f->err_stop, -EINTR, "interrupted");
	return f->end;
}

/* Each further loop is the same frames, later. */
static int next_loaded(struct feed *f, const struct chunk **ret_chunk)
{
	int64_t period =
		ns_add(ns_between(f->first_ns, f->last_ns), f->options.source.loop_delay_ns);
	struct chunk *chunk;

	if (f->i_chunk == f->n_chunks) {
		f->loop++;
		f->i_chunk = 0;
		if (f->end < 0 || f->n_chunks == 0 || f->loop == f->options.source.n_loops)
			return f->end;
	}
	chunk = f->chunks[f->i_chunk++];
	for (uint32_t i = 0; f->loop > 0 && i < chunk->n_frames; i++)
		chunk->frames[i].time_ns = ns_add(chunk->frames[i].time_ns, period);
	*ret_chunk = chunk;
	return 1;
}

int feed_next(struct feed *f, const struct packet_frame **ret_frames, size_t *ret_n,
	      struct err *err)
{
	const struct chunk *chunk = NULL;
	int r = f->options.preload ? next_loaded(f, &chunk) : next_streamed(f, &chunk);

	if (r < 0)
		*err = r == -EINTR ? f->err_stop : f->err;
	if (r <= 0)
		return r;
	*ret_frames = chunk->frames;
	*ret_n = chunk->n_frames;
	return 1;
}

struct source_counters feed_count(const struct feed *f)
{
	/* Until then the reader may be writing them. */
	if (f->has_reader && !atomic_load_explicit(&f->reader_ended, memory_order_acquire))
		return (struct source_counters) { .n_frames = 0 };
	return f->counters;
}

double feed_done(const struct feed *f)
{
	int permille = atomic_load_explicit(&f->done_permille, memory_order_relaxed);

	if (f->options.preload)
		return f->n_chunks > 0 ? (double)f->i_chunk / (double)f->n_chunks : -1;
	return permille < 0 ? -1 : permille / 1000.0;
}
