/* SPDX-License-Identifier: Apache-2.0 */
#include "replay/source.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/ns.h"
#include "packet/capture.h"

struct file {
	struct capture *capture;
	struct capture_packet packet; /* the next one, when has_packet */
	bool has_packet;
	int64_t last_ns;
	int end; /* what capture_next() said last, if not 1 */
	struct err err;
};

struct source {
	struct source_options options;
	struct source_counters counters;
	uint64_t loop, n_in_loop;
	int64_t base_ns;	   /* added to the files' times in this loop */
	int64_t first_ns, last_ns; /* of the first loop's first frame; of the last frame given */
	size_t current;		   /* file whose packet was given last; n_paths: none */
	struct file files[];
};

void source_freep(struct source **source)
{
	struct source *s = *source;

	for (size_t i = 0; s != NULL && i < s->options.n_paths; i++)
		capture_freep(&s->files[i].capture);
	freep(source);
}

/* Moves a file to its next packet within [from, to). */
static void advance(struct source *s, struct file *f)
{
	f->has_packet = false;
	while (f->end == 0) {
		int r = capture_next(f->capture, &f->packet, &f->err);

		if (r <= 0) {
			f->end = r < 0 ? r : 1;
			return;
		}
		if (f->packet.time_ns < f->last_ns) {
			s->counters.n_backwards++;
			f->packet.time_ns = f->last_ns;
		}
		f->last_ns = f->packet.time_ns;
		/* Times never go back here, so nothing after this can be before to_ns. */
		if (f->packet.time_ns >= s->options.to_ns) {
			f->end = 1;
			return;
		}
		if (f->packet.time_ns >= s->options.from_ns) {
			f->has_packet = true;
			return;
		}
		s->counters.n_early++;
	}
}

static int open_files(struct source *s, struct err *err)
{
	for (size_t i = 0; i < s->options.n_paths; i++) {
		struct file *f = &s->files[i];
		int r;

		capture_freep(&f->capture);
		f->end = 0;
		f->last_ns = INT64_MIN;
		r = capture_open(s->options.paths[i], &f->capture, err);
		if (r < 0)
			return r;
		advance(s, f);
	}
	s->current = s->options.n_paths;
	s->n_in_loop = 0;
	return 0;
}

int source_open(const struct source_options *options, struct source **ret_source, struct err *err)
{
	CLEANUP(source_freep) struct source *s = NULL;
	int r;

	if (options->n_paths == 0 || options->n_paths > SOURCE_MAX_FILES)
		return err_set(err, -E2BIG, "%zu captures, expected 1 to %d", options->n_paths,
			       SOURCE_MAX_FILES);
	for (size_t i = 0; i < options->n_paths; i++)
		if (strcmp(options->paths[i], "-") == 0 &&
		    (options->n_paths > 1 || options->n_loops != 1))
			return err_set(err, -EINVAL,
				       "stdin cannot be read twice, nor beside other captures: "
				       "write it to a file");
	s = calloc(1, sizeof(*s) + options->n_paths * sizeof(s->files[0]));
	if (s == NULL)
		return err_no_memory(err);
	s->options = *options;
	r = open_files(s, err);
	if (r < 0)
		return r;
	*ret_source = take(&s);
	return 0;
}

/* The file with the earliest packet, of equals the first named; NULL: no file has one. */
static struct file *earliest(struct source *s)
{
	struct file *best = NULL;

	for (size_t i = 0; i < s->options.n_paths; i++) {
		struct file *f = &s->files[i];

		if (f->has_packet && (best == NULL || f->packet.time_ns < best->packet.time_ns)) {
			best = f;
			s->current = i;
		}
	}
	return best;
}

static int first_error(const struct source *s, struct err *err)
{
	for (size_t i = 0; i < s->options.n_paths; i++) {
		const struct file *f = &s->files[i];

		if (f->end < 0) {
			*err = f->err;
			return f->end;
		}
	}
	return 0;
}

static int next_loop(struct source *s, struct err *err)
{
	int r;

	if (s->n_in_loop == 0)
		return s->options.n_loops == 1
			       ? 0
			       : err_set(err, -ENODATA, "no frame to loop over in '%s'%s",
					 s->options.paths[0],
					 s->options.n_paths > 1 ? " and the others" : "");
	if (s->loop + 1 == s->options.n_loops)
		return 0;
	s->loop++;
	s->base_ns = ns_between(s->first_ns, ns_add(s->last_ns, s->options.loop_delay_ns));
	r = open_files(s, err);
	return r < 0 ? r : 1;
}

/* When the packet is due on the timeline; a gap that is too long becomes the longest there may be.
 */
static int64_t place(struct source *s, int64_t packet_ns)
{
	const int64_t max_ns = s->options.max_gap_ns;
	int64_t time_ns = ns_add(packet_ns, s->base_ns), gap_ns = ns_between(s->last_ns, time_ns);

	if (max_ns == 0 || s->n_in_loop == 0 || gap_ns <= max_ns)
		return time_ns;
	s->base_ns = ns_between(gap_ns - max_ns, s->base_ns);
	s->counters.n_shortened++;
	s->counters.shortened_ns = ns_add(s->counters.shortened_ns, gap_ns - max_ns);
	return ns_add(s->last_ns, max_ns);
}

int source_next(struct source *s, struct source_frame *ret_frame, struct err *err)
{
	struct file *f;
	int r;

	if (s->current < s->options.n_paths)
		advance(s, &s->files[s->current]);
	s->current = s->options.n_paths;
	while ((f = earliest(s)) == NULL) {
		r = first_error(s, err);
		if (r == 0)
			r = next_loop(s, err);
		if (r <= 0)
			return r;
	}
	if (s->counters.n_frames == 0)
		s->first_ns = f->packet.time_ns;
	*ret_frame = (struct source_frame) {
		.time_ns = place(s, f->packet.time_ns),
		.loop = s->loop,
		.file = (uint32_t)s->current,
		.interface = f->packet.interface,
		.link_type = f->packet.link_type,
		.n_bytes = f->packet.n_captured,
		.n_original = f->packet.n_original,
		.bytes = f->packet.bytes,
	};
	s->last_ns = ret_frame->time_ns;
	s->n_in_loop++;
	s->counters.n_frames++;
	s->counters.n_bytes += ret_frame->n_bytes;
	s->counters.n_cut += ret_frame->n_bytes < ret_frame->n_original;
	return 1;
}

struct source_counters source_count(const struct source *s)
{
	return s->counters;
}

double source_done(const struct source *s)
{
	double all = 0, done = 0;

	for (size_t i = 0; i < s->options.n_paths; i++) {
		int64_t n = capture_file_bytes(s->files[i].capture);

		if (n < 0)
			return -1;
		all += (double)n;
		done += (double)capture_file_position(s->files[i].capture);
	}
	return all > 0 ? done / all : -1;
}
