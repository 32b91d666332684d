/* SPDX-License-Identifier: Apache-2.0 */
/* One frame through the rewriter, and what came out, for its tests. */
#ifndef SOSIE_TESTS_REPLAY_MADE_REWRITE_H
#define SOSIE_TESTS_REPLAY_MADE_REWRITE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "packet/capture.h"
#include "replay/rewrite.h"
#include "tests/replay/made_frames.h"

enum { MAX_OUT = 64 };

struct out {
	size_t n;
	uint32_t n_bytes[MAX_OUT];
	uint8_t *bytes[MAX_OUT];
};

static inline int put(void *context, const uint8_t *bytes, uint32_t n_bytes)
{
	struct out *out = context;

	assert_true(out->n < MAX_OUT);
	out->bytes[out->n] = malloc(n_bytes);
	assert_non_null(out->bytes[out->n]);
	memcpy(out->bytes[out->n], bytes, n_bytes);
	out->n_bytes[out->n++] = n_bytes;
	return 0;
}

static inline void out_done(struct out *out)
{
	for (size_t i = 0; i < out->n; i++)
		free(out->bytes[i]);
	out->n = 0;
}

static inline struct rewrite_options nothing(void)
{
	return (struct rewrite_options) { .dscp = -1 };
}

static inline struct rewrite_counters run_link(const struct rewrite_options *options,
					       const uint8_t *bytes, uint32_t n, uint16_t link,
					       uint64_t loop, struct out *out)
{
	const struct source_frame frame = {
		.link_type = link, .n_bytes = n, .n_original = n, .bytes = bytes, .loop = loop
	};
	struct rewrite_counters counters;
	struct rewrite *rw = NULL;
	struct err err = { "" };

	out_done(out);
	assert_int_equal(rewrite_new(options, &rw, &err), 0);
	assert_int_equal(rewrite_frame(rw, &frame, 0, put, out), 0);
	counters = rewrite_count(rw);
	rewrite_freep(&rw);
	return counters;
}

static inline struct rewrite_counters run(const struct rewrite_options *options,
					  const struct made_frame *f, struct out *out)
{
	return run_link(options, f->bytes, f->n, LINKTYPE_ETHERNET, 0, out);
}

static const struct {
	uint8_t version, proto;
} kinds[] = { { 4, 6 }, { 4, 17 }, { 4, 1 }, { 6, 6 }, { 6, 17 }, { 6, 58 } };

enum { N_KINDS = sizeof(kinds) / sizeof(kinds[0]) };

#endif
