/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <arpa/inet.h>
#include <cmocka.h>
#include <errno.h>
#include <string.h>

#include "base/addr.h"
#include "base/rng.h"

/* RFC 5952, sections 2 to 5. */
static void addresses_print_as_rfc_5952(void **state)
{
	static const char *const cases[][2] = {
		{ "10.0.0.255", "10.0.0.255" },
		{ "0.0.0.0", "0.0.0.0" },
		{ "2001:DB8:0:0:1:0:0:1", "2001:db8::1:0:0:1" },
		{ "2001:0db8::0001", "2001:db8::1" },
		{ "2001:db8:0:1:1:1:1:1", "2001:db8:0:1:1:1:1:1" },
		{ "2001:0:0:1:0:0:0:1", "2001:0:0:1::1" },
		{ "::", "::" },
		{ "::1", "::1" },
		{ "1::", "1::" },
		{ "fe80:0:0:0:0:0:0:0", "fe80::" },
		{ "::ffff:192.0.2.1", "::ffff:192.0.2.1" },
		{ "::1.2.3.4", "::102:304" },
		{ "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff",
		  "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff" },
		{ "0:1:0:1:0:1:0:1", "0:1:0:1:0:1:0:1" },
		{ "1:0:0:2::", "1:0:0:2::" },
	};
	char text[IP_TEXT_BYTES];
	struct ip_addr addr;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		assert_int_equal(ip_parse(cases[i][0], &addr, NULL), 0);
		assert_string_equal(ip_format(&addr, text), cases[i][1]);
	}
	addr = (struct ip_addr) { .version = 0 };
	assert_string_equal(ip_format(&addr, text), "-");
}

/* Random addresses with many zero groups, read back by the C library's parser. */
static void addresses_read_back(void **state)
{
	char text[IP_TEXT_BYTES];
	struct rng rng;
	int i;

	(void)state;
	rng_init(&rng, 61, 0, 0, RNG_TEST);
	for (i = 0; i < 20000; i++) {
		uint8_t bytes[16] = { 0 }, back[16];
		struct ip_addr addr;
		int k;

		for (k = 0; k < 16; k++)
			if (rng_below(&rng, 3) == 0)
				bytes[k] = (uint8_t)rng_u32(&rng);
		addr = ip_from_v6_bytes(bytes);
		assert_int_equal(inet_pton(AF_INET6, ip_format(&addr, text), back), 1);
		assert_memory_equal(back, bytes, 16);
		addr = ip_from_v4_bytes(bytes);
		assert_int_equal(inet_pton(AF_INET, ip_format(&addr, text), back), 1);
		assert_memory_equal(back, bytes, 4);
	}
}

static void bad_addresses_are_refused(void **state)
{
	static const char *const bad[] = {
		"",	     "1.2.3",	 "1.2.3.256",	      "1.2.3.4.5",
		"01.2.3.4",  "::g",	 "1:2:3:4:5:6:7:8:9", "1::2::3",
		"1.2.3.4/8", " 1.2.3.4", "fe80::1%eth0",      "localhost"
	};
	struct ip_addr addr = { .version = 9 };
	struct err err = { "" };
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		assert_int_equal(ip_parse(bad[i], &addr, &err), -EINVAL);
		assert_non_null(strstr(err.text, bad[i]));
	}
	assert_int_equal(addr.version, 9);
}

