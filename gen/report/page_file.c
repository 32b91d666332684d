/* SPDX-License-Identifier: Apache-2.0 */
#include "gen/report/page_file.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/mem.h"

static bool is_same(const char *path, const char *input)
{
	struct stat a, b;

	return stat(path, &a) == 0 && stat(input, &b) == 0 && S_ISREG(a.st_mode) &&
	       a.st_dev == b.st_dev && a.st_ino == b.st_ino;
}

int page_file_open(struct page_file *file, const char *path, const char *const *inputs,
		   size_t n_inputs, struct err *err)
{
	memset(file, 0, sizeof(*file));
	file->file.fd = -1;
	for (size_t i = 0; i < n_inputs; i++) {
		if (inputs[i] != NULL && is_same(path, inputs[i]))
			return err_set(err, -EINVAL,
				       "the page would replace '%s', which is read: another name "
				       "for -o",
				       inputs[i]);
	}
	file->page = open_memstream(&file->text, &file->n);
	if (file->page == NULL)
		return err_no_memory(err);
	return out_file_open(&file->file, path, err);
}

int page_file_commit(struct page_file *file, struct err *err)
{
	int r = fflush(file->page) == 0 && !ferror(file->page) ? 0 : err_no_memory(err);

	if (r == 0)
		r = out_file_write(&file->file, file->text, file->n, err);
	return r < 0 ? r : out_file_commit(&file->file, err);
}

void page_file_done(struct page_file *file)
{
	fclosep(&file->page);
	free(file->text);
	out_file_abort(&file->file);
}
