/* SPDX-License-Identifier: Apache-2.0 */
#include "packet/meter_steps.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

struct step_chunk {
	struct step_chunk *next;
	uint32_t size; /* index into the sizes */
	uint32_t n, capacity;
	struct automaton_step steps[];
};

void step_pool_init(struct step_pool *pool)
{
	memset(pool, 0, sizeof(*pool));
	arena_init(&pool->chunks, 0);
}

void step_pool_done(struct step_pool *pool)
{
	arena_done(&pool->chunks);
	free(pool->together);
	memset(pool, 0, sizeof(*pool));
}

static struct step_chunk *chunk_take(struct step_pool *pool, uint32_t size)
{
	uint32_t capacity = 8u << (2 * size);
	struct step_chunk *chunk = pool->spare[size];

	if (chunk != NULL) {
		pool->spare[size] = chunk->next;
	} else {
		chunk = arena_alloc(&pool->chunks, 1,
				    sizeof(*chunk) + capacity * sizeof(chunk->steps[0]));
		if (chunk == NULL)
			return NULL;
	}
	chunk->next = NULL;
	chunk->size = size;
	chunk->n = 0;
	chunk->capacity = capacity;
	return chunk;
}

int step_list_append(struct step_list *list, struct step_pool *pool,
		     const struct automaton_step *step, struct err *err)
{
	struct step_chunk *chunk = list->last;

	if (chunk == NULL || chunk->n == chunk->capacity) {
		uint32_t size = chunk == NULL ? 0 : chunk->size + 1;
		struct step_chunk *more =
			chunk_take(pool, size < STEP_SIZES ? size : STEP_SIZES - 1);

		if (more == NULL)
			return err_no_memory(err);
		if (chunk == NULL)
			list->first = more;
		else
			chunk->next = more;
		list->last = chunk = more;
	}
	chunk->steps[chunk->n++] = *step;
	list->n_steps++;
	return 0;
}

int step_list_gather(const struct step_list *list, struct step_pool *pool,
		     const struct automaton_step **ret_steps, struct err *err)
{
	size_t n = 0;

	if (list->first == list->last) { /* one chunk, or none */
		*ret_steps = list->first != NULL ? list->first->steps : NULL;
		return 0;
	}
	if (mem_grow(&pool->together, &pool->together_capacity, list->n_steps,
		     sizeof(*pool->together), UINT32_MAX) < 0)
		return err_no_memory(err);
	for (const struct step_chunk *chunk = list->first; chunk != NULL; chunk = chunk->next) {
		memcpy(pool->together + n, chunk->steps, chunk->n * sizeof(chunk->steps[0]));
		n += chunk->n;
	}
	*ret_steps = pool->together;
	return 0;
}

void step_list_clear(struct step_list *list, struct step_pool *pool)
{
	while (list->first != NULL) {
		struct step_chunk *chunk = list->first;

		list->first = chunk->next;
		chunk->next = pool->spare[chunk->size];
		pool->spare[chunk->size] = chunk;
	}
	*list = (struct step_list) { NULL, NULL, 0 };
}
