/* SPDX-License-Identifier: Apache-2.0 */
#include "gen/report/child.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/mem.h"
#include "base/ns.h"

enum { CHUNK_BYTES = 1 << 16, LOOK_EVERY_MS = 100, COMPLAINT_BYTES = 512 };

struct talk {
	const struct child *child;
	pid_t pid;
	int in, out, errors; /* our ends; -1 when closed */
	const char *input;
	size_t n_left;
	char *text;
	size_t n, capacity;
	char complaint[COMPLAINT_BYTES];
	size_t n_complaint;
};

static void close_fd(int *fd)
{
	if (*fd >= 0)
		close(*fd);
	*fd = -1;
}

/* The child's environment is ours but for the language, which would change its numbers. */
static int spawn(const struct child *child, int in, int out, int errors, pid_t *ret_pid)
{
	posix_spawn_file_actions_t actions;
	posix_spawnattr_t attributes;
	sigset_t defaults;
	char *environment[] = { NULL, (char[]) { "LC_ALL=C.UTF-8" }, NULL };
	char path[4096] = "PATH=/usr/bin:/bin";
	const char *ours = getenv("PATH");
	int r;

	if (ours != NULL && strlen(ours) < sizeof(path) - 5)
		memcpy(path + 5, ours, strlen(ours) + 1);
	environment[0] = path;
	sigemptyset(&defaults);
	sigaddset(&defaults, SIGPIPE);
	posix_spawnattr_init(&attributes);
	posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGDEF);
	posix_spawnattr_setsigdefault(&attributes, &defaults);
	posix_spawn_file_actions_init(&actions);
	posix_spawn_file_actions_adddup2(&actions, in, STDIN_FILENO);
	posix_spawn_file_actions_adddup2(&actions, out, STDOUT_FILENO);
	posix_spawn_file_actions_adddup2(&actions, errors, STDERR_FILENO);
	r = posix_spawnp(ret_pid, child->argv[0], &actions, &attributes, (char *const *)child->argv,
			 environment);
	posix_spawn_file_actions_destroy(&actions);
	posix_spawnattr_destroy(&attributes);
	return -r;
}

/* 0 with all three ends open, or an error with none. */
static int start(struct talk *talk, struct err *err)
{
	const char *name = talk->child->argv[0];
	int in[2] = { -1, -1 }, out[2] = { -1, -1 }, errors[2] = { -1, -1 }, r = 0;

	if (pipe2(in, O_CLOEXEC) < 0 || pipe2(out, O_CLOEXEC) < 0 || pipe2(errors, O_CLOEXEC) < 0)
		r = err_set(err, -errno, "a pipe to %s: %s", name, strerror(errno));
	if (r == 0) {
		r = spawn(talk->child, in[0], out[1], errors[1], &talk->pid);
		if (r == -ENOENT)
			err_set(err, r, "%s is not installed: it draws the pictures (package %s)",
				name, talk->child->package);
		else if (r < 0)
			err_set(err, r, "starting %s: %s", name, strerror(-r));
	}
	close_fd(&in[0]);
	close_fd(&out[1]);
	close_fd(&errors[1]);
	if (r < 0) {
		close_fd(&in[1]);
		close_fd(&out[0]);
		close_fd(&errors[0]);
		return r;
	}
	fcntl(in[1], F_SETFL, O_NONBLOCK);
	talk->in = in[1];
	talk->out = out[0];
	talk->errors = errors[0];
	return 0;
}

static void feed(struct talk *talk)
{
	ssize_t n = write(talk->in, talk->input, talk->n_left);

	if (n > 0) {
		talk->input += n;
		talk->n_left -= (size_t)n;
	}
	/* A child that does not want the rest says why on stderr. */
	if (talk->n_left == 0 || (n < 0 && errno != EAGAIN && errno != EINTR))
		close_fd(&talk->in);
}

