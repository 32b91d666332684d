/* SPDX-License-Identifier: Apache-2.0 */
/* Each way of telling two sides apart, on frames and a tcpprep cache made by hand. */
#include "replay/split.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/bytes.h"
#include "packet/capture.h"

enum { FRAME_BYTES = 60 };

/* A UDP packet between 10.0.0.<from> and 10.0.0.<to>; MAC addresses end likewise. */
static void make_udp(uint8_t frame[FRAME_BYTES], uint8_t from, uint16_t from_port, uint8_t to,
		     uint16_t to_port)
{
	memset(frame, 0, FRAME_BYTES);
	frame[0] = frame[6] = 2;
	frame[5] = to;
	frame[11] = from;
	be16_put(frame + 12, 0x0800);
	frame[14] = 0x45;
	be16_put(frame + 16, 46);
	frame[22] = 64;
	frame[23] = 17;
	frame[26] = frame[30] = 10;
	frame[29] = from;
	frame[33] = to;
	be16_put(frame + 34, from_port);
	be16_put(frame + 36, to_port);
	be16_put(frame + 38, 26);
}

/* Not IP: 802.3 with a length. */
static void make_other(uint8_t frame[FRAME_BYTES], uint8_t from, uint8_t to)
{
	make_udp(frame, from, 0, to, 0);
	be16_put(frame + 12, 46);
}

static struct split *split_of(const char *text)
{
	struct split *split = NULL;
	struct err err = { "" };

	if (split_new(text, &split, &err) < 0)
		fail_msg("%s", err.text);
	return split;
}

static int side_in_loop(struct split *split, const uint8_t *bytes, uint64_t loop)
{
	struct source_frame frame = { .loop = loop,
				      .link_type = LINKTYPE_ETHERNET,
				      .n_bytes = FRAME_BYTES,
				      .n_original = FRAME_BYTES,
				      .bytes = bytes };
	struct err err = { "" };
	int r = split_side(split, &frame, &err);

	assert_true(r >= 0 || err.text[0] != '\0');
	return r;
}

static int side_udp(struct split *split, uint8_t from, uint16_t from_port, uint8_t to,
		    uint16_t to_port)
{
	uint8_t frame[FRAME_BYTES];

	make_udp(frame, from, from_port, to, to_port);
	return side_in_loop(split, frame, 0);
}

static int side_other(struct split *split, uint8_t from, uint8_t to)
{
	uint8_t frame[FRAME_BYTES];

	make_other(frame, from, to);
	return side_in_loop(split, frame, 0);
}

static void test_auto(void **state)
{
	struct split *s = split_of("auto");

	(void)state;
	assert_int_equal(side_udp(s, 1, 40000, 9, 53), SPLIT_CLIENT);
	assert_int_equal(side_udp(s, 9, 53, 1, 40000), SPLIT_SERVER);
	/* Who speaks to a server is a client, who speaks to a client a server, whatever the port.
	 */
	assert_int_equal(side_udp(s, 2, 53, 9, 40000), SPLIT_CLIENT);
	assert_int_equal(side_udp(s, 8, 40000, 1, 53), SPLIT_SERVER);
	/* And stays so: also where a server opens something to another one. */
	assert_int_equal(side_udp(s, 9, 40000, 8, 53), SPLIT_SERVER);
	assert_int_equal(side_udp(s, 1, 40000, 2, 53), SPLIT_CLIENT);
	/* What is not IP goes by MAC addresses, which know nothing of the above. */
	assert_int_equal(side_other(s, 9, 1), SPLIT_CLIENT);
	assert_int_equal(side_other(s, 1, 9), SPLIT_SERVER);
	split_freep(&s);
}

static void test_cidr(void **state)
{
	struct split *s = split_of("cidr:192.168.0.0/16,10.0.0.8/29");

	(void)state;
	assert_int_equal(side_udp(s, 7, 1, 9, 2), SPLIT_SERVER);
	assert_int_equal(side_udp(s, 8, 1, 1, 2), SPLIT_CLIENT);
	assert_int_equal(side_udp(s, 15, 1, 1, 2), SPLIT_CLIENT);
	assert_int_equal(side_udp(s, 16, 1, 9, 2), SPLIT_SERVER);
	assert_int_equal(side_other(s, 16, 9), SPLIT_CLIENT);
	split_freep(&s);
}

