/* SPDX-License-Identifier: Apache-2.0 */
/* Which request a datagram answers. */
#ifndef SOSIE_PACKET_PAYLOAD_MATCH_H
#define SOSIE_PACKET_PAYLOAD_MATCH_H

#include "automata/step.h"

enum { PAYLOAD_MATCH_REACH = 64 /* steps looked at */ };

/*
 * The forward step that backward step i answers: requests and answers pair like brackets, so of two
 * requests in a row the later is answered first. Datagrams of length 0 are no requests but ICMP
 * echoes without data are, so lengths do not count. When there is none: the latest forward step
 * within reach (it is answered twice), else i itself.
 */
uint32_t payload_match(const struct automaton_step *steps, uint32_t i);

#endif
