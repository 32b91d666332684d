/* SPDX-License-Identifier: Apache-2.0 */
#include "replay/netns.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define FOLDER "/run/netns"

/* "; there are: blue, red", as far as it fits. */
static void list_others(char *text, size_t n_text)
{
	DIR *dir = opendir(FOLDER);
	const struct dirent *entry;
	size_t n = 0;

	text[0] = '\0';
	while (dir != NULL && (entry = readdir(dir)) != NULL && n < n_text) {
		if (entry->d_name[0] == '.')
			continue;
		n += (size_t)snprintf(text + n, n_text - n, "%s%s", n == 0 ? "; there are: " : ", ",
				      entry->d_name);
	}
	if (dir != NULL)
		closedir(dir);
	if (n == 0)
		snprintf(text, n_text, "; there are none (ip netns add NAME makes one)");
}

static int open_netns(const char *netns, struct err *err)
{
	char path[PATH_MAX], others[400];
	int fd, e;

	if (snprintf(path, sizeof(path), "%s%s", strchr(netns, '/') != NULL ? "" : FOLDER "/",
		     netns) >= (int)sizeof(path))
		return err_set(err, -ENAMETOOLONG, "network namespace: the name is too long");
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd >= 0)
		return fd;
	e = errno;
	others[0] = '\0';
	if (e == ENOENT)
		list_others(others, sizeof(others));
	return err_set(err, -e, "network namespace '%s': %s%s", netns, strerror(e), others);
}

int netns_call(const char *netns, int (*fn)(void *context, struct err *err), void *context,
	       struct err *err)
{
	int there, here, r;

	if (netns == NULL)
		return fn(context, err);
	there = open_netns(netns, err);
	if (there < 0)
		return there;
	here = open("/proc/thread-self/ns/net", O_RDONLY | O_CLOEXEC);
	if (here < 0) {
		r = err_set(err, -errno, "own network namespace: %s", strerror(errno));
		close(there);
		return r;
	}
	if (setns(there, CLONE_NEWNET) < 0) {
		r = err_set(err, -errno, "network namespace '%s': %s%s", netns, strerror(errno),
			    errno == EPERM ? " (entering it needs CAP_SYS_ADMIN)" : "");
	} else {
		r = fn(context, err);
		if (setns(here, CLONE_NEWNET) < 0)
			r = err_set(err, -ENOTRECOVERABLE,
				    "coming back from network namespace '%s': %s", netns,
				    strerror(errno));
	}
	close(here);
	close(there);
	return r;
}
