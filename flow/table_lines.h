/* SPDX-License-Identifier: Apache-2.0 */
/* Lines of a text that may be gzip or zstd, from a file, stdin or memory. */
#ifndef SOSIE_FLOW_TABLE_LINES_H
#define SOSIE_FLOW_TABLE_LINES_H

#include "base/err.h"
#include <stddef.h>
#include <stdint.h>

enum { LINE_LIMIT_BYTES = 1 << 20 };

struct line_reader;

/* "-" is stdin. */
int line_reader_open(const char *path, struct line_reader **ret_reader, struct err *err);
/* Borrows bytes. */
int line_reader_memory(const char *name, const void *bytes, size_t n_bytes,
		       struct line_reader **ret_reader, struct err *err);
void line_reader_freep(struct line_reader **reader);

/*
 * 1: a line without its end (\n or \r\n), NUL-terminated (a NUL inside is possible: n tells), the
 * caller's to change until the next call. 0: the end. -errno: unreadable, damaged, or a line beyond
 * the limit.
 */
int line_next(struct line_reader *reader, char **ret_line, size_t *ret_n, struct err *err);

/* The number of the line returned last, from 1. */
uint64_t line_number(const struct line_reader *reader);
const char *line_reader_name(const struct line_reader *reader);

#endif
