/* SPDX-License-Identifier: Apache-2.0 */
/* The file a page goes to: checked and opened before the work begins, filled when all is done. */
#ifndef SOSIE_GEN_REPORT_PAGE_FILE_H
#define SOSIE_GEN_REPORT_PAGE_FILE_H

#include <stdio.h>

#include "base/file.h"

struct page_file {
	struct out_file file;
	FILE *page; /* write to it; kept in memory */
	char *text;
	size_t n;
};

/* path "-" is stdout. inputs: files read, n_inputs of them (NULL: none there); -EINVAL when path is
 * one of them. Afterwards page_file_done. */
int page_file_open(struct page_file *file, const char *path, const char *const *inputs,
		   size_t n_inputs, struct err *err);
int page_file_commit(struct page_file *file, struct err *err);
/* Without a commit before, nothing is left behind. */
void page_file_done(struct page_file *file);

#endif
