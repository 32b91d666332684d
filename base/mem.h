/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Memory: scope-bound cleanup, hand-over, and sizes that cannot overflow.
 *
 *	CLEANUP(freep) char *text = NULL;      freed at the end of the scope
 *	*ret_text = take(&text);               handed over: the cleanup is disarmed
 */
#ifndef SOSIE_BASE_MEM_H
#define SOSIE_BASE_MEM_H

#include <stddef.h>
#include <stdio.h>

#define CLEANUP(fn) __attribute__((cleanup(fn)))

/* Returns *pointer and leaves NULL behind. A macro because it must keep the pointer's type. */
#define take(pointer)                                                                              \
	__extension__({                                                                            \
		__typeof__(pointer) take_p_ = (pointer);                                           \
		__typeof__(*take_p_) take_v_ = *take_p_;                                           \
		*take_p_ = NULL;                                                                   \
		take_v_;                                                                           \
	})

/* free(*pointer) for CLEANUP on any pointer variable. */
void freep(void *pointer);

/* fclose(*file) for CLEANUP; NULL is fine. */
void fclosep(FILE **file);

/* calloc(n, size): zeroed, NULL when n * size overflows or memory is out. n = 0 gives a valid
 * pointer. */
void *mem_array(size_t n, size_t size);

/*
 * Grows *items (elements of `size` bytes, *capacity of them) so that at least `need` fit; doubles,
 * so that appending is O(1). New room is not zeroed. Returns 0, -ENOMEM, or -E2BIG when need is
 * above `limit`.
 */
int mem_grow(void *items, size_t *capacity, size_t need, size_t size, size_t limit);

#endif
