/* SPDX-License-Identifier: Apache-2.0 */
/* Any bytes as a cache file of tcpprep's. */
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "replay/split.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	int fd = memfd_create("cache", MFD_CLOEXEC);
	struct split *split = NULL;
	char text[64];
	int n = 0;

	if (fd < 0 || write(fd, data, size) != (ssize_t)size)
		abort();
	snprintf(text, sizeof(text), "cache:/proc/self/fd/%d", fd);
	if (split_new(text, &split, NULL) == 0) {
		struct source_frame frame = { .n_bytes = 0 };

		while (n < 100000 && split_side(split, &frame, NULL) >= 0)
			n++;
		if (n > (int)size * 4)
			abort();
	}
	split_freep(&split);
	close(fd);
	return 0;
}
