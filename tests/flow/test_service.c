/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>

#include "flow/record.h"
#include "flow/service.h"

static void names(void **state)
{
	(void)state;
	assert_string_equal(service_name(IPPROTO_TCP, 50000, 443), "https");
	assert_string_equal(service_name(IPPROTO_UDP, 50000, 443), "quic");
	assert_string_equal(service_name(IPPROTO_UDP, 50000, 53), "dns");
	assert_string_equal(service_name(IPPROTO_TCP, 50000, 53), "dns");
	assert_string_equal(service_name(IPPROTO_TCP, 22, 50001), "ssh"); /* by the source */
	assert_string_equal(service_name(IPPROTO_TCP, 22, 80), "http"); /* the destination first */
	assert_string_equal(service_name(IPPROTO_UDP, 50000, 22), "-"); /* TCP's only */
	assert_string_equal(service_name(IPPROTO_TCP, 50000, 50001), "-");
	assert_string_equal(service_name(IPPROTO_ICMP, 8, 0), "ping");
	assert_string_equal(service_name(IPPROTO_ICMP, 3, 1), "unreachable");
	assert_string_equal(service_name(IPPROTO_ICMPV6, 135, 0), "nd");
	assert_string_equal(service_name(IPPROTO_ICMPV6, 8, 0), "-");
	assert_string_equal(service_name(2, 0, 0), "igmp");
	assert_string_equal(service_name(253, 0, 0), "-");
}

/* Every port: a name fits a record, has a usual port, and that port gives the name back. */
static void ports_and_names_agree(void **state)
{
	static const uint8_t protos[] = { IPPROTO_TCP, IPPROTO_UDP };
	unsigned int n = 0;

	(void)state;
	for (size_t i = 0; i < 2; i++) {
		for (uint32_t port = 0; port < 65536; port++) {
			const char *name = service_name(protos[i], 0, (uint16_t)port);
			uint16_t usual;
			uint8_t proto;

			if (strcmp(name, "-") == 0)
				continue;
			n++;
			assert_true(strlen(name) < FLOW_SERVICE_BYTES);
			assert_int_equal(service_port(name, &proto, &usual), 0);
			assert_string_equal(service_name(proto, 0, usual), name);
		}
	}
	assert_in_range(n, 100, 400);
}

static void usual_ports(void **state)
{
	uint16_t port = 1;
	uint8_t proto;

	(void)state;
	assert_int_equal(service_port("dns", &proto, &port), 0);
	assert_int_equal(proto, IPPROTO_UDP);
	assert_int_equal(port, 53);
	assert_int_equal(service_port("https", &proto, &port), 0);
	assert_int_equal(proto, IPPROTO_TCP);
	assert_int_equal(port, 443);
	assert_int_equal(service_port("dhcp", &proto, &port), 0);
	assert_int_equal(port, 67); /* the server's */
	assert_int_equal(service_port("kerberos", &proto, &port), 0);
	assert_int_equal(proto, IPPROTO_UDP);
	assert_int_equal(service_port("ping", &proto, &port), 0);
	assert_int_equal(proto, IPPROTO_ICMP);
	assert_int_equal(service_port("nd", &proto, &port), 0);
	assert_int_equal(proto, IPPROTO_ICMPV6);
	assert_int_equal(service_port("igmp", &proto, &port), 0);
	assert_int_equal(proto, 2);
	assert_int_equal(service_port("no-such-service", &proto, &port), -1);
	assert_int_equal(service_port("-", &proto, &port), -1);
}

static void protocols(void **state)
{
	static const struct {
		const char *text;
		int proto; /* -1: refused */
	} cases[] = {
		{ "tcp", 6 },	     { "TCP  ", 6 },
		{ " UDP ", 17 },     { "icmp", 1 },
		{ "icmp6", 58 },     { "ICMPv6", 58 },
		{ "ipv6-icmp", 58 }, { "0", 0 },
		{ "255", 255 },	     { "256", -1 },
		{ "", -1 },	     { "  ", -1 },
		{ "tcpp", -1 },	     { "6 6", -1 },
		{ "-1", -1 },	     { "99999999999999999999", -1 },
		{ "gre", 47 },
	};
	char text[PROTO_TEXT_BYTES];
	uint8_t proto;

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		int r = proto_parse(cases[i].text, &proto);

		assert_int_equal(r, cases[i].proto < 0 ? -1 : 0);
		if (r == 0)
			assert_int_equal(proto, cases[i].proto);
	}
	for (int i = 0; i < 256; i++) {
		assert_int_equal(proto_parse(proto_format((uint8_t)i, text), &proto), 0);
		assert_int_equal(proto, i);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(names),
		cmocka_unit_test(ports_and_names_agree),
		cmocka_unit_test(usual_ports),
		cmocka_unit_test(protocols),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
