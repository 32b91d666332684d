/* SPDX-License-Identifier: Apache-2.0 */
/* Where captures come from: files, stdin, pipes; plain, gzip, zstd; and what is no capture. */
#include "packet/capture.h"

#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>

#include <cmocka.h>

#include "config.h"
#if HAVE_ZSTD
#include <zstd.h>
#endif

#include "tests/packet/capture_bytes.h"

enum { N_PACKETS = 20000 };

/* About 1 MB: several reads of every buffer on the way. */
static void make_capture(struct bytes *b, bool ng)
{
	if (ng) {
		ng_section(b);
		ng_interface(b, 1, 0, NULL);
	} else {
		pcap_start(b, 0xa1b2c3d4, 65535, 1);
	}
	for (uint32_t i = 0; i < N_PACKETS; i++) {
		char text[64];

		snprintf(text, sizeof(text), "packet %u of many %.*s", i, (int)(i % 31),
			 "###############################");
		if (ng)
			ng_packet(b, 0, i, text, 100);
		else
			pcap_record(b, i, 0, text, 100);
	}
}

/* Reads to the end: how many packets, all as make_capture() made them. */
static size_t count(struct capture *capture, int *ret_code, struct err *err)
{
	struct capture_packet p;
	size_t n = 0;

	while ((*ret_code = capture_next(capture, &p, err)) > 0) {
		char text[64];

		snprintf(text, sizeof(text), "packet %zu of many %.*s", n, (int)(n % 31),
			 "###############################");
		assert_int_equal(p.n_captured, strlen(text));
		assert_memory_equal(p.bytes, text, p.n_captured);
		n++;
	}
	return n;
}

static void gzip_put(struct bytes *b, const uint8_t *from, size_t n)
{
	z_stream z = { .zalloc = Z_NULL };
	uint8_t *out = malloc(n + 1000);

	assert_non_null(out);
	assert_int_equal(deflateInit2(&z, 6, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY), Z_OK);
	z.next_in = (z_const Bytef *)from;
	z.avail_in = (uInt)n;
	z.next_out = out;
	z.avail_out = (uInt)n + 1000;
	assert_int_equal(deflate(&z, Z_FINISH), Z_STREAM_END);
	bytes_put(b, out, n + 1000 - z.avail_out);
	deflateEnd(&z);
	free(out);
}

static void zstd_put(struct bytes *b, const uint8_t *from, size_t n)
{
#if HAVE_ZSTD
	size_t room = ZSTD_compressBound(n), n_out;
	ZSTD_CCtx *context = ZSTD_createCCtx();
	uint8_t *out = malloc(room);

	assert_non_null(out);
	assert_non_null(context);
	ZSTD_CCtx_setParameter(context, ZSTD_c_checksumFlag, 1);
	n_out = ZSTD_compress2(context, out, room, from, n);
	assert_false(ZSTD_isError(n_out));
	bytes_put(b, out, n_out);
	ZSTD_freeCCtx(context);
	free(out);
#else
	(void)b;
	(void)from;
	(void)n;
	skip();
#endif
}

typedef void put_function(struct bytes *b, const uint8_t *from, size_t n);

static void assert_whole(const struct bytes *b, uint64_t n_uncompressed)
{
	struct capture *capture = NULL;
	struct err err = { "" };
	int r = capture_open_memory(b->at, b->n, &capture, &err);

	if (r < 0)
		fail_msg("%s", err.text);
	assert_int_equal(count(capture, &r, &err), N_PACKETS);
	if (r < 0)
		fail_msg("%s", err.text);
	assert_true(capture_position(capture) == n_uncompressed);
	assert_true(capture_file_position(capture) == b->n);
	capture_freep(&capture);
}

/* Compressed in one piece and in three (which may be cut within a packet, or empty). */
static void check_compressed(put_function *put)
{
	for (int ng = 0; ng < 2; ng++) {
		struct bytes plain = { .big = false }, z = { .big = false };

		make_capture(&plain, ng);
		assert_whole(&plain, plain.n);
		put(&z, plain.at, plain.n);
		assert_whole(&z, plain.n);
		z.n = 0;
		put(&z, plain.at, 2);
		put(&z, plain.at + 2, 400001);
		put(&z, plain.at, 0);
		put(&z, plain.at + 400003, plain.n - 400003);
		assert_whole(&z, plain.n);
		bytes_done(&z);
		bytes_done(&plain);
	}
}

static void test_gzip(void **state)
{
	(void)state;
	check_compressed(gzip_put);
}

static void test_zstd(void **state)
{
	(void)state;
	check_compressed(zstd_put);
}