static void test_port(void **state)
{
	struct split *s = split_of("port");

	(void)state;
	assert_int_equal(side_udp(s, 1, 40000, 2, 53), SPLIT_CLIENT);
	assert_int_equal(side_udp(s, 2, 53, 1, 40000), SPLIT_SERVER);
	assert_int_equal(side_udp(s, 1, 500, 2, 500), SPLIT_CLIENT);
	split_freep(&s);
}

static void test_mac(void **state)
{
	struct split *s = split_of("mac:02:00:00:00:00:05,02:00:00:00:00:06");

	(void)state;
	assert_int_equal(side_udp(s, 5, 1, 1, 2), SPLIT_CLIENT);
	assert_int_equal(side_other(s, 6, 1), SPLIT_CLIENT);
	assert_int_equal(side_udp(s, 7, 1, 5, 2), SPLIT_SERVER);
	split_freep(&s);
}

struct cache {
	char path[64], text[80];
};

/*
 * As tcpprep (1) writes it, version 04: magic, version, packets, packets per byte, length of the
 * comment; then two bits a packet from the low end of each byte, 1: primary, 2: send.
 */
static void make_cache(struct cache *cache, uint64_t n_packets, const uint8_t *bits, size_t n_bits)
{
	uint8_t head[24] = "tcpprep\0"
			   "04";
	FILE *file;
	int fd;

	snprintf(cache->path, sizeof(cache->path), "/tmp/test_split.XXXXXX");
	fd = mkstemp(cache->path);
	assert_true(fd >= 0);
	file = fdopen(fd, "wb");
	assert_non_null(file);
	be64_put(head + 12, n_packets);
	be16_put(head + 20, 4);
	be16_put(head + 22, 5);
	assert_int_equal(fwrite(head, 1, sizeof(head), file), sizeof(head));
	assert_int_equal(fwrite("hello", 1, 5, file), 5);
	assert_int_equal(fwrite(bits, 1, n_bits, file), n_bits);
	assert_int_equal(fclose(file), 0);
	snprintf(cache->text, sizeof(cache->text), "cache:%s", cache->path);
}

static void test_cache(void **state)
{
	static const int wanted[6] = { SPLIT_CLIENT,  SPLIT_SERVER, SPLIT_NEITHER,
				       SPLIT_NEITHER, SPLIT_SERVER, SPLIT_CLIENT };
	/* client 3, server 2, none 0, none (primary, but not to be sent) 1; server 2, client 3 */
	static const uint8_t bits[2] = { 3 | 2 << 2 | 0 << 4 | 1 << 6, 2 | 3 << 2 };
	uint8_t frame[FRAME_BYTES];
	struct cache cache;
	struct split *s;

	(void)state;
	make_cache(&cache, 6, bits, 2);
	s = split_of(cache.text);
	make_udp(frame, 1, 1, 2, 2);
	for (uint64_t loop = 0; loop < 3; loop++)
		for (int i = 0; i < 6; i++)
			assert_int_equal(side_in_loop(s, frame, loop), wanted[i]);
	split_freep(&s);
	/* Captures that are longer than the cache are not what it was made of. */
	s = split_of(cache.text);
	for (int i = 0; i < 6; i++)
		side_in_loop(s, frame, 0);
	assert_int_equal(side_in_loop(s, frame, 0), -ERANGE);
	split_freep(&s);
	unlink(cache.path);
}

static void refused(const char *text, const char *words)
{
	struct split *s = NULL;
	struct err err = { "" };

	assert_true(split_new(text, &s, &err) < 0);
	if (strstr(err.text, words) == NULL)
		fail_msg("'%s': '%s' does not say '%s'", text, err.text, words);
	assert_null(s);
}

static void test_refused(void **state)
{
	static const uint8_t bits[2] = { 0, 0 };
	struct cache cache;

	(void)state;
	refused("first", "auto");
	refused("cidr:", "nothing after the colon");
	refused("cidr:10.0.0.0/33", "10.0.0.0/33");
	refused("mac:02:00", "02:00");
	refused("cache:/nowhere/at/all", "/nowhere/at/all");
	make_cache(&cache, 9, bits, 2);
	refused(cache.text, "cut off");
	unlink(cache.path);
	make_cache(&cache, UINT64_MAX, bits, 2);
	refused(cache.text, "cut off");
	unlink(cache.path);
	refused("cache:/dev/null", "not a cache file");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_auto),  cmocka_unit_test(test_cidr),
		cmocka_unit_test(test_port),  cmocka_unit_test(test_mac),
		cmocka_unit_test(test_cache), cmocka_unit_test(test_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
