/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Output files that appear whole or not at all: written under a temporary name beside the target,
 * renamed on commit, removed otherwise. "-" is stdout; a device or a pipe is written in place.
 */
#ifndef SOSIE_BASE_FILE_H
#define SOSIE_BASE_FILE_H

#include "base/err.h"
#include <stdbool.h>
#include <stddef.h>

struct out_file {
	int fd;	    /* for writing; -1 when closed */
	char *path; /* final name */
	char *temp; /* NULL when written in place */
};

int out_file_open(struct out_file *file, const char *path, struct err *err);
int out_file_commit(struct out_file *file, struct err *err); /* closes; renames */
void out_file_abort(
	struct out_file *file); /* closes; removes what is unfinished; fine after commit */

/* write(2) until all is out. */
int fd_write_all(int fd, const void *bytes, size_t n_bytes);

/* The whole file as a NUL-terminated text the caller frees; at most limit_bytes, else -EFBIG. */
int file_read(const char *path, size_t limit_bytes, char **ret_text, size_t *ret_n,
	      struct err *err);

#endif
