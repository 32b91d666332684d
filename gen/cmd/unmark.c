/* SPDX-License-Identifier: Apache-2.0 */
/* sosie unmark: the mark off a capture's packets, and nothing else changed. */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "base/mem.h"
#include "conf/option.h"
#include "gen/cmd.h"
#include "gen/interrupt.h"
#include "gen/progress.h"
#include "packet/capture_input.h"
#include "packet/decode.h"
#include "packet/mark.h"

enum { BUFFER_BYTES = 2 << 20, LOOK_EVERY = 4096 };

struct settings {
	const char *output, *mark;
	bool quiet, verbose;
};

#define AT(field) offsetof(struct settings, field)
static const struct option_spec specs[] = {
	{ .name = "output",
	  .letter = 'o',
	  .type = OPTION_STRING,
	  .offset = AT(output),
	  .metavar = "FILE",
	  .help = "the capture without marks; - is stdout" },
	{ .name = "mark",
	  .type = OPTION_STRING,
	  .offset = AT(mark),
	  .metavar = "MARK",
	  .help = "the mark, where IPv6 labels have another than the default: "
		  "evil-bit:LABEL/MASK" },
	{ .name = "quiet",
	  .letter = 'q',
	  .type = OPTION_FLAG,
	  .offset = AT(quiet),
	  .help = "no progress and no summary" },
	{ .name = "verbose",
	  .letter = 'v',
	  .type = OPTION_FLAG,
	  .offset = AT(verbose),
	  .help = "progress also when stderr is no terminal" },
};
enum { N_SPECS = sizeof(specs) / sizeof(specs[0]) };

static const char usage[] = "sosie unmark CAPTURE -o FILE [OPTION...]";
static const char about[] =
	"Copies a capture byte for byte, but for the marks that sosie generate and sosie replay "
	"put "
	"on packets (--mark), which are taken off. What was compressed comes out uncompressed.";

/*
 * The capture is read twice side by side: as packets, to know where they are, and as bytes, to copy
 * what is around them. So nothing of a file is lost that the reader of packets does not know.
 */
struct copy {
	struct capture *packets;
	struct capture_input *bytes;
	uint64_t position; /* of bytes */
	struct out_file out;
	bool is_open;
	uint8_t *buffer; /* BUFFER_BYTES */
	size_t n;	 /* in it, not written yet */
	struct progress *progress;
	uint64_t n_packets, n_marked;
};

static void copy_done(struct copy *c)
{
	capture_freep(&c->packets);
	capture_input_freep(&c->bytes);
	if (c->is_open)
		out_file_abort(&c->out);
	progress_freep(&c->progress);
	free(c->buffer);
}

static int flush(struct copy *c, struct err *err)
{
	int r = out_file_write(&c->out, c->buffer, c->n, err);

	c->n = 0;
	return r;
}

/*
 * Copies the next n bytes into the buffer; they stand together there when there are few enough.
 * *ret_at: where they begin. The file ending earlier is no error here: fewer are copied.
 */
static int copy_bytes(struct copy *c, uint64_t n, uint8_t **ret_at, struct err *err)
{
	int r = 0;

	if (n > BUFFER_BYTES - c->n)
		r = flush(c, err);
	*ret_at = c->buffer + c->n;
	while (r == 0 && n > 0) {
		size_t room = BUFFER_BYTES - c->n;
		ssize_t got;

		if (room == 0) {
			r = flush(c, err);
			continue;
		}
		got = capture_input_read(c->bytes, c->buffer + c->n, n < room ? (size_t)n : room,
					 err);
		if (got < 0)
			return (int)got;
		if (got == 0)
			break;
		c->n += (size_t)got;
		c->position += (uint64_t)got;
		n -= (uint64_t)got;
	}
	return r;
}

static int copy_packet(struct copy *c, const struct capture_packet *packet, const struct mark *mark,
		       struct err *err)
{
	struct capture_packet copied = *packet;
	struct packet_view view;
	uint8_t *at;
	int r = copy_bytes(c, packet->data_offset - c->position, &at, err);

