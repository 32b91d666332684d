/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/file.h"
#include "base/mem.h"

struct folder {
	char path[64];
	char name[128]; /* a file in it */
};

static int make_folder(void **state)
{
	struct folder *folder = calloc(1, sizeof(*folder));

	assert_non_null(folder);
	snprintf(folder->path, sizeof(folder->path), "/tmp/test_file.XXXXXX");
	assert_non_null(mkdtemp(folder->path));
	snprintf(folder->name, sizeof(folder->name), "%s/out", folder->path);
	*state = folder;
	return 0;
}

static size_t count_entries(const struct folder *folder, bool remove_them)
{
	DIR *dir = opendir(folder->path);
	struct dirent *entry;
	size_t n = 0;

	assert_non_null(dir);
	while ((entry = readdir(dir)) != NULL) {
		char path[512];

		if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0)
			continue;
		n++;
		snprintf(path, sizeof(path), "%s/%s", folder->path, entry->d_name);
		if (remove_them)
			unlink(path);
	}
	closedir(dir);
	return n;
}

static int remove_folder(void **state)
{
	struct folder *folder = *state;

	count_entries(folder, true);
	rmdir(folder->path);
	free(folder);
	return 0;
}

static void expect_content(const char *path, const char *content)
{
	CLEANUP(freep) char *text = NULL;
	struct err err = { "" };
	size_t n;

	if (file_read(path, 1000, &text, &n, &err) < 0)
		fail_msg("%s", err.text);
	assert_int_equal(n, strlen(content));
	assert_string_equal(text, content);
}

