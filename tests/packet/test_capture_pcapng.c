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

static void assert_packet(struct capture *capture, uint32_t interface, int link_type,
			  int64_t time_ns, const char *text, uint32_t n_original)
{
	struct capture_packet p;
	struct err err = { "" };
	int r = capture_next(capture, &p, &err);

	if (r != 1)
		fail_msg("%d: %s", r, err.text);
	assert_int_equal(p.interface, interface);
	assert_int_equal(p.link_type, link_type);
	assert_true(p.time_ns == time_ns);
	assert_int_equal(p.n_captured, strlen(text));
	assert_memory_equal(p.bytes, text, strlen(text));
	assert_int_equal(p.n_original, n_original);
}

static void assert_error(struct capture *capture, int code, const char *part)
{
	struct capture_packet p;
	struct err err = { "" };

	assert_int_equal(capture_next(capture, &p, &err), code);
	if (strstr(err.text, part) == NULL)
		fail_msg("'%s' is not in: %s", part, err.text);
	assert_int_equal(capture_next(capture, &p, NULL), code);
}

/* Opens, reads all: the code of the end or of the error, and its sentence. */
static int read_all(const struct bytes *b, size_t *ret_n_packets, struct err *err)
{
	struct capture *capture = NULL;
	struct capture_packet p;
	int r = capture_open_memory(b->at, b->n, &capture, err);

	*ret_n_packets = 0;
	if (r < 0)
		return r;
	while ((r = capture_next(capture, &p, err)) > 0)
		(*ret_n_packets)++;
	capture_freep(&capture);
	return r;
}

static void test_interfaces_and_clocks(void **state)
{
	(void)state;
	for (int big = 0; big < 2; big++) {
		struct bytes b = { .big = big };
		struct capture *capture;
		struct capture_packet p;

		ng_section(&b);
		ng_interface(&b, 1, 0, NULL);
		ng_interface_clock(&b, 101, 9, 0);
		ng_packet(&b, 1, 1500000000123456789, "first", 5);
		ng_interface_clock(&b, 276, 0x80 | 10, 1000);
		ng_packet(&b, 2, 1536, "second", 60);
		ng_packet(&b, 0, 1500000000123456, "third", 1514);
		capture = opened(&b);
		assert_packet(capture, 1, LINKTYPE_RAW, 1500000000123456789, "first", 5);
		assert_packet(capture, 2, LINKTYPE_LINUX_SLL2, 1001500000000, "second", 60);
		assert_packet(capture, 0, LINKTYPE_ETHERNET, 1500000000123456000, "third", 1514);
		assert_int_equal(capture_next(capture, &p, NULL), 0);
		assert_int_equal(capture_next(capture, &p, NULL), 0);
		assert_true(capture_position(capture) == b.n);
		capture_freep(&capture);
		bytes_done(&b);
	}
}

/* A second section has its own byte order and its own interfaces. */
static void test_sections(void **state)
{
	struct bytes b = { .big = true };
	struct capture *capture;
	uint64_t second;

	(void)state;
	ng_section(&b);
	ng_interface(&b, 1, 0, NULL);
	ng_packet(&b, 0, 1000000, "one", 3);
	second = b.n;
	b.big = false;
	ng_section(&b);
	ng_interface(&b, 228, 0, NULL);
	ng_packet(&b, 0, 2000000, "two", 3);
	ng_packet(&b, 1, 2000000, "three", 5);
	capture = opened(&b);
	assert_packet(capture, 0, LINKTYPE_ETHERNET, 1000000000, "one", 3);
	assert_true(capture_position(capture) == second);
	assert_packet(capture, 0, LINKTYPE_IPV4, 2000000000, "two", 3);
	assert_error(capture, -EBADMSG, "a packet of interface 1, where 1 are described");
	capture_freep(&capture);
	bytes_done(&b);
}

