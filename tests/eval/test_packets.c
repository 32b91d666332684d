/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit.h"

#include <netinet/in.h>

#include "eval/packets.h"
#include "tests/eval/made_capture.h"

/* A query of UDP with that payload. */
static void put(struct file *file, uint16_t port, const char *payload)
{
	struct make make = { .src = 0x0a000001,
			     .dst = 0x0a000002,
			     .src_port = 40000,
			     .dst_port = port,
			     .proto = IPPROTO_UDP,
			     .n_payload = (uint32_t)strlen(payload) };
	struct made made;

	make_packet(&made, &make);
	memcpy(made.bytes + made.packet.n_captured - make.n_payload, payload, make.n_payload);
	file_made(file, &made);
}

static double payload_jsd(struct file *a, struct file *b)
{
	struct eval_packets packets[2] = { 0 };
	struct flow_table tables[2] = { 0 };
	double jsd = -1;

	file_close(a);
	file_close(b);
	assert_int_equal(eval_capture_read(a->path, NULL, &tables[0], &packets[0], NULL), 0);
	assert_int_equal(eval_capture_read(b->path, NULL, &tables[1], &packets[1], NULL), 0);
	if (eval_packets_jsd(&packets[0], &packets[1], EVAL_PACKET_PAYLOAD, &jsd, NULL) == 0)
		jsd = -1;
	for (int i = 0; i < 2; i++) {
		eval_packets_done(&packets[i]);
		flow_table_done(&tables[i]);
	}
	unlink(a->path);
	unlink(b->path);
	return jsd;
}

static void near(double value, double expected)
{
	if (value < expected - 1e-9 || value > expected + 1e-9)
		fail_msg("%.17g, expected %.17g", value, expected);
}

/* Each place is a group: the second byte differs, the first does not. Length is no matter here. */
static void payload_bytes_by_place(void **state)
{
	struct file a, b;

	(void)state;
	file_capture(&a);
	file_capture(&b);
	put(&a, 53, "xy");
	put(&b, 53, "xz");
	near(payload_jsd(&a, &b), 0.5);

	file_capture(&a);
	file_capture(&b);
	put(&a, 53, "abcdefgh1");
	put(&b, 53, "abcdefgh2"); /* the ninth does not count */
	near(payload_jsd(&a, &b), 0);
}

/* The same bytes of another service are others. */
static void payload_bytes_by_service(void **state)
{
	struct file a, b;

	(void)state;
	file_capture(&a);
	file_capture(&b);
	put(&a, 53, "x");
	put(&a, 123, "y");
	put(&b, 53, "y");
	put(&b, 123, "x");
	near(payload_jsd(&a, &b), 1);

	file_capture(&a);
	file_capture(&b);
	put(&a, 53, "");
	put(&b, 53, "x");
	near(payload_jsd(&a, &b), -1); /* not defined */
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(payload_bytes_by_place),
		cmocka_unit_test(payload_bytes_by_service),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
