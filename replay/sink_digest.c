/* SPDX-License-Identifier: Apache-2.0 */
/* Nowhere, but the digest of all frames is the result: replay/digest.h. */
#include "replay/registry.h"

#include <stdio.h>

#include "replay/digest.h"

struct sink_digest_state {
	struct digest *digest;
};

static int sink_digest_open(void *state, const struct sink_options *options, struct err *err)
{
	struct sink_digest_state *s = state;

	(void)options;
	return digest_new(&s->digest, err);
}

static int sink_digest_write(void *state, const struct packet_frame *frames, size_t n_frames,
			     struct err *err)
{
	struct sink_digest_state *s = state;

	(void)err;
	digest_add_frames(s->digest, frames, n_frames);
	return 0;
}

static int sink_digest_commit(void *state, struct err *err)
{
	(void)state;
	(void)err;
	return 0;
}

static int sink_digest_result(const void *state, char *ret_text, size_t n_text)
{
	const struct sink_digest_state *s = state;
	char text[DIGEST_TEXT_BYTES];

	snprintf(ret_text, n_text, "digest: %s", digest_text(s->digest, text));
	return 0;
}

static void sink_digest_close(void *state)
{
	struct sink_digest_state *s = state;

	digest_freep(&s->digest);
}

const struct sink_ops sink_digest = {
	.name = "digest",
	.summary = "nowhere; the result is a digest of all frames, for comparing runs",
	.keeps_time = true,
	.state_bytes = sizeof(struct sink_digest_state),
	.open = sink_digest_open,
	.write = sink_digest_write,
	.commit = sink_digest_commit,
	.result = sink_digest_result,
	.close = sink_digest_close,
};