static void test_old_and_simple_packets(void **state)
{
	struct bytes b = { .big = true }, body = { .big = true };
	struct capture *capture;
	struct capture_packet p;

	(void)state;
	ng_section(&b);
	ng_interface(&b, 1, 8, NULL);
	bytes_put16(&body, 0); /* interface */
	bytes_put16(&body, 7); /* drops */
	bytes_put32(&body, 0);
	bytes_put32(&body, 5000000);
	bytes_put32(&body, 3);
	bytes_put32(&body, 4);
	bytes_put(&body, "old", 3);
	ng_block(&b, 2, &body);
	body.n = 0;
	bytes_put32(&body, 6);
	bytes_put(&body, "simple", 6);
	ng_block(&b, 3, &body);
	body.n = 0;
	bytes_put32(&body, 1000); /* cut to the interface's 8 bytes */
	bytes_put(&body, "12345678", 8);
	ng_block(&b, 3, &body);
	capture = opened(&b);
	assert_packet(capture, 0, LINKTYPE_ETHERNET, 5000000000, "old", 4);
	assert_packet(capture, 0, LINKTYPE_ETHERNET, 0, "simple", 6);
	assert_packet(capture, 0, LINKTYPE_ETHERNET, 0, "12345678", 1000);
	assert_int_equal(capture_next(capture, &p, NULL), 0);
	capture_freep(&capture);
	bytes_done(&body);
	bytes_done(&b);
}

/* Unknown blocks are skipped whatever their size: 0 bytes, and more than any buffer. */
static void test_unknown_blocks(void **state)
{
	static const size_t sizes[] = { 0, 4, 100, 300000, 2 << 20, 5000000 };
	struct bytes b = { .big = false }, body = { .big = false };
	struct capture *capture;
	struct capture_packet p;
	struct err err = { "" };
	size_t n_packets;

	(void)state;
	ng_section(&b);
	ng_interface(&b, 1, 0, NULL);
	for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		body.n = 0;
		bytes_zeros(&body, sizes[i]);
		ng_block(&b, 0x0bad0000 + (uint32_t)i, &body);
		ng_packet(&b, 0, i * 1000000, "between", 7);
	}
	capture = opened(&b);
	for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++)
		assert_packet(capture, 0, LINKTYPE_ETHERNET, (int64_t)i * 1000000000, "between", 7);
	assert_int_equal(capture_next(capture, &p, NULL), 0);
	assert_true(capture_position(capture) == b.n);
	capture_freep(&capture);

	/* The large block's second length is wrong; then the file ends within it. */
	b.n -= 40;
	b.at[b.n - 1] ^= 1;
	assert_int_equal(read_all(&b, &n_packets, &err), -EBADMSG);
	assert_int_equal(n_packets, 5);
	assert_non_null(strstr(err.text, "a block of 5000012 bytes that ends with length"));
	b.n -= 1000000;
	assert_int_equal(read_all(&b, &n_packets, &err), -EBADMSG);
	assert_int_equal(n_packets, 5);
	assert_non_null(strstr(err.text, "a block of 5000012 bytes, 1000000 of them beyond"));
	bytes_done(&body);
	bytes_done(&b);
}

static void test_unsupported_interfaces(void **state)
{
	struct bytes b = { .big = false };
	struct capture *capture = NULL;
	struct err err = { "" };

	(void)state;
	ng_section(&b);
	ng_interface(&b, 127, 0, NULL);
	ng_interface(&b, 1, 0, NULL);
	ng_packet(&b, 1, 0, "fine", 4);
	ng_packet(&b, 0, 0, "radio", 5);
	capture = opened(&b);
	assert_packet(capture, 1, LINKTYPE_ETHERNET, 0, "fine", 4);
	assert_error(capture, -EPROTONOSUPPORT,
		     "'memory': the packet at byte 104 is of interface 0: link type 127 "
		     "(IEEE802_11_RADIO: ");
	capture_freep(&capture);
	bytes_done(&b);

	ng_section(&b);
	ng_interface(&b, 105, 0, NULL);
	ng_packet(&b, 0, 0, "radio", 5);
	assert_int_equal(capture_open_memory(b.at, b.n, &capture, &err), -EPROTONOSUPPORT);
	assert_non_null(strstr(err.text, "'memory': link type 105 (IEEE802_11: "));
	bytes_done(&b);
}

/* Section 28 bytes, interface 20, packets 44 (12 bytes) and 40 (5 bytes). */
static void plain_file(struct bytes *b)
{
	ng_section(b);
	ng_interface(b, 1, 0, NULL);
	ng_packet(b, 0, 1000000, "twelve bytes", 12);
	ng_packet(b, 0, 2000000, "fives", 5);
}

