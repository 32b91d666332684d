/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <netinet/in.h>
#include <string.h>

#include "base/conn.h"
#include "packet/observe.h"
#include "packet/tcp_options.h"
#include "tests/packet/make_packet.h"

static const uint8_t linux_syn[] = {
	2, 4, 5, 180, 4, 2, 8, 10, 0, 0, 0, 1, 0, 0, 0, 0, 1, 3, 3, 7
};
static const uint8_t windows_syn[] = { 2, 4, 5, 0xb4, 1, 3, 3, 8, 1, 1, 4, 2 };

static void options(void **state)
{
	static const uint8_t damaged[] = { 2, 4, 5, 180, 3, 0, 9, 9 },
			     beyond[] = { 1, 1, 2, 40, 5, 180 };
	static const uint8_t scale[] = { 3, 3, 200, 0, 2, 4, 1, 1 }, lone[] = { 2 };
	struct tcp_options read = tcp_options_read(linux_syn, sizeof(linux_syn));

	(void)state;
	assert_int_equal(read.mss, 1460);
	assert_int_equal(read.window_scale, 7);
	assert_true(read.sack);
	assert_true(read.timestamps);
	read = tcp_options_read(windows_syn, sizeof(windows_syn));
	assert_int_equal(read.window_scale, 8);
	assert_false(read.timestamps);
	read = tcp_options_read(damaged, sizeof(damaged));
	assert_int_equal(read.mss, 1460);
	assert_int_equal(read.window_scale, -1);
	assert_int_equal(tcp_options_read(beyond, sizeof(beyond)).mss, 0);
	read = tcp_options_read(scale, sizeof(scale)); /* at most 14; nothing behind the end */
	assert_int_equal(read.window_scale, 14);
	assert_int_equal(read.mss, 0);
	assert_int_equal(tcp_options_read(lone, 1).mss, 0);
	assert_int_equal(tcp_options_read(NULL, 0).window_scale, -1);
}

static void see(struct stack_observer *observer, const struct make *make)
{
	struct packet_view view;
	struct made made;

	assert_int_equal(packet_decode(make_packet(&made, make), &view), DECODE_IP);
	assert_int_equal(stack_observer_packet(observer, &view, NULL), 0);
}

static void stacks(void **state)
{
	struct make client = { .src = 0x0a000002,
			       .dst = 0x0a000001,
			       .src_port = 40001,
			       .dst_port = 80,
			       .flags = TCP_SYN,
			       .options = linux_syn,
			       .n_options = sizeof(linux_syn),
			       .fragment = 0x4000,
			       .id = 7 };
	struct make server = { .src = 0x0a000001,
			       .dst = 0x0a000002,
			       .src_port = 80,
			       .dst_port = 40001,
			       .flags = TCP_SYN | TCP_ACK,
			       .options = windows_syn,
			       .n_options = sizeof(windows_syn),
			       .ttl = 128,
			       .fragment = 0x4000 };
	struct stack_observer *observer = NULL;
	const struct host_seen *seen;
	size_t n;

	(void)state;
	assert_int_equal(stack_observer_new(100, &observer, NULL), 0);
	see(observer, &server);
	see(observer, &client);
	client.flags = TCP_ACK;
	client.options = NULL;
	client.n_options = 0;
	see(observer, &client);
	see(observer, &(struct make) { .src = 0x0a000002,
				       .dst = 0xe00000fb,
				       .proto = IPPROTO_UDP,
				       .src_port = 5353,
				       .ttl = 255 });
	see(observer, &(struct make) { .src = 0xe0000001, .dst = 1, .proto = IPPROTO_UDP });
	see(observer, &(struct make) { .src = 0, .dst = 1, .proto = IPPROTO_UDP });
	assert_int_equal(stack_observer_result(observer, &seen, &n, NULL), 0);
	assert_int_equal(n, 2);
	assert_int_equal(be32_get(seen[0].addr.bytes), 0x0a000001);
	assert_int_equal(seen[0].stack.ttl, 128);
	assert_int_equal(seen[0].stack.window_scale, 8);
	assert_int_equal(seen[0].stack.port_low, 0);
	assert_true(seen[0].stack.df);
	assert_true(seen[0].stack.ip_id_zero);
	assert_int_equal(seen[1].stack.ttl, 64); /* not mDNS's 255 */
	assert_int_equal(seen[1].stack.mss, 1460);
	assert_int_equal(seen[1].stack.window, 64240);
	assert_true(seen[1].stack.sack);
	assert_true(seen[1].stack.timestamps);
	assert_false(seen[1].stack.ip_id_zero);
	assert_int_equal(seen[1].stack.port_low, 32768);
	assert_int_equal(seen[1].stack.port_high, 60999);
	/* A SYN of its own says more than the answer did. */
	server.flags = TCP_SYN;
	server.src_port = 50000;
	server.options = linux_syn;
	server.n_options = sizeof(linux_syn);
	see(observer, &server);
	assert_int_equal(stack_observer_result(observer, &seen, &n, NULL), 0);
	assert_int_equal(seen[0].stack.window_scale, 7);
	assert_int_equal(seen[0].stack.port_low, 49152); /* TTL 128: Windows */
	stack_observer_freep(&observer);
	assert_null(observer);
}

/* Many addresses: all found again, sorted, and no more than the limit. */
static void many_addresses(void **state)
{
	struct stack_observer *observer = NULL;
	const struct host_seen *seen;
	size_t n;

	(void)state;
	assert_int_equal(stack_observer_new(3000, &observer, NULL), 0);
	for (uint32_t round = 0; round < 2; round++) {
		for (uint32_t i = 1; i <= 3500; i++)
			see(observer, &(struct make) { .src = (i * 2654435761u) & 0x7fffffffu,
						       .dst = 1,
						       .proto = IPPROTO_UDP,
						       .ttl = (uint8_t)(round == 0 ? 50 : 60) });
	}
	assert_int_equal(stack_observer_result(observer, &seen, &n, NULL), 0);
	assert_int_equal(n, 3000);
	for (size_t i = 0; i < n; i++) {
		assert_int_equal(seen[i].stack.ttl, 60);
		if (i > 0)
			assert_true(ip_compare(&seen[i - 1].addr, &seen[i].addr) < 0);
	}
	stack_observer_freep(&observer);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(options),
		cmocka_unit_test(stacks),
		cmocka_unit_test(many_addresses),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
