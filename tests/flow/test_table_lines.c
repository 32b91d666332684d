/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#include "config.h"
#include "flow/table_lines.h"

#if HAVE_ZSTD
#include <zstd.h>
#endif

enum { N_TEXT = 3 << 20, N_PACKED = 4 << 20 };

/* Lines of all lengths up to 70,000, beyond the buffers' sizes. */
static void make_text(char *text)
{
	size_t at = 0, n_line = 0;

	while (at < N_TEXT) {
		for (size_t i = 0; i < n_line && at < N_TEXT - 1; i++)
			text[at++] = (char)('a' + (i * 7 + n_line) % 26);
		text[at++] = '\n';
		n_line = n_line * 3 / 2 + 1;
		if (n_line > 70000)
			n_line = 0;
	}
}

static void assert_reads(const void *bytes, size_t n, const char *text)
{
	struct line_reader *reader = NULL;
	struct err err = { "" };
	uint64_t n_lines = 0;
	size_t at = 0, n_line;
	char *line;
	int r;

	assert_int_equal(line_reader_memory("made", bytes, n, &reader, &err), 0);
	while ((r = line_next(reader, &line, &n_line, &err)) == 1) {
		assert_int_equal(line_number(reader), ++n_lines);
		assert_true(at + n_line < N_TEXT);
		assert_memory_equal(line, text + at, n_line);
		assert_int_equal(line[n_line], '\0');
		at += n_line + 1;
		assert_int_equal(text[at - 1], '\n');
	}
	if (r < 0)
		fail_msg("%s", err.text);
	assert_int_equal(at, N_TEXT);
	line_reader_freep(&reader);
}

static size_t gzip(const char *text, size_t n, uint8_t *to, size_t room)
{
	z_stream z = { .next_in = (Bytef *)(uintptr_t)text, .avail_in = (uInt)n };

	assert_int_equal(deflateInit2(&z, 6, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY), Z_OK);
	z.next_out = to;
	z.avail_out = (uInt)room;
	assert_int_equal(deflate(&z, Z_FINISH), Z_STREAM_END);
	deflateEnd(&z);
	return room - z.avail_out;
}

static void packings(void **state)
{
	char *text = malloc(N_TEXT);
	uint8_t *packed = malloc(N_PACKED);
	size_t n;

	(void)state;
	make_text(text);
	assert_reads(text, N_TEXT, text);
	/* Two members are one text. */
	n = gzip(text, N_TEXT / 3, packed, N_PACKED);
	n += gzip(text + N_TEXT / 3, N_TEXT - N_TEXT / 3, packed + n, N_PACKED - n);
	assert_reads(packed, n, text);
#if HAVE_ZSTD
	n = ZSTD_compress(packed, N_PACKED, text, N_TEXT / 2, 3);
	n += ZSTD_compress(packed + n, N_PACKED - n, text + N_TEXT / 2, N_TEXT - N_TEXT / 2, 3);
	assert_reads(packed, n, text);
#endif
	free(text);
	free(packed);
}

/* Reads to the end or an error; returns which and checks the sentence. */
static int drain(const void *bytes, size_t n, const char *expected)
{
	struct line_reader *reader = NULL;
	struct err err = { "" };
	size_t n_line;
	char *line;
	int r;

	assert_int_equal(line_reader_memory("made", bytes, n, &reader, &err), 0);
	while ((r = line_next(reader, &line, &n_line, &err)) == 1)
		;
	if (expected != NULL && strstr(err.text, expected) == NULL)
		fail_msg("'%s' does not say '%s'", err.text, expected);
	line_reader_freep(&reader);
	return r;
}

static void damage(void **state)
{
	char *text = malloc(N_TEXT);
	uint8_t *packed = malloc(N_PACKED);
	size_t n;

	(void)state;
	make_text(text);
	n = gzip(text, N_TEXT, packed, N_PACKED);
	assert_int_equal(drain(packed, n / 2, "'made' is cut off after line"), -EBADMSG);
	memset(packed + n / 2, 0xff, 64);
	assert_int_equal(drain(packed, n, "damaged gzip data after line"), -EBADMSG);
#if HAVE_ZSTD
	n = ZSTD_compress(packed, N_PACKED, text, N_TEXT, 3);
	assert_int_equal(drain(packed, n / 2, "is cut off after line"), -EBADMSG);
	memset(packed + n / 2, 0xff, 64);
	assert_int_equal(drain(packed, n, "zstd data after line"), -EBADMSG);
#endif
	memset(text, 'x', N_TEXT);
	assert_int_equal(drain(text, N_TEXT, "made:1: the line is longer than 1048576 bytes"),
			 -E2BIG);
	assert_int_equal(drain(text, 0, NULL), 0);
	assert_int_equal(drain(text, 1, NULL), 0);
	free(text);
	free(packed);
}

static void missing_file(void **state)
{
	struct line_reader *reader = NULL;
	struct err err = { "" };

	(void)state;
	assert_int_equal(line_reader_open("/no/such/file", &reader, &err), -ENOENT);
	assert_non_null(strstr(err.text, "/no/such/file"));
	assert_null(reader);
	line_reader_freep(&reader);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(packings),
		cmocka_unit_test(damage),
		cmocka_unit_test(missing_file),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
