/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The progress line of a long run, on stderr: what is done, how fast, what is left. On a terminal
 * it is rewritten in place ten times a second; in a pipe there is none, unless asked for, then a
 * line every five seconds.
 */
#ifndef SOSIE_GEN_PROGRESS_H
#define SOSIE_GEN_PROGRESS_H

#include "base/err.h"
#include <stdbool.h>
#include <stdint.h>

struct progress;

/* verb stands before the line; always: also when stderr is no terminal. */
int progress_new(const char *verb, bool always, struct progress **ret_progress, struct err *err);
void progress_freep(struct progress **progress); /* also ends the line */

/* What the run is at now ("flow model", a file's name); the rate starts anew. Copied. */
void progress_stage(struct progress *progress, const char *stage);
/* done: 0..1, below 0 when it cannot be known; packets and bytes so far, 0 when they do not apply.
 * Cheap: most calls only look at the clock. */
void progress_update(struct progress *progress, double done, uint64_t n_packets, uint64_t n_bytes);
/* Takes the line off the terminal, so that results can be printed. */
void progress_end(struct progress *progress);

#endif
