/* SPDX-License-Identifier: Apache-2.0 */
/* Saving: all files into a fresh directory beside the target, then one rename. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/mem.h"
#include "base/ns.h"
#include "config.h"
#include "gen/model.h"

/* Opens dir_fd/name for writing as a stream. */
static FILE *create(int dir_fd, const char *name)
{
	const int fd = openat(dir_fd, name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
	FILE *out;

	if (fd < 0)
		return NULL;
	out = fdopen(fd, "w");
	if (out == NULL)
		close(fd);
	return out;
}

/* Closes and reports; a full disk often shows only here. */
static int finish(FILE *out, const char *name, int r, struct err *err)
{
	const int bad = ferror(out);
	const int saved = errno;

	if (fclose(out) != 0)
		return err_set(err, -errno, "writing %s: %s", name, strerror(errno));
	if (bad != 0 || r < 0)
		return err_set(err, r < 0 ? r : -EIO, "writing %s: %s", name, strerror(saved));
	return 0;
}

static int save_card(const struct model *model, FILE *out)
{
	char first[NS_TEXT_BYTES], last[NS_TEXT_BYTES];

	fprintf(out,
		"# The card: what this model is and what it was learned from.\nformat = %d;\nname "
		"= ",
		(int)MODEL_FORMAT);
	conf_print_string(out, model->name);
	fprintf(out, ";\nmade_by = \"sosie %s\";\noptions = ", SOSIE_VERSION);
	conf_print_string(out, model->options);
	fprintf(out,
		";\nflow_model = \"%s\";\nautomata = \"%s\";\nflows = %lluL;\npackets = %lluL;\n",
		model->flow_ops->name, model->automata, (unsigned long long)model->n_flows,
		(unsigned long long)model->n_packets);
	fprintf(out, "first = \"%s\";\nlast = \"%s\";\naddresses_kept = %s;\nlearned_from = (",
		ns_format_time(model->first_ns, first), ns_format_time(model->last_ns, last),
		model->addresses_kept ? "true" : "false");
	for (size_t i = 0; i < model->n_sources; i++) {
		fprintf(out, "%s\n  { name = ", i == 0 ? "" : ",");
		conf_print_string(out, model->sources[i].name);
		fprintf(out, "; bytes = %lluL; sha256 = \"%s\"; }",
			(unsigned long long)model->sources[i].n_bytes, model->sources[i].sha256);
	}
	fprintf(out, " );\n");
	return 0;
}

static int save_automata(const struct model *model, int dir_fd, struct err *err)
{
	int fd, r = 0;

	if (mkdirat(dir_fd, "automata", 0777) < 0)
		return err_set(err, -errno, "making automata/: %s", strerror(errno));
	fd = openat(dir_fd, "automata", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return err_set(err, -errno, "opening automata/: %s", strerror(errno));
	for (size_t i = 0; i < model->bank.n && r == 0; i++) {
		char name[AUTOMATON_FILE_BYTES];
		FILE *out = create(fd, automaton_file_name(model->bank.automata[i], name));

		if (out == NULL)
			r = err_set(err, -errno, "creating automata/%s: %s", name, strerror(errno));
		else
			r = finish(out, name, automaton_save(model->bank.automata[i], out), err);
	}
	close(fd);
	return r;
}

static int save_parts(const struct model *model, int dir_fd, struct err *err)
{
	static const char *const names[] = { "model.conf", "schedule.conf", "hosts.conf",
					     "flow.conf" };
	int r = 0;

	for (int i = 0; i < 4 && r == 0; i++) {
		FILE *out = create(dir_fd, names[i]);

		if (out == NULL)
			return err_set(err, -errno, "creating %s: %s", names[i], strerror(errno));
		r = i == 0   ? save_card(model, out)
		    : i == 1 ? schedule_save(&model->schedule, out)
		    : i == 2 ? host_set_save(&model->hosts, out)
			     : model->flow_ops->save(model->flow, out);
		r = finish(out, names[i], r, err);
	}
	return r < 0 ? r : save_automata(model, dir_fd, err);
}

/*
 * Removes a directory that holds only files; errors are left to the next one who looks. opendir()
 * would do but for its allocation: this cleans up when memory is full, too.
 */
static void remove_folder(int at_fd, const char *dir)
{
	_Alignas(struct dirent64) char buffer[4096];
	const int fd = openat(at_fd, dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	ssize_t n;

	if (fd < 0)
		return;
	while ((n = getdents64(fd, buffer, sizeof(buffer))) > 0) {
		const struct dirent64 *entry;

		for (ssize_t i = 0; i < n; i += entry->d_reclen) {
			entry = (const struct dirent64 *)(const void *)(buffer + i);
			if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0)
				unlinkat(fd, entry->d_name, 0);
		}
	}
	close(fd);
	unlinkat(at_fd, dir, AT_REMOVEDIR);
}

static void remove_model(const char *dir)
{
	const int fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (fd < 0)
		return;
	remove_folder(fd, "automata");
	close(fd);
	remove_folder(AT_FDCWD, dir);
}

/* A target may be absent, an empty directory or a model; other things are somebody's. */
static int check_target(const char *dir, bool *ret_exists, struct err *err)
{
	CLEANUP(freep) char *card = NULL;
	struct stat st;

	*ret_exists = false;
	if (stat(dir, &st) < 0)
		return errno == ENOENT ? 0 : err_set(err, -errno, "%s: %s", dir, strerror(errno));
	if (!S_ISDIR(st.st_mode))
		return err_set(err, -ENOTDIR, "%s: exists and is not a directory", dir);
	if (asprintf(&card, "%s/model.conf", dir) < 0) {
		card = NULL;
		return err_no_memory(err);
	}
	*ret_exists = true;
	if (access(card, F_OK) == 0 || rmdir(dir) == 0) {
		*ret_exists = access(card, F_OK) == 0;
		return 0;
	}
	return err_set(err, -EEXIST,
		       "%s: a directory with other things in it, not a model: left alone", dir);
}

int model_save(const struct model *model, const char *path, struct err *err)
{
	CLEANUP(freep) char *temp = NULL, *dir = strdup(path);
	bool exists;
	int fd, r;

	if (dir == NULL)
		return err_no_memory(err);
	/* "office.model/" means the directory, not something in it. */
	for (size_t n = strlen(dir); n > 1 && dir[n - 1] == '/'; n--)
		dir[n - 1] = '\0';
	r = check_target(dir, &exists, err);
	if (r < 0)
		return r;
	if (asprintf(&temp, "%s.tmp-%d", dir, (int)getpid()) < 0) {
		temp = NULL;
		return err_no_memory(err);
	}
	if (mkdir(temp, 0777) < 0)
		return err_set(err, -errno, "making %s: %s", temp, strerror(errno));
	fd = open(temp, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	r = fd < 0 ? err_set(err, -errno, "opening %s: %s", temp, strerror(errno))
		   : save_parts(model, fd, err);
	if (fd >= 0)
		close(fd);
	if (r == 0 && renameat2(AT_FDCWD, temp, AT_FDCWD, dir,
				exists ? RENAME_EXCHANGE : RENAME_NOREPLACE) < 0)
		r = err_set(err, -errno, "renaming %s to %s: %s", temp, dir, strerror(errno));
	/* After an exchange the temporary name holds the old model; after a failure, the unfinished
	 * one. */
	if (r < 0 || exists)
		remove_model(temp);
	return r;
}

int model_explain_card(const struct model *model, FILE *out)
{
	char first[NS_TEXT_BYTES], last[NS_TEXT_BYTES];

	fprintf(out,
		"Model '%s': learned from %llu flows and %llu packets seen between\n%s and %s.\n",
		model->name, (unsigned long long)model->n_flows,
		(unsigned long long)model->n_packets, ns_format_time(model->first_ns, first),
		ns_format_time(model->last_ns, last));
	for (size_t i = 0; i < model->n_sources; i++)
		fprintf(out, "  from %s (%llu bytes, sha256 %.16s...)\n", model->sources[i].name,
			(unsigned long long)model->sources[i].n_bytes, model->sources[i].sha256);
	fprintf(out, "Flow model: %s (%s). Automata: %zu, by %s.\n", model->flow_ops->name,
		model->flow_ops->summary, model->bank.n, model->automata);
	fprintf(out, "%s; it holds counts and shapes, no payload of the captures.\n",
		model->addresses_kept ? "Addresses of the captures were kept (--keep-addresses)"
				      : "Addresses in it are made up");
	return ferror(out) ? -EIO : 0;
}
