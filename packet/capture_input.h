/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The bytes of a capture, wherever they are: a file, stdin or memory; plain, gzip (also several
 * members, RFC 1952) or zstd (RFC 8878). Memory stays constant whatever the file expands to.
 */
#ifndef SOSIE_PACKET_CAPTURE_INPUT_H
#define SOSIE_PACKET_CAPTURE_INPUT_H

#include "base/err.h"
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

enum { CAPTURE_INPUT_PEEK_BYTES = 32 };

struct capture_input;

/* "-" is stdin. Errors name the path. */
int capture_input_open(const char *path, struct capture_input **ret_input, struct err *err);
/* Borrows the bytes until the input is freed. */
int capture_input_open_memory(const void *bytes, size_t n_bytes, struct capture_input **ret_input,
			      struct err *err);
void capture_input_freep(struct capture_input **input);

/* Up to n_bytes (> 0) uncompressed bytes; 0: the end; -errno: sentence with the name and offset. */
ssize_t capture_input_read(struct capture_input *input, void *ret_bytes, size_t n_bytes,
			   struct err *err);
/* The first uncompressed bytes, unconsumed: CAPTURE_INPUT_PEEK_BYTES, or all if there are fewer. */
size_t capture_input_peek(const struct capture_input *input, const uint8_t **ret_bytes);

const char *capture_input_name(const struct capture_input *input);	 /* the path; "memory" */
int64_t capture_input_file_bytes(const struct capture_input *input);	 /* -1: no regular file */
uint64_t capture_input_file_position(const struct capture_input *input); /* compressed, consumed */

#endif
