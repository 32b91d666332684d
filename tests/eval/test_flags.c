/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit.h"

#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/addr.h"
#include "base/conn.h"
#include "base/ns.h"
#include "eval/flag_findings.h"
#include "tests/eval/made_capture.h"

static void assert_near(double value, double expected)
{
	double apart = value < expected ? expected - value : value - expected;

	if (apart > 1e-9)
		fail_msg("%.17g, expected %.17g", value, expected);
}

enum { A = 0x0a000001, B = 0x0a000002 };

static void summaries_of_four_values(void **state)
{
	static struct eval_summary summary;

	(void)state;
	memset(&summary, 0, sizeof(summary));
	eval_summary_add(&summary, 10, 1);
	eval_summary_add(&summary, 2, 1);
	eval_summary_add(&summary, 3, 1);
	eval_summary_add(&summary, 1, 1);
	assert_near(summary.mean, 4);
	assert_near(eval_summary_std(&summary), 3.5355339059327378);	  /* sqrt 12.5 */
	assert_near(eval_summary_skewness(&summary), 1.0182337649086286); /* 45 / 12.5^1.5 */
	assert_near(eval_summary_kurtosis(&summary), -0.7696);		  /* 348.5 / 12.5^2 - 3 */
	assert_near(eval_summary_quantile(&summary, 0.5, 1), 2);
	assert_near(eval_summary_quantile(&summary, 0.51, 1), 3);
	assert_near(eval_summary_quantile(&summary, 1, 1), 10);
	assert_near(summary.min, 1);
	assert_near(summary.max, 10);
}

static void quantiles_are_near_for_any_size(void **state)
{
	static struct eval_summary summary;

	(void)state;
	for (double value = 0.001; value < 1e15; value *= 1.7) {
		double found;

		memset(&summary, 0, sizeof(summary));
		eval_summary_add(&summary, 0, 1000);
		for (int i = 0; i < 3; i++)
			eval_summary_add(&summary, value, 1000);
		found = eval_summary_quantile(&summary, 0.5, 1000);
		assert_true(found <= value && (found > value * 63 / 64 || value - found < 0.001));
		assert_near(eval_summary_quantile(&summary, 0.25, 1000), 0);
	}
	/* What never changes has no deviation, however large. */
	assert_true(summary.max > 1e14);
	memset(&summary, 0, sizeof(summary));
	for (int i = 0; i < 1000; i++)
		eval_summary_add(&summary, 0.1 + 1e9, 1);
	assert_true(eval_summary_std(&summary) <= 0 && eval_summary_kurtosis(&summary) <= 0);
}

static void information_of_two_by_two(void **state)
{
	static const double same[] = { 2, 0, 0, 2 }, none[] = { 1, 1, 1, 1 },
			    some[] = { 3, 1, 1, 3 }, empty[4];
	struct eval_mutual mutual;

	(void)state;
	assert_int_equal(eval_mutual(same, 2, 2, &mutual, NULL), 0);
	assert_near(mutual.bits, 1);
	assert_near(mutual.corrected, 1);
	assert_near(mutual.column_bits, 1);
	assert_int_equal(eval_mutual(none, 2, 2, &mutual, NULL), 0);
	assert_near(mutual.bits, 0);
	assert_int_equal(eval_mutual(some, 2, 2, &mutual, NULL), 0);
	assert_near(mutual.bits, 0.18872187554086717);
	assert_near(mutual.corrected, 0.098553435485311715); /* 1 / (2 * 8 ln 2) less */
	assert_int_equal(eval_mutual(empty, 2, 2, &mutual, NULL), 0);
	assert_near(mutual.bits, 0);
}

static void correlations_of_three_flows(void **state)
{
	static struct eval_correlations correlations;
	static struct eval_correlation found[EVAL_N_PAIRS];
	static const double x[] = { 0.1, 0.2, 0.3 }, y[] = { 0.3, 0.1, 0.2 };
	static const double sizes[] = { 3, 7, 15 }; /* logarithms of one more: 2, 3, 4 */
	double values[EVAL_N_FLAG_FEATURES] = { 0 };
	uint32_t defined = 1 | 2 | 4 | 1U << EVAL_FLAG_FEATURE_BYTES_FWD;

	(void)state;
	for (int i = 0; i < 3; i++) {
		values[0] = x[i];
		values[1] = y[i];
		values[2] = 0.7; /* never changes */
		values[EVAL_FLAG_FEATURE_BYTES_FWD] = sizes[i];
		eval_correlations_add(&correlations, defined, values);
	}
	/* A flow that has one of them only. */
	eval_correlations_add(&correlations, 1, values);
	assert_int_equal(eval_correlations_above(&correlations, 0.4, found), 3);
	assert_int_equal(found[0].a, 0);
	assert_int_equal(found[0].b, EVAL_FLAG_FEATURE_BYTES_FWD);
	assert_near(found[0].r, 1);
	assert_int_equal(found[0].n, 3);
	assert_near(found[1].r, -0.5);
	assert_near(found[2].r, -0.5);
	assert_int_equal(eval_correlations_above(&correlations, 0.6, found), 1);
}

