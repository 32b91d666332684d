/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>

#include "config.h"
#include "packet/content.h"
#include "packet/meter.h"
#include "tests/packet/make_packet.h"

#if HAVE_NDPI

/* One packet with this payload, as the start of a flow; the name content gives it. */
static void name_of(uint8_t proto, uint16_t dst_port, const void *payload, uint32_t n_payload,
		    const char *by_port, char ret_name[24])
{
	struct make make = { .src = 0x0a000001,
			     .dst = 0x0a000002,
			     .src_port = 40000,
			     .dst_port = dst_port,
			     .proto = proto,
			     .flags = 0x18,
			     .n_payload = n_payload };
	struct content_flow *flow = NULL;
	struct content *content = NULL;
	struct packet_view view;
	struct made made;

	make_packet(&made, &make);
	memcpy(made.bytes + made.packet.n_captured - n_payload, payload, n_payload);
	assert_int_equal(packet_decode(&made.packet, &view), DECODE_IP);
	assert_int_equal(content_new(&content, NULL), 0);
	assert_int_equal(content_flow_new(content, &flow, NULL), 0);
	content_packet(content, flow, &view, 1700000000000000000);
	content_name(content, flow, by_port, ret_name, 24);
	content_flow_free(flow);
	content_freep(&content);
}

static void names(void **state)
{
	static const uint8_t dns[] = { 0x12, 0x34, 1,	0,   0,	  1,   0,   0,	 0,   0,
				       0,    0,	   7,	'e', 'x', 'a', 'm', 'p', 'l', 'e',
				       3,    'c',  'o', 'm', 0,	  0,   1,   0,	 1 };
	static const char http[] = "GET /index.html HTTP/1.1\r\nHost: example.com\r\nUser-Agent: "
				   "curl/8\r\nAccept: */*\r\n\r\n";
	static const char ssh[] = "SSH-2.0-OpenSSH_9.2p1\r\n";
	static const uint8_t noise[64] = { 0x9d, 0x33, 0xe1 };
	char name[24];

	(void)state;
	name_of(IPPROTO_UDP, 53, dns, sizeof(dns), "dns", name);
	assert_string_equal(name, "dns");
	name_of(IPPROTO_TCP, 8000, http, sizeof(http) - 1, "http-alt", name);
	assert_string_equal(name, "http");
	name_of(IPPROTO_TCP, 2222, ssh, sizeof(ssh) - 1, "-", name);
	assert_string_equal(name, "ssh");
	name_of(IPPROTO_UDP, 40001, noise, sizeof(noise), "-", name);
	assert_string_equal(name, "-");
}

#else

static int on_flow(void *context, const struct meter_flow *flow)
{
	(void)context;
	(void)flow;
	return 0;
}

static void names(void **state)
{
	struct meter_options options = { .content = true, .on_flow = on_flow };
	struct content *content = NULL;
	struct meter *meter = NULL;
	struct err err = { "" };

	(void)state;
	assert_int_equal(content_new(&content, &err), -ENOTSUP);
	assert_non_null(strstr(err.text, "libndpi-dev"));
	assert_int_equal(meter_new(&options, &meter, &err), -ENOTSUP);
	assert_null(meter);
}

#endif

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(names) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
