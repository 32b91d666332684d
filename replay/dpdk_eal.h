/* SPDX-License-Identifier: Apache-2.0 */
/*
 * DPDK's environment layer (EAL). It can be started once in a process and is never stopped here;
 * it is started when the first sink needs it, without hugepages when there are none, without files
 * in /run, and without grabbing PCI cards nobody named. What it and its drivers would print is kept
 * for an error's sentence.
 */
#ifndef SOSIE_REPLAY_DPDK_EAL_H
#define SOSIE_REPLAY_DPDK_EAL_H

#include <stddef.h>
#include <stdio.h>

#include "base/err.h"

/* arguments: the user's, parted by blanks, or NULL. A second sink finds it started, whatever its
 * arguments. */
int dpdk_eal_start(const char *arguments, struct err *err);

/* What would have been printed between begin and end. */
struct dpdk_log {
	FILE *file;
	char *text;
	size_t n;
};

void dpdk_log_begin(struct dpdk_log *log);
/* The last line, or ""; borrowed from the log, and nothing may be written to it afterwards. */
const char *dpdk_log_last(struct dpdk_log *log);
void dpdk_log_end(struct dpdk_log *log);

#endif
