/* SPDX-License-Identifier: Apache-2.0 */
#include "packet/observe_habit.h"

#include <string.h>

#include "base/conn.h"
#include "base/mem.h"
#include "base/rng.h"
#include "packet/wire.h"
#include "tests/unit.h"

/* One flow of a service on a port. */
struct seen {
	struct habit_observer *observer;
	struct habit_sight sight;
	uint8_t proto;
	uint16_t port;
};

static struct seen open_seen(uint8_t proto, uint16_t port)
{
	struct seen s = { .proto = proto, .port = port };
	struct err err = { "" };

	assert_int_equal(habit_observer_new(&s.observer, &err), 0);
	return s;
}

static void see(struct seen *s, bool backward, const void *payload, uint32_t n, uint32_t n_captured)
{
	const struct packet_view view = { .proto = s->proto,
					  .src_port = backward ? s->port : 50000,
					  .dst_port = backward ? 50000 : s->port,
					  .tcp_flags = TCP_ACK,
					  .payload = payload,
					  .n_payload = n_captured,
					  .payload_bytes = n };

	habit_observer_packet(s->observer, &s->sight, &view, backward);
}

static uint32_t counted(const struct seen *s, const char *service, int direction, int habit,
			uint32_t value)
{
	const struct habit_table *t = habit_observer_result(s->observer, service, s->proto);

	return t == NULL ? 0 : t->count[direction][habit_first(habit) + value];
}

/* A run's first kilobyte is head; after that noise, text and others are told apart. */
static void fillers(void **state)
{
	struct seen s = open_seen(PROTO_TCP, 80);
	uint8_t plain[1448], noise[1448], text[1448];

	(void)state;
	for (uint32_t i = 0; i < sizeof(plain); i++) {
		plain[i] = i % 4 == 0 ? 0x8f : i % 4 == 1 ? (uint8_t)(i * 5) : 0;
		text[i] = (uint8_t)('a' + i % 26);
	}
	rng_fill(7, noise, sizeof(noise));
	see(&s, true, plain, 1448, 1448);
	assert_int_equal(counted(&s, "http", 1, HABIT_FILLER, HABIT_PLAIN), 0);
	see(&s, true, plain, 1448, 1448);
	see(&s, true, noise, 1448, 1448);
	see(&s, true, text, 1448, 100);
	see(&s, true, text, 1448, 15); /* too little was captured */
	assert_int_equal(counted(&s, "http", 1, HABIT_FILLER, HABIT_PLAIN), 1);
	assert_int_equal(counted(&s, "http", 1, HABIT_FILLER, HABIT_NOISE), 1);
	assert_int_equal(counted(&s, "http", 1, HABIT_FILLER, HABIT_TEXT), 1);
	assert_int_equal(counted(&s, "http", 1, HABIT_BYTE, habit_cell(0x8f)), HABIT_SAMPLE / 4);
	assert_int_equal(counted(&s, "http", 1, HABIT_BYTE + 3, 0), HABIT_SAMPLE / 4);
	/* The other side's run is another, and this side's next begins anew. */
	see(&s, false, plain, 1000, 1000);
	see(&s, false, plain, 1000, 1000);
	see(&s, true, plain, 1000, 1000);
	assert_int_equal(counted(&s, "http", 0, HABIT_FILLER, HABIT_PLAIN), 0);
	assert_int_equal(counted(&s, "http", 1, HABIT_FILLER, HABIT_PLAIN), 1);
	habit_observer_freep(&s.observer);
}

static void fields(void **state)
{
	static const char whole[] = "HTTP/1.1 200 OK\r\nCache-Control: no-cache\r\n\r\n";
	static const char line[] = "HTTP/1.1 200 OK\r\n", rest[] = "content-TYPE: a/b\r\n\r\n";
	struct seen s = open_seen(PROTO_TCP, 80);

	(void)state;
	see(&s, true, whole, sizeof(whole) - 1, sizeof(whole) - 1);
	see(&s, true, rest, sizeof(rest) - 1, sizeof(rest) - 1); /* body */
	see(&s, false, "GET", 3, 3);
	see(&s, true, line, sizeof(line) - 1, sizeof(line) - 1);
	see(&s, true, rest, sizeof(rest) - 1, sizeof(rest) - 1);
	see(&s, false, "GET", 3, 3);
	see(&s, true, line, sizeof(line) - 1, 9); /* cut off by the capture */
	assert_int_equal(counted(&s, "http", 1, HABIT_HTTP_FIELD, HABIT_FIELD_CACHE_CONTROL), 1);
	assert_int_equal(counted(&s, "http", 1, HABIT_HTTP_FIELD, HABIT_FIELD_CONTENT_TYPE), 1);
	assert_int_equal(counted(&s, "http", 1, HABIT_HTTP_FIELD, HABIT_FIELD_OTHER), 0);
	habit_observer_freep(&s.observer);
}

