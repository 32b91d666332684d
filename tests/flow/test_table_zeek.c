/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>

#include "flow/table.h"
#include "flow/table_memory.h"

#define HEAD                                                                                       \
	"#separator "                                                                              \
	"\\x09\n#set_separator\t,\n#empty_field\t(empty)\n#unset_field\t-\n#path\tconn\n"          \
	"#fields\tts\tuid\tid.orig_h\tid.orig_p\tid.resp_h\tid.resp_p\tproto\tservice\tduration"   \
	"\torig_bytes\tresp_bytes\tconn_state\thistory\torig_pkts\torig_ip_bytes\tresp_pkts"       \
	"\tresp_ip_bytes\tlabel\n#types\ttime\n"

static int read_text(const char *text, struct flow_table *table, struct flow_read_stats *stats,
		     struct err *err)
{
	return flow_table_read_memory("conn.log", text, strlen(text), table, stats, err);
}

static void tsv(void **state)
{
	static const char text[] =
		HEAD "1655071198.444458\tC1\t10.0.0.1\t62771\t10.0.0."
		     "2\t443\ttcp\tssl\t1.135424\t1596\t4039"
		     "\tSF\tShADadFf\t14\t2168\t16\t4687\tBenign\n"
		     "1655071199.5\tC2\t10.0.0.1\t5000\t10.0.0.2\t53\tudp\t-\t-"
		     "\t-\t-\tS0\tD\t1\t60\t0\t0"
		     "\t(empty)\n"
		     "1655071200\tC3\t10.0.0.1\t8\t10.0.0.2\t0\ticmp\t-\t0."
		     "1\t56\t56\tOTH\t-\t1\t84\t1\t84\t-\n"
		     "1655071201\tC4\tfe80::1\t135\tff02::1\t136\ticmp\t-\t-\t-"
		     "\t-\tOTH\t-\t1\t72\t0\t0\t-\n"
		     "1655071202\tC5\t10.0.0.1\t50009\t10.0.0.2\t9443\ttcp\tssl\t-"
		     "\t-\t-\tREJ\tSr\t1\t60\t1\t40\t-\n"
		     "#close\t2024-08-16-09-45-01\n";
	struct flow_table table = { NULL, 0, 0 };
	struct flow_read_stats stats;
	struct err err = { "" };

	(void)state;
	if (read_text(text, &table, &stats, &err) < 0)
		fail_msg("%s", err.text);
	assert_string_equal(stats.layout, "zeek tsv");
	assert_int_equal(table.n_rows, 5);
	assert_int_equal(table.rows[0].start_ns, INT64_C(1655071198444458000));
	assert_int_equal(table.rows[0].duration_ns, 1135424000);
	assert_int_equal(table.rows[0].state, CONN_SF);
	assert_int_equal(table.rows[0].flags, TCP_SYN | TCP_ACK | TCP_FIN);
	assert_int_equal(table.rows[0].fwd_payload, 1596);
	assert_int_equal(table.rows[0].bwd_bytes, 4687);
	assert_string_equal(table.rows[0].service, "https"); /* TLS on 443 */
	assert_string_equal(table.rows[0].label, "Benign");
	assert_string_equal(table.rows[1].service, "dns"); /* by port where Zeek tells none */
	assert_int_equal(table.rows[1].flags, 0);
	assert_string_equal(table.rows[1].label, "-");
	assert_int_equal(table.rows[2].state, CONN_SF); /* as ours names ICMP */
	assert_string_equal(table.rows[2].service, "ping");
	assert_int_equal(table.rows[3].proto, IPPROTO_ICMPV6);
	assert_string_equal(table.rows[3].service, "nd");
	assert_string_equal(table.rows[4].service, "tls");
	assert_int_equal(table.rows[4].state, CONN_REJ);
	flow_table_done(&table);
}

static void json(void **state)
{
	static const char text[] =
		"{\"ts\":1655071198.444458,\"uid\":\"C1\",\"id.orig_h\":\"10.0.0.1\",\"id.orig_p\":"
		"62771,"
		"\"id.resp_h\":\"10.0.0.2\",\"id.resp_p\":80,\"proto\":\"tcp\",\"service\":"
		"\"http\","
		"\"duration\":1.135424,\"orig_bytes\":1596,\"conn_state\":\"S1\",\"local_orig\":"
		"true,"
		"\"history\":\"Sh\",\"orig_pkts\":14,\"tunnel_parents\":[\"a\",\"b\"],"
		"\"label\":\"caf\\u00e9 \\ud83d\\ude00 \\\"q\\\"\"}\n"
		"\n{\"ts\":\"2022-06-12T21:59:58.444458Z\",\"id.orig_h\":\"::1\",\"id.resp_h\":\"::"
		"2\","
		"\"proto\":\"udp\",\"extra\":{\"a\":[1,{\"b\":\"}\"}]},\"service\":null}\n";
	struct flow_table table = { NULL, 0, 0 };
	struct flow_read_stats stats;
	struct err err = { "" };

	(void)state;
	if (read_text(text, &table, &stats, &err) < 0)
		fail_msg("%s", err.text);
	assert_string_equal(stats.layout, "zeek json");
	assert_int_equal(table.n_rows, 2);
	assert_int_equal(table.rows[0].start_ns, INT64_C(1655071198444458000));
	assert_int_equal(table.rows[0].flags, TCP_SYN | TCP_ACK);
	assert_int_equal(table.rows[0].fwd_packets, 14);
	assert_string_equal(table.rows[0].label, "caf\xc3\xa9 \xf0\x9f\x98\x80 \"q\"");
	assert_int_equal(table.rows[1].start_ns, INT64_C(1655071198444458000));
	assert_int_equal(table.rows[1].src.version, 6);
	flow_table_done(&table);
}

