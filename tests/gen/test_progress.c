/* SPDX-License-Identifier: Apache-2.0 */
/* The progress line, on a pseudo-terminal and in a pipe. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <fcntl.h>
#include <pty.h>
#include <string.h>
#include <unistd.h>

#include "gen/progress.h"

/* Puts fd in stderr's place; returns the old one. */
static int stderr_become(int fd)
{
	int old = dup(STDERR_FILENO);

	assert_true(old >= 0 && dup2(fd, STDERR_FILENO) >= 0);
	return old;
}

static size_t read_now(int fd, char *text, size_t room)
{
	ssize_t n;

	assert_int_equal(fcntl(fd, F_SETFL, O_NONBLOCK), 0);
	n = read(fd, text, room - 1);
	text[n > 0 ? n : 0] = '\0';
	return n > 0 ? (size_t)n : 0;
}

static void terminal(void **state)
{
	struct progress *progress = NULL;
	int master, slave, old;
	char text[1024];

	(void)state;
	/* A chroot without /dev/pts has no terminals to give. */
	if (openpty(&master, &slave, NULL, NULL, NULL) < 0) {
		print_message("no terminal can be made here\n");
		skip();
	}
	old = stderr_become(slave);
	assert_int_equal(progress_new("flows", false, &progress, NULL), 0);
	assert_non_null(progress);
	progress_stage(progress, "a.pcap");
	progress_update(progress, 0.1, 1000, 0); /* too early to be worth a line */
	assert_int_equal(read_now(master, text, sizeof(text)), 0);
	usleep(250000);
	progress_update(progress, 0.42, 1500000, 64000000);
	assert_true(read_now(master, text, sizeof(text)) > 0);
	assert_int_equal(strncmp(text, "\rflows a.pcap: 42 %", 19), 0);
	assert_non_null(strstr(text, "1.5 M packets"));
	assert_non_null(strstr(text, " MB/s"));
	assert_null(strchr(text, '\n'));
	progress_freep(&progress);
	assert_null(progress);
	assert_true(read_now(master, text, sizeof(text)) > 0);
	assert_string_equal(text, "\r\x1b[K");
	assert_true(dup2(old, STDERR_FILENO) >= 0);
	close(old);
	close(slave);
	close(master);
}

static void silent_in_a_pipe(void **state)
{
	struct progress *progress = NULL;
	char text[64];
	int ends[2], old;

	(void)state;
	assert_int_equal(pipe(ends), 0);
	old = stderr_become(ends[1]);
	assert_int_equal(progress_new("flows", false, &progress, NULL), 0);
	assert_null(progress);
	progress_freep(&progress);
	assert_int_equal(progress_new("flows", true, &progress, NULL), 0);
	assert_non_null(progress);
	progress_update(progress, -1, 5, 5);
	progress_end(progress);
	progress_freep(&progress);
	assert_int_equal(read_now(ends[0], text, sizeof(text)), 0);
	assert_true(dup2(old, STDERR_FILENO) >= 0);
	close(old);
	close(ends[0]);
	close(ends[1]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(terminal),
		cmocka_unit_test(silent_in_a_pipe),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