static void test_cut_anywhere(void **state)
{
	static const size_t ends[] = { 48, 92, 132 };
	struct bytes b = { .big = false };

	(void)state;
	plain_file(&b);
	assert_int_equal(b.n, ends[2]);
	for (size_t n = 4; n <= b.n; n++) {
		struct bytes cut = { .big = false };
		size_t n_packets, n_whole = 0;
		struct err err = { "" };
		bool clean = n == 28;
		int r;

		for (size_t i = 0; i < 3; i++) {
			if (n >= ends[i])
				n_whole = i;
			if (n == ends[i])
				clean = true;
		}
		bytes_put(&cut, b.at, n);
		r = read_all(&cut, &n_packets, &err);
		assert_int_equal(r, clean ? 0 : -EBADMSG);
		assert_int_equal(n_packets, n_whole);
		if (r < 0 && strstr(err.text, "'memory': damaged at byte ") != err.text)
			fail_msg("%s", err.text);
		bytes_done(&cut);
	}
	bytes_done(&b);
}

static void test_damage(void **state)
{
	static const struct {
		size_t at;
		uint32_t value;
		size_t n_packets;
		const char *part;
	} cases[] = {
		{ 8, 0x11111111, 0,
		  "damaged at byte 0: a section header with byte order 11111111" },
		{ 12, 2, 0, "pcapng version 2.0" },
		{ 12, 3 << 16 | 1, 0, "pcapng version 1.3" },
		{ 4, 27, 0, "block length 27; a multiple of 4 from 12 was expected" },
		{ 4, 8, 0, "block length 8;" },
		{ 24, 24, 0, "a block of 28 bytes that ends with length 24" },
		{ 32, 0, 0, "damaged at byte 28: block length 0" },
		{ 32, 0xfffffffc, 0, "an absurd block length, 4294967292" },
		{ 52, 4 << 20, 0, "damaged at byte 48: an absurd block length, 4194304" },
		{ 52, 1 << 20, 0, "a block of 1048576 bytes, 1048492 of them beyond the end" },
		{ 56, 1, 0, "a packet of interface 1, where 1 are described" },
		{ 60, 0xffffffff, 0, "a time outside the years" },
		{ 68, 13, 0, "captured length 13 in a block of 44 bytes" },
		{ 68, 0xffffffff, 0, "an absurd captured length, 4294967295" },
		{ 68, 1 << 20, 0, "captured length 1048576 in a block" },
		{ 88, 40, 0, "a block of 44 bytes that ends with length 40" },
		{ 112, 9, 1, "damaged at byte 92: captured length 9 in a block of 40 bytes" },
	};

	(void)state;
	for (size_t i = 0; i < 2 * sizeof(cases) / sizeof(cases[0]); i++) {
		struct bytes b = { .big = i & 1 };
		struct err err = { "" };
		size_t n_packets;

		plain_file(&b);
		/* The version is two halves. */
		if (cases[i / 2].at == 12 && b.big)
			be32_put(b.at + 12, cases[i / 2].value << 16 | cases[i / 2].value >> 16);
		else
			bytes_set32(&b, cases[i / 2].at, cases[i / 2].value);
		assert_int_equal(read_all(&b, &n_packets, &err), -EBADMSG);
		assert_int_equal(n_packets, cases[i / 2].n_packets);
		if (strstr(err.text, cases[i / 2].part) == NULL)
			fail_msg("'%s' is not in: %s", cases[i / 2].part, err.text);
		bytes_done(&b);
	}
}

