/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The habits of a capture's payloads (automata/habit.h), by service. Feed it from the meter's
 * on_packet: it needs a flow's both directions in order. Services are those of ports; what a flow
 * holds need not be known before it ends, and then its packets are gone.
 */
#ifndef SOSIE_PACKET_OBSERVE_HABIT_H
#define SOSIE_PACKET_OBSERVE_HABIT_H

#include "automata/habit.h"
#include "base/err.h"
#include "packet/decode.h"

enum {
	HABIT_HEAD = 1024, /* bytes of a run of TCP (packet/payload_stream.h) that are no filler */
	HABIT_SAMPLE = 64, /* bytes of a segment that are looked at */
	HABIT_SERVICES = 4096, /* more are passed over */
};

/* What is kept of a flow meanwhile; zeroed when it begins. */
struct habit_sight {
	struct habit_service *service;
	uint64_t run_bytes; /* of the run so far */
	uint8_t run_direction;
	bool refused;	 /* no room for its service */
	bool tls;	 /* a run began with a record */
	bool line_alone; /* the segment before was the first line of an answer, and no more */
};

struct habit_observer;

int habit_observer_new(struct habit_observer **ret_observer, struct err *err);
void habit_observer_freep(struct habit_observer **observer);
/* Packets without payload, resets and later fragments are passed over. */
void habit_observer_packet(struct habit_observer *observer, struct habit_sight *sight,
			   const struct packet_view *view, bool backward);
/* Fails when memory ran out in habit_observer_packet(). */
int habit_observer_check(const struct habit_observer *observer, struct err *err);
/* What was counted, not settled; NULL: nothing. Borrowed until the observer goes. */
const struct habit_table *habit_observer_result(const struct habit_observer *observer,
						const char *service, uint8_t proto);

#endif
