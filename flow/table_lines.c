/* SPDX-License-Identifier: Apache-2.0 */
#include "flow/table_lines.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <zlib.h>

#include "base/mem.h"
#include "config.h"

#if HAVE_ZSTD
#include <zstd.h>
#else
typedef void ZSTD_DStream;
#endif

enum { RAW_BYTES = 64 << 10, TEXT_BYTES = 256 << 10 };

enum packing { PLAIN, GZIP, ZSTD };

struct line_reader {
	char *name;
	int fd; /* -1: memory */
	const uint8_t *memory;
	size_t n_memory;

	uint8_t *raw; /* as on disk */
	size_t raw_at, raw_end;
	bool raw_ended;

	enum packing packing;
	bool started; /* packing is known */
	bool whole;   /* the packed stream is at the end of a member or frame */
	z_stream inflate;
	ZSTD_DStream *zstd;

	char *text; /* as read */
	size_t text_at, text_end, text_capacity;
	bool text_ended;
	uint64_t n_lines;
};

static int reader_new(const char *name, struct line_reader **ret_reader, struct err *err)
{
	CLEANUP(line_reader_freep) struct line_reader *reader = calloc(1, sizeof(*reader));

	if (reader == NULL)
		return err_no_memory(err);
	reader->fd = -1;
	reader->name = strdup(name);
	reader->raw = malloc(RAW_BYTES);
	reader->text_capacity = TEXT_BYTES;
	reader->text = malloc(reader->text_capacity + 1);
	if (reader->name == NULL || reader->raw == NULL || reader->text == NULL)
		return err_no_memory(err);
	*ret_reader = take(&reader);
	return 0;
}

int line_reader_open(const char *path, struct line_reader **ret_reader, struct err *err)
{
	bool is_stdin = strcmp(path, "-") == 0;
	struct line_reader *reader;
	int r;

	r = reader_new(is_stdin ? "stdin" : path, &reader, err);
	if (r < 0)
		return r;
	reader->fd = is_stdin ? dup(STDIN_FILENO) : open(path, O_RDONLY | O_CLOEXEC);
	if (reader->fd < 0) {
		r = -errno;
		line_reader_freep(&reader);
		return err_set(err, r, "opening '%s': %s", path, strerror(-r));
	}
	*ret_reader = reader;
	return 0;
}

int line_reader_memory(const char *name, const void *bytes, size_t n_bytes,
		       struct line_reader **ret_reader, struct err *err)
{
	int r = reader_new(name, ret_reader, err);

	if (r < 0)
		return r;
	(*ret_reader)->memory = bytes;
	(*ret_reader)->n_memory = n_bytes;
	return 0;
}

void line_reader_freep(struct line_reader **reader)
{
	if (*reader == NULL)
		return;
	if ((*reader)->fd >= 0)
		close((*reader)->fd);
	if ((*reader)->packing == GZIP)
		inflateEnd(&(*reader)->inflate);
#if HAVE_ZSTD
	ZSTD_freeDStream((*reader)->zstd);
#endif
	free((*reader)->name);
	free((*reader)->raw);
	free((*reader)->text);
	free(*reader);
	*reader = NULL;
}

uint64_t line_number(const struct line_reader *reader)
{
	return reader->n_lines;
}

const char *line_reader_name(const struct line_reader *reader)
{
	return reader->name;
}

/* Bytes from the file or memory; 0 at the end. */
static ssize_t raw_read(struct line_reader *reader, uint8_t *to, size_t room)
{
	ssize_t n;

	if (reader->fd < 0) {
		if (room > reader->n_memory)
			room = reader->n_memory;
		if (room > 0)
			memcpy(to, reader->memory, room);
		reader->memory += room;
		reader->n_memory -= room;
		return (ssize_t)room;
	}
	do {
		n = read(reader->fd, to, room);
	} while (n < 0 && errno == EINTR);
	return n < 0 ? -errno : n;
}

/* Makes at least one raw byte available unless the end is there. */
static int raw_fill(struct line_reader *reader, struct err *err)
{
	ssize_t n;

	if (reader->raw_at < reader->raw_end || reader->raw_ended)
		return 0;
	reader->raw_at = reader->raw_end = 0;
	n = raw_read(reader, reader->raw, RAW_BYTES);
	if (n < 0)
		return err_set(err, (int)n, "reading '%s': %s", reader->name, strerror((int)-n));
	reader->raw_end = (size_t)n;
	reader->raw_ended = n == 0;
	return 0;
}

/* Looks at the first bytes. */
static int packing_start(struct line_reader *reader, struct err *err)
{
	static const uint8_t zstd_magic[4] = { 0x28, 0xb5, 0x2f, 0xfd };
	ssize_t n;

	while (reader->raw_end < sizeof(zstd_magic)) {
		n = raw_read(reader, reader->raw + reader->raw_end, RAW_BYTES - reader->raw_end);
		if (n < 0)
			return err_set(err, (int)n, "reading '%s': %s", reader->name,
				       strerror((int)-n));
		if (n == 0)
			break;
		reader->raw_end += (size_t)n;
	}
	reader->started = true;
	reader->whole = true;
	if (reader->raw_end >= 2 && reader->raw[0] == 0x1f && reader->raw[1] == 0x8b) {
		if (inflateInit2(&reader->inflate, 15 + 16) != Z_OK)
			return err_no_memory(err);
		reader->packing = GZIP;
	} else if (reader->raw_end >= 4 && memcmp(reader->raw, zstd_magic, 4) == 0) {
#if HAVE_ZSTD
		reader->zstd = ZSTD_createDStream();
		if (reader->zstd == NULL)
			return err_no_memory(err);
		reader->packing = ZSTD;
#else
		return err_set(err, -ENOTSUP, "'%s' is zstd; this build reads plain and gzip only",
			       reader->name);
#endif
	}
	return 0;
}

