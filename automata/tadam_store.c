/* SPDX-License-Identifier: Apache-2.0 */
/* Memory that a trial can give back at once, and the journal that takes a trial's changes back. */
#include "automata/tadam_internal.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

enum { BLOCK_BYTES = 1 << 18, LIMIT_ENTRIES = 1 << 28 };

struct tadam_block {
	struct tadam_block *next;
	size_t used, size;
	_Alignas(16) char bytes[];
};

void *tadam_alloc(struct tadam *t, size_t n_bytes)
{
	struct tadam_arena *arena = &t->arena;
	struct tadam_block **link = arena->current != NULL ? &arena->current : &arena->first;
	void *memory;

	n_bytes = (n_bytes + 15) & ~(size_t)15;
	/* Blocks after the current one are left from earlier trials. */
	while (*link != NULL && (*link)->size - (*link)->used < n_bytes) {
		link = &(*link)->next;
		if (*link != NULL)
			(*link)->used = 0;
	}
	if (*link == NULL) {
		const size_t size = n_bytes > BLOCK_BYTES ? n_bytes : BLOCK_BYTES;

		*link = malloc(sizeof(**link) + size);
		if (*link == NULL) {
			t->error = -ENOMEM;
			return NULL;
		}
		**link = (struct tadam_block) { .size = size };
	}
	arena->current = *link;
	memory = arena->current->bytes + arena->current->used;
	arena->current->used += n_bytes;
	return memory;
}

void tadam_arena_done(struct tadam_arena *arena)
{
	while (arena->first != NULL) {
		struct tadam_block *next = arena->first->next;

		free(arena->first);
		arena->first = next;
	}
	arena->current = NULL;
}

static void reset(struct tadam_arena *arena, struct tadam_mark mark)
{
	arena->current = mark.block;
	if (mark.block != NULL)
		mark.block->used = mark.used;
	else if (arena->first != NULL)
		arena->first->used = 0;
}

void tadam_save(struct tadam *t, void *target, uint32_t n_bytes)
{
	struct tadam_journal *j = &t->journal;
	int r;

	if (!j->on)
		return;
	r = mem_grow(&j->entries, &j->entries_capacity, j->n_entries + 1, sizeof(*j->entries),
		     LIMIT_ENTRIES);
	if (r == 0)
		r = mem_grow(&j->bytes, &j->bytes_capacity, j->n_bytes + n_bytes, 1, UINT32_MAX);
	if (r < 0) {
		t->error = r;
		return;
	}
	j->entries[j->n_entries++] = (struct tadam_entry) { .target = target,
							    .n_bytes = n_bytes,
							    .offset = (uint32_t)j->n_bytes };
	memcpy(j->bytes + j->n_bytes, target, n_bytes);
	j->n_bytes += n_bytes;
}

struct tadam_mark tadam_begin(struct tadam *t)
{
	struct tadam_journal *j = &t->journal;
	const struct tadam_mark mark = {
		.block = t->arena.current,
		.used = t->arena.current != NULL ? t->arena.current->used : 0,
		.n_entries = j->n_entries,
		.n_bytes = j->n_bytes,
		.was_on = j->on,
	};

	j->on = true;
	tadam_save(t, &t->sums, sizeof(t->sums));
	return mark;
}

void tadam_undo(struct tadam *t, struct tadam_mark mark)
{
	struct tadam_journal *j = &t->journal;

	while (j->n_entries > mark.n_entries) {
		const struct tadam_entry *entry = &j->entries[--j->n_entries];

		memcpy(entry->target, j->bytes + entry->offset, entry->n_bytes);
	}
	j->n_bytes = mark.n_bytes;
	j->on = mark.was_on;
	t->n_changes = 0;
	t->n_stack = 0;
	reset(&t->arena, mark);
}

void tadam_commit(struct tadam *t, struct tadam_mark mark)
{
	t->journal.on = mark.was_on;
	if (mark.was_on)
		return;
	t->journal.n_entries = 0;
	t->journal.n_bytes = 0;
}

void tadam_done(struct tadam *t)
{
	free(t->edges);
	free(t->alias);
	free(t->states);
	free(t->dirty_edges);
	free(t->dirty_states);
	free(t->words);
	free(t->first_user);
	free(t->users);
	tadam_arena_done(&t->arena);
	free(t->journal.entries);
	free(t->journal.bytes);
	free(t->changes);
	align_machine_done(&t->machine);
	align_scratch_done(&t->scratch);
	free(t->align_edges);
	free(t->values);
	free(t->stack);
	memset(t, 0, sizeof(*t));
}
