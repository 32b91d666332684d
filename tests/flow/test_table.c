/* SPDX-License-Identifier: Apache-2.0 */
/* Our own tables: what is written is read back, and written again to the same bytes. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>

#include "base/rng.h"
#include "flow/table.h"
#include "flow/table_memory.h"

enum { N_ROWS = 2000 };

struct text {
	char *bytes;
	size_t n;
};

static uint64_t any_count(struct rng *rng)
{
	return rng_u64(rng) >> rng_below(rng, 64);
}

static struct ip_addr any_addr(struct rng *rng, bool v6)
{
	uint8_t bytes[16];

	for (int i = 0; i < 16; i++)
		bytes[i] = (uint8_t)(rng_below(rng, 3) == 0 ? 0 : rng_u32(rng));
	return v6 ? ip_from_v6_bytes(bytes) : ip_from_v4_bytes(bytes);
}

/* Values from all of their ranges. */
static struct flow_record any_record(struct rng *rng)
{
	static const uint8_t protos[] = { IPPROTO_TCP, IPPROTO_UDP, IPPROTO_ICMP, 2, 47, 255 };
	static const char *const labels[] = { "-", "BENIGN", "a,b", "say \"hi\"", "back\\slash" };
	bool v6 = rng_below(rng, 2) == 0;
	struct flow_record record;

	memset(&record, 0, sizeof(record));
	record.start_ns = (int64_t)(rng_u64(rng) >> 2) - (INT64_C(1) << 61);
	record.duration_ns = (int64_t)(any_count(rng) >> 2);
	record.src = any_addr(rng, v6);
	record.dst = any_addr(rng, v6);
	record.src_port = (uint16_t)rng_u32(rng);
	record.dst_port = (uint16_t)rng_u32(rng);
	record.src_host = record.dst_host = FLOW_NO_HOST;
	record.proto = protos[rng_below(rng, 6)];
	record.state = (uint8_t)rng_below(rng, CONN_N_STATES);
	record.flags = record.proto == IPPROTO_TCP ? (uint8_t)rng_u32(rng) : 0;
	record.fwd_packets = any_count(rng);
	record.bwd_packets = any_count(rng);
	record.fwd_bytes = any_count(rng);
	record.bwd_bytes = any_count(rng);
	record.fwd_payload = any_count(rng);
	record.bwd_payload = any_count(rng);
	strcpy(record.service, rng_below(rng, 2) == 0 ? "-" : "https");
	strcpy(record.label, labels[rng_below(rng, 5)]);
	return record;
}

static struct text write_all(const struct flow_record *rows, size_t n, enum flow_format format,
			     bool with_truth)
{
	struct flow_truth truth = { 1, "off,ice", 7, 3, "say \"x\"" };
	struct text text = { NULL, 0 };
	FILE *out = open_memstream(&text.bytes, &text.n);

	assert_non_null(out);
	assert_int_equal(flow_write_header(out, format, with_truth), 0);
	for (size_t i = 0; i < n; i++)
		assert_int_equal(flow_write_row(out, format, &rows[i], with_truth ? &truth : NULL),
				 0);
	assert_int_equal(flow_write_footer(out, format), 0);
	assert_int_equal(fclose(out), 0);
	return text;
}

static void assert_equal_records(const struct flow_record *a, const struct flow_record *b)
{
	assert_int_equal(a->start_ns, b->start_ns);
	assert_int_equal(a->duration_ns, b->duration_ns);
	assert_true(ip_equal(&a->src, &b->src));
	assert_true(ip_equal(&a->dst, &b->dst));
	assert_int_equal(a->src_port, b->src_port);
	assert_int_equal(a->dst_port, b->dst_port);
	assert_int_equal(a->proto, b->proto);
	assert_int_equal(a->state, b->state);
	assert_int_equal(a->flags, b->flags);
	assert_int_equal(a->fwd_packets, b->fwd_packets);
	assert_int_equal(a->bwd_packets, b->bwd_packets);
	assert_int_equal(a->fwd_bytes, b->fwd_bytes);
	assert_int_equal(a->bwd_bytes, b->bwd_bytes);
	assert_int_equal(a->fwd_payload, b->fwd_payload);
	assert_int_equal(a->bwd_payload, b->bwd_payload);
	assert_string_equal(a->service, b->service);
	assert_string_equal(a->label, b->label);
}

