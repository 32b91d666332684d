/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <netinet/in.h>
#include <string.h>

#include "flow/table.h"
#include "flow/table_memory.h"

#define HALVES                                                                                     \
	"Date first seen,Duration,Proto,Src IP Addr,Src Pt,Dst IP Addr,Dst "                       \
	"Pt,Packets,Bytes,Flows,"                                                                  \
	"Flags,Tos,class,attackType,attackID,attackDescription\n"
#define PAIRS                                                                                      \
	"Date first seen,Proto,Src IP Addr,Dst IP Addr,Dst Pt,In Byte,In Packet,Out Byte,Out "     \
	"Packet,Flags,Duration\n"

static int read_text(const char *text, struct flow_table *table, struct flow_read_stats *stats,
		     struct err *err)
{
	return flow_table_read_memory("week1.csv", text, strlen(text), table, stats, err);
}

/* Both directions, cut by the exporter, answer first: one flow. */
static void halves_become_one(void **state)
{
	static const char text[] = HALVES
		"2017-03-15 00:01:16.632,    1.000,TCP  ,192.168.100.5, 445,192.168.220.16,58844,  "
		"     1,     108,    1,.AP...,  0,normal,---,---,---\n"
		"2017-03-15 00:01:16.633,    0.500,TCP  ,192.168.220.16,58844,192.168.100.5, 445,  "
		"     2,    1.2 M,    1,.AP..F,  0,normal,---,---,---\n"
		"2017-03-15 00:03:16.000,    0.500,TCP  ,192.168.220.16,58844,192.168.100.5, 445,  "
		"     3,    100,    1,.A..S.,  0,normal,---,---,---\n"
		/* 400 s later: another flow. */
		"2017-03-15 00:10:16.000,    0.500,TCP  ,192.168.220.16,58844,192.168.100.5, 445,  "
		"     4,    100,    1,....S.,  0,attacker,portScan,1,x\n";
	struct flow_table table = { NULL, 0, 0 };
	struct flow_read_stats stats;
	struct err err = { "" };

	(void)state;
	if (read_text(text, &table, &stats, &err) < 0)
		fail_msg("%s", err.text);
	assert_string_equal(stats.layout, "cidds");
	assert_int_equal(table.n_rows, 2);
	assert_int_equal(stats.n_rows, 2);
	assert_int_equal(table.rows[0].src_port, 58844);
	assert_int_equal(table.rows[0].dst_port, 445);
	assert_string_equal(table.rows[0].service, "smb");
	assert_int_equal(table.rows[0].fwd_packets, 5);
	assert_int_equal(table.rows[0].fwd_bytes, 1200100);
	assert_int_equal(table.rows[0].bwd_packets, 1);
	assert_int_equal(table.rows[0].bwd_bytes, 108);
	assert_int_equal(table.rows[0].flags, TCP_FIN | TCP_SYN | TCP_ACK | TCP_PSH);
	assert_int_equal(table.rows[0].state, CONN_SF);
	assert_int_equal(table.rows[0].duration_ns, INT64_C(119868000000));
	assert_string_equal(table.rows[0].label, "normal");
	assert_int_equal(table.rows[1].state, CONN_S0);
	assert_string_equal(table.rows[1].label, "portScan");
	flow_table_done(&table);
}

static void names_become_addresses(void **state)
{
	static const char text[] = PAIRS
		"2017-03-31 "
		"00:00:01.543017333,ICMP,192.168.220.10,10093_58,3.1,0,0,98,1,......,0.0\n"
		"2017-03-31 00:00:02,UDP,192.168.220.10,DNS,53.0,200,1,98,1,......,1e-05\n"
		"2017-03-31 00:00:02,UDP,ATTACKER2,EXT_SERVER,53.0,200,1,98,1,......,1.5\n"
		"2017-03-31 00:00:03,UDP,192.168.220.10,WHO_IS_THIS,53.0,200,1,98,1,......,1.5\n";
	struct flow_table table = { NULL, 0, 0 };
	struct flow_read_stats stats;
	struct err err = { "" };
	char ip[IP_TEXT_BYTES];

	(void)state;
	if (read_text(text, &table, &stats, &err) < 0)
		fail_msg("%s", err.text);
	assert_string_equal(stats.layout, "cidds bidirectional");
	assert_int_equal(table.n_rows, 3);
	assert_int_equal(stats.n_skipped, 1);
	assert_string_equal(ip_format(&table.rows[0].dst, ip), "240.39.109.58");
	assert_int_equal(table.rows[0].src_port, 3);
	assert_int_equal(table.rows[0].dst_port, 1);
	assert_string_equal(table.rows[0].service, "unreachable");
	assert_int_equal(table.rows[0].start_ns % 1000000000, 543017333);
	assert_int_equal(table.rows[0].fwd_packets, 1);
	assert_int_equal(table.rows[0].bwd_packets, 0);
	assert_string_equal(ip_format(&table.rows[1].dst, ip), "240.0.0.1");
	assert_int_equal(table.rows[1].duration_ns, 10000);
	assert_int_equal(table.rows[1].dst_port, 53);
	assert_int_equal(table.rows[1].bwd_bytes, 200);
	assert_string_equal(ip_format(&table.rows[2].src, ip), "240.0.0.102");
	flow_table_done(&table);
}

static void errors(void **state)
{
	static const struct {
		const char *text, *expected;
	} cases[] = {
		{ "Date first seen,Proto,Src IP Addr,Dst IP Addr\n",
		  "week1.csv:1: the header has no column 'Duration'" },
		{ PAIRS "2017\n", "week1.csv:2: 1 fields where the header has 11" },
		{ PAIRS "2017-03-31 00:00:01,TCP,1.1.1.1,2.2.2.2,80,0,0,0,0,A?,0\n",
		  "week1.csv:2: column 10: cannot read 'A?'" },
		{ PAIRS "2017-03-31 00:00:01,TCP,1.1.1.1,2.2.2.2,80,0,0,99999999999 T,0,......,0\n",
		  "column 8: cannot read" },
		{ PAIRS "2017-03-31 00:00:01,TCP,1.1.1.1,2.2.2.2,80.1000,0,0,0,0,......,0\n",
		  "column 5: cannot read" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct flow_table table = { NULL, 0, 0 };
		struct err err = { "" };

		assert_true(read_text(cases[i].text, &table, NULL, &err) < 0);
		if (strstr(err.text, cases[i].expected) == NULL)
			fail_msg("'%s' does not say '%s'", err.text, cases[i].expected);
		assert_int_equal(table.n_rows, 0);
		flow_table_done(&table);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(halves_become_one),
		cmocka_unit_test(names_become_addresses),
		cmocka_unit_test(errors),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
