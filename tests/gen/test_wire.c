/* SPDX-License-Identifier: Apache-2.0 */
/* What -i and --sink may say. */
#include "gen/wire.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static void interface_is(const char *text, const char *name, const char *netns)
{
	struct sink_options port = { .interface = NULL };
	char buffer[WIRE_NAME_BYTES];
	struct err err = { "" };

	if (wire_interface(text, buffer, &port, &err) < 0)
		fail_msg("%s", err.text);
	assert_string_equal(port.interface, name);
	if (netns == NULL)
		assert_null(port.netns);
	else
		assert_string_equal(port.netns, netns);
}

static void interface_refused(const char *text)
{
	struct sink_options port = { .interface = NULL };
	char buffer[WIRE_NAME_BYTES];
	struct err err = { "" };

	assert_int_equal(wire_interface(text, buffer, &port, &err), -EINVAL);
	assert_non_null(strstr(err.text, "interface"));
	assert_null(port.interface);
}

static void test_interface(void **state)
{
	char long_name[WIRE_NAME_BYTES + 1];

	(void)state;
	interface_is("eth0", "eth0", NULL);
	interface_is("eth0.12@blue", "eth0.12", "blue");
	interface_is("b0@/proc/self/ns/net", "b0", "/proc/self/ns/net");
	interface_is("b0@odd@name", "b0", "odd@name");
	interface_refused("");
	interface_refused("@blue");
	interface_refused("b0@");
	memset(long_name, 'x', WIRE_NAME_BYTES);
	long_name[WIRE_NAME_BYTES] = '\0';
	interface_refused(long_name);
}

static const struct sink_ops *sink_of(const char *text, struct sink_options *port)
{
	const struct sink_ops *sink = NULL;
	struct err err = { "" };

	*port = (struct sink_options) { .path = NULL };
	if (wire_sink(text, &sink, port, &err) < 0)
		fail_msg("%s", err.text);
	return sink;
}

static void test_sinks(void **state)
{
	struct sink_options port;

	(void)state;
	assert_string_equal(sink_of("af_packet", &port)->name, "af_packet");
	assert_null(port.arguments);
	assert_string_equal(sink_of("null", &port)->name, "null");
	assert_string_equal(sink_of("pcap:a:b.pcap", &port)->name, "file");
	assert_string_equal(port.path, "a:b.pcap");
	assert_int_equal(port.capture.format, CAPTURE_PCAP);
	assert_true(port.capture.nanoseconds);
	sink_of("pcap:x.pcapng", &port);
	assert_int_equal(port.capture.format, CAPTURE_PCAPNG);
	if (sink_named("dpdk") == NULL)
		return;
	assert_string_equal(sink_of("dpdk", &port)->name, "dpdk");
	assert_null(port.arguments);
	sink_of("dpdk:--vdev=net_tap0,iface=x:y -m 64", &port);
	assert_string_equal(port.arguments, "--vdev=net_tap0,iface=x:y -m 64");
}

static void test_sinks_refused(void **state)
{
	static const char *const wrong[] = {
		"",
		"pcap",
		"pcap:",
		"file",
		"file:x",
		"null:",
		"digest:x",
		"af_packet:x",
		"af",
		"dpdkx",
		"a_name_that_is_much_longer_than_any_sink_has:x",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		struct sink_options port = { .path = NULL };
		const struct sink_ops *sink = NULL;
		struct err err = { "" };

		assert_int_equal(wire_sink(wrong[i], &sink, &port, &err), -EINVAL);
		assert_true(err.text[0] != '\0');
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_interface),
		cmocka_unit_test(test_sinks),
		cmocka_unit_test(test_sinks_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
