/* SPDX-License-Identifier: Apache-2.0 */
/* Runs a fuzz target once over every file of the folder named, for builds without libFuzzer. */
#include "base/err.h"
#include "base/file.h"
#include "base/mem.h"

#include <dirent.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int main(int argc, char **argv)
{
	struct dirent *entry;
	unsigned int n = 0;
	DIR *dir;

	if (argc != 2)
		return 2;
	dir = opendir(argv[1]);
	if (dir == NULL) {
		printf("no seeds in %s\n", argv[1]);
		return 77;
	}
	while ((entry = readdir(dir)) != NULL) {
		CLEANUP(freep) char *text = NULL;
		char path[4096];
		struct err err = { "" };
		size_t n_bytes;

		if (entry->d_name[0] == '.')
			continue;
		snprintf(path, sizeof(path), "%s/%s", argv[1], entry->d_name);
		if (file_read(path, 64 << 20, &text, &n_bytes, &err) < 0) {
			fprintf(stderr, "%s\n", err.text);
			return 1;
		}
		LLVMFuzzerTestOneInput((const uint8_t *)text, n_bytes);
		n++;
	}
	closedir(dir);
	printf("%u seeds\n", n);
	return 0;
}
