/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which of two sides a frame leaves by: side 0 is where clients are, side 1 where servers are.
 */
#ifndef SOSIE_REPLAY_SPLIT_H
#define SOSIE_REPLAY_SPLIT_H

#include "base/err.h"
#include "replay/source.h"

enum split_side {
	SPLIT_CLIENT,
	SPLIT_SERVER,
	SPLIT_NEITHER, /* a tcpprep cache says: do not send */
};

struct split;

/*
 * "auto": who spoke first. A host is on the side where it was seen first, sending (0) or being sent
 * to (1), and stays there; what is not IP goes by MAC addresses. Up to a million hosts are
 * remembered, those after them go by the lower port.
 * "cidr:NET,...": hosts of these networks are on side 0.
 * "port": the side with the lower port is the server.
 * "mac:MAC,...": frames from these are on side 0.
 * "cache:FILE": as tcpprep (1) decided, packet by packet, for captures played in the same order.
 */
int split_new(const char *text, struct split **ret_split, struct err *err);
void split_freep(struct split **split);

/* Frames in order. -ERANGE: the cache file has no more packets. Else enum split_side. */
int split_side(struct split *split, const struct source_frame *frame, struct err *err);

#endif