/* Between A (port) and B (server). */
static void put_tcp(struct file *file, int64_t ms, uint16_t port, uint16_t server, bool backward,
		    uint8_t flags, uint32_t n_payload)
{
	const struct make make = { .time_ns = ms * NS_PER_MS,
				   .src = backward ? B : A,
				   .dst = backward ? A : B,
				   .src_port = backward ? server : port,
				   .dst_port = backward ? port : server,
				   .flags = flags,
				   .n_payload = n_payload };

	file_packet(file, &make);
}

static void put_udp(struct file *file)
{
	const struct make make = { .src = A,
				   .dst = B,
				   .src_port = 5000,
				   .dst_port = 53,
				   .proto = IPPROTO_UDP,
				   .n_payload = 20 };

	file_packet(file, &make);
}

/* A connection to port 80, one refused by port 22, and a packet of UDP. */
static void capture_tiny(struct file *file)
{
	file_capture(file);
	put_udp(file);
	put_tcp(file, 0, 1000, 80, false, TCP_SYN, 0);
	put_tcp(file, 10, 1000, 80, true, TCP_SYN | TCP_ACK, 0);
	put_tcp(file, 20, 1000, 80, false, TCP_ACK, 0);
	put_tcp(file, 30, 1000, 80, false, TCP_PSH | TCP_ACK, 100);
	put_tcp(file, 40, 1000, 80, true, TCP_FIN | TCP_ACK, 0);
	put_tcp(file, 1000, 1001, 22, false, TCP_SYN, 0);
	put_tcp(file, 1010, 1001, 22, true, TCP_RST | TCP_ACK, 0);
	file_close(file);
}

enum { FIN, SYN, RST, PSH, ACK };

static void flags_of_a_tiny_capture(void **state)
{
	struct eval_flag_pair pair;
	struct eval_mutual mutual;
	struct eval_flags *flags;
	struct file file;

	(void)state;
	capture_tiny(&file);
	assert_int_equal(eval_flags_read(file.path, NULL, NULL, &flags, NULL), 0);
	assert_int_equal(flags->n_packets, 8);
	assert_int_equal(flags->n_tcp, 7);
	assert_int_equal(flags->n_flows, 3);
	assert_int_equal(flags->n_tcp_flows, 2);
	assert_int_equal(flags->bytes[TCP_SYN], 2);
	assert_int_equal(flags->bytes[TCP_FIN | TCP_ACK], 1);

	/* 1 packet has both, 2 SYN alone, 4 ACK alone, none neither. */
	assert_int_equal(eval_flags_pair(flags, SYN, ACK, &pair, NULL), 0);
	assert_int_equal(pair.n, 1);
	assert_near(pair.phi, -0.7302967433402214); /* -8 / sqrt(3 * 4 * 5 * 2) */
	assert_near(pair.mutual.bits, 0.46956521111470697);
	assert_int_equal(eval_flags_pair(flags, FIN, FIN, &pair, NULL), 0);
	assert_int_equal(pair.n, 1);
	assert_near(pair.phi, 1);
	assert_int_equal(eval_flags_pair(flags, 5, ACK, &pair, NULL), 0); /* URG: never */
	assert_int_equal(pair.n, 0);
	assert_near(pair.phi, 0);

	/* FIN: 1 of 5 packets of http, 0 of 2 of ssh. */
	assert_int_equal(eval_flags_of_class(flags, FIN, &mutual, NULL), 0);
	assert_near(mutual.bits, 0.07600985366278312);
	eval_flags_freep(&flags);
	unlink(file.path);
}

