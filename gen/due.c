/* SPDX-License-Identifier: Apache-2.0 */
#include "gen/due.h"

#include <stdbool.h>
#include <stdlib.h>

#include "base/mem.h"

enum { LIMIT_ITEMS = 200000000 };

static bool before(const struct due *a, const struct due *b)
{
	return a->time_ns < b->time_ns || (a->time_ns == b->time_ns && a->flow_id < b->flow_id);
}

int due_queue_push(struct due_queue *queue, int64_t time_ns, uint64_t flow_id, uint32_t slot,
		   struct err *err)
{
	const struct due item = { time_ns, flow_id, slot };
	size_t i = queue->n;
	int r = mem_grow(&queue->items, &queue->capacity, queue->n + 1, sizeof(item), LIMIT_ITEMS);

	if (r < 0)
		return err_set(err, r, "%zu flows due at once do not fit in memory", queue->n);
	queue->n++;
	while (i > 0 && before(&item, &queue->items[(i - 1) / 4])) {
		queue->items[i] = queue->items[(i - 1) / 4];
		i = (i - 1) / 4;
	}
	queue->items[i] = item;
	return 0;
}

const struct due *due_queue_first(const struct due_queue *queue)
{
	return queue->n == 0 ? NULL : &queue->items[0];
}

/* Lets item sink from the root. */
static void sink(struct due_queue *queue, struct due item)
{
	struct due *items = queue->items;
	size_t i = 0;

	for (;;) {
		const size_t first = 4 * i + 1;
		const size_t end = first + 4 < queue->n ? first + 4 : queue->n;
		size_t least = first;

		if (first >= queue->n)
			break;
		for (size_t c = first + 1; c < end; c++)
			if (before(&items[c], &items[least]))
				least = c;
		if (!before(&items[least], &item))
			break;
		items[i] = items[least];
		i = least;
	}
	items[i] = item;
}

void due_queue_replace_first(struct due_queue *queue, int64_t time_ns)
{
	struct due item = queue->items[0];

	item.time_ns = time_ns;
	sink(queue, item);
}

void due_queue_pop(struct due_queue *queue)
{
	queue->n--;
	if (queue->n > 0)
		sink(queue, queue->items[queue->n]);
}

void due_queue_done(struct due_queue *queue)
{
	free(queue->items);
	*queue = (struct due_queue) { 0 };
}
