/* SPDX-License-Identifier: Apache-2.0 */
/* Against the values of the published specification and of other tools that follow it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <netinet/in.h>
#include <string.h>

#include "flow/community_id.h"

static void check(const char *src, uint16_t src_port, const char *dst, uint16_t dst_port,
		  uint8_t proto, uint16_t seed, const char *expected)
{
	char text[COMMUNITY_ID_BYTES];
	struct ip_addr s, d;

	assert_int_equal(ip_parse(src, &s, NULL), 0);
	assert_int_equal(ip_parse(dst, &d, NULL), 0);
	community_id(&s, src_port, &d, dst_port, proto, seed, text);
	assert_string_equal(text, expected);
}

static void published(void **state)
{
	(void)state;
	check("128.232.110.120", 34855, "66.35.250.204", 80, IPPROTO_TCP, 0,
	      "1:LQU9qZlK+B5F3KDmev6m5PMibrg=");
	check("66.35.250.204", 80, "128.232.110.120", 34855, IPPROTO_TCP, 0,
	      "1:LQU9qZlK+B5F3KDmev6m5PMibrg=");
	check("128.232.110.120", 34855, "66.35.250.204", 80, IPPROTO_TCP, 1,
	      "1:3V71V58M3Ksw/yuFALMcW0LAHvc=");
	check("192.168.1.52", 54585, "8.8.8.8", 53, IPPROTO_UDP, 0,
	      "1:d/FP5EW3wiY1vCndhwleRRKHowQ=");
	check("8.8.8.8", 53, "192.168.1.52", 54585, IPPROTO_UDP, 0,
	      "1:d/FP5EW3wiY1vCndhwleRRKHowQ=");
	check("192.168.0.89", 8, "192.168.0.1", 0, IPPROTO_ICMP, 0,
	      "1:X0snYXpgwiv9TZtqg64sgzUn6Dk=");
	check("192.168.0.1", 0, "192.168.0.89", 0, IPPROTO_ICMP, 0,
	      "1:X0snYXpgwiv9TZtqg64sgzUn6Dk=");
}

/* Types without a counterpart keep their direction. */
static void one_way(void **state)
{
	char there[COMMUNITY_ID_BYTES], back[COMMUNITY_ID_BYTES];
	struct ip_addr a = ip_from_v4(0x0a000001), b = ip_from_v4(0x0a000002);

	(void)state;
	community_id(&a, 3, &b, 1, IPPROTO_ICMP, 0, there);
	community_id(&b, 3, &a, 1, IPPROTO_ICMP, 0, back);
	assert_string_not_equal(there, back);
	community_id(&a, 0, &b, 0, 47, 0, there);
	community_id(&b, 0, &a, 0, 47, 0, back);
	assert_string_equal(there, back);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(published),
		cmocka_unit_test(one_way),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
