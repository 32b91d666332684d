/* SPDX-License-Identifier: Apache-2.0 */
/* Where frames go: a file, nowhere, a digest, a wire. One table of functions per kind. */
#ifndef SOSIE_REPLAY_SINK_H
#define SOSIE_REPLAY_SINK_H

#include <stdatomic.h>
#include <stdbool.h>

#include "base/err.h"
#include "packet/capture_write.h"
#include "packet/frame.h"

struct sink_options {
	const char *path; /* sinks that write; "-": stdout */
	struct capture_options capture;
	/* Sinks that are a wire. */
	const char *interface;
	const char *netns;     /* name below /run/netns, or a path; NULL: this one */
	const char *arguments; /* of the sink's own, after "dpdk:"; may be NULL */
	bool qdisc_bypass;
	const atomic_bool *stop; /* gives up waiting for room; may be NULL */
};

/* Why a frame that was asked for did not leave. */
enum sink_failure {
	SINK_TOO_LONG, /* for the interface's MTU */
	SINK_NO_ROOM,  /* its queue stayed full */
	SINK_LINK_DOWN,
	SINK_GONE,    /* the interface vanished */
	SINK_REFUSED, /* any other error of the kernel or the driver */
	SINK_N_FAILURES
};

struct sink_counters {
	uint64_t n_frames, n_bytes;	 /* asked: given to write() */
	uint64_t n_handed, handed_bytes; /* taken by the kernel, the driver, the file */
	uint64_t n_confirmed;		 /* known to have left: completions, kernel or driver
					    statistics since open() */
	uint64_t n_dropped; /* taken, and dropped after all: kernel or driver statistics */
	bool confirms;	    /* else n_confirmed means nothing */
	uint64_t failed[SINK_N_FAILURES]; /* n_frames - n_handed, by cause */
};

/*
 * How many of the frames handed over were dropped, where the interface counted n_counted drops
 * since open(). Among them may be up to n_refused tries of frames that it refused, and others'
 * frames. What is not confirmed may have been dropped for certain, as far as drops were counted;
 * beyond that, when others' frames were confirmed too, what no try explains.
 */
static inline uint64_t sink_dropped(const struct sink_counters *c, uint64_t n_counted,
				    uint64_t n_refused)
{
	uint64_t lost = c->n_confirmed < c->n_handed ? c->n_handed - c->n_confirmed : 0;
	uint64_t unexplained = n_counted > n_refused ? n_counted - n_refused : 0;
	uint64_t n = n_counted < lost ? n_counted : lost;

	n = n > unexplained ? n : unexplained;
	return n < c->n_handed ? n : c->n_handed;
}

struct sink_ops {
	const char *name; /* --sink */
	const char *summary;
	bool is_wire;	      /* wants options.interface */
	bool takes_arguments; /* an interface may be named by options.arguments instead */
	bool keeps_time;      /* frames' times are part of the result: nothing need be waited for */
	size_t state_bytes;   /* zeroed before open(); close() also follows a failed open() */
	int (*open)(void *state, const struct sink_options *options, struct err *err);
	/*
	 * Frames in order of time; borrowed for the call. A wire counts a frame it could not send
	 * under its cause and goes on; -ENETDOWN and -ENODEV (link down, interface gone) end the
	 * run.
	 */
	int (*write)(void *state, const struct packet_frame *frames, size_t n_frames,
		     struct err *err);
	/* Waits until all that was handed over is confirmed. -ETIMEDOUT. NULL: nothing waits. */
	int (*drain)(void *state, int64_t timeout_ns, struct err *err);
	/* Up to now. NULL: what was written was taken. */
	void (*counters)(void *state, struct sink_counters *ret_counters);
	/* All is written: the output gets its name. */
	int (*commit)(void *state, struct err *err);
	/* One line of text about the result ("digest: 6ab1..."); NULL: nothing to say. */
	int (*result)(const void *state, char *ret_text, size_t n_text);
	void (*close)(void *state); /* without commit(): leaves nothing behind */
};

const struct sink_ops *sink_named(const char *name); /* NULL: there is none */
const struct sink_ops *const *sinks(void);	     /* NULL after the last */

#endif
