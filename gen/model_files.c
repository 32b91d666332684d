/* SPDX-License-Identifier: Apache-2.0 */
#include "gen/model_files.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "base/mem.h"
#include "conf/conf.h"
#include "models/trained/trained.h"

enum { LIMIT_FILES = 30000 };

void model_files_done(struct model_files *files)
{
	for (size_t i = 0; i < files->n; i++)
		free(files->files[i].owned);
	free(files->files);
	arena_done(&files->names);
	memset(files, 0, sizeof(*files));
}

/* "<a><between><b>", which lives as long as the files; NULL: out of memory. */
static char *joined(struct model_files *files, const char *a, char between, const char *b)
{
	const size_t n = strlen(a) + 1 + strlen(b) + 1;
	char *text = arena_alloc(&files->names, n, 1);

	if (text != NULL)
		snprintf(text, n, "%s%c%s", a, between, b);
	return text;
}

/* Takes owned over, also when it fails. */
static int add(struct model_files *files, const char *name, const char *shown, char *owned,
	       const char *text, struct err *err)
{
	int r = mem_grow(&files->files, &files->capacity, files->n + 1, sizeof(*files->files),
			 LIMIT_FILES);

	if (r == 0 && (name == NULL || shown == NULL))
		r = -ENOMEM;
	if (r < 0) {
		free(owned);
		return r == -ENOMEM
			       ? err_no_memory(err)
			       : err_set(err, r, "a model of more than %d files", (int)LIMIT_FILES);
	}
	files->files[files->n++] =
		(struct model_file) { .name = name, .shown = shown, .owned = owned, .text = text };
	return 0;
}

static bool shipped(const char *name)
{
	for (const struct trained_file *f = trained_files; f->model != NULL; f++)
		if (strcmp(f->model, name) == 0)
			return true;
	return false;
}

static int open_shipped(const char *name, struct model_files *files, struct err *err)
{
	for (const struct trained_file *f = trained_files; f->model != NULL; f++) {
		int r;

		if (strcmp(f->model, name) != 0)
			continue;
		r = add(files, f->name, joined(files, name, ':', f->name), NULL, f->text, err);
		if (r < 0)
			return r;
	}
	return 0;
}

static bool ends_in_conf(const char *name)
{
	const size_t n = strlen(name);

	return n > 5 && strcmp(name + n - 5, ".conf") == 0 && name[0] != '.';
}

/* All .conf files of dir, named with the prefix ("automata/" or ""). */
static int read_folder(const char *dir, const char *prefix, struct model_files *files,
		       struct err *err)
{
	struct dirent *entry;
	DIR *d = opendir(dir);
	int r = 0;

	if (d == NULL)
		return err_set(err, -errno, "%s: %s", dir, strerror(errno));
	while (r == 0 && (entry = readdir(d)) != NULL) {
		const char *name, *path;
		char *text;
		size_t n;

		if (!ends_in_conf(entry->d_name))
			continue;
		name = prefix[0] == '\0' ? arena_strdup(&files->names, entry->d_name)
					 : joined(files, prefix, '/', entry->d_name);
		path = joined(files, dir, '/', entry->d_name);
		r = path == NULL ? err_no_memory(err)
				 : file_read(path, CONF_LIMIT_BYTES, &text, &n, err);
		if (r == 0)
			r = add(files, name, path, text, text, err);
	}
	closedir(d);
	return r;
}

static int by_name(const void *a, const void *b)
{
	return strcmp(((const struct model_file *)a)->name, ((const struct model_file *)b)->name);
}

/* The shipped models' names, for the message that a name is not known. */
static void list_shipped(char *ret_text, size_t n_text)
{
	const char *last = "";
	size_t at = 0;

	ret_text[0] = '\0';
	for (const struct trained_file *f = trained_files; f->model != NULL && at < n_text; f++) {
		if (strcmp(f->model, last) != 0)
			at += (size_t)snprintf(ret_text + at, n_text - at, "%s%s",
					       at == 0 ? "" : ", ", f->model);
		last = f->model;
	}
}

static int open_directory(const char *dir, struct model_files *files, struct err *err)
{
	const char *automata;
	char names[256];
	int r = read_folder(dir, "", files, err);

	if (r == -ENOENT) {
		list_shipped(names, sizeof(names));
		return err_set(err, r, "model '%s': neither a shipped model (%s) nor a directory",
			       dir, names);
	}
	if (r < 0)
		return r;
	automata = joined(files, dir, '/', "automata");
	if (automata == NULL)
		return err_no_memory(err);
	r = read_folder(automata, "automata", files, err);
	/* What else is missing says better that this is no model. */
	return r == -ENOENT ? 0 : r;
}

int model_files_open(const char *name_or_dir, struct model_files *ret_files, struct err *err)
{
	struct model_files files = { 0 };
	int r;

	arena_init(&files.names, 0);
	r = strchr(name_or_dir, '/') == NULL && shipped(name_or_dir)
		    ? open_shipped(name_or_dir, &files, err)
		    : open_directory(name_or_dir, &files, err);
	if (r < 0) {
		model_files_done(&files);
		return r;
	}
	qsort(files.files, files.n, sizeof(*files.files), by_name);
	*ret_files = files;
	return 0;
}

const struct model_file *model_files_find(const struct model_files *files, const char *name)
{
	for (size_t i = 0; i < files->n; i++)
		if (strcmp(files->files[i].name, name) == 0)
			return &files->files[i];
	return NULL;
}
