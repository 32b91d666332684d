/* SPDX-License-Identifier: Apache-2.0 */
/* Where frames go: a file, nowhere, a digest; wires later. One table of functions per kind. */
#ifndef SOSIE_REPLAY_SINK_H
#define SOSIE_REPLAY_SINK_H

#include "base/err.h"
#include "packet/capture_write.h"
#include "packet/frame.h"

struct sink_options {
	const char *path; /* sinks that write; "-": stdout */
	struct capture_options capture;
};

struct sink_counters {
	uint64_t n_frames, n_bytes;
};

struct sink_ops {
	const char *name; /* --sink */
	const char *summary;
	size_t state_bytes; /* zeroed before open(); close() also follows a failed open() */
	int (*open)(void *state, const struct sink_options *options, struct err *err);
	/* Frames in order of time; borrowed for the call. */
	int (*write)(void *state, const struct packet_frame *frames, size_t n_frames,
		     struct err *err);
	/* All is written: the output gets its name. */
	int (*commit)(void *state, struct err *err);
	/* One line of text about the result ("digest: 6ab1..."); NULL: nothing to say. */
	int (*result)(const void *state, char *ret_text, size_t n_text);
	void (*close)(void *state); /* without commit(): leaves nothing behind */
};

const struct sink_ops *sink_named(const char *name); /* NULL: there is none */
const struct sink_ops *const *sinks(void);	     /* NULL after the last */

#endif