static void records(void **state)
{
	static const uint8_t hello[] = { 22, 3, 1, 0, 3, 1, 0, 0 },
			     data[] = { 23, 3, 2, 0, 3, 1, 2, 3 },
			     noise[] = { 99, 3, 2, 0, 3, 1, 2 };
	struct seen s = open_seen(PROTO_TCP, 443);

	(void)state;
	see(&s, false, noise, sizeof(noise), sizeof(noise)); /* in the middle of something */
	see(&s, false, data, sizeof(data), sizeof(data));
	see(&s, true, hello, sizeof(hello), sizeof(hello));
	see(&s, true, data, sizeof(data), sizeof(data));
	see(&s, true, noise, sizeof(noise), sizeof(noise));
	see(&s, true, data, sizeof(data), sizeof(data));
	assert_int_equal(counted(&s, "https", 1, HABIT_TLS_VERSION, 2), 2);
	assert_int_equal(counted(&s, "https", 1, HABIT_TLS_VERSION, 1), 0);
	assert_int_equal(counted(&s, "https", 1, HABIT_TLS_CUT, 1), 2);
	assert_int_equal(counted(&s, "https", 1, HABIT_TLS_CUT, 0), 1);
	assert_int_equal(counted(&s, "https", 0, HABIT_TLS_CUT, 1), 0);
	habit_observer_freep(&s.observer);
}

static void datagrams(void **state)
{
	uint8_t bytes[48] = { 0x01, 0x80, 0x84 };
	struct seen dns = open_seen(PROTO_UDP, 53), mdns = open_seen(PROTO_UDP, 5353);
	struct seen ntp = open_seen(PROTO_UDP, 123);

	(void)state;
	see(&dns, false, bytes, 12, 12);
	see(&dns, false, bytes, 12, 11);
	see(&dns, true, bytes, 12, 12);
	assert_int_equal(counted(&dns, "dns", 0, HABIT_DNS_ID, 9), 1);
	assert_int_equal(counted(&dns, "dns", 1, HABIT_DNS_ID, 9), 0);
	see(&mdns, false, bytes, 12, 12);
	assert_int_equal(counted(&mdns, "mdns", 0, HABIT_DNS_ANSWER, 1), 1);
	bytes[2] = 10;
	bytes[3] = 0xec;
	see(&ntp, false, bytes, 48, 48);
	bytes[2] = 200; /* no value of the habit */
	bytes[3] = 0x10;
	see(&ntp, false, bytes, 48, 48);
	assert_int_equal(counted(&ntp, "ntp", 0, HABIT_NTP_POLL, 10), 1);
	assert_int_equal(counted(&ntp, "ntp", 0, HABIT_NTP_PRECISION, 20), 1);
	habit_observer_freep(&dns.observer);
	habit_observer_freep(&mdns.observer);
	habit_observer_freep(&ntp.observer);
}

/* What no maker asks for is not kept: nothing of what fills messages of LDAP. */
static void only_what_is_used(void **state)
{
	struct seen s = open_seen(PROTO_TCP, 389);
	static const uint8_t plain[1448] = { 1 };

	(void)state;
	see(&s, true, plain, 1448, 1448);
	see(&s, true, plain, 1448, 1448);
	assert_non_null(habit_observer_result(s.observer, "ldap", PROTO_TCP));
	assert_true(habit_table_is_empty(habit_observer_result(s.observer, "ldap", PROTO_TCP)));
	habit_observer_freep(&s.observer);
}

/* Of services without a name, the kinds of the first bytes. */
static void starts(void **state)
{
	struct seen s = open_seen(PROTO_UDP, 40123);
	struct err err = { "" };

	(void)state;
	see(&s, false, "\0A\xff", 3, 3);
	assert_int_equal(counted(&s, "-", 0, HABIT_START, SKETCH_KIND_ZERO), 1);
	assert_int_equal(counted(&s, "-", 0, HABIT_START + 1, SKETCH_KIND_UPPER), 1);
	assert_int_equal(counted(&s, "-", 0, HABIT_START + 2, SKETCH_KIND_ONES), 1);
	assert_int_equal(counted(&s, "-", 0, HABIT_START + 3, SKETCH_KIND_NONE), 1);
	assert_null(habit_observer_result(s.observer, "-", PROTO_TCP));
	assert_int_equal(habit_observer_check(s.observer, &err), 0);
	habit_observer_freep(&s.observer);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(fillers), cmocka_unit_test(fields),
		cmocka_unit_test(records), cmocka_unit_test(datagrams),
		cmocka_unit_test(starts),  cmocka_unit_test(only_what_is_used),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
