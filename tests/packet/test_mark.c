/* SPDX-License-Identifier: Apache-2.0 */
#include "packet/mark.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/bytes.h"
#include "packet/checksum.h"

static struct mark parsed(const char *text)
{
	struct mark mark;
	struct err err = { "" };

	if (mark_parse(text, &mark, &err) < 0)
		fail_msg("%s", err.text);
	return mark;
}

static uint32_t next(uint32_t *x)
{
	*x = *x * 1664525 + 1013904223;
	return *x >> 8;
}

/* 100,000 random headers: the checksum is right when marked, and the header is as before when the
 * mark is cleared. */
static void test_ipv4(void **state)
{
	struct mark mark = parsed("evil-bit");
	uint32_t x = 1;

	(void)state;
	for (int i = 0; i < 100000; i++) {
		uint8_t ip[20], before[20];

		for (size_t k = 0; k < sizeof(ip); k++)
			ip[k] = (uint8_t)next(&x);
		ip[0] = 0x45;
		ip[6] &= 0x7f;
		be16_put(ip + 10, 0);
		be16_put(ip + 10, checksum_finish(checksum_add(0, ip, 20)));
		memcpy(before, ip, 20);
		assert_false(mark_is_set(&mark, ip, 20));
		assert_true(mark_set(&mark, ip, 20));
		assert_true(mark_is_set(&mark, ip, 20));
		assert_int_equal(checksum_finish(checksum_add(0, ip, 20)), 0);
		assert_true(mark_set(&mark, ip, 20)); /* twice is once */
		assert_true(mark_clear(&mark, ip, 20));
		assert_memory_equal(ip, before, 20);
		assert_false(mark_clear(&mark, ip, 20));
	}
}

/* RFC 1624's way keeps a wrong checksum wrong by the same amount. */
static void test_wrong_checksum_stays_wrong(void **state)
{
	struct mark mark = parsed("evil-bit");
	uint8_t ip[20] = { 0x45, 0,    0,  20, 1, 2, 0x40, 0, 64, 17,
			   0x12, 0x34, 10, 0,  0, 1, 10,   0, 0,  2 };
	uint8_t before[20];

	(void)state;
	memcpy(before, ip, 20);
	mark_set(&mark, ip, 20);
	assert_int_not_equal(checksum_finish(checksum_add(0, ip, 20)), 0);
	mark_clear(&mark, ip, 20);
	assert_memory_equal(ip, before, 20);
}

static void test_ipv6(void **state)
{
	struct mark mark = parsed("evil-bit:0x51000/0xff000");
	uint8_t ip[40] = { 0x6a, 0xbc, 0xde, 0xf1 };

	(void)state;
	assert_false(mark_is_set(&mark, ip, 40));
	assert_true(mark_set(&mark, ip, 40));
	/* Version and traffic class stay, and the label's other bits. */
	assert_int_equal(be32_get(ip), 0x6ab51ef1);
	assert_true(mark_clear(&mark, ip, 40));
	assert_int_equal(be32_get(ip), 0x6ab00ef1);
	mark = parsed("evil-bit:0/0");
	assert_false(mark_set(&mark, ip, 40));
	assert_false(mark_is_set(&mark, ip, 40));
}

static void test_what_is_no_header(void **state)
{
	struct mark mark = parsed("evil-bit");
	uint8_t ip[40] = { 0x45 }, other[40] = { 0x55 };

	(void)state;
	assert_false(mark_set(&mark, ip, 19));
	assert_false(mark_set(&mark, other, 40));
	ip[0] = 0x60;
	assert_false(mark_set(&mark, ip, 39));
	assert_false(mark_set(&mark, ip, 0));
}

static void test_parse(void **state)
{
	static const char *const wrong[] = { "",
					     "evil",
					     "evil-bit:",
					     "evil-bit:1",
					     "evil-bit:0x100000/0x100000",
					     "evil-bit:3/1",
					     "evil-bit:0/1",
					     "evil-bit:1/1x",
					     "evil-bits" };
	struct mark mark;

	(void)state;
	assert_false(parsed("none").on);
	assert_true(parsed("evil-bit").on);
	assert_int_equal(parsed("evil-bit:16/0xf0").label, 16);
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		struct err err = { "" };

		assert_int_equal(mark_parse(wrong[i], &mark, &err), -EINVAL);
		assert_int_not_equal(err.text[0], '\0');
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_ipv4),  cmocka_unit_test(test_wrong_checksum_stays_wrong),
		cmocka_unit_test(test_ipv6),  cmocka_unit_test(test_what_is_no_header),
		cmocka_unit_test(test_parse),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
