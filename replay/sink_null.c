/* SPDX-License-Identifier: Apache-2.0 */
/* Counts frames and forgets them: what the rest of the program costs. */
#include "replay/registry.h"

#include <inttypes.h>
#include <stdio.h>

static int null_open(void *state, const struct sink_options *options, struct err *err)
{
	(void)state;
	(void)options;
	(void)err;
	return 0;
}

static int null_write(void *state, const struct packet_frame *frames, size_t n_frames,
		      struct err *err)
{
	struct sink_counters *counters = state;

	(void)err;
	counters->n_frames += n_frames;
	for (size_t i = 0; i < n_frames; i++)
		counters->n_bytes += frames[i].n_bytes;
	return 0;
}

static int null_commit(void *state, struct err *err)
{
	(void)state;
	(void)err;
	return 0;
}

static int null_result(const void *state, char *ret_text, size_t n_text)
{
	const struct sink_counters *counters = state;

	snprintf(ret_text, n_text, "null: %" PRIu64 " frames, %" PRIu64 " bytes",
		 counters->n_frames, counters->n_bytes);
	return 0;
}

static void null_close(void *state)
{
	(void)state;
}

const struct sink_ops sink_null = {
	.name = "null",
	.summary = "nowhere; the frames are counted",
	.state_bytes = sizeof(struct sink_counters),
	.open = null_open,
	.write = null_write,
	.commit = null_commit,
	.result = null_result,
	.close = null_close,
};