static void classes_of_a_tiny_capture(void **state)
{
	struct eval_signature best[2 * 3];
	char text[EVAL_SIGNATURE_TEXT_BYTES];
	struct eval_flags *flags;
	size_t n[2];
	struct file file;

	(void)state;
	capture_tiny(&file);
	assert_int_equal(eval_flags_read(file.path, NULL, NULL, &flags, NULL), 0);
	assert_int_equal(flags->n_classes, 2);
	assert_string_equal(flags->classes[0].name, "http");
	assert_int_equal(flags->classes[0].n_packets, 5);
	assert_int_equal(flags->classes[0].n_flags[ACK], 4);
	assert_string_equal(flags->classes[1].name, "ssh");
	assert_int_equal(flags->classes[1].n_flags[RST], 1);
	assert_int_equal(eval_flags_signatures(flags, &flags->openings, 3, best, n, NULL), 0);
	assert_int_equal(n[0], 1);
	assert_int_equal(n[1], 1);
	assert_string_equal(eval_words_format(best[0].words, text), ">S <SA >A >PA <FA");
	assert_near(best[0].share, 1);
	assert_near(best[0].lift, 2);
	assert_string_equal(eval_words_format(best[3].words, text), ">S <RA");
	/* Three in a row are in one class only, so that none is typical of it. */
	assert_int_equal(flags->classes[0].n_grams, 3);
	assert_int_equal(eval_flags_signatures(flags, &flags->grams, 3, best, n, NULL), 0);
	assert_int_equal(n[0] + n[1], 0);
	eval_flags_freep(&flags);
	unlink(file.path);
}

static double mean_of(const struct eval_flags *flags, size_t i_class, int feature)
{
	return flags->classes[i_class].features[feature].mean;
}

static void features_of_a_tiny_capture(void **state)
{
	struct eval_importance importance[EVAL_N_FLAG_FEATURES];
	struct eval_flags *flags;
	struct file file;

	(void)state;
	capture_tiny(&file);
	assert_int_equal(eval_flags_read(file.path, NULL, NULL, &flags, NULL), 0);
	assert_near(mean_of(flags, 0, FIN), 0.2);
	assert_near(mean_of(flags, 0, EVAL_FLAG_FEATURE_HEADER_FWD), 40);
	assert_near(mean_of(flags, 0, EVAL_FLAG_FEATURE_PAYLOAD_FWD), 100.0 / 3);
	assert_near(mean_of(flags, 0, EVAL_FLAG_FEATURE_GAP_MEAN), 10000);
	assert_near(mean_of(flags, 0, EVAL_FLAG_FEATURE_GAP_STD), 0);
	assert_near(mean_of(flags, 0, EVAL_FLAG_FEATURE_GAP_MAX), 10000);
	assert_near(mean_of(flags, 0, EVAL_FLAG_FEATURE_DURATION), 40000);
	assert_near(mean_of(flags, 0, EVAL_FLAG_FEATURE_PACKET_RATE), 125);
	assert_near(mean_of(flags, 0, EVAL_FLAG_FEATURE_BYTE_RATE), 300 / 0.04);
	assert_near(mean_of(flags, 1, EVAL_FLAG_FEATURE_WINDOW_FIRST_BWD), 64240);
	assert_near(mean_of(flags, 1, EVAL_FLAG_FEATURE_BYTES_BWD), 40);
	assert_int_equal(flags->flows[EVAL_FLAG_FEATURE_GAP_MEAN].n, 2);
	assert_int_equal(flags->packets[EVAL_PACKETS_HEADER_FWD].n, 4);
	assert_int_equal(flags->packets[EVAL_PACKETS_GAP_FWD].n, 2);
	assert_int_equal(flags->packets[EVAL_PACKETS_GAP_BWD].n, 3);
	assert_near(flags->packets[EVAL_PACKETS_PAYLOAD_FWD].mean, 25);

	/* Two flows of two classes: what differs tells all, in the order of the features. */
	assert_int_equal(eval_flags_importance(flags, importance, NULL), 0);
	assert_int_equal(importance[0].feature, FIN);
	assert_near(importance[0].mutual.corrected, 1);
	assert_near(importance[0].mutual.column_bits, 1);
	for (int i = 0; i < EVAL_N_FLAG_FEATURES; i++) {
		if (importance[i].feature == EVAL_FLAG_FEATURE_WINDOW_FIRST_FWD)
			assert_near(importance[i].mutual.bits, 0);
	}
	eval_flags_freep(&flags);
	unlink(file.path);
}

static void row(struct file *file, double second, bool reversed, uint16_t port, uint16_t server,
		const char *label)
{
	struct ip_addr client = ip_from_v4(A), host = ip_from_v4(B);
	struct flow_record record = {
		.start_ns = MADE_SECOND * NS_PER_S + (int64_t)(second * 1e9),
		.src = reversed ? host : client,
		.dst = reversed ? client : host,
		.src_port = reversed ? server : port,
		.dst_port = reversed ? port : server,
		.proto = IPPROTO_TCP,
		.service = "-",
	};

	snprintf(record.label, sizeof(record.label), "%s", label);
	assert_int_equal(flow_write_row(file->out, FLOW_CSV, &record, NULL), 0);
}

