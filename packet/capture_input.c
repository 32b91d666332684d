/* SPDX-License-Identifier: Apache-2.0 */
#include "packet/capture_input.h"

#include <errno.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#include "config.h"
#if HAVE_ZSTD
#include <zstd.h>
#endif

#include "base/bytes.h"
#include "base/mem.h"
#include "packet/capture_raw.h"

enum {
	GZIP_STEP_BYTES = 1 << 20, /* zlib counts in unsigned int */
	ZSTD_FIRST_BYTES = 5,	   /* of a frame, to know how long its header is */
};

enum input_coding { INPUT_PLAIN, INPUT_GZIP, INPUT_ZSTD };

struct capture_input {
	struct capture_raw raw;
	enum input_coding coding;
	bool within;  /* a gzip member or zstd frame, so the end here is a truncation */
	bool padding; /* zeros after the last gzip member */
	z_stream gzip;
	bool gzip_ready;
#if HAVE_ZSTD
	ZSTD_DStream *zstd;
	size_t zstd_hint; /* bytes it wants next */
#endif

	uint8_t head[CAPTURE_INPUT_PEEK_BYTES];	  /* of the file, as it is */
	uint8_t peeked[CAPTURE_INPUT_PEEK_BYTES]; /* uncompressed */
	size_t n_peeked, i_peeked;
};

static int damaged(const struct capture_input *input, const char *coding, const char *what,
		   struct err *err)
{
	return err_set(err, -EBADMSG, "'%s': %s data damaged at byte %" PRIu64 " of the file: %s",
		       input->raw.name, coding, capture_input_file_position(input), what);
}

/* Between two gzip members: 1 another member follows, 0 the end, -errno. */
static int gzip_between(struct capture_input *input, struct err *err)
{
	for (;;) {
		ssize_t n = capture_raw_fill(&input->raw, err);

		if (n <= 0)
			return (int)n;
		if (*input->raw.at != 0)
			break;
		/* Tapes and block devices leave zeros behind the last member, as gzip(1) allows. */
		input->padding = true;
		input->raw.at++;
		input->raw.n_left--;
	}
	if (input->padding || *input->raw.at != 0x1f)
		return damaged(input, "gzip", "other bytes follow the compressed data", err);
	if (inflateReset(&input->gzip) != Z_OK)
		return err_no_memory(err);
	input->within = true;
	return 1;
}

static ssize_t gzip_read(struct capture_input *input, void *ret_bytes, size_t n_bytes,
			 struct err *err)
{
	z_stream *z = &input->gzip;
	uInt room = n_bytes < GZIP_STEP_BYTES ? (uInt)n_bytes : GZIP_STEP_BYTES;
	int r;

	z->next_out = ret_bytes;
	z->avail_out = room;
	while (z->avail_out == room) {
		ssize_t n;

		if (!input->within) {
			r = gzip_between(input, err);
			if (r <= 0)
				return r;
		}
		n = capture_raw_fill(&input->raw, err);
		if (n < 0)
			return n;
		z->next_in = (z_const Bytef *)input->raw.at;
		z->avail_in = (uInt)n;
		r = inflate(z, Z_NO_FLUSH);
		input->raw.at += (size_t)n - z->avail_in;
		input->raw.n_left = z->avail_in;
		if (r == Z_STREAM_END)
			input->within = false;
		else if (z->avail_out < room)
			break; /* an error comes again once these bytes are delivered */
		else if (r == Z_MEM_ERROR)
			return err_no_memory(err);
		else if (r != Z_OK && r != Z_BUF_ERROR)
			return damaged(input, "gzip",
				       z->msg != NULL ? z->msg : "it needs a dictionary", err);
		else if (n == 0)
			return damaged(input, "gzip", "it ends too early", err);
	}
	return (ssize_t)(room - z->avail_out);
}

#if HAVE_ZSTD
static ssize_t zstd_read(struct capture_input *input, void *ret_bytes, size_t n_bytes,
			 struct err *err)
{
	ZSTD_outBuffer out = { ret_bytes, n_bytes, 0 };

	while (out.pos == 0) {
		ssize_t n = capture_raw_fill(&input->raw, err);
		ZSTD_inBuffer in;
		size_t hint;

		if (n < 0)
			return n;
		/*
		 * No more than the decoder asks for, one block: with an error it forgets what it
		 * has written in the same call. Without input it may still hold output.
		 */
		in = (ZSTD_inBuffer) { input->raw.at, (size_t)n, 0 };
		if (in.size > input->zstd_hint)
			in.size = input->zstd_hint;
		if (n == 0 && !input->within)
			return 0;
		hint = ZSTD_decompressStream(input->zstd, &out, &in);
		if (ZSTD_isError(hint))
			return damaged(input, "zstd", ZSTD_getErrorName(hint), err);
		input->raw.at += in.pos;
		input->raw.n_left -= in.pos;
		input->within = hint != 0;
		input->zstd_hint = hint != 0 ? hint : ZSTD_FIRST_BYTES;
		if (n == 0 && out.pos == 0)
			return damaged(input, "zstd", "it ends too early", err);
	}
	return (ssize_t)out.pos;
}

static int zstd_start(struct capture_input *input, struct err *err)
{
	input->zstd = ZSTD_createDStream();
	if (input->zstd == NULL)
		return err_no_memory(err);
	input->zstd_hint = ZSTD_FIRST_BYTES;
	return 0;
}
#else
static ssize_t zstd_read(struct capture_input *input, void *ret_bytes, size_t n_bytes,
			 struct err *err)
{
	(void)ret_bytes;
	(void)n_bytes;
	return damaged(input, "zstd", "this program was built without libzstd", err);
}