	if (r == 0)
		r = copy_bytes(c, packet->n_captured, &at, err);
	if (r < 0)
		return r;
	copied.bytes = at;
	packet_decode(&copied, &view);
	/* Of what the decoder calls malformed the IP header may still be there. */
	if (view.ip != NULL)
		c->n_marked += mark_clear(mark, at + (view.ip - at), view.n_ip);
	return 0;
}

static int look(struct copy *c, const atomic_bool *stop)
{
	int64_t all = capture_file_bytes(c->packets);

	if (c->progress != NULL)
		progress_update(c->progress,
				all > 0 ? (double)capture_file_position(c->packets) / (double)all
					: -1,
				c->n_packets, c->position);
	return atomic_load(stop) ? -EINTR : 0;
}

static int copy_all(struct copy *c, const struct mark *mark, struct err *err)
{
	const atomic_bool *stop = interrupt_flag();
	struct capture_packet packet;
	uint8_t *at;
	int r, end;

	while ((end = capture_next(c->packets, &packet, err)) > 0) {
		r = copy_packet(c, &packet, mark, err);
		c->n_packets++;
		if (r == 0 && c->n_packets % LOOK_EVERY == 0)
			r = look(c, stop);
		if (r < 0)
			return r;
	}
	/* What stands behind the last packet; behind damage nothing is known to be a packet. */
	r = end == 0 ? copy_bytes(c, UINT64_MAX, &at, err) : 0;
	if (r == 0)
		r = flush(c, end < 0 ? NULL : err);
	if (r == 0)
		r = out_file_commit(&c->out, end < 0 ? NULL : err);
	return r < 0 ? r : end;
}

static int copy_open(struct copy *c, const struct settings *s, const char *path, struct err *err)
{
	int r = s->quiet ? 0 : progress_new("unmark", s->verbose, &c->progress, err);

	c->buffer = malloc(BUFFER_BYTES);
	if (c->buffer == NULL)
		return err_no_memory(err);
	if (r == 0)
		r = capture_open(path, &c->packets, err);
	if (r == 0)
		r = capture_input_open(path, &c->bytes, err);
	if (r == 0)
		r = out_file_open(&c->out, s->output, err);
	c->is_open = r == 0;
	return r;
}

static int unmark(const struct settings *s, const char *path)
{
	struct copy c = { .n = 0 };
	struct mark mark;
	struct err err = { "" };
	int r = mark_parse(s->mark != NULL ? s->mark : "evil-bit", &mark, &err);

	if (r == 0 && (s->output == NULL || strcmp(path, "-") == 0))
		r = err_set(&err, -EINVAL, "%s",
			    s->output == NULL ? "where to? -o FILE"
					      : "a file is read twice: stdin "
						"cannot be");
	if (r < 0) {
		fprintf(stderr, "sosie unmark: %s\n", err.text);
		return 2;
	}
	interrupt_flag();
	r = copy_open(&c, s, path, &err);
	if (r == 0)
		r = copy_all(&c, &mark, &err);
	copy_done(&c);
	if (r == -EINTR)
		fprintf(stderr, "sosie unmark: interrupted\n");
	else if (r < 0)
		fprintf(stderr, "sosie unmark: %s\n", err.text);
	else if (!s->quiet)
		fprintf(stderr, "%" PRIu64 " packets, %" PRIu64 " of them bore a mark\n",
			c.n_packets, c.n_marked);
	return r == -EINTR ? 130 : r < 0 ? 1 : 0;
}

static const struct verb verb = { "unmark", specs, N_SPECS, usage, about };

int cmd_unmark(int argc, char **argv)
{
	static const struct settings defaults = { .quiet = false };
	struct settings settings = defaults;
	struct option_strings paths = { NULL, 0, 0 };
	struct err err = { "" };
	int r = option_parse(specs, N_SPECS, argc, argv, &settings, &paths, NULL, &err);
	int status;

	if (r == 0 && paths.n != 1)
		r = err_set(&err, -EINVAL, "%zu captures, expected one", paths.n);
	status = verb_answer(&verb, r, &defaults, &err);
	if (status == VERB_WORKS)
		status = unmark(&settings, paths.items[0]);
	option_strings_done(&paths);
	return status;
}