/* Some labelled logs join their last columns by blanks. */
static void label_behind_blanks(void **state)
{
	static const char text[] =
		"#separator \\x09\n#fields\tts\tid.orig_h\tid.resp_h\tproto\ttunnel_parents   "
		"label   "
		"detailed-label\n"
		"1\t1.1.1.1\t2.2.2.2\ttcp\t(empty)   Malicious   PartOfAHorizontalPortScan\n"
		"2\t1.1.1.1\t2.2.2.2\ttcp\t-   benign   -\n";
	struct flow_table table = { NULL, 0, 0 };
	struct err err = { "" };

	(void)state;
	if (read_text(text, &table, NULL, &err) < 0)
		fail_msg("%s", err.text);
	assert_int_equal(table.n_rows, 2);
	assert_string_equal(table.rows[0].label, "Malicious");
	assert_string_equal(table.rows[1].label, "benign");
	flow_table_done(&table);
}

static void errors(void **state)
{
	static const struct {
		const char *text, *expected;
	} cases[] = {
		{ "#separator \\x09\n1\t2\n", "conn.log:2: a row before any #fields" },
		{ "#separator \\x09\n#fields\tts\tuid\n", "conn.log:2: #fields has no 'proto'" },
		{ HEAD "1\t2\n", "conn.log:8: 2 fields where #fields has 18" },
		{ "#fields\tts\tid.orig_h\tid.resp_h\tproto\n1\tx\t1.1.1.1\ttcp\n",
		  "conn.log:2: id.orig_h: 'x' is not an IP address" },
		{ "{\"id.orig_h\":\"1.1.1.1\",\"ts\":\"never\"}",
		  "conn.log:1: ts: 'never' is not" },
		{ "{\"id.orig_h\":\"1.1.1.1\"", "conn.log:1: not a JSON object" },
		{ "{\"id.orig_h\":\"1.1.1.1\"} x", "conn.log:1: not a JSON object" },
		{ "{\"id.orig_h\":\"\\q\"}", "conn.log:1: not a JSON object" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct flow_table table = { NULL, 0, 0 };
		struct err err = { "" };

		assert_true(read_text(cases[i].text, &table, NULL, &err) < 0);
		if (strstr(err.text, cases[i].expected) == NULL)
			fail_msg("'%s' does not say '%s'", err.text, cases[i].expected);
		flow_table_done(&table);
	}
}

/* What our writer writes, with what Zeek's columns can hold, comes back. */
static void written_and_read(void **state)
{
	struct flow_record record = {
		.start_ns = INT64_C(1700000000123456789),
		.duration_ns = 42,
		.src = ip_from_v4(0x0a000001),
		.dst = ip_from_v4(0x0a000002),
		.src_port = 1,
		.dst_port = 8443,
		.proto = IPPROTO_TCP,
		.state = CONN_RSTR,
		.fwd_packets = 1,
		.bwd_packets = 2,
		.fwd_bytes = 3,
		.bwd_bytes = 4,
		.fwd_payload = 5,
		.bwd_payload = 6,
		.service = "https-alt",
		.label = "x",
	};
	struct flow_table table = { NULL, 0, 0 };
	struct err err = { "" };
	char *text = NULL;
	size_t n = 0;
	FILE *out = open_memstream(&text, &n);

	(void)state;
	flow_write_header(out, FLOW_ZEEK, false);
	flow_write_row(out, FLOW_ZEEK, &record, NULL);
	fclose(out);
	if (read_text(text, &table, NULL, &err) < 0)
		fail_msg("%s", err.text);
	free(text);
	assert_int_equal(table.n_rows, 1);
	record.src_host = record.dst_host = FLOW_NO_HOST;
	assert_memory_equal(&table.rows[0].src, &record.src, sizeof(record.src));
	assert_int_equal(table.rows[0].start_ns, record.start_ns);
	assert_int_equal(table.rows[0].duration_ns, record.duration_ns);
	assert_int_equal(table.rows[0].state, record.state);
	assert_int_equal(table.rows[0].fwd_bytes, record.fwd_bytes);
	assert_int_equal(table.rows[0].bwd_bytes, record.bwd_bytes);
	assert_int_equal(table.rows[0].fwd_payload, record.fwd_payload);
	assert_int_equal(table.rows[0].bwd_payload, record.bwd_payload);
	assert_string_equal(table.rows[0].service, record.service);
	assert_string_equal(table.rows[0].label, record.label);
	flow_table_done(&table);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(tsv),
		cmocka_unit_test(json),
		cmocka_unit_test(label_behind_blanks),
		cmocka_unit_test(errors),
		cmocka_unit_test(written_and_read),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
