/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/arena.h"

static void arena_objects_are_apart_zeroed_aligned(void **state)
{
	struct arena arena;
	unsigned char *p[2000];
	size_t i, k;

	(void)state;
	arena_init(&arena, 0);
	for (i = 0; i < 2000; i++) {
		p[i] = arena_alloc(&arena, i * 7 % 300 + 1, i % 5 + 1);
		assert_non_null(p[i]);
		assert_int_equal((uintptr_t)p[i] % 16, 0);
		for (k = 0; k < (i * 7 % 300 + 1) * (i % 5 + 1); k++) {
			assert_int_equal(p[i][k], 0);
			p[i][k] = (unsigned char)i;
		}
	}
	for (i = 0; i < 2000; i++)
		for (k = 0; k < (i * 7 % 300 + 1) * (i % 5 + 1); k++)
			assert_int_equal(p[i][k], (unsigned char)i);
	assert_non_null(arena_alloc(&arena, 3 << 20, 1)); /* a block of its own */
	assert_non_null(arena_alloc(&arena, 0, 8));
	assert_string_equal(arena_strdup(&arena, "text"), "text");
	arena_done(&arena);
	arena_done(&arena);
	assert_int_equal(arena.used_bytes, 0);
}

static void arena_keeps_its_limit(void **state)
{
	struct arena arena;
	size_t n = 0;

	(void)state;
	arena_init(&arena, 1000);
	while (arena_alloc(&arena, 1, 10) != NULL)
		n++;
	assert_int_equal(n, 1000 / 16);
	assert_null(arena_alloc(&arena, SIZE_MAX / 2, 4));
	assert_null(arena_alloc(&arena, SIZE_MAX, 1));
	assert_null(arena_strdup(&arena, "0123456789012345"));
	arena_done(&arena);
	arena_init(&arena, 0);
	assert_null(arena_alloc(&arena, SIZE_MAX - 40, 1));
	arena_done(&arena);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(arena_objects_are_apart_zeroed_aligned),
		cmocka_unit_test(arena_keeps_its_limit),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
