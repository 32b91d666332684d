/* SPDX-License-Identifier: Apache-2.0 */
/* Sketches of a flow's first payloads. Feed it from the meter's on_packet. */
#ifndef SOSIE_PACKET_OBSERVE_SKETCH_H
#define SOSIE_PACKET_OBSERVE_SKETCH_H

#include "automata/sketch.h"
#include "packet/decode.h"
#include <stdbool.h>

/* What is kept of a flow; zeroed when it begins. */
struct sketch_sight {
	struct sketch sketches[SKETCH_PAYLOADS];
	uint8_t n;
	uint8_t n_way[2]; /* of each direction, at most SKETCH_OF_WAY - 1 */
};

/* Packets without payload and later fragments are passed over. */
void sketch_sight_packet(struct sketch_sight *sight, const struct packet_view *view, bool backward);

#endif
