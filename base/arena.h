/* SPDX-License-Identifier: Apache-2.0 */
/* Bump allocator: one life for many small objects; freed all at once. */
#ifndef SOSIE_BASE_ARENA_H
#define SOSIE_BASE_ARENA_H

#include <stddef.h>

struct arena_block;

struct arena {
	struct arena_block *blocks;
	size_t limit_bytes; /* in all; 0: none */
	size_t used_bytes;
};

void arena_init(struct arena *arena, size_t limit_bytes);
void arena_done(struct arena *arena);
void *arena_alloc(struct arena *arena, size_t n,
		  size_t size); /* zeroed, 16-aligned; NULL: out of memory or over the limit */
char *arena_strdup(struct arena *arena, const char *text);

#endif