static void round_trip(enum flow_format format, bool with_truth, const char *layout)
{
	static struct flow_record rows[N_ROWS];
	struct flow_table table = { NULL, 0, 0 };
	struct flow_read_stats stats;
	struct err err = { "" };
	struct text first, second;
	struct rng rng;

	rng_init(&rng, 11, 0, 0, RNG_TEST);
	for (size_t i = 0; i < N_ROWS; i++)
		rows[i] = any_record(&rng);
	first = write_all(rows, N_ROWS, format, with_truth);
	if (flow_table_read_memory("made", first.bytes, first.n, &table, &stats, &err) < 0)
		fail_msg("%s", err.text);
	assert_string_equal(stats.layout, layout);
	assert_int_equal(stats.n_rows, N_ROWS);
	assert_int_equal(stats.n_skipped, 0);
	assert_int_equal(table.n_rows, N_ROWS);
	for (size_t i = 0; i < N_ROWS; i++)
		assert_equal_records(&rows[i], &table.rows[i]);
	second = write_all(table.rows, table.n_rows, format, with_truth);
	assert_int_equal(first.n, second.n);
	assert_memory_equal(first.bytes, second.bytes, first.n);
	free(first.bytes);
	free(second.bytes);
	flow_table_done(&table);
}

static void csv_round_trip(void **state)
{
	(void)state;
	round_trip(FLOW_CSV, false, "sosie csv");
	round_trip(FLOW_CSV, true, "sosie csv");
}

static void jsonl_round_trip(void **state)
{
	(void)state;
	round_trip(FLOW_JSONL, false, "sosie jsonl");
	round_trip(FLOW_JSONL, true, "sosie jsonl");
}

/* The header and a row to the letter: others read this too. */
static void csv_to_the_letter(void **state)
{
	struct flow_record record = {
		.start_ns = INT64_C(1700000000000000001),
		.duration_ns = 1500000000,
		.src = ip_from_v4(0x0a000001),
		.dst = ip_from_v4(0x08080808),
		.src_port = 50000,
		.dst_port = 53,
		.proto = IPPROTO_UDP,
		.state = CONN_SF,
		.fwd_packets = 1,
		.bwd_packets = 2,
		.fwd_bytes = 60,
		.bwd_bytes = 120,
		.fwd_payload = 32,
		.bwd_payload = 64,
		.service = "dns",
		.label = "-",
	};
	struct text text = write_all(&record, 1, FLOW_CSV, false);

	(void)state;
	assert_string_equal(
		text.bytes,
		"ts,duration,proto,src_ip,src_port,dst_ip,dst_port,service,state,flags,"
		"fwd_packets,bwd_packets,fwd_bytes,bwd_bytes,fwd_payload,bwd_payload,label\n"
		"1700000000.000000001,1.500000000,udp,10.0.0.1,50000,8.8.8.8,53,dns,SF,-,"
		"1,2,60,120,32,64,-\n");
	free(text.bytes);
	text = write_all(&record, 1, FLOW_JSONL, false);
	assert_string_equal(
		text.bytes,
		"{\"ts\":1700000000.000000001,\"duration\":1.500000000,\"proto\":\"udp\","
		"\"src_ip\":\"10.0.0.1\",\"src_port\":50000,\"dst_ip\":\"8.8.8.8\","
		"\"dst_port\":53,\"service\":\"dns\",\"state\":\"SF\",\"flags\":\"-\","
		"\"fwd_packets\":1,\"bwd_packets\":2,\"fwd_bytes\":60,\"bwd_bytes\":120,"
		"\"fwd_payload\":32,\"bwd_payload\":64,\"label\":\"-\"}\n");
	free(text.bytes);
}

