/* SPDX-License-Identifier: Apache-2.0 */
#include "base/arena.h"

#include <stdalign.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

enum { ALIGN = 16, FIRST_BLOCK_BYTES = 4096, LAST_BLOCK_BYTES = 1 << 20 };

struct arena_block {
	struct arena_block *next;
	size_t used_bytes, size_bytes;
	alignas(ALIGN) unsigned char data[];
};

void arena_init(struct arena *arena, size_t limit_bytes)
{
	memset(arena, 0, sizeof(*arena));
	arena->limit_bytes = limit_bytes;
}

void arena_done(struct arena *arena)
{
	struct arena_block *block = arena->blocks;

	while (block != NULL) {
		struct arena_block *next = block->next;

		free(block);
		block = next;
	}
	arena->blocks = NULL;
	arena->used_bytes = 0;
}

/*
 * A block for at least n_bytes. A large object gets a block of its own, put behind the current one
 * so that the current one's room is not lost.
 */
static struct arena_block *add_block(struct arena *arena, size_t n_bytes)
{
	size_t size = FIRST_BLOCK_BYTES;
	struct arena_block *block;

	if (arena->blocks != NULL && arena->blocks->size_bytes <= LAST_BLOCK_BYTES / 2)
		size = arena->blocks->size_bytes * 2;
	else if (arena->blocks != NULL)
		size = LAST_BLOCK_BYTES;
	if (n_bytes > size / 2)
		size = n_bytes;
	if (size > SIZE_MAX - sizeof(*block))
		return NULL;
	block = calloc(1, sizeof(*block) + size);
	if (block == NULL)
		return NULL;
	block->size_bytes = size;
	if (size == n_bytes && arena->blocks != NULL) {
		block->next = arena->blocks->next;
		arena->blocks->next = block;
	} else {
		block->next = arena->blocks;
		arena->blocks = block;
	}
	return block;
}

void *arena_alloc(struct arena *arena, size_t n, size_t size)
{
	struct arena_block *block = arena->blocks;
	size_t n_bytes, total;
	void *p;

	if (__builtin_mul_overflow(n, size, &n_bytes) || n_bytes > PTRDIFF_MAX - ALIGN)
		return NULL;
	if (n_bytes == 0)
		n_bytes = 1;
	n_bytes = (n_bytes + ALIGN - 1) & ~(size_t)(ALIGN - 1);
	if (__builtin_add_overflow(arena->used_bytes, n_bytes, &total) ||
	    (arena->limit_bytes != 0 && total > arena->limit_bytes))
		return NULL;
	if (block == NULL || block->size_bytes - block->used_bytes < n_bytes) {
		block = add_block(arena, n_bytes);
		if (block == NULL)
			return NULL;
	}
	p = block->data + block->used_bytes;
	block->used_bytes += n_bytes;
	arena->used_bytes = total;
	return p;
}

char *arena_strdup(struct arena *arena, const char *text)
{
	size_t n = strlen(text) + 1;
	char *copy = arena_alloc(arena, n, 1);

	if (copy != NULL)
		memcpy(copy, text, n);
	return copy;
}
