/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Doing something in another network namespace: what is opened there stays there, the thread comes
 * back. So one program has ports in several namespaces, the two ends of a veth pair for instance.
 */
#ifndef SOSIE_REPLAY_NETNS_H
#define SOSIE_REPLAY_NETNS_H

#include "base/err.h"

/*
 * Calls fn with the calling thread in the namespace (a name below /run/netns, or a path; NULL:
 * where it is) and returns what it returned. Errors of its own: there is no such namespace (the
 * sentence lists those there are), no permission (needs CAP_SYS_ADMIN). If the way back fails the
 * thread is of no use any more: -ENOTRECOVERABLE.
 */
int netns_call(const char *netns, int (*fn)(void *context, struct err *err), void *context,
	       struct err *err);

#endif
