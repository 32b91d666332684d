/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The progress line of a long run: rate, done, left. One line on stderr, written over itself, when
 * stderr is a terminal; on demand also plain lines into a pipe, less often. Not for several threads
 * at once.
 */
#ifndef SOSIE_GEN_PROGRESS_H
#define SOSIE_GEN_PROGRESS_H

#include "base/err.h"
#include <stdbool.h>
#include <stdint.h>

struct progress;

/* what stands before the line ("learn"). *ret_progress is NULL, and nothing will be shown, when
 * stderr is no terminal, unless always. */
int progress_new(const char *what, bool always, struct progress **ret_progress, struct err *err);
/* Also ends the line. */
void progress_freep(struct progress **progress);

/* Another part of the run begins: its name stands in the line, rate and time left start anew. */
void progress_stage(struct progress *progress, const char *name);

/*
 * done: share of the stage, in [0, 1], below 0 when not known. Packets and bytes since the run
 * began (the rates shown are the stage's); 0: nothing to say about them. Costs a look at the clock,
 * mostly.
 */
void progress_update(struct progress *progress, double done, uint64_t n_packets, uint64_t n_bytes);

/* How far a stage is that has no known end: the text stands in the line in place of the stage's
 * name. */
void progress_say(struct progress *progress, const char *text);

/* Clears the line, so that other text may follow. */
void progress_end(struct progress *progress);

#endif
