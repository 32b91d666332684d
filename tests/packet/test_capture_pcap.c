/* SPDX-License-Identifier: Apache-2.0 */
#include "packet/capture.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>

#include <cmocka.h>

#include "tests/packet/capture_bytes.h"

static struct capture *opened(const struct bytes *b)
{
	struct capture *capture = NULL;
	struct err err = { "" };
	int r = capture_open_memory(b->at, b->n, &capture, &err);

	if (r < 0)
		fail_msg("%s", err.text);
	return capture;
}

static void assert_packet(struct capture *capture, int64_t time_ns, const char *text,
			  uint32_t n_original, uint64_t offset)
{
	struct capture_packet p;
	struct err err = { "" };
	int r = capture_next(capture, &p, &err);

	if (r != 1)
		fail_msg("%d: %s", r, err.text);
	assert_true(p.time_ns == time_ns);
	assert_int_equal(p.n_captured, strlen(text));
	assert_memory_equal(p.bytes, text, strlen(text));
	assert_int_equal(p.n_original, n_original);
	assert_true(p.offset == offset);
	assert_int_equal(p.interface, 0);
}

static void assert_end(struct capture *capture, uint64_t position)
{
	struct capture_packet p;
	struct err err = { "" };

	assert_int_equal(capture_next(capture, &p, &err), 0);
	assert_string_equal(err.text, "");
	assert_int_equal(capture_next(capture, &p, &err), 0);
	assert_true(capture_position(capture) == position);
}

static void assert_refused(const struct bytes *b, int code, const char *part)
{
	struct capture *capture = NULL;
	struct err err = { "" };

	assert_int_equal(capture_open_memory(b->at, b->n, &capture, &err), code);
	assert_null(capture);
	if (strstr(err.text, part) == NULL)
		fail_msg("'%s' is not in: %s", part, err.text);
}

static void test_orders_and_precisions(void **state)
{
	(void)state;
	for (int i = 0; i < 4; i++) {
		struct bytes b = { .big = i & 1 };
		bool ns = i & 2;
		struct capture *capture;

		pcap_start(&b, ns ? 0xa1b23c4d : 0xa1b2c3d4, 65535, 1);
		pcap_record(&b, 1500000000, ns ? 123456789 : 123456, "hello", 5);
		pcap_record(&b, 1500000001, 0, "", 60);
		pcap_record(&b, 4200000000, 7, "the year 2103", 1500);
		capture = opened(&b);
		assert_true(capture_position(capture) == 24);
		assert_packet(capture, 1500000000123456000 + (ns ? 789 : 0), "hello", 5, 24);
		assert_packet(capture, 1500000001000000000, "", 60, 45);
		assert_packet(capture, 4200000000000000000 + (ns ? 7 : 7000), "the year 2103", 1500,
			      61);
		assert_end(capture, b.n);
		assert_true(capture_file_bytes(capture) == -1);
		assert_true(capture_file_position(capture) == b.n);
		capture_freep(&capture);
		bytes_done(&b);
	}
}

/* Kuznetsov's variant has 8 bytes more in each record. */
static void test_modified(void **state)
{
	struct bytes b = { .big = true };
	struct capture *capture;

	(void)state;
	pcap_start(&b, 0xa1b2cd34, 65535, 101);
	for (int i = 0; i < 2; i++) {
		bytes_put32(&b, 10);
		bytes_put32(&b, 20);
		bytes_put32(&b, 3);
		bytes_put32(&b, 3);
		bytes_zeros(&b, 8);
		bytes_put(&b, "abc", 3);
	}
	capture = opened(&b);
	assert_packet(capture, 10000020000, "abc", 3, 24);
	assert_packet(capture, 10000020000, "abc", 3, 51);
	assert_end(capture, b.n);
	capture_freep(&capture);
	bytes_done(&b);
}

/* Packets longer than the snapshot length of the header come whole, and offsets stay right. */
static void test_snaplen_that_lies(void **state)
{
	struct bytes b = { .big = false };
	struct capture *capture;

	(void)state;
	pcap_start(&b, 0xa1b2c3d4, 4, 1);
	pcap_record(&b, 1, 0, "longer than four", 99);
	pcap_record(&b, 2, 0, "another", 7);
	capture = opened(&b);
	assert_packet(capture, 1000000000, "longer than four", 99, 24);
	assert_packet(capture, 2000000000, "another", 7, 56);
	assert_end(capture, b.n);
	capture_freep(&capture);
	bytes_done(&b);
}

