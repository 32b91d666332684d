/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The queue of what is due: a 4-ary heap by (time, flow id). Four children share a cache line or
 * two, which halves the depth of a binary heap; the first element is replaced in place, because a
 * played flow mostly comes back.
 */
#ifndef SOSIE_GEN_DUE_H
#define SOSIE_GEN_DUE_H

#include "base/err.h"
#include <stddef.h>
#include <stdint.h>

struct due {
	int64_t time_ns;
	uint64_t flow_id;
	uint32_t slot;
};

struct due_queue {
	struct due *items; /* zeroed struct: empty */
	size_t n, capacity;
};

int due_queue_push(struct due_queue *queue, int64_t time_ns, uint64_t flow_id, uint32_t slot,
		   struct err *err);
const struct due *due_queue_first(const struct due_queue *queue); /* NULL: empty */
void due_queue_replace_first(struct due_queue *queue, int64_t time_ns);
void due_queue_pop(struct due_queue *queue);
void due_queue_done(struct due_queue *queue);

#endif
