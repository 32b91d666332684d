/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Errors: a negative errno for the program, a sentence for the person.
 *
 * A function that can fail returns 0 (or a count) or -errno and takes a `struct err *` last.
 * Libraries write the sentence and return; only gen/ prints it, once. A sentence says what, where
 * and what was expected: "office.conf:12: weight: -5 is below 0".
 */
#ifndef SOSIE_BASE_ERR_H
#define SOSIE_BASE_ERR_H

enum { ERR_TEXT_BYTES = 1024 };

struct err {
	char text[ERR_TEXT_BYTES]; /* empty until something failed */
};

/* Writes the sentence (cut at ERR_TEXT_BYTES) and returns code, which is negative. err may be NULL.
 */
int err_set(struct err *err, int code, const char *fmt, ...) __attribute__((format(printf, 3, 4)));

/* Puts "<fmt>: " before the sentence already there and returns code. err may be NULL. */
int err_wrap(struct err *err, int code, const char *fmt, ...) __attribute__((format(printf, 3, 4)));

/* The usual sentence for a failed allocation; returns -ENOMEM. */
int err_no_memory(struct err *err);

#endif