static void labels_by_tuple_and_time(void **state)
{
	struct eval_labels labels;
	struct eval_flags *flags;
	struct file file, table;

	(void)state;
	capture_tiny(&file);
	file_open(&table);
	assert_int_equal(flow_write_header(table.out, FLOW_CSV, false), 0);
	row(&table, -500, false, 1000, 80, "long before");
	row(&table, 0.3, false, 1000, 80, "good");
	row(&table, 0.9, true, 1000, 80, "further");
	row(&table, 1.5, true, 1001, 22, "bad");
	row(&table, 2, false, 9999, 22, "another");
	file_close(&table);
	assert_int_equal(eval_labels_read(table.path, &labels, NULL), 0);
	assert_int_equal(eval_flags_read(file.path, &labels, NULL, &flags, NULL), 0);
	assert_int_equal(flags->n_labelled, 2);
	assert_int_equal(flags->n_classes, 2);
	assert_string_equal(flags->classes[0].name, "good");
	assert_string_equal(flags->classes[1].name, "bad");
	eval_flags_freep(&flags);
	eval_labels_done(&labels);
	unlink(file.path);
	unlink(table.path);
}

static void further_classes_are_one(void **state)
{
	struct eval_labels labels;
	struct eval_flags *flags;
	struct file file, table;

	(void)state;
	file_capture(&file);
	file_open(&table);
	assert_int_equal(flow_write_header(table.out, FLOW_CSV, false), 0);
	for (uint16_t i = 0; i < 300; i++) {
		char label[16];

		snprintf(label, sizeof(label), "label %d", i);
		put_tcp(&file, i, i, 80, false, TCP_SYN, 0);
		row(&table, 0.001 * i, false, i, 80, label);
	}
	file_close(&table);
	file_close(&file);
	assert_int_equal(eval_labels_read(table.path, &labels, NULL), 0);
	assert_int_equal(eval_flags_read(file.path, &labels, NULL, &flags, NULL), 0);
	assert_int_equal(flags->n_classes, EVAL_FLAGS_LIMIT_CLASSES);
	assert_string_equal(flags->classes[254].name, "label 254");
	assert_string_equal(flags->classes[255].name, "(others)");
	assert_int_equal(flags->classes[255].n_flows, 45);
	eval_flags_freep(&flags);
	eval_labels_done(&labels);
	unlink(file.path);
	unlink(table.path);
}

static void what_is_refused(void **state)
{
	struct eval_labels labels = { { NULL, 0, 0 }, NULL };
	struct eval_flags *flags = NULL;
	struct err err = { "" };
	struct file udp, tiny, table;

	(void)state;
	file_capture(&udp);
	put_udp(&udp);
	file_close(&udp);
	assert_int_equal(eval_flags_read(udp.path, NULL, NULL, &flags, &err), -EINVAL);
	assert_non_null(strstr(err.text, "no TCP flows"));
	assert_null(flags);

	file_open(&table);
	assert_int_equal(flow_write_header(table.out, FLOW_CSV, false), 0);
	row(&table, 0, false, 1000, 80, "-");
	file_close(&table);
	assert_int_equal(eval_labels_read(table.path, &labels, &err), -EINVAL);
	assert_non_null(strstr(err.text, "no row has a label"));
	unlink(table.path);

	capture_tiny(&tiny);
	file_open(&table);
	assert_int_equal(flow_write_header(table.out, FLOW_CSV, false), 0);
	row(&table, 500, false, 1000, 80, "later");
	file_close(&table);
	assert_int_equal(eval_labels_read(table.path, &labels, NULL), 0);
	assert_int_equal(eval_flags_read(tiny.path, &labels, NULL, &flags, &err), -EINVAL);
	assert_non_null(strstr(err.text, "none of its TCP flows"));
	eval_labels_done(&labels);
	unlink(udp.path);
	unlink(tiny.path);
	unlink(table.path);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(summaries_of_four_values),
		cmocka_unit_test(quantiles_are_near_for_any_size),
		cmocka_unit_test(information_of_two_by_two),
		cmocka_unit_test(correlations_of_three_flows),
		cmocka_unit_test(flags_of_a_tiny_capture),
		cmocka_unit_test(classes_of_a_tiny_capture),
		cmocka_unit_test(features_of_a_tiny_capture),
		cmocka_unit_test(labels_by_tuple_and_time),
		cmocka_unit_test(further_classes_are_one),
		cmocka_unit_test(what_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