static void prefixes(void **state)
{
	static const struct {
		const char *prefix, *in, *out;
	} cases[] = {
		{ "10.0.0.0/8", "10.255.255.255", "11.0.0.0" },
		{ "192.168.4.0/23", "192.168.5.9", "192.168.6.0" },
		{ "0.0.0.0/0", "255.1.2.3", "::1" },
		{ "1.2.3.4/32", "1.2.3.4", "1.2.3.5" },
		{ "fd00::/8", "fdff::1", "fe00::" },
		{ "2001:db8::/33", "2001:db8:7fff::", "2001:db8:8000::" },
		{ "::/0", "ff02::1", "1.2.3.4" },
		{ "::1/128", "::1", "::" },
	};
	static const char *const bad[] = { "10.0.0.0/33",
					   "10.0.0.0/",
					   "10.0.0.0/-1",
					   "10.0.0.0/8x",
					   "10.0.0.1/8",
					   "::1/127x",
					   "::/129",
					   "/8",
					   "",
					   "2001:db8::1/64",
					   "10.0.0.0/0008",
					   "10.0.0.0//8" };
	char text[IP_TEXT_BYTES];
	struct ip_prefix prefix;
	struct ip_addr addr;
	struct err err = { "" };
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		assert_int_equal(ip_prefix_parse(cases[i].prefix, &prefix, NULL), 0);
		assert_string_equal(ip_prefix_format(&prefix, text), cases[i].prefix);
		assert_int_equal(ip_parse(cases[i].in, &addr, NULL), 0);
		assert_true(ip_prefix_holds(&prefix, &addr));
		assert_int_equal(ip_parse(cases[i].out, &addr, NULL), 0);
		assert_false(ip_prefix_holds(&prefix, &addr));
	}
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		if (ip_prefix_parse(bad[i], &prefix, &err) != -EINVAL)
			fail_msg("'%s' was taken", bad[i]);
	assert_int_equal(ip_prefix_parse("1.2.3.4", &prefix, NULL), 0); /* a host is a prefix */
	assert_int_equal(prefix.n_bits, 32);
	addr = (struct ip_addr) { .version = 0 };
	assert_false(ip_prefix_holds(&prefix, &addr));
}

static void order_and_kinds(void **state)
{
	static const char *const sorted[] = { "0.0.0.0",   "1.2.3.4",	"10.0.0.1", "169.254.3.4",
					      "224.0.0.1", "240.0.0.1", "::",	    "::1",
					      "fe80::1",   "febf::1",	"fec0::1",  "ff02::1" };
	enum { N = sizeof(sorted) / sizeof(sorted[0]) };
	struct ip_addr addrs[N];
	int i, k;

	(void)state;
	for (i = 0; i < N; i++)
		assert_int_equal(ip_parse(sorted[i], &addrs[i], NULL), 0);
	for (i = 0; i < N; i++) {
		for (k = 0; k < N; k++) {
			int order = ip_compare(&addrs[i], &addrs[k]);

			assert_int_equal((order > 0) - (order < 0), (i > k) - (i < k));
			assert_int_equal(ip_equal(&addrs[i], &addrs[k]), i == k);
		}
		assert_int_equal(ip_is_multicast(&addrs[i]), i == 4 || i == 11);
		assert_int_equal(ip_is_unspecified(&addrs[i]), i == 0 || i == 6);
		assert_int_equal(ip_is_link_local(&addrs[i]), i == 3 || i == 8 || i == 9);
	}
	addrs[0] = ip_from_v4(0x01020304);
	assert_true(ip_equal(&addrs[0], &addrs[1]));
}

static void macs(void **state)
{
	static const char *const bad[] = { "",
					   "02:00:00:00:00",
					   "02:00:00:00:00:001",
					   "02-00-00-00-00-01",
					   "0g:00:00:00:00:00",
					   "2:0:0:0:0:1",
					   "02:00:00:00:00:01 " };
	uint8_t mac[6];
	char text[MAC_TEXT_BYTES];
	struct err err = { "" };
	size_t i;

	(void)state;
	assert_int_equal(mac_parse("02:aB:Cd:ef:00:99", mac, NULL), 0);
	assert_string_equal(mac_format(mac, text), "02:ab:cd:ef:00:99");
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_int_equal(mac_parse(bad[i], mac, &err), -EINVAL);
	assert_string_equal(mac_format(mac, text), "02:ab:cd:ef:00:99");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(addresses_print_as_rfc_5952),
		cmocka_unit_test(addresses_read_back),
		cmocka_unit_test(bad_addresses_are_refused),
		cmocka_unit_test(prefixes),
		cmocka_unit_test(order_and_kinds),
		cmocka_unit_test(macs),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