static void commit_shows_the_file_whole(void **state)
{
	struct folder *folder = *state;
	struct out_file file;
	struct err err = { "" };
	struct stat st;
	mode_t mask = umask(027);

	assert_int_equal(out_file_open(&file, folder->name, &err), 0);
	assert_int_equal(out_file_write(&file, "first", 5, &err), 0);
	assert_int_equal(access(folder->name, F_OK), -1); /* not before it is done */
	assert_int_equal(out_file_commit(&file, &err), 0);
	expect_content(folder->name, "first");
	assert_int_equal(stat(folder->name, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0666 & ~027);
	umask(mask);

	assert_int_equal(out_file_open(&file, folder->name, &err), 0);
	assert_int_equal(out_file_write(&file, "second", 6, &err), 0);
	expect_content(folder->name, "first");
	assert_int_equal(out_file_commit(&file, &err), 0);
	expect_content(folder->name, "second");
	out_file_abort(&file); /* fine after commit */
	assert_int_equal(out_file_commit(&file, &err), -EBADF);
	assert_int_equal(count_entries(folder, false), 1);
}

static void abort_leaves_what_was_there(void **state)
{
	struct folder *folder = *state;
	struct out_file file;
	struct err err = { "" };

	assert_int_equal(out_file_open(&file, folder->name, &err), 0);
	assert_int_equal(out_file_write(&file, "x", 1, &err), 0);
	out_file_abort(&file);
	out_file_abort(&file);
	assert_int_equal(count_entries(folder, false), 0);
}

/* Killed in the middle of it: nothing is left to clean up. */
static void a_kill_leaves_nothing(void **state)
{
	struct folder *folder = *state;
	struct out_file file;
	struct err err = { "" };
	int status;
	pid_t pid;

	assert_int_equal(out_file_open(&file, folder->name, &err), 0);
	if (file.temp != NULL) {
		out_file_abort(&file);
		skip(); /* a file system without files without names */
	}
	assert_int_equal(count_entries(folder, false), 0);
	out_file_abort(&file);
	pid = fork();
	assert_true(pid >= 0);
	if (pid == 0) {
		if (out_file_open(&file, folder->name, &err) == 0)
			out_file_write(&file, "half", 4, &err);
		raise(SIGKILL);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFSIGNALED(status));
	assert_int_equal(count_entries(folder, false), 0);
}

static void links_are_written_through(void **state)
{
	struct folder *folder = *state;
	char link_name[160];
	struct out_file file;
	struct err err = { "" };
	struct stat st;

	snprintf(link_name, sizeof(link_name), "%s/link", folder->path);
	assert_int_equal(out_file_open(&file, folder->name, &err), 0);
	assert_int_equal(out_file_commit(&file, &err), 0);
	assert_int_equal(symlink(folder->name, link_name), 0);
	assert_int_equal(out_file_open(&file, link_name, &err), 0);
	assert_int_equal(out_file_write(&file, "through", 7, &err), 0);
	assert_int_equal(out_file_commit(&file, &err), 0);
	expect_content(folder->name, "through");
	assert_int_equal(lstat(link_name, &st), 0);
	assert_true(S_ISLNK(st.st_mode));
}

static void bad_places_are_refused(void **state)
{
	struct folder *folder = *state;
	char path[200];
	struct out_file file;
	struct err err = { "" };

	assert_int_equal(out_file_open(&file, "", &err), -EINVAL);
	assert_int_equal(out_file_open(&file, folder->path, &err), -EISDIR);
	assert_non_null(strstr(err.text, folder->path));
	snprintf(path, sizeof(path), "%s/no/such/out", folder->path);
	assert_int_equal(out_file_open(&file, path, &err), -ENOENT);
	assert_non_null(strstr(err.text, "No such file"));
	assert_int_equal(file.fd, -1);
	out_file_abort(&file); /* fine after a failed open */
}

static void devices_and_pipes_are_written_in_place(void **state)
{
	struct folder *folder = *state;
	struct out_file file;
	struct err err = { "" };
	struct stat st;
	char text[8] = "";
	int fd;

	assert_int_equal(out_file_open(&file, "/dev/null", &err), 0);
	assert_null(file.temp);
	assert_int_equal(out_file_write(&file, "x", 1, &err), 0);
	assert_int_equal(out_file_commit(&file, &err), 0);
	assert_int_equal(stat("/dev/null", &st), 0);
	assert_true(S_ISCHR(st.st_mode));

	assert_int_equal(mkfifo(folder->name, 0600), 0);
	fd = open(folder->name, O_RDONLY | O_NONBLOCK);
	assert_true(fd >= 0);
	assert_int_equal(out_file_open(&file, folder->name, &err), 0);
	assert_int_equal(out_file_write(&file, "piped", 5, &err), 0);
	assert_int_equal(out_file_commit(&file, &err), 0);
	assert_int_equal(read(fd, text, sizeof(text) - 1), 5);
	assert_string_equal(text, "piped");
	close(fd);

	assert_int_equal(out_file_open(&file, "-", &err), 0);
	assert_int_equal(out_file_commit(&file, &err), 0);
	assert_int_not_equal(fcntl(STDOUT_FILENO, F_GETFD), -1); /* still ours */
}

static void a_full_disk_is_said(void **state)
{
	struct folder *folder = *state;
	struct rlimit before, low;
	struct out_file file;
	struct err err = { "" };
	char block[8192] = { 0 };

	if (access("/dev/full", W_OK) == 0) {
		assert_int_equal(out_file_open(&file, "/dev/full", &err), 0);
		assert_int_equal(out_file_write(&file, "x", 1, &err), -ENOSPC);
		assert_string_equal(err.text, "writing '/dev/full': No space left on device");
		out_file_abort(&file);
	}
	/* A write that stops in the middle: 5000 of 8192 bytes fit. */
	signal(SIGXFSZ, SIG_IGN);
	assert_int_equal(getrlimit(RLIMIT_FSIZE, &before), 0);
	low = before;
	low.rlim_cur = 5000;
	assert_int_equal(out_file_open(&file, folder->name, &err), 0);
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &low), 0);
	assert_int_equal(out_file_write(&file, block, sizeof(block), &err), -EFBIG);
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &before), 0);
	out_file_abort(&file);
	assert_int_equal(count_entries(folder, false), 0);
	assert_int_equal(fd_write_all(-1, "x", 1), -EBADF);
}

