/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Every payload maker under tshark's eyes: flows of any shape must show no malformed packet and no
 * bad checksum. Again with habits
 * of every kind, as no network has them all.
 *
 *	test_payload_tshark PROTO PORT N FILE	writes such flows into a capture, to look at
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "packet/capture_write.h"
#include "packet/payload_makers.h"
#include "tests/packet/random_flow.h"

enum {
	FLOWS_PER_RULE = 24,
	FIRST_PORT = 50000,
	N_PORTS = 4000,
	UNKNOWN_PORT = 40123,
	EXIT_SKIP = 77
};

static const struct build_options options = {
	.payload = PAYLOAD_TEMPLATE,
	.mtu = BUILD_MTU,
	.gateway_mac = { 2, 0, 0, 0, 0, 0xfe },
	.seed = 7,
};

static void write_flow(struct capture_writer *writer, struct random_flow *f)
{
	static uint8_t bytes[BUILD_MTU + 18];
	int64_t time_ns = f->flow.record.start_ns;
	struct err err = { 0 };

	for (uint32_t i = 0; i < f->n_steps; i++) {
		struct packet_frame frame = { .bytes = bytes };

		time_ns += f->steps[i].gap_ns;
		frame.time_ns = time_ns;
		frame.n_bytes = build_frame(&f->flow, f->steps, f->n_steps, i, time_ns, bytes,
					    &frame.ip_bytes);
		assert_true(frame.n_bytes <= sizeof(bytes));
		assert_int_equal(capture_write(writer, &frame, 1, &err), 0);
	}
}

static void write_flows(struct capture_writer *writer, uint8_t proto, uint16_t port, uint32_t n,
			uint32_t *number, const struct habit_table *habits)
{
	struct random_flow f;

	for (uint32_t i = 0; i < n; i++, (*number)++) {
		bool v6 = proto == 58 || (proto != 1 && proto != 2 && i % 4 == 3);

		random_flow_make_with(&f, proto, (uint16_t)(FIRST_PORT + *number % N_PORTS), port,
				      v6, *number, &options, habits);
		write_flow(writer, &f);
	}
}

static struct capture_writer *open_writer(int fd)
{
	const struct capture_options o = { .format = CAPTURE_PCAP };
	struct capture_writer *writer = NULL;
	struct err err = { 0 };

	assert_int_equal(capture_writer_new(fd, &o, &writer, &err), 0);
	return writer;
}

static void close_writer(struct capture_writer *writer, int fd)
{
	struct err err = { 0 };

	assert_int_equal(capture_writer_flush(writer, &err), 0);
	capture_writer_freep(&writer);
	close(fd);
}

/* Runs tshark over the capture; prints what it complains about and returns how many packets. */
static unsigned complaints(const char *path)
{
	char command[1024], line[512];
	unsigned n = 0;
	FILE *out;

	snprintf(command, sizeof(command),
		 "tshark -n -r %s -o ip.check_checksum:TRUE -o tcp.check_checksum:TRUE "
		 "-o udp.check_checksum:TRUE -Y '_ws.malformed || ip.checksum.status == 0 || "
		 "tcp.checksum.status == 0 || udp.checksum.status == 0 || icmp.checksum.status == "
		 "0 "
		 "|| icmpv6.checksum.status == 0' -T fields -e frame.number -e frame.protocols "
		 "-e tcp.dstport -e tcp.srcport -e udp.dstport -e udp.srcport 2>/dev/null",
		 path);
	out = popen(command, "r");
	assert_non_null(out);
	while (fgets(line, sizeof(line), out) != NULL) {
		if (n++ < 20)
			print_message("%s", line);
	}
	assert_int_equal(pclose(out), 0);
	return n;
}

static void check_makers(const struct habit_table *habits, uint32_t n_flows)
{
	char path[] = "/tmp/sosie-payload-XXXXXX";
	int fd = mkstemp(path);
	struct capture_writer *writer;
	uint32_t number = 0;
	size_t n_rules, n_ranges, n_numbers;
	const struct payload_rule *rules = payload_rules(&n_rules);
	const struct payload_range *ranges = payload_ranges(&n_ranges);
	const struct payload_number *numbers = payload_numbers(&n_numbers);
	unsigned n;

	assert_true(fd >= 0);
	writer = open_writer(fd);
	for (size_t i = 0; i < n_rules; i++) {
		if ((rules[i].over & RULE_TCP) != 0)
			write_flows(writer, 6, rules[i].port, n_flows, &number, habits);
		if ((rules[i].over & RULE_UDP) != 0)
			write_flows(writer, 17, rules[i].port, n_flows, &number, habits);
	}
	for (size_t i = 0; i < n_ranges; i++)
		for (uint32_t port = ranges[i].first; port <= ranges[i].last; port++)
			write_flows(writer, ranges[i].over == RULE_TCP ? 6 : 17, (uint16_t)port,
				    n_flows / 4, &number, habits);
	for (size_t i = 0; i < n_numbers; i++)
		write_flows(writer, numbers[i].proto, 0, 2 * n_flows, &number, NULL);
	/* Where dissectors guess. */
	write_flows(writer, 6, UNKNOWN_PORT, 10 * n_flows, &number, habits);
	write_flows(writer, 17, UNKNOWN_PORT, 10 * n_flows, &number, habits);
	close_writer(writer, fd);
	n = complaints(path);
	unlink(path);
	assert_int_equal(n, 0);
}

static void no_maker_is_malformed(void **state)
{
	(void)state;
	check_makers(NULL, FLOWS_PER_RULE);
}

static void nor_with_any_habits(void **state)
{
	struct habit_table *habits = calloc(1, sizeof(*habits));

	(void)state;
	assert_non_null(habits);
	for (int d = 0; d < 2; d++)
		for (uint32_t v = 0; v < HABIT_VALUES; v++)
			habits->count[d][v] = 10;
	assert_int_equal(habit_table_settle(habits), 0);
	check_makers(habits, FLOWS_PER_RULE / 4);
	habit_table_freep(&habits);
}

static int write_file(char **argv)
{
	int fd = open(argv[4], O_WRONLY | O_CREAT | O_TRUNC, 0644);
	uint32_t number = 0;
	struct capture_writer *writer;

	if (fd < 0) {
		perror(argv[4]);
		return 1;
	}
	writer = open_writer(fd);
	write_flows(writer, (uint8_t)atoi(argv[1]), (uint16_t)atoi(argv[2]),
		    (uint32_t)atoi(argv[3]), &number, NULL);
	close_writer(writer, fd);
	return 0;
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(no_maker_is_malformed),
		cmocka_unit_test(nor_with_any_habits),
	};

	if (argc == 5)
		return write_file(argv);
	if (system("tshark --version >/dev/null 2>&1") != 0) {
		puts("skipped: tshark is not installed");
		return EXIT_SKIP;
	}
	return cmocka_run_group_tests(tests, NULL, NULL);
}