static void truth_columns(void **state)
{
	struct flow_record record = { .proto = IPPROTO_TCP, .service = "-", .label = "-" };
	struct flow_truth truth = { 9, "office", 1700000000, 4, NULL };
	char long_name[4000];
	struct text text = { NULL, 0 };
	FILE *out = open_memstream(&text.bytes, &text.n);

	(void)state;
	ip_parse("128.232.110.120", &record.src, NULL);
	ip_parse("66.35.250.204", &record.dst, NULL);
	record.src_port = 34855;
	record.dst_port = 80;
	assert_int_equal(flow_write_row(out, FLOW_CSV, &record, &truth), 0);
	fflush(out);
	assert_non_null(
		strstr(text.bytes, ",9,1:LQU9qZlK+B5F3KDmev6m5PMibrg=,office,1700000000.4,-\n"));
	/* Names of any length: cut, not overrun. */
	memset(long_name, 1, sizeof(long_name) - 1);
	long_name[sizeof(long_name) - 1] = '\0';
	truth.model = truth.pattern = long_name;
	for (int format = FLOW_CSV; format <= FLOW_ZEEK; format++)
		assert_int_equal(flow_write_row(out, (enum flow_format)format, &record, &truth), 0);
	fclose(out);
	free(text.bytes);
}

/* Reads a text; the sentence must hold `expected`, or be none when it is NULL. */
static size_t read_text(const char *text, const char *expected, struct flow_table *table)
{
	struct err err = { "" };
	size_t n_before = table->n_rows;
	int r = flow_table_read_memory("t.csv", text, strlen(text), table, NULL, &err);

	if (expected == NULL) {
		if (r < 0)
			fail_msg("%s", err.text);
		return table->n_rows - n_before;
	}
	assert_true(r < 0);
	if (strstr(err.text, expected) == NULL)
		fail_msg("'%s' does not say '%s'", err.text, expected);
	assert_int_equal(table->n_rows, n_before);
	return 0;
}

#define ROW "1.5,0,tcp,10.0.0.1,1,10.0.0.2,22,ssh,S0,S,1,0,40,0,0,0,-\n"
#define HEAD                                                                                       \
	"ts,duration,proto,src_ip,src_port,dst_ip,dst_port,service,state,flags,fwd_packets,"       \
	"bwd_packets,fwd_bytes,bwd_bytes,fwd_payload,bwd_payload,label\n"

static void errors_name_the_place(void **state)
{
	struct flow_table table = { NULL, 0, 0 };

	(void)state;
	assert_int_equal(read_text(HEAD ROW, NULL, &table), 1);
	read_text("", "is empty", &table);
	read_text("\n\n", "is empty", &table);
	read_text("a,b,c\n", "t.csv:1: 'a,b,c...' begins no flow table", &table);
	read_text("ts,proto,src_ip,xdst_ip\n", "t.csv:1: the header has no column 'dst_ip'",
		  &table);
	read_text("ts,ts,proto,src_ip,dst_ip\n", "column 'ts' stands twice", &table);
	read_text(HEAD ROW "1,2,3\n", "t.csv:3: 3 fields where the header has 17", &table);
	read_text(HEAD "x,0,tcp,10.0.0.1,1,10.0.0.2,22,ssh,S0,S,1,0,40,0,0,0,-\n",
		  "t.csv:2: ts: 'x' is not a time", &table);
	read_text(HEAD "1,-1,tcp,10.0.0.1,1,10.0.0.2,22,ssh,S0,S,1,0,40,0,0,0,-\n",
		  "duration: '-1' is not", &table);
	read_text(HEAD "1,0,tcp,10.0.0.256,1,10.0.0.2,22,ssh,S0,S,1,0,40,0,0,0,-\n",
		  "src_ip: '10.0.0.256' is not an IP address", &table);
	read_text(HEAD "1,0,tcp,10.0.0.1,65536,10.0.0.2,22,ssh,S0,S,1,0,40,0,0,0,-\n",
		  "src_port: '65536' is not", &table);
	read_text(HEAD "1,0,tcp,10.0.0.1,1,10.0.0.2,22,ssh,XX,S,1,0,40,0,0,0,-\n",
		  "state: 'XX' is not", &table);
	read_text(HEAD "1,0,tcp,10.0.0.1,1,10.0.0.2,22,ssh,S0,Z,1,0,40,0,0,0,-\n",
		  "flags: 'Z' is not", &table);
	read_text(HEAD "1,0,tcp,10.0.0.1,1,10.0.0.2,22,ssh,S0,S,18446744073709551616,0,1,0,0,0,-\n",
		  "fwd_packets: '18446744073709551616' is not", &table);
	read_text(HEAD "1,0,tcp,10.0.0.1,1,10.0.0.2,22,\"ssh,S0,S,1,0,40,0,0,0,-\n",
		  "t.csv:2: a quoted field does not end", &table);
	read_text("{\"src_ip\":\"10.0.0.1\",}\n", "t.csv:1: not a JSON object at byte", &table);
	flow_table_done(&table);
}

