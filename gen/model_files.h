/* SPDX-License-Identifier: Apache-2.0 */
/* The texts of a model, from a directory or from the program itself; whoever loads a model does not
 * know which. */
#ifndef SOSIE_GEN_MODEL_FILES_H
#define SOSIE_GEN_MODEL_FILES_H

#include "base/arena.h"
#include "base/err.h"
#include <stddef.h>

struct model_file {
	const char *name;  /* "flow.conf", "automata/dns_SF.conf" */
	const char *shown; /* for messages: the path, or "office:flow.conf" */
	char *owned;	   /* NULL for built-in texts; else freed with the files */
	const char *text;  /* NUL-terminated */
};

struct model_files {
	struct model_file *files; /* sorted by name */
	size_t n, capacity;
	struct arena names;
};

/* A name without '/' that is shipped wins; anything else is a directory. -ENOENT names what there
 * is. */
int model_files_open(const char *name_or_dir, struct model_files *ret_files, struct err *err);
void model_files_done(struct model_files *files);
const struct model_file *model_files_find(const struct model_files *files, const char *name);

#endif
