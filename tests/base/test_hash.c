/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/hash.h"

/* XXH3 of the empty input with seed 0, from the reference implementation's test vectors. */
static void hashes(void **state)
{
	(void)state;
	assert_true(hash_bytes("", 0, 0) == UINT64_C(0x2D06800538D394C2));
	assert_true(hash_text("abc", 5) == hash_bytes("abc", 3, 5));
	assert_true(hash_text("abc", 5) != hash_text("abc", 6));
	assert_true(hash_mix(1, 2) != hash_mix(2, 1));
	assert_true(hash_mix(0, 0) != hash_mix(0, 1));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(hashes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
