/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <string.h>

#include "base/err.h"

static void set_writes_and_returns_the_code(void **state)
{
	struct err err = { "" };

	(void)state;
	assert_int_equal(err_set(&err, -EINVAL, "%s: %d is below 0", "weight", -5), -EINVAL);
	assert_string_equal(err.text, "weight: -5 is below 0");
	assert_int_equal(err_set(NULL, -EIO, "x"), -EIO);
	assert_int_equal(err_wrap(NULL, -EIO, "x"), -EIO);
	assert_int_equal(err_no_memory(&err), -ENOMEM);
	assert_string_equal(err.text, "out of memory");
}

static void wrap_goes_before(void **state)
{
	struct err err = { "" };

	(void)state;
	assert_int_equal(err_wrap(&err, -EIO, "alone"), -EIO);
	assert_string_equal(err.text, "alone");
	err_wrap(&err, -EIO, "file %d", 7);
	assert_string_equal(err.text, "file 7: alone");
	err_set(&err, -EIO, "again: %s", err.text); /* an argument inside err */
	assert_string_equal(err.text, "again: file 7: alone");
}

/* Every length around the limit: always ended, never longer, the front kept. */
static void long_texts_are_cut(void **state)
{
	char big[2 * ERR_TEXT_BYTES];
	struct err err = { "" };
	size_t n;

	(void)state;
	for (n = ERR_TEXT_BYTES - 8; n < ERR_TEXT_BYTES + 8; n++) {
		memset(big, 'a', n);
		big[n] = '\0';
		err_set(&err, -EIO, "%s", big);
		assert_int_equal(strlen(err.text), n < ERR_TEXT_BYTES ? n : ERR_TEXT_BYTES - 1);
		err_set(&err, -EIO, "inner");
		err_wrap(&err, -EIO, "%s", big);
		assert_int_equal(strlen(err.text),
				 n + 7 < ERR_TEXT_BYTES ? n + 7 : strlen(err.text));
		assert_true(strlen(err.text) < ERR_TEXT_BYTES);
		assert_memory_equal(err.text, big, ERR_TEXT_BYTES - 8);
		memset(err.text, 'b', ERR_TEXT_BYTES - 1);
		err.text[ERR_TEXT_BYTES - 1] = '\0';
		err_wrap(&err, -EIO, "front");
		assert_int_equal(strlen(err.text), ERR_TEXT_BYTES - 1);
		assert_memory_equal(err.text, "front: bbb", 10);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(set_writes_and_returns_the_code),
		cmocka_unit_test(wrap_goes_before),
		cmocka_unit_test(long_texts_are_cut),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