static int zstd_start(struct capture_input *input, struct err *err)
{
	return err_set(err, -EPROTONOSUPPORT,
		       "'%s': compressed with zstd, and this program was built without libzstd",
		       input->raw.name);
}
#endif

static int gzip_start(struct capture_input *input, struct err *err)
{
	if (inflateInit2(&input->gzip, 15 + 16) != Z_OK)
		return err_no_memory(err);
	input->gzip_ready = true;
	input->within = true;
	return 0;
}

static ssize_t decoded_read(struct capture_input *input, void *ret_bytes, size_t n_bytes,
			    struct err *err)
{
	switch (input->coding) {
	case INPUT_GZIP:
		return gzip_read(input, ret_bytes, n_bytes, err);
	case INPUT_ZSTD:
		return zstd_read(input, ret_bytes, n_bytes, err);
	case INPUT_PLAIN:
		break;
	}
	return capture_raw_read(&input->raw, ret_bytes, n_bytes, err);
}

ssize_t capture_input_read(struct capture_input *input, void *ret_bytes, size_t n_bytes,
			   struct err *err)
{
	if (input->i_peeked < input->n_peeked) {
		size_t n = input->n_peeked - input->i_peeked;

		if (n > n_bytes)
			n = n_bytes;
		memcpy(ret_bytes, input->peeked + input->i_peeked, n);
		input->i_peeked += n;
		return (ssize_t)n;
	}
	return decoded_read(input, ret_bytes, n_bytes, err);
}

/* Reads until n_bytes or the end. */
static ssize_t read_full(struct capture_input *input, uint8_t *ret_bytes, size_t n_bytes,
			 struct err *err)
{
	size_t n = 0;

	while (n < n_bytes) {
		ssize_t r = decoded_read(input, ret_bytes + n, n_bytes - n, err);

		if (r < 0)
			return r;
		if (r == 0)
			break;
		n += (size_t)r;
	}
	return (ssize_t)n;
}

size_t capture_input_peek(const struct capture_input *input, const uint8_t **ret_bytes)
{
	*ret_bytes = input->peeked;
	return input->n_peeked;
}

/* Finds the coding by its magic number (RFC 1952, 2.3.1; RFC 8878, 3.1.1 and 3.1.2). */
static enum input_coding coding_of(const uint8_t *bytes, size_t n_bytes)
{
	if (n_bytes >= 2 && bytes[0] == 0x1f && bytes[1] == 0x8b)
		return INPUT_GZIP;
	if (n_bytes >= 4 &&
	    (le32_get(bytes) == 0xfd2fb528 || (le32_get(bytes) & 0xfffffff0) == 0x184d2a50))
		return INPUT_ZSTD;
	return INPUT_PLAIN;
}

static int input_start(struct capture_input *input, struct err *err)
{
	/* Still INPUT_PLAIN: the bytes as they are. */
	ssize_t n = read_full(input, input->head, sizeof(input->head), err);
	int r;

	if (n < 0)
		return (int)n;
	input->coding = coding_of(input->head, (size_t)n);
	if (input->coding == INPUT_PLAIN) {
		memcpy(input->peeked, input->head, (size_t)n);
		input->n_peeked = (size_t)n;
		return 0;
	}
	input->raw.at = input->head;
	input->raw.n_left = (size_t)n;
	r = input->coding == INPUT_GZIP ? gzip_start(input, err) : zstd_start(input, err);
	if (r < 0)
		return r;
	n = read_full(input, input->peeked, sizeof(input->peeked), err);
	if (n < 0)
		return (int)n;
	input->n_peeked = (size_t)n;
	return 0;
}

int capture_input_open(const char *path, struct capture_input **ret_input, struct err *err)
{
	CLEANUP(capture_input_freep) struct capture_input *input = calloc(1, sizeof(*input));
	int r;

	if (input == NULL)
		return err_no_memory(err);
	r = capture_raw_open(&input->raw, path, err);
	if (r == 0)
		r = input_start(input, err);
	if (r < 0)
		return r;
	*ret_input = take(&input);
	return 0;
}

int capture_input_open_memory(const void *bytes, size_t n_bytes, struct capture_input **ret_input,
			      struct err *err)
{
	CLEANUP(capture_input_freep) struct capture_input *input = calloc(1, sizeof(*input));
	int r;

	if (input == NULL)
		return err_no_memory(err);
	r = capture_raw_open_memory(&input->raw, bytes, n_bytes, err);
	if (r == 0)
		r = input_start(input, err);
	if (r < 0)
		return r;
	*ret_input = take(&input);
	return 0;
}

void capture_input_freep(struct capture_input **input)
{
	struct capture_input *in = take(input);

	if (in == NULL)
		return;
	if (in->gzip_ready)
		inflateEnd(&in->gzip);
#if HAVE_ZSTD
	ZSTD_freeDStream(in->zstd);
#endif
	capture_raw_done(&in->raw);
	free(in);
}

const char *capture_input_name(const struct capture_input *input)
{
	return input->raw.name;
}

int64_t capture_input_file_bytes(const struct capture_input *input)
{
	return input->raw.file_bytes;
}

uint64_t capture_input_file_position(const struct capture_input *input)
{
	return input->raw.n_read - input->raw.n_left;
}
