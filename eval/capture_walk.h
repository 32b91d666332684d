/* SPDX-License-Identifier: Apache-2.0 */
/* A capture read once from end to end, packet by packet and flow by flow. */
#ifndef SOSIE_EVAL_CAPTURE_WALK_H
#define SOSIE_EVAL_CAPTURE_WALK_H

#include "packet/decode.h"
#include "packet/meter.h"

enum { EVAL_LIMIT_STEPS = 4096 /* of a flow that are kept for on_flow */ };

/* Called now and then with the share done, in [0, 1] or below 0 when not known; not 0 ends the
 * work, which then returns it. */
struct eval_watch {
	int (*look)(void *context, const char *what, double done);
	void *context;
};

struct eval_capture_hooks {
	int (*on_packet)(void *context, const struct packet_view *view); /* IP only; may be NULL */
	int (*on_flow)(void *context, const struct meter_flow *flow);	 /* with its steps */
	void *context;
};

/* watch may be NULL. Hooks return 0 or -errno, which ends the walk. */
int eval_capture_walk(const char *path, const struct eval_watch *watch,
		      const struct eval_capture_hooks *hooks, struct err *err);

#endif