static void *drain(void *arg)
{
	static const struct timespec pause = { .tv_nsec = 1000000 };
	size_t n = 0;
	char text[4096];
	ssize_t got;

	while ((got = read(*(int *)arg, text, sizeof(text))) > 0) {
		n += (size_t)got;
		nanosleep(&pause, NULL);
	}
	return (void *)n;
}

/* A pipe that gives EAGAIN is waited for, and takes a large write in many pieces. */
static void a_nonblocking_pipe_gets_all(void **state)
{
	enum { N = 300000 };
	char *bytes = calloc(1, N);
	pthread_t thread;
	int fds[2];
	void *n;

	(void)state;
	assert_non_null(bytes);
	assert_int_equal(pipe2(fds, 0), 0);
	assert_int_equal(fcntl(fds[1], F_SETFL, O_NONBLOCK), 0);
	assert_int_equal(pthread_create(&thread, NULL, drain, &fds[0]), 0);
	assert_int_equal(fd_write_all(fds[1], bytes, N), 0);
	close(fds[1]);
	pthread_join(thread, &n);
	assert_int_equal((size_t)n, N);
	close(fds[0]);
	free(bytes);
}

static void reading_keeps_its_limit(void **state)
{
	struct folder *folder = *state;
	CLEANUP(freep) char *bytes = malloc(200001);
	static const size_t sizes[] = { 0, 1, 65535, 65536, 65537, 200000 };
	struct err err = { "" };
	size_t i, n;

	assert_non_null(bytes);
	memset(bytes, 'a', 200000);
	bytes[200000] = '\0';
	for (i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		struct out_file file;
		char *text = NULL;

		assert_int_equal(out_file_open(&file, folder->name, &err), 0);
		assert_int_equal(out_file_write(&file, bytes, sizes[i], &err), 0);
		assert_int_equal(out_file_commit(&file, &err), 0);
		assert_int_equal(file_read(folder->name, sizes[i], &text, &n, &err), 0);
		assert_int_equal(n, sizes[i]);
		assert_memory_equal(text, bytes, n);
		assert_int_equal(text[n], '\0');
		freep(&text);
		assert_int_equal(file_read(folder->name, SIZE_MAX, &text, &n, &err), 0);
		assert_int_equal(n, sizes[i]);
		freep(&text);
		if (sizes[i] == 0)
			continue;
		assert_int_equal(file_read(folder->name, sizes[i] - 1, &text, &n, &err), -EFBIG);
		assert_null(text);
	}
	assert_int_equal(file_read(folder->path, 10, &bytes, &n, &err), -EISDIR);
	assert_int_equal(file_read("/no/such/file", 10, &bytes, &n, &err), -ENOENT);
	assert_string_equal(err.text, "opening '/no/such/file': No such file or directory");
	assert_int_equal(file_read("/dev/zero", 1000, &bytes, &n, &err), -EFBIG); /* endless */
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(commit_shows_the_file_whole, make_folder,
						remove_folder),
		cmocka_unit_test_setup_teardown(abort_leaves_what_was_there, make_folder,
						remove_folder),
		cmocka_unit_test_setup_teardown(a_kill_leaves_nothing, make_folder, remove_folder),
		cmocka_unit_test_setup_teardown(links_are_written_through, make_folder,
						remove_folder),
		cmocka_unit_test_setup_teardown(bad_places_are_refused, make_folder, remove_folder),
		cmocka_unit_test_setup_teardown(devices_and_pipes_are_written_in_place, make_folder,
						remove_folder),
		cmocka_unit_test_setup_teardown(a_full_disk_is_said, make_folder, remove_folder),
		cmocka_unit_test(a_nonblocking_pipe_gets_all),
		cmocka_unit_test_setup_teardown(reading_keeps_its_limit, make_folder,
						remove_folder),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
