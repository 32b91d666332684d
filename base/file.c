/* SPDX-License-Identifier: Apache-2.0 */
#include "base/file.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/mem.h"
#include "base/ns.h"

enum { N_NAME_TRIES = 100 };

/* How many bytes of the path are its directory's, with the slash; 0: this one's. */
static int directory_bytes(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash != NULL ? (int)(slash + 1 - path) : 0;
}

/* "<directory>/<name>.<token>.part", another one for each try; the caller frees. */
static char *temp_name(const struct out_file *file, int i_try)
{
	const int n = directory_bytes(file->path);
	const uint64_t token = (uint64_t)ns_monotonic() ^ (uint64_t)getpid() << 40;
	char *temp;

	if (asprintf(&temp, "%.*s%.200s.%012llx.part", n, file->path, file->path + n,
		     (unsigned long long)((token + (uint64_t)i_try) & 0xffffffffffff)) < 0)
		return NULL;
	return temp;
}

/*
 * A file without a name, which nothing leaves behind, not even a kill (O_TMPFILE, open(2)). False:
 * the file system has none, or /proc, by which it is named in the end, is not there.
 */
static bool open_unnamed(struct out_file *file, mode_t mode)
{
	const int n = directory_bytes(file->path);
	CLEANUP(freep) char *directory = n > 0 ? strndup(file->path, (size_t)n) : strdup(".");

	if (directory == NULL)
		return false;
	file->fd = open(directory, O_TMPFILE | O_WRONLY | O_CLOEXEC, mode);
	if (file->fd < 0)
		return false;
	snprintf(file->unnamed, sizeof(file->unnamed), "/proc/self/fd/%d", file->fd);
	if (access(file->unnamed, F_OK) == 0)
		return true;
	file->unnamed[0] = '\0';
	close(file->fd);
	file->fd = -1;
	return false;
}

/*
 * O_EXCL with mode 0666 rather than mkstemp(), so that the kernel applies the umask: asking for the
 * umask would change it for every thread.
 */
static int open_temp(struct out_file *file, mode_t mode, struct err *err)
{
	if (open_unnamed(file, mode))
		return 0;
	for (int i = 0; i < N_NAME_TRIES; i++) {
		CLEANUP(freep) char *temp = temp_name(file, i);

		if (temp == NULL)
			return err_no_memory(err);
		file->fd = open(temp, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode);
		if (file->fd >= 0) {
			file->temp = take(&temp);
			return 0;
		}
		if (errno != EEXIST)
			break;
	}
	return err_set(err, -errno, "creating a file beside '%s': %s", file->path, strerror(errno));
}

/* A link(2) replaces nothing, a rename does: for a moment there is a temporary name. */
static int name_temp(struct out_file *file, struct err *err)
{
	for (int i = 0; i < N_NAME_TRIES; i++) {
		CLEANUP(freep) char *temp = temp_name(file, i);

		if (temp == NULL)
			return err_no_memory(err);
		if (linkat(AT_FDCWD, file->unnamed, AT_FDCWD, temp, AT_SYMLINK_FOLLOW) == 0) {
			file->unnamed[0] = '\0';
			file->temp = take(&temp);
			return 0;
		}
		if (errno != EEXIST)
			break;
	}
	return err_set(err, -errno, "naming '%s': %s", file->path, strerror(errno));
}

static int open_in_place(struct out_file *file, const char *path, struct err *err)
{
	if (strcmp(path, "-") == 0)
		file->fd = fcntl(STDOUT_FILENO, F_DUPFD_CLOEXEC, 3);
	else
		file->fd = open(path, O_WRONLY | O_CLOEXEC);
	if (file->fd < 0)
		return err_set(err, -errno, "opening '%s' for writing: %s",
			       strcmp(path, "-") == 0 ? "standard output" : path, strerror(errno));
	return 0;
}