static int damaged(const struct line_reader *reader, const char *what, struct err *err)
{
	return err_set(err, -EBADMSG, "'%s': damaged %s data after line %llu", reader->name, what,
		       (unsigned long long)reader->n_lines);
}

/* Unpacks raw bytes to `to`; concatenated members are one text. */
static int gzip_unpack(struct line_reader *reader, char *to, size_t room, size_t *ret_n,
		       struct err *err)
{
	z_stream *z = &reader->inflate;
	int r;

	if (reader->whole)
		inflateReset(z);
	z->next_in = reader->raw + reader->raw_at;
	z->avail_in = (uInt)(reader->raw_end - reader->raw_at);
	z->next_out = (Bytef *)to;
	z->avail_out = (uInt)room;
	r = inflate(z, Z_NO_FLUSH);
	reader->raw_at = reader->raw_end - z->avail_in;
	*ret_n = room - z->avail_out;
	reader->whole = r == Z_STREAM_END;
	return r == Z_OK || r == Z_STREAM_END || r == Z_BUF_ERROR ? 0
								  : damaged(reader, "gzip", err);
}

static int zstd_unpack(struct line_reader *reader, char *to, size_t room, size_t *ret_n,
		       struct err *err)
{
#if HAVE_ZSTD
	ZSTD_inBuffer in = { reader->raw, reader->raw_end, reader->raw_at };
	ZSTD_outBuffer out = { to, room, 0 };
	size_t r = ZSTD_decompressStream(reader->zstd, &out, &in);

	if (ZSTD_isError(r))
		return damaged(reader, "zstd", err);
	reader->raw_at = in.pos;
	reader->whole = r == 0;
	*ret_n = out.pos;
	return 0;
#else
	(void)to;
	(void)room;
	(void)ret_n;
	return damaged(reader, "zstd", err);
#endif
}

/* At least one byte of text to `to`, or *ret_n = 0 at the end. */
static int text_read(struct line_reader *reader, char *to, size_t room, size_t *ret_n,
		     struct err *err)
{
	int r = 0;

	if (!reader->started)
		r = packing_start(reader, err);
	for (*ret_n = 0; r == 0 && *ret_n == 0;) {
		r = raw_fill(reader, err);
		if (r < 0)
			return r;
		if (reader->raw_at == reader->raw_end) {
			/* A packed stream may still hold back text it has taken in. */
			if (reader->packing == ZSTD && !reader->whole)
				r = zstd_unpack(reader, to, room, ret_n, err);
			if (r == 0 && *ret_n == 0 && !reader->whole)
				return err_set(err, -EBADMSG, "'%s' is cut off after line %llu",
					       reader->name, (unsigned long long)reader->n_lines);
			return r;
		}
		if (reader->packing == GZIP) {
			r = gzip_unpack(reader, to, room, ret_n, err);
		} else if (reader->packing == ZSTD) {
			r = zstd_unpack(reader, to, room, ret_n, err);
		} else {
			*ret_n = reader->raw_end - reader->raw_at;
			if (*ret_n > room)
				*ret_n = room;
			memcpy(to, reader->raw + reader->raw_at, *ret_n);
			reader->raw_at += *ret_n;
		}
	}
	return r;
}

/* More text behind what there is; moves the rest to the front first, grows for a long line. */
static int text_fill(struct line_reader *reader, struct err *err)
{
	size_t n;
	int r;

	memmove(reader->text, reader->text + reader->text_at, reader->text_end - reader->text_at);
	reader->text_end -= reader->text_at;
	reader->text_at = 0;
	if (reader->text_end == reader->text_capacity) {
		size_t capacity = reader->text_capacity * 2;
		char *text;

		if (reader->text_end > LINE_LIMIT_BYTES)
			return err_set(err, -E2BIG, "%s:%llu: the line is longer than %d bytes",
				       reader->name, (unsigned long long)reader->n_lines + 1,
				       LINE_LIMIT_BYTES);
		text = realloc(reader->text, capacity + 1);
		if (text == NULL)
			return err_no_memory(err);
		reader->text = text;
		reader->text_capacity = capacity;
	}
	r = text_read(reader, reader->text + reader->text_end,
		      reader->text_capacity - reader->text_end, &n, err);
	if (r < 0)
		return r;
	reader->text_end += n;
	reader->text_ended = n == 0;
	return 0;
}

int line_next(struct line_reader *reader, char **ret_line, size_t *ret_n, struct err *err)
{
	size_t seen = 0, n;
	char *line, *end;
	int r;

	for (;;) {
		line = reader->text + reader->text_at;
		n = reader->text_end - reader->text_at;
		end = n > seen ? memchr(line + seen, '\n', n - seen) : NULL;
		if (end != NULL || reader->text_ended)
			break;
		seen = n;
		r = text_fill(reader, err);
		if (r < 0)
			return r;
	}
	if (end == NULL && n == 0)
		return 0;
	if (end != NULL)
		n = (size_t)(end - line);
	reader->text_at += n + (end != NULL);
	if (n > 0 && line[n - 1] == '\r')
		n--;
	line[n] = '\0';
	reader->n_lines++;
	*ret_line = line;
	*ret_n = n;
	return 1;
}