static void test_short_blocks(void **state)
{
	static const struct {
		uint32_t type;
		size_t n_body;
		const char *part;
	} cases[] = {
		{ 1, 4, "an interface description of 16 bytes; it has at least 20" },
		{ 2, 16, "a packet block of 28 bytes; it has at least 32" },
		{ 6, 16, "a packet block of 28 bytes; it has at least 32" },
		{ 6, 0, "a packet block of 12 bytes; it has at least 32" },
		{ 3, 0, "a simple packet block of 12 bytes; it has at least 16" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct bytes b = { .big = false }, body = { .big = false };
		struct err err = { "" };
		size_t n_packets;

		plain_file(&b);
		bytes_zeros(&body, cases[i].n_body);
		ng_block(&b, cases[i].type, &body);
		assert_int_equal(read_all(&b, &n_packets, &err), -EBADMSG);
		assert_int_equal(n_packets, 2);
		if (strstr(err.text, cases[i].part) == NULL)
			fail_msg("'%s' is not in: %s", cases[i].part, err.text);
		bytes_done(&body);
		bytes_done(&b);
	}
}

static void test_options(void **state)
{
	static const struct {
		uint16_t code, n;
		const char *part;
	} cases[] = {
		{ 2, 5, "option 2 of 5 bytes, where 4 are left" },
		{ 2, 65535, "option 2 of 65535 bytes, where 4 are left" },
		{ 9, 2, "option 9 of 2 bytes; 1 was expected" },
		{ 9, 0, "option 9 of 0 bytes; 1 was expected" },
		{ 14, 4, "option 14 of 4 bytes; 8 was expected" },
		{ 9, 1, "a clock of 2^-127 s, finer than" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct bytes b = { .big = true }, o = { .big = true };
		struct err err = { "" };
		size_t n_packets;

		bytes_put16(&o, cases[i].code);
		bytes_put16(&o, cases[i].n);
		bytes_put32(&o, UINT32_MAX);
		ng_section(&b);
		ng_interface(&b, 1, 0, &o);
		assert_int_equal(read_all(&b, &n_packets, &err), -EBADMSG);
		if (strstr(err.text, cases[i].part) == NULL)
			fail_msg("'%s' is not in: %s", cases[i].part, err.text);
		bytes_done(&o);
		bytes_done(&b);
	}
}

static void test_interface_limit(void **state)
{
	struct bytes b = { .big = false };
	struct err err = { "" };
	size_t n_packets;

	(void)state;
	ng_section(&b);
	for (int i = 0; i < 65536; i++)
		ng_interface(&b, 1, 0, NULL);
	ng_packet(&b, 65535, 0, "last", 4);
	assert_int_equal(read_all(&b, &n_packets, &err), 0);
	assert_int_equal(n_packets, 1);
	ng_interface(&b, 1, 0, NULL);
	assert_int_equal(read_all(&b, &n_packets, &err), -EBADMSG);
	assert_non_null(strstr(err.text, "more than 65536 interfaces"));
	bytes_done(&b);
}

/* A packet of the largest size crosses every boundary of the window. */
static void test_largest_packet(void **state)
{
	struct bytes b = { .big = false };
	char *text = malloc(CAPTURE_LIMIT_PACKET_BYTES + 1);
	struct capture *capture;
	struct capture_packet p;

	(void)state;
	assert_non_null(text);
	memset(text, 'x', CAPTURE_LIMIT_PACKET_BYTES);
	text[CAPTURE_LIMIT_PACKET_BYTES] = '\0';
	text[CAPTURE_LIMIT_PACKET_BYTES - 1] = 'y';
	ng_section(&b);
	ng_interface(&b, 1, 0, NULL);
	for (int i = 0; i < 5; i++) {
		ng_packet(&b, 0, 0, "small", 5);
		ng_packet(&b, 0, 0, text, CAPTURE_LIMIT_PACKET_BYTES);
	}
	capture = opened(&b);
	for (int i = 0; i < 5; i++) {
		assert_packet(capture, 0, LINKTYPE_ETHERNET, 0, "small", 5);
		assert_packet(capture, 0, LINKTYPE_ETHERNET, 0, text, CAPTURE_LIMIT_PACKET_BYTES);
	}
	assert_int_equal(capture_next(capture, &p, NULL), 0);
	capture_freep(&capture);
	bytes_done(&b);
	free(text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_interfaces_and_clocks),
		cmocka_unit_test(test_sections),
		cmocka_unit_test(test_old_and_simple_packets),
		cmocka_unit_test(test_unknown_blocks),
		cmocka_unit_test(test_unsupported_interfaces),
		cmocka_unit_test(test_cut_anywhere),
		cmocka_unit_test(test_damage),
		cmocka_unit_test(test_short_blocks),
		cmocka_unit_test(test_options),
		cmocka_unit_test(test_interface_limit),
		cmocka_unit_test(test_largest_packet),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