int out_file_open(struct out_file *file, const char *path, struct err *err)
{
	CLEANUP(freep) char *real = NULL;
	struct out_file f = { .fd = -1 };
	struct stat st;
	int r;

	*file = f;
	if (path[0] == '\0')
		return err_set(err, -EINVAL, "an empty name was given for the output file");
	real = realpath(path, NULL); /* so that a link is written through, not replaced */
	f.path = strdup(strcmp(path, "-") != 0 && real != NULL ? real : path);
	if (f.path == NULL)
		return err_no_memory(err);
	if (strcmp(path, "-") == 0) {
		r = open_in_place(&f, "-", err);
	} else if (stat(f.path, &st) < 0) {
		r = open_temp(&f, 0666, err);
	} else if (S_ISDIR(st.st_mode)) {
		r = err_set(err, -EISDIR, "'%s' is a directory; a file was expected", path);
	} else if (!S_ISREG(st.st_mode)) {
		r = open_in_place(&f, f.path, err);
	} else if (access(f.path, W_OK) < 0) {
		/* A rename would replace it all the same: the directory's permission decides. */
		r = err_set(err, -errno, "'%s' exists and may not be written: %s", path,
			    strerror(errno));
	} else {
		r = open_temp(&f, 0666, err);
	}
	if (r < 0) {
		free(f.path);
		return r;
	}
	*file = f;
	return 0;
}

int out_file_write(struct out_file *file, const void *bytes, size_t n_bytes, struct err *err)
{
	int r = fd_write_all(file->fd, bytes, n_bytes);

	return r < 0 ? err_set(err, r, "writing '%s': %s", file->path, strerror(-r)) : 0;
}

int out_file_commit(struct out_file *file, struct err *err)
{
	int r = 0;

	if (file->fd < 0)
		return err_set(err, -EBADF, "the output file is not open");
	if (file->unnamed[0] != '\0')
		r = name_temp(file, err);
	/* Network file systems report a full disk here at the latest. */
	if (close(file->fd) < 0 && errno != EINTR && r == 0)
		r = err_set(err, -errno, "writing '%s': %s", file->path, strerror(errno));
	file->fd = -1;
	if (r == 0 && file->temp != NULL && rename(file->temp, file->path) < 0)
		r = err_set(err, -errno, "renaming '%s' to '%s': %s", file->temp, file->path,
			    strerror(errno));
	if (r == 0)
		freep(&file->temp);
	out_file_abort(file);
	return r;
}

void out_file_abort(struct out_file *file)
{
	if (file->fd >= 0)
		close(file->fd);
	file->fd = -1;
	if (file->temp != NULL)
		unlink(file->temp);
	freep(&file->temp);
	freep(&file->path);
}

int fd_write_all(int fd, const void *bytes, size_t n_bytes)
{
	const char *p = bytes;

	while (n_bytes > 0) {
		ssize_t n = write(fd, p, n_bytes < SSIZE_MAX ? n_bytes : SSIZE_MAX);

		if (n > 0) {
			p += n;
			n_bytes -= (size_t)n;
		} else if (n == 0) {
			return -EIO;
		} else if (errno == EAGAIN) { /* a pipe that another program made non-blocking */
			struct pollfd pfd = { .fd = fd, .events = POLLOUT };

			if (poll(&pfd, 1, -1) < 0 && errno != EINTR)
				return -errno;
		} else if (errno != EINTR) {
			return -errno;
		}
	}
	return 0;
}

/* Reads fd to its end. */
static int read_all(int fd, size_t limit_bytes, char **ret_text, size_t *ret_n)
{
	CLEANUP(freep) char *text = NULL;
	size_t n = 0, capacity = 0;

	for (;;) {
		/* One more than the limit tells "at it" from "above it"; one for the NUL. */
		size_t want = n + 65536 < limit_bytes ? n + 65536 : limit_bytes + 2;
		ssize_t got;
		int r;

		r = mem_grow(&text, &capacity, want, 1, limit_bytes + 2);
		if (r < 0)
			return r;
		got = read(fd, text + n, capacity - 1 - n);
		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			return -errno;
		if (got == 0)
			break;
		n += (size_t)got;
		if (n > limit_bytes)
			return -EFBIG;
	}
	text[n] = '\0';
	*ret_text = take(&text);
	*ret_n = n;
	return 0;
}

int file_read(const char *path, size_t limit_bytes, char **ret_text, size_t *ret_n, struct err *err)
{
	int fd, r;

	if (limit_bytes > PTRDIFF_MAX - 2)
		limit_bytes = PTRDIFF_MAX - 2;
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return err_set(err, -errno, "opening '%s': %s", path, strerror(errno));
	r = read_all(fd, limit_bytes, ret_text, ret_n);
	close(fd);
	if (r == -EFBIG)
		return err_set(err, r, "'%s' is larger than the %zu bytes allowed", path,
			       limit_bytes);
	if (r < 0)
		return err_set(err, r, "reading '%s': %s", path, strerror(-r));
	return 0;
}
