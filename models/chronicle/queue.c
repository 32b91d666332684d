/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <stdlib.h>

#include "base/mem.h"
#include "models/chronicle/candidate.h"

enum { LIMIT_QUEUED = 1 << 24 };

static bool before(const struct candidate *a, const struct candidate *b)
{
	if (a->estimate != b->estimate)
		return a->estimate > b->estimate;
	return a->order < b->order;
}

void queue_done(struct queue *queue)
{
	free(queue->heap);
	*queue = (struct queue) { 0 };
}

int queue_put_back(struct queue *queue, const struct candidate *candidate)
{
	size_t i = queue->n;
	int r = mem_grow(&queue->heap, &queue->capacity, i + 1, sizeof(*queue->heap), LIMIT_QUEUED);

	if (r < 0)
		return r == -E2BIG ? 0 : r; /* full of better ones than this for a long time */
	queue->n++;
	for (; i > 0 && before(candidate, &queue->heap[(i - 1) / 2]); i = (i - 1) / 2)
		queue->heap[i] = queue->heap[(i - 1) / 2];
	queue->heap[i] = *candidate;
	return 0;
}

int queue_push(struct queue *queue, const struct candidate *candidate)
{
	struct candidate ordered = *candidate;

	ordered.order = queue->next_order++;
	return queue_put_back(queue, &ordered);
}

bool queue_pop(struct queue *queue, struct candidate *ret_candidate)
{
	struct candidate last;
	size_t i = 0, child;

	if (queue->n == 0)
		return false;
	*ret_candidate = queue->heap[0];
	last = queue->heap[--queue->n];
	while ((child = 2 * i + 1) < queue->n) {
		if (child + 1 < queue->n && before(&queue->heap[child + 1], &queue->heap[child]))
			child++;
		if (!before(&queue->heap[child], &last))
			break;
		queue->heap[i] = queue->heap[child];
		i = child;
	}
	queue->heap[i] = last;
	return true;
}
