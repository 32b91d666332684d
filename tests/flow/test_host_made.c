/* SPDX-License-Identifier: Apache-2.0 */
#include "flow/host_made.h"

#include <string.h>

#include "tests/unit.h"

static void there_and_back(void **state)
{
	static const struct {
		const char *address, *text;
	} cases[] = {
		{ "10.0.0.17", "inside-17" },
		{ "10.255.255.255", "inside-16777215" },
		{ "169.254.1.2", "inside-link-258" },
		{ "198.18.0.1", "outside-1" },
		{ "198.19.255.255", "outside-131071" },
		{ "239.192.0.3", "group-3" },
		{ "224.0.0.251", "mdns" },
		{ "255.255.255.255", "broadcast" },
		{ "0.0.0.0", "unspecified" },
		{ "2001:db8:1::a", "inside6-0-10" },
		{ "2001:db8:1:2:ffff:ffff:ffff:ffff", "inside6-2-18446744073709551615" },
		{ "fe80::1", "inside6-link-0-1" },
		{ "2001:db8:ffff:ffff::9", "outside6-65535-9" },
		{ "ff02::1:ff80:4", "solicited-node-8388612" },
		{ "ff18::2", "group6-0-2" },
		{ "ff02::1", "all-nodes" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		char text[HOST_MADE_TEXT_BYTES];
		struct ip_addr addr, again;

		assert_int_equal(ip_parse(cases[i].address, &addr, NULL), 0);
		assert_true(host_made_format(&addr, text));
		assert_string_equal(text, cases[i].text);
		assert_int_equal(host_made_parse(text, &again), 0);
		assert_true(ip_equal(&addr, &again));
	}
}

static void others_have_no_number(void **state)
{
	static const char *const texts[] = {
		"",
		"inside",
		"inside-",
		"inside-x",
		"inside-16777216",
		"inside-1-2",
		"inside--1",
		"outside-131072",
		"inside6-1",
		"inside6-65536-1",
		"inside6-1-",
		"inside6-0-18446744073709551616",
		"solicited-node-16777216",
		"10.0.0.1",
		"nosuch-1",
		"mdn",
	};
	char text[HOST_MADE_TEXT_BYTES];
	struct ip_addr addr;

	(void)state;
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		if (host_made_parse(texts[i], &addr) == 0)
			fail_msg("'%s' was taken", texts[i]);
	assert_int_equal(ip_parse("192.168.1.1", &addr, NULL), 0);
	assert_false(host_made_format(&addr, text));
	assert_int_equal(ip_parse("2001:db8:2::1", &addr, NULL), 0);
	assert_false(host_made_format(&addr, text));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(there_and_back),
		cmocka_unit_test(others_have_no_number),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