static void test_link_types(void **state)
{
	static const struct {
		uint32_t in_file;
		int link_type; /* -1: refused */
		const char *name;
	} cases[] = {
		{ 0, LINKTYPE_NULL, NULL },
		{ 1, LINKTYPE_ETHERNET, NULL },
		{ 12, LINKTYPE_RAW, NULL },
		{ 14, LINKTYPE_RAW, NULL },
		{ 101, LINKTYPE_RAW, NULL },
		{ 108, LINKTYPE_LOOP, NULL },
		{ 113, LINKTYPE_LINUX_SLL, NULL },
		{ 228, LINKTYPE_IPV4, NULL },
		{ 229, LINKTYPE_IPV6, NULL },
		{ 276, LINKTYPE_LINUX_SLL2, NULL },
		{ 0x24000001, LINKTYPE_ETHERNET, NULL }, /* with 4 bytes of checksum */
		{ 105, -1, "link type 105 (IEEE802_11: " },
		{ 127, -1, "link type 127 (IEEE802_11_RADIO: " },
		{ 104, -1, "link type 104 (C_HDLC: " },
		{ 50, -1, "link type 50 (PPP_SERIAL: " },
		{ 100, -1, "link type 100 (ATM_RFC1483: " },
		{ 65535, -1, "link type 65535 (no name known) is not supported" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct bytes b = { .big = i & 1 };

		pcap_start(&b, 0xa1b2c3d4, 65535, cases[i].in_file);
		pcap_record(&b, 0, 0, "x", 1);
		if (cases[i].link_type < 0) {
			assert_refused(&b, -EPROTONOSUPPORT, cases[i].name);
		} else {
			struct capture *capture = opened(&b);
			struct capture_packet p;

			assert_int_equal(capture_next(capture, &p, NULL), 1);
			assert_int_equal(p.link_type, cases[i].link_type);
			capture_freep(&capture);
		}
		bytes_done(&b);
	}
}

/* Cut anywhere, a file gives the packets that are whole, then the end or one error with its place.
 */
static void test_cut_anywhere(void **state)
{
	static const size_t ends[] = { 24, 45, 61, 90 };
	struct bytes b = { .big = false };

	(void)state;
	pcap_start(&b, 0xa1b2c3d4, 65535, 1);
	pcap_record(&b, 1, 0, "hello", 5);
	pcap_record(&b, 2, 0, "", 60);
	pcap_record(&b, 3, 0, "the third one", 13);
	assert_int_equal(b.n, ends[3]);
	for (size_t n = 24; n <= b.n; n++) {
		/* In memory of just this length, so that a sanitizer sees a read beyond. */
		struct bytes cut = { .big = false };
		struct capture *capture;
		struct capture_packet p;
		struct err err = { "" };
		size_t n_packets = 0, n_whole = 0;
		char place[64];
		int r;

		while (n_whole < 3 && ends[n_whole + 1] <= n)
			n_whole++;
		bytes_put(&cut, b.at, n);
		capture = opened(&cut);
		while ((r = capture_next(capture, &p, &err)) > 0)
			n_packets++;
		assert_int_equal(n_packets, n_whole);
		assert_int_equal(r, ends[n_whole] == n ? 0 : -EBADMSG);
		snprintf(place, sizeof(place), "'memory': damaged at byte %zu: ", ends[n_whole]);
		if (r < 0 && strstr(err.text, place) != err.text)
			fail_msg("%s", err.text);
		capture_freep(&capture);
		bytes_done(&cut);
	}
	for (size_t n = 4; n < 24; n++) {
		b.n = n;
		assert_refused(&b, -EBADMSG, "a pcap file cut within its header of 24 bytes");
	}
	bytes_done(&b);
}

static void test_absurd_length(void **state)
{
	struct bytes b = { .big = false };
	struct capture *capture;
	struct capture_packet p;
	struct err err = { "" }, again = { "" };

	(void)state;
	pcap_start(&b, 0xa1b2c3d4, 65535, 1);
	pcap_record(&b, 1, 0, "hello", 5);
	bytes_put32(&b, 2);
	bytes_put32(&b, 0);
	bytes_put32(&b, 0x7fffffff);
	bytes_put32(&b, 0x7fffffff);
	bytes_zeros(&b, 100);
	capture = opened(&b);
	assert_int_equal(capture_next(capture, &p, &err), 1);
	assert_int_equal(capture_next(capture, &p, &err), -EBADMSG);
	assert_non_null(strstr(err.text, "damaged at byte 45"));
	assert_non_null(strstr(err.text, "2147483647"));
	/* An error stays. */
	assert_int_equal(capture_next(capture, &p, &again), -EBADMSG);
	assert_string_equal(err.text, again.text);
	capture_freep(&capture);
	bytes_done(&b);
}

static void test_bad_version(void **state)
{
	struct bytes b = { .big = false };

	(void)state;
	pcap_start(&b, 0xa1b2c3d4, 65535, 1);
	b.at[4] = 1;
	assert_refused(&b, -EBADMSG, "'memory': a pcap file with a bad header: archaic");
	bytes_done(&b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_orders_and_precisions), cmocka_unit_test(test_modified),
		cmocka_unit_test(test_snaplen_that_lies),     cmocka_unit_test(test_link_types),
		cmocka_unit_test(test_cut_anywhere),	      cmocka_unit_test(test_absurd_length),
		cmocka_unit_test(test_bad_version),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
