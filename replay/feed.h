/* SPDX-License-Identifier: Apache-2.0 */
/*
 * From a source to a player: a thread reads ahead, edits, and hands over chunks of frames through a
 * ring, so that the player never waits for a disk; or everything is loaded first and played from
 * memory. Memory is a few chunks, or with preload the frames themselves.
 */
#ifndef SOSIE_REPLAY_FEED_H
#define SOSIE_REPLAY_FEED_H

#include "packet/frame.h"
#include "replay/source.h"
#include <stdatomic.h>
#include <stdbool.h>

enum {
	FEED_MAX_FRAME_BYTES = (1 << 20) + 64, /* what a capture may hold, and headers added */
	FEED_CHUNK_FRAMES = 2048,
	FEED_CHUNK_BYTES = 2 << 20,
	FEED_N_CHUNKS = 8,
};

/* Where an edit puts the frames that one frame becomes. */
struct feed_out;
/* Copies them; side is the port they leave by. -EMSGSIZE: above FEED_MAX_FRAME_BYTES; -ECANCELED:
 * the feed is being closed. */
int feed_put(struct feed_out *out, const uint8_t *bytes, uint32_t n_bytes, uint8_t side);

struct feed_options {
	struct source_options source;
	bool preload;
	/*
	 * Called in the reader's thread for each frame of the source; puts none, one or more. An
	 * error ends the feed after what was put. NULL: Ethernet frames as they are, others
	 * refused.
	 */
	int (*edit)(void *context, const struct source_frame *frame, struct feed_out *out,
		    struct err *err);
	void *context;
	const atomic_bool *stop; /* gives up waiting for the reader; may be NULL */
	/* While preloading: share done, as source_done(). Other than 0 stops with it. */
	int (*look)(void *look_context, double done, uint64_t n_bytes);
	void *look_context;
};

struct feed;

/* With preload also reads everything: -ENOMEM when that does not fit into the memory there is. */
int feed_open(const struct feed_options *options, struct feed **ret_feed, struct err *err);
/* 1: frames, until the next call; 0: the end; -errno (-EINTR: *stop). Waits for the reader. */
int feed_next(struct feed *feed, const struct packet_frame **ret_frames, size_t *ret_n,
	      struct err *err);
/* Of the source, once feed_next() returned 0 or an error; zeros before, and after a stop. */
struct source_counters feed_count(const struct feed *feed);
/* Share of the files' bytes read in this loop, in [0, 1]; below 0: not known. From any thread. */
double feed_done(const struct feed *feed);
/* Stops the reader, wherever it is; one that hangs in a read is cancelled after 50 ms. */
void feed_freep(struct feed **feed);

#endif
