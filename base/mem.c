/* SPDX-License-Identifier: Apache-2.0 */
#include "base/mem.h"

#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

void freep(void *pointer)
{
	void *p;

	memcpy(&p, pointer, sizeof(p)); /* the variable may be of any pointer type */
	free(p);
	p = NULL;
	memcpy(pointer, &p, sizeof(p));
}

void fclosep(FILE **file)
{
	if (*file != NULL)
		fclose(*file);
	*file = NULL;
}

void *mem_array(size_t n, size_t size)
{
	size_t n_bytes;

	/* Checked here too: sanitizers take an overflow inside calloc() for a bug of the caller. */
	if (__builtin_mul_overflow(n, size, &n_bytes) || n_bytes > PTRDIFF_MAX)
		return NULL;
	return n_bytes == 0 ? calloc(1, 1) : calloc(n, size);
}

int mem_grow(void *items, size_t *capacity, size_t need, size_t size, size_t limit)
{
	size_t want, n_bytes;
	void *p;

	if (need > limit)
		return -E2BIG;
	if (need <= *capacity)
		return 0;
	want = *capacity > limit / 2 ? limit : *capacity * 2;
	if (want < 8)
		want = limit < 8 ? limit : 8;
	if (want < need)
		want = need;
	if (__builtin_mul_overflow(want, size, &n_bytes) || n_bytes > PTRDIFF_MAX)
		return -ENOMEM;
	memcpy(&p, items, sizeof(p));
	p = realloc(p, n_bytes);
	if (p == NULL)
		return -ENOMEM;
	memcpy(items, &p, sizeof(p));
	*capacity = want;
	return 0;
}
