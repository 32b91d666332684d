/* SPDX-License-Identifier: Apache-2.0 */
#include "base/library.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

/* The C library's mathematics is where every program can load it from. */
static const char *const libm[] = { "no-such-library.so.1", "libm.so.6", NULL };

static void test_functions_work(void **state)
{
	double (*root)(double) = NULL, (*cube)(double) = NULL;
	const struct library_function functions[] = { { "sqrt", &root }, { "cbrt", &cube } };

	(void)state;
	for (int i = 0; i < 3; i++) {
		assert_int_equal(library_load(libm, "libc6", functions, 2, NULL), 0);
		assert_true(root(49) >= 7 && root(49) <= 7);
		assert_true(cube(27) > 2.999 && cube(27) < 3.001);
	}
}

static void test_what_is_missing(void **state)
{
	static const char *const none[] = { "no-such-library.so.1", NULL };
	void (*function)(void) = NULL;
	const struct library_function functions[] = { { "no_such_function", &function } };
	struct err err = { "" };

	(void)state;
	assert_int_equal(library_load(none, "no-such-package", functions, 1, &err), -ENOENT);
	assert_non_null(strstr(err.text, "no-such-library.so.1"));
	assert_non_null(strstr(err.text, "no-such-package"));
	assert_int_equal(library_load(libm, "libc6", functions, 1, &err), -ENOSYS);
	assert_non_null(strstr(err.text, "no_such_function"));
	assert_null(function);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_functions_work),
		cmocka_unit_test(test_what_is_missing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
