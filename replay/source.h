/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Frames out of captures: several files merged on one timeline, a part of it, looped; in memory
 * that does not grow with the files.
 */
#ifndef SOSIE_REPLAY_SOURCE_H
#define SOSIE_REPLAY_SOURCE_H

#include "base/err.h"
#include <stddef.h>
#include <stdint.h>

enum { SOURCE_MAX_FILES = 256 };

struct source_options {
	const char *const *paths; /* borrowed; "-": stdin, alone and without loops */
	size_t n_paths;
	/* Frames with times in [from_ns, to_ns); INT64_MIN and INT64_MAX: all. */
	int64_t from_ns, to_ns;
	uint64_t n_loops;      /* 0: for ever */
	int64_t loop_delay_ns; /* from the last frame of a loop to the first of the next */
	/* Within a loop no frame comes later after the one before: what follows comes earlier.
	 * 0: no limit. */
	int64_t max_gap_ns;
};

struct source_frame {
	int64_t time_ns; /* on the timeline: never going back, loops one after the other */
	uint64_t loop;	 /* 0, 1 .. */
	uint32_t file;	 /* index into paths */
	uint32_t interface;
	uint16_t link_type; /* LINKTYPE_ */
	uint32_t n_bytes;   /* captured */
	uint32_t n_original;
	const uint8_t *bytes; /* until the next call */
};

struct source_counters {
	uint64_t n_frames, n_bytes;
	uint64_t n_early;     /* before from_ns */
	uint64_t n_backwards; /* had a time before an earlier frame of their file: given its time */
	uint64_t n_cut;	      /* by the capture's snaplen: not all their bytes are there */
	uint64_t n_shortened; /* gaps above max_gap_ns */
	int64_t shortened_ns; /* by so much in all */
};

struct source;

/* Opens every file, so that what is wrong with one is known at once. -E2BIG: too many files. */
int source_open(const struct source_options *options, struct source **ret_source, struct err *err);
/* 1: a frame; 0: the end; -errno of a file (the frames before it were delivered): damaged, of a
 * link type that has no packets. -ENODATA: a loop without a frame, which would never end. */
int source_next(struct source *source, struct source_frame *ret_frame, struct err *err);
struct source_counters source_count(const struct source *source);
/* Share of the files' bytes read in this loop, in [0, 1]; below 0: not known. */
double source_done(const struct source *source);
void source_freep(struct source **source);

#endif
