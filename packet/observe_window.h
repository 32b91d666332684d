/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a capture shows of TCP windows after the SYN, by profiles (flow/window.h). Feed it from the
 * meter's on_packet: it needs a flow's both directions in order.
 */
#ifndef SOSIE_PACKET_OBSERVE_WINDOW_H
#define SOSIE_PACKET_OBSERVE_WINDOW_H

#include "base/err.h"
#include "flow/window.h"
#include "packet/decode.h"

/* What is kept of a flow meanwhile; zeroed when it begins. Index 0: the originator. */
struct window_sight {
	struct {
		uint64_t sent;		    /* payload bytes */
		uint64_t heard;		    /* of the other side, at its last segment */
		struct window_cells *cells; /* of its profile, once known */
		uint16_t syn, last;
		int8_t scale;		      /* offered; -1: none */
		bool has_syn, spoke, refused; /* refused: no profile for it */
	} side[2];
};

struct window_observer;

int window_observer_new(struct window_observer **ret_observer, struct err *err);
void window_observer_freep(struct window_observer **observer);
/* A packet that is no TCP header is passed over. */
void window_observer_packet(struct window_observer *observer, struct window_sight *sight,
			    const struct packet_view *view, bool backward);
/*
 * The profiles seen often enough, the most used where there are more than the limit. The caller's.
 * Fails when memory ran out, now or in window_observer_packet().
 */
int window_observer_result(const struct window_observer *observer, struct window_set *ret_set,
			   struct err *err);

#endif
