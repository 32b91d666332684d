/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

static void take_disarms(void **state)
{
	char *out;

	(void)state;
	{
		CLEANUP(freep) char *text = strdup("kept");

		out = take(&text);
		assert_null(text);
	}
	assert_string_equal(out, "kept");
	freep(&out);
	assert_null(out);
	freep(&out);
}

static void fclosep_takes_null(void **state)
{
	FILE *file = tmpfile();

	(void)state;
	assert_non_null(file);
	fclosep(&file);
	assert_null(file);
	fclosep(&file);
}

static void array_refuses_overflow(void **state)
{
	uint32_t *p = mem_array(1000, sizeof(*p));
	size_t huge = SIZE_MAX / 2 + 2; /* a variable, so that no compiler warns of it */
	int i;

	(void)state;
	assert_non_null(p);
	for (i = 0; i < 1000; i++)
		assert_int_equal(p[i], 0);
	free(p);
	assert_null(mem_array(huge, 2));
	assert_null(mem_array(huge, huge));
	p = mem_array(0, 8);
	assert_non_null(p);
	free(p);
}

static void grow_doubles_up_to_the_limit(void **state)
{
	CLEANUP(freep) uint16_t *items = NULL;
	size_t capacity = 0, n_moves = 0, before, i;

	(void)state;
	for (i = 0; i < 1000; i++) {
		before = capacity;
		assert_int_equal(mem_grow(&items, &capacity, i + 1, sizeof(*items), 1000), 0);
		assert_true(capacity > i && capacity <= 1000);
		n_moves += capacity != before;
		items[i] = (uint16_t)i;
	}
	assert_true(n_moves <= 10);
	assert_int_equal(mem_grow(&items, &capacity, 1001, sizeof(*items), 1000), -E2BIG);
	assert_int_equal(mem_grow(&items, &capacity, SIZE_MAX / 2 + 1, 2, SIZE_MAX), -ENOMEM);
	for (i = 0; i < 1000; i++)
		assert_int_equal(items[i], i);
}

static void grow_with_small_limits(void **state)
{
	size_t limit;

	(void)state;
	for (limit = 1; limit < 20; limit++) {
		CLEANUP(freep) char *items = NULL;
		size_t capacity = 0;

		assert_int_equal(mem_grow(&items, &capacity, limit, 1, limit), 0);
		assert_int_equal(capacity, limit);
		assert_int_equal(mem_grow(&items, &capacity, limit + 1, 1, limit), -E2BIG);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(take_disarms),
		cmocka_unit_test(fclosep_takes_null),
		cmocka_unit_test(array_refuses_overflow),
		cmocka_unit_test(grow_doubles_up_to_the_limit),
		cmocka_unit_test(grow_with_small_limits),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