static int take_text(struct talk *talk, struct err *err)
{
	const char *name = talk->child->argv[0];
	ssize_t n;

	if (mem_grow(&talk->text, &talk->capacity, talk->n + CHUNK_BYTES + 1, 1,
		     CHILD_LIMIT_BYTES) < 0)
		return err_set(err, -EFBIG, "%s: more than %d MiB of picture", name,
			       CHILD_LIMIT_BYTES >> 20);
	n = read(talk->out, talk->text + talk->n, CHUNK_BYTES);
	if (n > 0)
		talk->n += (size_t)n;
	else if (n == 0 || errno != EINTR)
		close_fd(&talk->out);
	return 0;
}

/* Keeps the beginning, reads all. */
static void take_complaint(struct talk *talk)
{
	char text[COMPLAINT_BYTES];
	ssize_t n = read(talk->errors, text, sizeof(text));

	for (ssize_t i = 0; i < n && talk->n_complaint < COMPLAINT_BYTES - 1; i++)
		talk->complaint[talk->n_complaint++] = text[i];
	if (n == 0 || (n < 0 && errno != EINTR))
		close_fd(&talk->errors);
}

static int converse(struct talk *talk, struct err *err)
{
	const int64_t deadline = ns_monotonic() + CHILD_LIMIT_SECONDS * NS_PER_S;
	int r = 0;

	while (r == 0 && (talk->out >= 0 || talk->errors >= 0)) {
		struct pollfd fds[] = { { talk->in, POLLOUT, 0 },
					{ talk->out, POLLIN, 0 },
					{ talk->errors, POLLIN, 0 } };

		if (talk->child->interrupted != NULL && atomic_load(talk->child->interrupted))
			return -EINTR;
		if (ns_monotonic() > deadline)
			return err_set(err, -ETIMEDOUT, "%s: not done after %d s",
				       talk->child->argv[0], CHILD_LIMIT_SECONDS);
		if (poll(fds, 3, LOOK_EVERY_MS) <= 0)
			continue;
		if (fds[0].revents != 0)
			feed(talk);
		if (fds[1].revents != 0)
			r = take_text(talk, err);
		if (fds[2].revents != 0)
			take_complaint(talk);
	}
	return r;
}

/* One line of what the child complained of, without control characters. */
static const char *complaint_line(struct talk *talk)
{
	char *line = talk->complaint + strspn(talk->complaint, " \t\r\n");

	line[strcspn(line, "\r\n")] = '\0';
	for (char *c = line; *c != '\0'; c++)
		*c = (unsigned char)*c < 0x20 || *c == 0x7f ? '?' : *c;
	return line[0] != '\0' ? line : "no reason given";
}

static int finish(struct talk *talk, int r, struct err *err)
{
	int status = 0;

	if (r < 0)
		kill(talk->pid, SIGKILL);
	while (waitpid(talk->pid, &status, 0) < 0 && errno == EINTR)
		;
	if (r < 0)
		return r;
	/* A Ctrl-C goes to the child, too, and ends it first. */
	if (talk->child->interrupted != NULL && atomic_load(talk->child->interrupted))
		return -EINTR;
	if (WIFSIGNALED(status))
		return err_set(err, -EIO, "%s: ended by signal %d", talk->child->argv[0],
			       WTERMSIG(status));
	if (WEXITSTATUS(status) != 0 || talk->n == 0)
		return err_set(err, -EIO, "%s: exit status %d: %s", talk->child->argv[0],
			       WEXITSTATUS(status), complaint_line(talk));
	return 0;
}

int child_run(const struct child *child, const char *input, size_t n_input, char **ret_text,
	      size_t *ret_n, struct err *err)
{
	struct talk talk = {
		.child = child, .in = -1, .out = -1, .errors = -1, .input = input, .n_left = n_input
	};
	int r = start(&talk, err);

	if (r < 0)
		return r;
	r = converse(&talk, err);
	close_fd(&talk.in);
	close_fd(&talk.out);
	close_fd(&talk.errors);
	r = finish(&talk, r, err);
	if (r < 0) {
		free(talk.text);
		return r;
	}
	talk.text[talk.n] = '\0';
	*ret_text = talk.text;
	*ret_n = talk.n;
	return 0;
}
