/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <netinet/in.h>
#include <string.h>

#include "base/rng.h"
#include "flow/key.h"
#include "flow/record.h"

static struct ip_addr addr(const char *text)
{
	struct ip_addr a;

	assert_int_equal(ip_parse(text, &a, NULL), 0);
	return a;
}

static struct flow_key key_of(const char *src, uint16_t src_port, const char *dst,
			      uint16_t dst_port, uint8_t proto)
{
	struct ip_addr s = addr(src), d = addr(dst);
	struct flow_key key;

	memset(&key, 0xa5, sizeof(key)); /* what was there before must not show */
	flow_key_make(&s, src_port, &d, dst_port, proto, &key);
	return key;
}

static void assert_same(struct flow_key a, struct flow_key b, bool same)
{
	assert_int_equal(flow_key_equal(&a, &b), same);
	assert_int_equal(memcmp(&a, &b, sizeof(a)) == 0, same);
	if (same)
		assert_int_equal(flow_key_hash(&a, 7), flow_key_hash(&b, 7));
}

static void directions_meet(void **state)
{
	(void)state;
	assert_same(key_of("10.0.0.1", 1234, "10.0.0.2", 80, IPPROTO_TCP),
		    key_of("10.0.0.2", 80, "10.0.0.1", 1234, IPPROTO_TCP), true);
	assert_same(key_of("2001:db8::1", 1234, "2001:db8::2", 80, IPPROTO_UDP),
		    key_of("2001:db8::2", 80, "2001:db8::1", 1234, IPPROTO_UDP), true);
	/* One host with itself: the ports alone are ordered. */
	assert_same(key_of("127.0.0.1", 9, "127.0.0.1", 8, IPPROTO_TCP),
		    key_of("127.0.0.1", 8, "127.0.0.1", 9, IPPROTO_TCP), true);
}

static void what_differs_differs(void **state)
{
	struct flow_key base = key_of("10.0.0.1", 1234, "10.0.0.2", 80, IPPROTO_TCP);

	(void)state;
	assert_same(base, key_of("10.0.0.1", 1234, "10.0.0.2", 80, IPPROTO_UDP), false);
	assert_same(base, key_of("10.0.0.1", 1235, "10.0.0.2", 80, IPPROTO_TCP), false);
	/* The ports belong to their sides. */
	assert_same(base, key_of("10.0.0.1", 80, "10.0.0.2", 1234, IPPROTO_TCP), false);
	/* 10.0.0.1 is not ::a00:1 although their bytes could be mixed up. */
	assert_same(key_of("10.0.0.1", 1, "10.0.0.2", 2, IPPROTO_UDP),
		    key_of("a00:1::", 1, "a00:2::", 2, IPPROTO_UDP), false);
}

static void echo_and_reply_meet(void **state)
{
	(void)state;
	assert_same(key_of("10.0.0.1", 8, "10.0.0.2", 0, IPPROTO_ICMP),
		    key_of("10.0.0.2", 0, "10.0.0.1", 0, IPPROTO_ICMP), true);
	assert_same(key_of("fe80::1", 135, "fe80::2", 0, IPPROTO_ICMPV6),
		    key_of("fe80::2", 136, "fe80::1", 0, IPPROTO_ICMPV6), true);
	assert_same(key_of("10.0.0.1", 8, "10.0.0.2", 0, IPPROTO_ICMP),
		    key_of("10.0.0.2", 3, "10.0.0.1", 0, IPPROTO_ICMP), false);
	assert_same(key_of("10.0.0.1", 3, "10.0.0.2", 1, IPPROTO_ICMP),
		    key_of("10.0.0.1", 3, "10.0.0.2", 3, IPPROTO_ICMP), false);
}

static void icmp_pairs(void **state)
{
	(void)state;
	assert_int_equal(flow_icmp_answer(IPPROTO_ICMP, 8), 0);
	assert_int_equal(flow_icmp_request(IPPROTO_ICMP, 0), 8);
	assert_int_equal(flow_icmp_answer(IPPROTO_ICMP, 0), -1);
	assert_int_equal(flow_icmp_request(IPPROTO_ICMP, 8), -1);
	assert_int_equal(flow_icmp_answer(IPPROTO_ICMPV6, 128), 129);
	assert_int_equal(flow_icmp_answer(IPPROTO_ICMPV6, 8), -1);
	for (int type = 0; type < 256; type++) {
		int answer = flow_icmp_answer(IPPROTO_ICMPV6, (uint8_t)type);

		if (answer >= 0)
			assert_int_equal(flow_icmp_request(IPPROTO_ICMPV6, (uint8_t)answer), type);
	}
}

/* Random tuples out of few values, so that equal ones happen: equal keys exactly for equal
 * unordered pairs. */
static void agrees_with_definition(void **state)
{
	struct rng rng;

	(void)state;
	rng_init(&rng, 1, 0, 0, RNG_TEST);
	for (int i = 0; i < 20000; i++) {
		uint32_t a[4], b[4];
		struct flow_key x, y;
		struct ip_addr s, d;
		bool same;

		for (int j = 0; j < 4; j++) {
			a[j] = rng_below(&rng, 3);
			b[j] = rng_below(&rng, 3);
		}
		s = ip_from_v4(a[0]);
		d = ip_from_v4(a[2]);
		flow_key_make(&s, (uint16_t)a[1], &d, (uint16_t)a[3], IPPROTO_UDP, &x);
		s = ip_from_v4(b[0]);
		d = ip_from_v4(b[2]);
		flow_key_make(&s, (uint16_t)b[1], &d, (uint16_t)b[3], IPPROTO_UDP, &y);
		same = (a[0] == b[0] && a[1] == b[1] && a[2] == b[2] && a[3] == b[3]) ||
		       (a[0] == b[2] && a[1] == b[3] && a[2] == b[0] && a[3] == b[1]);
		assert_int_equal(flow_key_equal(&x, &y), same);
	}
}

static void timeouts(void **state)
{
	(void)state;
	assert_int_equal(flow_timeout_ns(IPPROTO_TCP), INT64_C(300000000000));
	assert_int_equal(flow_timeout_ns(IPPROTO_UDP), INT64_C(60000000000));
	assert_int_equal(flow_timeout_ns(IPPROTO_ICMPV6), INT64_C(60000000000));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(directions_meet),	  cmocka_unit_test(what_differs_differs),
		cmocka_unit_test(echo_and_reply_meet),	  cmocka_unit_test(icmp_pairs),
		cmocka_unit_test(agrees_with_definition), cmocka_unit_test(timeouts),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
