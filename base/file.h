/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Output files that appear whole or not at all: written without a name in the target's directory,
 * so that even a kill leaves nothing, and named on commit. Where the file system has no such files
 * (NFS), under a temporary name that is renamed on commit and removed otherwise. "-" is stdout; a
 * device or a pipe is written in place.
 */
#ifndef SOSIE_BASE_FILE_H
#define SOSIE_BASE_FILE_H

#include "base/err.h"
#include <stdbool.h>
#include <stddef.h>

struct out_file {
	int fd;		  /* for writing; -1 when closed */
	char *path;	  /* final name */
	char *temp;	  /* NULL when written in place, and while it has no name */
	char unnamed[32]; /* what to name it by; "": it has one */
};

/*
 * A link is written through. The mode is 0666 less the umask. Nothing is synced to the disk: a
 * capture that a power cut took can be made again.
 */
int out_file_open(struct out_file *file, const char *path, struct err *err);
/* write(2) until all is out; the sentence names the file ("writing 'x.pcap': No space left ...").
 */
int out_file_write(struct out_file *file, const void *bytes, size_t n_bytes, struct err *err);
/* Closes and renames; after a failure nothing is left behind but what stood there before. */
int out_file_commit(struct out_file *file, struct err *err);
void out_file_abort(
	struct out_file *file); /* closes; removes what is unfinished; fine after commit */

/* write(2) until all is out. Returns 0 or -errno; waits where a pipe would not block. */
int fd_write_all(int fd, const void *bytes, size_t n_bytes);

/* The whole file as a NUL-terminated text the caller frees; at most limit_bytes, else -EFBIG. */
int file_read(const char *path, size_t limit_bytes, char **ret_text, size_t *ret_n,
	      struct err *err);

#endif
