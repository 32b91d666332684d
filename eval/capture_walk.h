/* SPDX-License-Identifier: Apache-2.0 */
/* A capture read once from end to end, packet by packet and flow by flow. */
#ifndef SOSIE_EVAL_CAPTURE_WALK_H
#define SOSIE_EVAL_CAPTURE_WALK_H

#include "packet/decode.h"
#include "packet/meter.h"

enum { EVAL_LIMIT_STEPS = 4096 /* of a flow that metrics go over */ };

/* Called now and then with the share done, in [0, 1] or below 0 when not known; not 0 ends the
 * work, which then returns it. */
struct eval_watch {
	int (*look)(void *context, const char *what, double done);
	void *context;
};

/* Called for each IP packet; not 0 ends the walk. */
typedef int eval_packet_fn(void *context, const struct packet_view *view);

/*
 * watch and on_packet may be NULL. options are the meter's; its context is also on_packet's.
 * Returns 0, what a call returned, or the error of reading.
 */
int eval_capture_walk(const char *path, const struct eval_watch *watch, eval_packet_fn *on_packet,
		      const struct meter_options *options, struct err *err);

#endif