/* Damage before the first line is whole. */
static void damaged_from_the_start(void **state)
{
	static const uint8_t bytes[] = { 0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 3, 0xff, 0xff, 0xff };
	struct flow_table table = { NULL, 0, 0 };
	struct err err = { "" };

	(void)state;
	assert_int_equal(flow_table_read_memory("t.gz", bytes, sizeof(bytes), &table, NULL, &err),
			 -EBADMSG);
	assert_non_null(strstr(err.text, "'t.gz': damaged gzip data after line 0"));
}

static void columns_by_name(void **state)
{
	struct flow_table table = { NULL, 0, 0 };

	(void)state;
	/* Another order, columns of others, some missing, a byte order mark, \r\n, no last end. */
	read_text("\xef\xbb\xbf"
		  "dst_ip,src_ip,colour,proto,ts,bwd_packets\r\n"
		  "10.0.0.2,10.0.0.1,red,udp,1700000000,3\r\n\r\n10.0.0.3,10.0.0.1,,6,1,0",
		  NULL, &table);
	assert_int_equal(table.n_rows, 2);
	assert_int_equal(table.rows[0].start_ns, INT64_C(1700000000000000000));
	assert_int_equal(table.rows[0].bwd_packets, 3);
	assert_int_equal(table.rows[0].state, CONN_SF); /* guessed: both spoke */
	assert_string_equal(table.rows[0].service, "-");
	assert_int_equal(table.rows[1].proto, IPPROTO_TCP);
	assert_int_equal(table.rows[1].state, CONN_OTH);
	/* Rows without addresses or times are no flows. */
	assert_int_equal(read_text("ts,proto,src_ip,dst_ip\n-,tcp,1.1.1.1,2.2.2.2\n"
				   "1,tcp,-,2.2.2.2\n1,tcp,1.1.1.1,2.2.2.2\n",
				   NULL, &table),
			 1);
	flow_table_done(&table);
}

static void sort_is_stable(void **state)
{
	struct flow_table table = { NULL, 0, 0 };
	struct flow_record record;
	struct rng rng;

	(void)state;
	rng_init(&rng, 5, 0, 0, RNG_TEST);
	for (size_t n = 0; n < 40; n++) {
		table.n_rows = 0;
		for (size_t i = 0; i < n * 13; i++) {
			memset(&record, 0, sizeof(record));
			record.start_ns = rng_below(&rng, 20);
			record.fwd_packets = i;
			assert_int_equal(flow_table_append(&table, &record, NULL), 0);
		}
		flow_table_sort(&table);
		for (size_t i = 1; i < table.n_rows; i++) {
			const struct flow_record *a = &table.rows[i - 1], *b = &table.rows[i];

			assert_true(a->start_ns < b->start_ns || (a->start_ns == b->start_ns &&
								  a->fwd_packets < b->fwd_packets));
		}
	}
	flow_table_done(&table);
}

static void formats_by_name(void **state)
{
	(void)state;
	assert_int_equal(flow_format_of("a.csv"), FLOW_CSV);
	assert_int_equal(flow_format_of("a.JSONL"), FLOW_JSONL);
	assert_int_equal(flow_format_of("dir.log/conn.log"), FLOW_ZEEK);
	assert_int_equal(flow_format_of("-"), FLOW_CSV);
	assert_int_equal(flow_format_of("noname"), FLOW_CSV);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(csv_round_trip),	  cmocka_unit_test(jsonl_round_trip),
		cmocka_unit_test(csv_to_the_letter),	  cmocka_unit_test(truth_columns),
		cmocka_unit_test(errors_name_the_place),  cmocka_unit_test(columns_by_name),
		cmocka_unit_test(damaged_from_the_start), cmocka_unit_test(sort_is_stable),
		cmocka_unit_test(formats_by_name),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
