/* SPDX-License-Identifier: Apache-2.0 */
#include "replay/dpdk_eal.h"

#include <errno.h>
#include <rte_eal.h>
#include <rte_errno.h>
#include <rte_log.h>
#include <sched.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/mem.h"

enum { MAX_ARGS = 64 };

/* Without hugepages memory is taken at the start, in MiB: fits the pools and rings of two ports of
 * 9,000 bytes. */
#define NO_HUGE_MIB "256"

void dpdk_log_begin(struct dpdk_log *log)
{
	*log = (struct dpdk_log) { NULL, NULL, 0 };
	log->file = open_memstream(&log->text, &log->n);
	if (log->file != NULL)
		rte_openlog_stream(log->file);
	rte_log_set_global_level(RTE_LOG_ERR);
}

const char *dpdk_log_last(struct dpdk_log *log)
{
	char *last;

	if (log->file == NULL || fflush(log->file) != 0 || log->n == 0)
		return "";
	while (log->n > 0 && log->text[log->n - 1] == '\n')
		log->text[--log->n] = '\0';
	last = strrchr(log->text, '\n');
	return last != NULL ? last + 1 : log->text;
}

void dpdk_log_end(struct dpdk_log *log)
{
	rte_openlog_stream(NULL);
	rte_log_set_global_level(RTE_LOG_EMERG);
	if (log->file != NULL)
		fclose(log->file);
	free(log->text);
}

static bool has_hugepages(void)
{
	CLEANUP(fclosep) FILE *file = fopen("/proc/meminfo", "re");
	char line[128];
	long n;

	while (file != NULL && fgets(line, sizeof(line), file) != NULL)
		if (sscanf(line, "HugePages_Free: %ld", &n) == 1)
			return n >= 64;
	return false;
}

struct args {
	char *argv[MAX_ARGS + 1];
	int argc;
	char text[2048]; /* a copy of the user's, cut at blanks */
};

static bool names_pci(const struct args *args)
{
	for (int i = 1; i < args->argc; i++)
		if (strncmp(args->argv[i], "-a", 2) == 0 ||
		    strncmp(args->argv[i], "--allow", 7) == 0 ||
		    strncmp(args->argv[i], "-b", 2) == 0)
			return true;
	return false;
}

static bool has_arg(const struct args *args, const char *name)
{
	for (int i = 1; i < args->argc; i++)
		if (strncmp(args->argv[i], name, strlen(name)) == 0)
			return true;
	return false;
}

static int add_arg(struct args *args, const char *arg)
{
	if (args->argc == MAX_ARGS)
		return -E2BIG;
	/* The EAL does not write to them, it only says so. */
	args->argv[args->argc++] = (char *)(uintptr_t)arg;
	return 0;
}

static int make_args(const char *user, struct args *args, struct err *err)
{
	char *save = NULL, *word;
	int r;

	memset(args, 0, sizeof(*args));
	r = add_arg(args, "sosie");
	if (user != NULL) {
		if (snprintf(args->text, sizeof(args->text), "%s", user) >= (int)sizeof(args->text))
			return err_set(err, -E2BIG, "dpdk: its arguments are too long");
		for (word = strtok_r(args->text, " ", &save); word != NULL && r == 0;
		     word = strtok_r(NULL, " ", &save))
			r = add_arg(args, word);
	}
	if (r == 0 && !has_arg(args, "--no-telemetry"))
		r = add_arg(args, "--no-telemetry");
	if (r == 0 && !names_pci(args) && !has_arg(args, "--no-pci"))
		r = add_arg(args, "--no-pci");
	if (r == 0 && !has_arg(args, "-l") && !has_arg(args, "--lcores") && !has_arg(args, "-c"))
		r = add_arg(args, "--lcores=0");
	if (r == 0 && !has_hugepages() && !has_arg(args, "--no-huge")) {
		r = add_arg(args, "--no-huge");
		if (r == 0 && !has_arg(args, "--no-shconf"))
			r = add_arg(args, "--no-shconf");
		if (r == 0 && !has_arg(args, "-m"))
			r = add_arg(args, "-m" NO_HUGE_MIB);
	} else if (r == 0 && !has_arg(args, "--in-memory") && !has_arg(args, "--no-huge")) {
		r = add_arg(args, "--in-memory");
	}
	return r < 0 ? err_set(err, r, "dpdk: more than %d arguments", MAX_ARGS) : 0;
}

/* The EAL makes it even when it has nothing to keep there; what is not empty stays. */
static void remove_runtime_folder(void)
{
	char path[512];
	char *slash;

	snprintf(path, sizeof(path), "%s", rte_eal_get_runtime_dir());
	if (rmdir(path) < 0)
		return;
	slash = strrchr(path, '/');
	if (slash != NULL && slash != path) {
		*slash = '\0';
		(void)rmdir(path);
	}
}

/* The EAL is one for the whole process and cannot be asked whether it is there: so this is too. */
int dpdk_eal_start(const char *user, struct err *err)
{
	static bool started;
	struct args args;
	cpu_set_t cpus;
	int r = started ? 0 : make_args(user, &args, err);
	bool has_cpus = sched_getaffinity(0, sizeof(cpus), &cpus) == 0;

	if (r < 0 || started)
		return r;
	r = rte_eal_init(args.argc, args.argv);
	/* The EAL ties the thread to one core; where we run is the user's affair. */
	if (has_cpus)
		sched_setaffinity(0, sizeof(cpus), &cpus);
	if (r < 0)
		return err_set(err, -rte_errno, "dpdk: the EAL does not start: %s",
			       rte_strerror(rte_errno));
	started = true;
	remove_runtime_folder();
	return 0;
}
