/* SPDX-License-Identifier: Apache-2.0 */
/* Time: int64 nanoseconds everywhere, since 1970 (UTC) when it is an instant. */
#ifndef SOSIE_BASE_NS_H
#define SOSIE_BASE_NS_H

#include "base/err.h"
#include <stddef.h>
#include <stdint.h>

#define NS_PER_US INT64_C(1000)
#define NS_PER_MS INT64_C(1000000)
#define NS_PER_S  INT64_C(1000000000)
#define NS_PER_H  (3600 * NS_PER_S)
#define NS_PER_D  (24 * NS_PER_H)

int64_t ns_realtime(void);    /* the wall clock */
int64_t ns_monotonic(void);   /* for measuring and waiting */
int64_t ns_process_cpu(void); /* user + system time of this process */

/* The sum; the nearest that there is where it does not fit (times in files are hostile). */
static inline int64_t ns_add(int64_t a, int64_t b)
{
	int64_t sum;

	if (!__builtin_add_overflow(a, b, &sum))
		return sum;
	return b < 0 ? INT64_MIN : INT64_MAX;
}

/* a - b, likewise. */
static inline int64_t ns_between(int64_t b, int64_t a)
{
	int64_t gap;

	if (!__builtin_sub_overflow(a, b, &gap))
		return gap;
	return b < 0 ? INT64_MAX : INT64_MIN;
}

/* "90s", "15m", "2h30m", "7d", "250ms", "1.5h"; a bare number is seconds. Returns 0, -EINVAL,
 * -ERANGE. */
int ns_parse_duration(const char *text, int64_t *ret_ns, struct err *err);

/* RFC 3339 ("2026-11-21T06:00:00Z", with offset or fraction, "T" may be a blank, no zone means
 * UTC), or Unix seconds with a fraction, digit for digit (no floating point). */
int ns_parse_time(const char *text, int64_t *ret_ns, struct err *err);

/* "[-]seconds.nnnnnnnnn" exactly. */
int ns_parse_seconds(const char *text, size_t n_text, int64_t *ret_ns);

enum { NS_TEXT_BYTES = 40 };
const char *ns_format_time(int64_t ns,
			   char ret_text[NS_TEXT_BYTES]); /* RFC 3339, UTC, 9 decimals unless 0 */
const char *ns_format_duration(int64_t ns,
			       char ret_text[NS_TEXT_BYTES]); /* "2h30m", "1.5s", "250ms" */
const char *ns_format_seconds(int64_t ns,
			      char ret_text[NS_TEXT_BYTES]); /* "1479.000000001": 9 decimals */

#endif