/* Cut compressed data give the packets that are there and one error. */
static void check_cut(put_function *put, const char *part)
{
	struct bytes plain = { .big = false }, z = { .big = false };

	make_capture(&plain, false);
	put(&z, plain.at, plain.n);
	for (size_t i = 0; i < 3; i++) {
		size_t n = i == 0 ? z.n - 1 : i == 1 ? z.n / 2 : 9;
		struct capture *capture = NULL;
		struct err err = { "" };
		size_t n_packets = 0;
		int r = capture_open_memory(z.at, n, &capture, &err);

		if (r == 0)
			n_packets = count(capture, &r, &err);
		assert_int_equal(r, -EBADMSG);
		if (strstr(err.text, part) == NULL)
			fail_msg("'%s' is not in: %s", part, err.text);
		/* The last byte is of a length or a checksum: all is there. */
		if (i == 0)
			assert_int_equal(n_packets, N_PACKETS);
		if (i == 1)
			assert_in_range(n_packets, 1, N_PACKETS - 1);
		if (i == 2)
			assert_int_equal(n_packets, 0);
		capture_freep(&capture);
	}
	bytes_done(&z);
	bytes_done(&plain);
}

static void test_gzip_cut(void **state)
{
	(void)state;
	check_cut(gzip_put, "'memory': gzip data damaged at byte ");
}

static void test_zstd_cut(void **state)
{
	(void)state;
	check_cut(zstd_put, "'memory': zstd data damaged at byte ");
}

/* A wrong checksum, and what follows the last member: zeros are fine, anything else is not. */
static void test_gzip_end(void **state)
{
	struct bytes plain = { .big = false }, z = { .big = false };
	struct capture *capture = NULL;
	struct err err = { "" };
	int r;

	(void)state;
	make_capture(&plain, false);
	gzip_put(&z, plain.at, plain.n);
	bytes_zeros(&z, 1000);
	assert_whole(&z, plain.n);
	bytes_put(&z, "x", 1);
	assert_int_equal(capture_open_memory(z.at, z.n, &capture, &err), 0);
	assert_int_equal(count(capture, &r, &err), N_PACKETS);
	assert_int_equal(r, -EBADMSG);
	assert_non_null(strstr(err.text, "other bytes follow the compressed data"));
	capture_freep(&capture);

	z.at[z.n - 1001 - 6] ^= 1;
	assert_int_equal(capture_open_memory(z.at, z.n, &capture, &err), 0);
	assert_int_equal(count(capture, &r, &err), N_PACKETS);
	assert_int_equal(r, -EBADMSG);
	assert_non_null(strstr(err.text, "incorrect data check"));
	capture_freep(&capture);
	bytes_done(&z);
	bytes_done(&plain);
}

/* A wrong checksum at the very end comes after all packets. */
static void test_zstd_end(void **state)
{
	struct bytes plain = { .big = false }, z = { .big = false };
	struct capture *capture = NULL;
	struct err err = { "" };
	int r;

	(void)state;
	make_capture(&plain, true);
	zstd_put(&z, plain.at, plain.n);
	z.at[z.n - 1] ^= 1;
	assert_int_equal(capture_open_memory(z.at, z.n, &capture, &err), 0);
	assert_int_equal(count(capture, &r, &err), N_PACKETS);
	assert_int_equal(r, -EBADMSG);
	assert_non_null(strstr(err.text, "checksum"));
	capture_freep(&capture);
	bytes_done(&z);
	bytes_done(&plain);
}

