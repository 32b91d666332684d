/* SPDX-License-Identifier: Apache-2.0 */
/* Another program as a function from text to text, through pipes: no shell, no temporary files. */
#ifndef SOSIE_GEN_REPORT_CHILD_H
#define SOSIE_GEN_REPORT_CHILD_H

#include <stdatomic.h>
#include <stddef.h>

#include "base/err.h"

enum { CHILD_LIMIT_BYTES = 64 << 20, CHILD_LIMIT_SECONDS = 300 };

struct child {
	const char *const *argv; /* argv[0] is looked up in PATH; NULL after the last */
	const char *package;	 /* that has the program, for the message when it is missing */
	const atomic_bool *interrupted; /* may be NULL */
};

/*
 * Writes input to the program's stdin and reads its stdout into *ret_text, NUL-terminated, which
 * the caller frees. Errors: -ENOENT names the package; -EIO the exit status and the first line of
 * stderr; -EINTR; -EFBIG above CHILD_LIMIT_BYTES; -ETIMEDOUT. No child is left behind.
 */
int child_run(const struct child *child, const char *input, size_t n_input, char **ret_text,
	      size_t *ret_n, struct err *err);

#endif
