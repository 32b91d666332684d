/* SPDX-License-Identifier: Apache-2.0 */
/* Captures in a folder of their own, for the tests of what reads and plays them. */
#ifndef SOSIE_TESTS_REPLAY_MADE_CAPTURES_H
#define SOSIE_TESTS_REPLAY_MADE_CAPTURES_H

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/ns.h"
#include "packet/capture_write.h"

enum { MADE_FILES = 3 };

#define MADE_START (INT64_C(1700000000) * NS_PER_S)

struct made {
	char folder[64];
	char paths[MADE_FILES][96];
};

static inline int made_setup(void **state)
{
	struct made *m = calloc(1, sizeof(*m));

	if (m == NULL)
		return -1;
	snprintf(m->folder, sizeof(m->folder), "/tmp/test_replay.XXXXXX");
	if (mkdtemp(m->folder) == NULL)
		return -1;
	for (int i = 0; i < MADE_FILES; i++)
		snprintf(m->paths[i], sizeof(m->paths[i]), "%s/%d.pcap", m->folder, i);
	*state = m;
	return 0;
}

static inline int made_teardown(void **state)
{
	struct made *m = *state;

	for (int i = 0; i < MADE_FILES; i++)
		unlink(m->paths[i]);
	rmdir(m->folder);
	free(m);
	return 0;
}

/* n frames, the i-th first_ns + i * step_ns after MADE_START, 60 + i % 1000 bytes of value i + tag.
 */
static inline void made_write(const char *path, size_t n, int64_t first_ns, int64_t step_ns,
			      uint8_t tag)
{
	const struct capture_options options = { .nanoseconds = true };
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);
	struct capture_writer *writer = NULL;
	uint8_t bytes[1060];
	struct err err = { "" };
	int r = capture_writer_new(fd, &options, &writer, &err);

	for (size_t i = 0; r == 0 && i < n; i++) {
		struct packet_frame frame = { .time_ns =
						      MADE_START + first_ns + (int64_t)i * step_ns,
					      .n_bytes = (uint32_t)(60 + i % 1000),
					      .bytes = bytes };

		memset(bytes, (int)(uint8_t)(i + tag), sizeof(bytes));
		r = capture_write(writer, &frame, 1, &err);
	}
	if (r < 0 || capture_writer_flush(writer, &err) < 0)
		abort();
	capture_writer_freep(&writer);
	close(fd);
}

#endif
