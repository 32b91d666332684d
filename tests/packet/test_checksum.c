/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "base/rng.h"
#include "packet/checksum.h"

/* RFC 1071, word by word, in network order. */
static uint16_t reference(const uint8_t *p, size_t n)
{
	uint32_t sum = 0;

	for (size_t i = 0; i < n; i++) {
		sum += i % 2 == 0 ? (uint32_t)p[i] << 8 : p[i];
		sum = (sum & 0xffff) + (sum >> 16);
	}
	return (uint16_t)~sum;
}

static void is_that_of_rfc_1071(void **state)
{
	const uint8_t example[] = { 0x00, 0x01, 0xf2, 0x03, 0xf4, 0xf5, 0xf6, 0xf7 };

	(void)state;
	assert_int_equal(checksum_finish(checksum_add(0, example, sizeof(example))),
			 (uint16_t)~0xddf2);
	assert_int_equal(checksum_finish(0), 0xffff);
}

static void agrees_with_the_reference(void **state)
{
	static uint8_t bytes[70000];

	(void)state;
	rng_fill(1, bytes, sizeof(bytes));
	for (size_t n = 0; n < 3000; n++)
		assert_int_equal(checksum_finish(checksum_add(0, bytes + n % 7, n)),
				 reference(bytes + n % 7, n));
	memset(bytes, 0xff, sizeof(bytes));
	assert_int_equal(checksum_finish(checksum_add(0, bytes, 69999)), reference(bytes, 69999));
}

static void parts_add_up(void **state)
{
	uint8_t bytes[999];

	(void)state;
	rng_fill(2, bytes, sizeof(bytes));
	for (size_t cut = 0; cut < sizeof(bytes); cut += 2) {
		uint64_t sum = checksum_add(0, bytes, cut);

		sum = checksum_add(sum, bytes + cut, sizeof(bytes) - cut);
		assert_int_equal(checksum_finish(sum), reference(bytes, sizeof(bytes)));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(is_that_of_rfc_1071),
		cmocka_unit_test(agrees_with_the_reference),
		cmocka_unit_test(parts_add_up),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
