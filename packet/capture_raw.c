/* SPDX-License-Identifier: Apache-2.0 */
#include "packet/capture_raw.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
	RAW_BUFFER_BYTES = 128 * 1024,
	RAW_MEMORY_BYTES = 1 << 20, /* at hand at once: decoders count in unsigned int */
};

static int raw_init(struct capture_raw *raw, const char *name, struct err *err)
{
	*raw = (struct capture_raw) { .fd = -1, .file_bytes = -1 };
	raw->name = strdup(name);
	return raw->name != NULL ? 0 : err_no_memory(err);
}

int capture_raw_open(struct capture_raw *raw, const char *path, struct err *err)
{
	bool is_stdin = strcmp(path, "-") == 0;
	struct stat st;
	int r = raw_init(raw, is_stdin ? "stdin" : path, err);

	if (r < 0)
		return r;
	raw->fd = is_stdin ? STDIN_FILENO : open(path, O_RDONLY | O_CLOEXEC);
	raw->close_fd = !is_stdin;
	if (raw->fd < 0 || fstat(raw->fd, &st) < 0) {
		r = -errno;
		return err_set(err, r, "'%s': %s", raw->name, strerror(-r));
	}
	if (S_ISDIR(st.st_mode))
		return err_set(err, -EISDIR, "'%s': a folder; a capture file was expected", path);
	if (S_ISREG(st.st_mode)) {
		raw->file_bytes = st.st_size;
		/* Advice only: its failure changes nothing. */
		posix_fadvise(raw->fd, 0, 0, POSIX_FADV_SEQUENTIAL);
	}
	return 0;
}

int capture_raw_open_memory(struct capture_raw *raw, const void *bytes, size_t n_bytes,
			    struct err *err)
{
	int r = raw_init(raw, "memory", err);

	raw->memory = bytes;
	raw->n_memory = n_bytes;
	return r;
}

void capture_raw_done(struct capture_raw *raw)
{
	if (raw->close_fd && raw->fd >= 0)
		close(raw->fd);
	free(raw->buffer);
	free(raw->name);
	*raw = (struct capture_raw) { .fd = -1 };
}

/* Takes up to n_bytes of the memory: where they are. */
static const uint8_t *memory_take(struct capture_raw *raw, size_t n_limit, size_t *ret_n)
{
	const uint8_t *at = raw->memory;
	size_t n = raw->n_memory < n_limit ? raw->n_memory : n_limit;

	if (n > 0)
		raw->memory += n;
	raw->n_memory -= n;
	raw->n_read += n;
	*ret_n = n;
	return at;
}

ssize_t capture_raw_read(struct capture_raw *raw, void *ret_bytes, size_t n_bytes, struct err *err)
{
	ssize_t n;

	if (raw->fd < 0) {
		const uint8_t *from = memory_take(raw, n_bytes, &n_bytes);

		if (n_bytes > 0)
			memcpy(ret_bytes, from, n_bytes);
		return (ssize_t)n_bytes;
	}
	/* -EINTR too is the caller's: only a handler that means to stop us makes read(2) say so,
	 * and a pipe whose other end is silent would hold us for ever. */
	n = read(raw->fd, ret_bytes, n_bytes);
	if (n < 0) {
		n = -errno;
		return err_set(err, (int)n, "'%s': reading at byte %" PRIu64 ": %s", raw->name,
			       raw->n_read, strerror((int)-n));
	}
	raw->n_read += (uint64_t)n;
	return n;
}

ssize_t capture_raw_fill(struct capture_raw *raw, struct err *err)
{
	ssize_t n;

	if (raw->n_left > 0)
		return (ssize_t)raw->n_left;
	if (raw->fd < 0) {
		raw->at = memory_take(raw, RAW_MEMORY_BYTES, &raw->n_left);
		return (ssize_t)raw->n_left;
	}
	if (raw->buffer == NULL) {
		raw->buffer = malloc(RAW_BUFFER_BYTES);
		if (raw->buffer == NULL)
			return err_no_memory(err);
	}
	n = capture_raw_read(raw, raw->buffer, RAW_BUFFER_BYTES, err);
	if (n < 0)
		return n;
	raw->at = raw->buffer;
	raw->n_left = (size_t)n;
	return n;
}
