/* SPDX-License-Identifier: Apache-2.0 */
/* A capture file that gets its name when it is complete; "-" is stdout. */
#include "replay/registry.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/file.h"
#include "packet/capture_write.h"

struct sink_file_state {
	struct out_file out;
	struct capture_writer *writer;
	uint64_t n_frames;
	uint64_t n_bytes; /* of the file */
};

static const char *name_of(const struct sink_file_state *s)
{
	return strcmp(s->out.path, "-") == 0 ? "standard output" : s->out.path;
}

static int sink_file_open(void *state, const struct sink_options *options, struct err *err)
{
	struct sink_file_state *s = state;
	int r;

	s->out.fd = -1; /* close() may follow at once */
	if (options->path == NULL)
		return err_set(err, -EINVAL, "the file sink needs the name of a file, or -");
	r = out_file_open(&s->out, options->path, err);
	if (r < 0)
		return r;
	r = capture_writer_new(s->out.fd, &options->capture, &s->writer, err);
	if (r < 0)
		return err_wrap(err, r, "'%s'", name_of(s));
	return 0;
}

static int sink_file_write(void *state, const struct packet_frame *frames, size_t n_frames,
			   struct err *err)
{
	struct sink_file_state *s = state;
	int r = capture_write(s->writer, frames, n_frames, err);

	if (r < 0)
		return err_wrap(err, r, "'%s'", name_of(s));
	s->n_frames += n_frames;
	return 0;
}

static int sink_file_commit(void *state, struct err *err)
{
	struct sink_file_state *s = state;
	int r = capture_writer_flush(s->writer, err);

	if (r < 0)
		return err_wrap(err, r, "'%s'", name_of(s));
	s->n_bytes = capture_writer_bytes(s->writer);
	return out_file_commit(&s->out, err);
}

static int sink_file_result(const void *state, char *ret_text, size_t n_text)
{
	const struct sink_file_state *s = state;

	snprintf(ret_text, n_text, "file: %" PRIu64 " frames, %" PRIu64 " bytes", s->n_frames,
		 s->n_bytes);
	return 0;
}

static void sink_file_close(void *state)
{
	struct sink_file_state *s = state;

	capture_writer_freep(&s->writer);
	out_file_abort(&s->out);
}

const struct sink_ops sink_file = {
	.name = "file",
	.summary = "a pcap or pcapng file, or standard output (-)",
	.keeps_time = true,
	.state_bytes = sizeof(struct sink_file_state),
	.open = sink_file_open,
	.write = sink_file_write,
	.commit = sink_file_commit,
	.result = sink_file_result,
	.close = sink_file_close,
};
