/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Single-producer single-consumer ring of pointers. Each side sleeps when the other is behind (a
 * futex per batch, never per packet). Closing from either side wakes both: a push on a closed ring
 * fails, a pop drains and then ends.
 */
#ifndef SOSIE_BASE_RING_H
#define SOSIE_BASE_RING_H

#include "base/err.h"
#include <stdbool.h>
#include <stddef.h>

struct ring;

int ring_new(size_t capacity, struct ring **ret_ring,
	     struct err *err); /* capacity: a power of two */
void ring_freep(struct ring **ring);

bool ring_push(struct ring *ring,
	       void *item); /* waits for room; false: closed, the item is still the caller's */
void *ring_pop(struct ring *ring);     /* waits; NULL: closed and empty */
void *ring_try_pop(struct ring *ring); /* NULL: nothing there now */
void ring_close(struct ring *ring);

#endif
