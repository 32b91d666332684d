/* SPDX-License-Identifier: Apache-2.0 */
/* The bytes of a capture as they are in the file, on stdin or in memory, before decompression. */
#ifndef SOSIE_PACKET_CAPTURE_RAW_H
#define SOSIE_PACKET_CAPTURE_RAW_H

#include "base/err.h"
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

struct capture_raw {
	char *name; /* the path, "stdin" or "memory" */
	int fd;	    /* -1: memory */
	bool close_fd;
	int64_t file_bytes; /* -1: no regular file */
	uint64_t n_read;    /* from the file, those at hand included */

	const uint8_t *memory; /* borrowed */
	size_t n_memory;       /* those not yet read */

	uint8_t *buffer;   /* NULL for memory, and until capture_raw_fill() is used */
	const uint8_t *at; /* at hand: n_left bytes; the reader moves both */
	size_t n_left;
};

/* "-" is stdin, which is borrowed. Also after a failure, capture_raw_done() frees what there is. */
int capture_raw_open(struct capture_raw *raw, const char *path, struct err *err);
int capture_raw_open_memory(struct capture_raw *raw, const void *bytes, size_t n_bytes,
			    struct err *err);
void capture_raw_done(struct capture_raw *raw);

/* One read(2) of up to n_bytes; 0: the end; -errno. Not for those at hand. */
ssize_t capture_raw_read(struct capture_raw *raw, void *ret_bytes, size_t n_bytes, struct err *err);
/* Bytes at hand, read if there are none, at most 1 MiB: how many; 0: the end; -errno. */
ssize_t capture_raw_fill(struct capture_raw *raw, struct err *err);

#endif
