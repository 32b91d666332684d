/* SPDX-License-Identifier: Apache-2.0 */
/* Small captures made by hand, in files of their own. Include tests/unit.h first. */
#ifndef SOSIE_TESTS_EVAL_MADE_CAPTURE_H
#define SOSIE_TESTS_EVAL_MADE_CAPTURE_H

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/ns.h"
#include "tests/packet/make_packet.h"

/* What a packet's time_ns counts from. */
enum { MADE_SECOND = 1700000000 };

/* A file of its own for each use. */
struct file {
	char path[32];
	FILE *out;
};

static inline void file_open(struct file *file)
{
	int fd;

	snprintf(file->path, sizeof(file->path), "/tmp/sosie-test-XXXXXX");
	fd = mkstemp(file->path);
	assert_true(fd >= 0);
	file->out = fdopen(fd, "w");
	assert_non_null(file->out);
}

static inline void file_close(struct file *file)
{
	assert_int_equal(fclose(file->out), 0);
}

static inline void file_capture(struct file *file)
{
	static const uint32_t head[] = { 0xa1b2c3d4, 4U << 16 | 2, 0, 0, 65535, 1 };

	file_open(file);
	assert_int_equal(fwrite(head, sizeof(head), 1, file->out), 1);
}

static inline void file_made(struct file *file, const struct made *made)
{
	const struct capture_packet *packet = &made->packet;
	uint32_t head[4] = { (uint32_t)(MADE_SECOND + packet->time_ns / NS_PER_S),
			     (uint32_t)(packet->time_ns % NS_PER_S / NS_PER_US), packet->n_captured,
			     packet->n_original };

	assert_int_equal(fwrite(head, sizeof(head), 1, file->out), 1);
	assert_int_equal(fwrite(packet->bytes, packet->n_captured, 1, file->out), 1);
}

static inline void file_packet(struct file *file, const struct make *make)
{
	struct made made;

	make_packet(&made, make);
	file_made(file, &made);
}

#endif