static void test_no_capture(void **state)
{
	static const struct {
		const char *bytes;
		size_t n_bytes;
		const char *text;
	} cases[] = {
		{ "", 0, "'memory': empty; a pcap or pcapng capture was expected" },
		{ "a", 1, "'memory': not a pcap or pcapng capture: its first bytes are 61" },
		{ "\n\r\r", 3,
		  "'memory': not a pcap or pcapng capture: its first bytes are 0a 0d 0d" },
		{ "ts,duration", 11,
		  "'memory': not a pcap or pcapng capture: its first bytes are 74 73 2c 64 75 72 "
		  "61 "
		  "74" },
		{ "\xfd"
		  "7zXZ\0",
		  6, "'memory': xz data; a pcap or pcapng capture was expected" },
		{ "snoop\0\0\0", 8,
		  "'memory': a snoop capture; a pcap or pcapng capture was expected" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct capture *capture = NULL;
		struct err err = { "" };

		assert_int_equal(capture_open_memory(cases[i].bytes, cases[i].n_bytes, &capture,
						     &err),
				 -EBADMSG);
		assert_null(capture);
		assert_string_equal(err.text, cases[i].text);
	}
}

/* A file with these bytes in a new folder; removed by file_done(). */
struct place {
	char folder[64], path[80];
};

static void place_make(struct place *place, const struct bytes *b)
{
	FILE *file;

	snprintf(place->folder, sizeof(place->folder), "/tmp/test_capture.XXXXXX");
	assert_non_null(mkdtemp(place->folder));
	snprintf(place->path, sizeof(place->path), "%s/x.pcap", place->folder);
	file = fopen(place->path, "wb");
	assert_non_null(file);
	assert_int_equal(fwrite(b->at, 1, b->n, file), b->n);
	fclose(file);
}

static void place_done(struct place *place)
{
	unlink(place->path);
	rmdir(place->folder);
}

static void test_files(void **state)
{
	struct bytes b = { .big = false }, z = { .big = false };
	struct capture *capture = NULL;
	struct err err = { "" };
	struct capture_packet p;
	struct place place = { "", "" };
	char expected[200];
	int r;

	(void)state;
	make_capture(&b, false);
	place_make(&place, &b);
	assert_int_equal(capture_recognise(place.path, &err), 1);
	assert_int_equal(capture_open(place.path, &capture, &err), 0);
	assert_true(capture_file_bytes(capture) == (int64_t)b.n);
	assert_int_equal(count(capture, &r, &err), N_PACKETS);
	assert_int_equal(r, 0);
	assert_true(capture_file_position(capture) == b.n);
	capture_freep(&capture);

	assert_int_equal(truncate(place.path, 30), 0);
	assert_int_equal(capture_open(place.path, &capture, &err), 0);
	assert_int_equal(capture_next(capture, &p, &err), -EBADMSG);
	snprintf(expected, sizeof(expected), "'%s': damaged at byte 24: ", place.path);
	assert_ptr_equal(strstr(err.text, expected), err.text);
	capture_freep(&capture);
	place_done(&place);

	gzip_put(&z, b.at, b.n);
	place_make(&place, &z);
	assert_int_equal(capture_recognise(place.path, &err), 1);
	assert_int_equal(capture_open(place.path, &capture, &err), 0);
	assert_int_equal(capture_next(capture, &p, &err), 1);
	assert_true(capture_file_bytes(capture) == (int64_t)z.n);
	assert_true(capture_file_position(capture) <= z.n);
	capture_freep(&capture);
	place_done(&place);

	b.n = 0;
	gzip_put(&b, (const uint8_t *)"ts,duration\n", 12);
	place_make(&place, &b);
	assert_int_equal(capture_recognise(place.path, &err), 0);
	place_done(&place);
	bytes_done(&z);
	bytes_done(&b);
}

static void test_no_file(void **state)
{
	struct capture *capture = NULL;
	struct err err = { "" };

	(void)state;
	assert_int_equal(capture_open("/nowhere/x.pcap", &capture, &err), -ENOENT);
	assert_string_equal(err.text, "'/nowhere/x.pcap': No such file or directory");
	assert_int_equal(capture_open("/tmp", &capture, &err), -EISDIR);
	assert_string_equal(err.text, "'/tmp': a folder; a capture file was expected");
	assert_int_equal(capture_recognise("/nowhere/x.pcap", &err), -ENOENT);
	assert_int_equal(capture_recognise("-", &err), -ESPIPE);
	assert_null(capture);
}

/* Stdin as a pipe that another process fills in small, odd pieces. */
static void test_stdin(void **state)
{
	struct bytes b = { .big = false }, z = { .big = false };
	int saved = dup(STDIN_FILENO);

	(void)state;
	make_capture(&b, true);
	gzip_put(&z, b.at, b.n);
	for (int i = 0; i < 2; i++) {
		const struct bytes *from = i == 0 ? &b : &z;
		struct capture *capture = NULL;
		struct err err = { "" };
		int ends[2], r;
		pid_t child;

		assert_int_equal(pipe(ends), 0);
		child = fork();
		assert_true(child >= 0);
		if (child == 0) {
			for (size_t at = 0; at < from->n;) {
				size_t n = at < 40 ? 1 : 7001;

				if (n > from->n - at)
					n = from->n - at;
				if (write(ends[1], from->at + at, n) != (ssize_t)n)
					_exit(1);
				at += n;
			}
			_exit(0);
		}
		close(ends[1]);
		assert_int_equal(dup2(ends[0], STDIN_FILENO), STDIN_FILENO);
		close(ends[0]);
		assert_int_equal(capture_open("-", &capture, &err), 0);
		assert_true(capture_file_bytes(capture) == -1);
		assert_int_equal(count(capture, &r, &err), N_PACKETS);
		assert_int_equal(r, 0);
		capture_freep(&capture);
		assert_true(fcntl(STDIN_FILENO, F_GETFD) >= 0); /* borrowed, so still open */
	}
	dup2(saved, STDIN_FILENO);
	close(saved);
	bytes_done(&z);
	bytes_done(&b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_gzip),	   cmocka_unit_test(test_zstd),
		cmocka_unit_test(test_gzip_cut),   cmocka_unit_test(test_zstd_cut),
		cmocka_unit_test(test_gzip_end),   cmocka_unit_test(test_zstd_end),
		cmocka_unit_test(test_no_capture), cmocka_unit_test(test_files),
		cmocka_unit_test(test_no_file),	   cmocka_unit_test(test_stdin),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
