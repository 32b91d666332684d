/* SPDX-License-Identifier: Apache-2.0 */
/* One packet header tuple: what an automaton reads and writes. */
#ifndef SOSIE_AUTOMATA_STEP_H
#define SOSIE_AUTOMATA_STEP_H

#include <stdint.h>

enum { STEP_FORWARD = 0, STEP_BACKWARD = 1 };

struct automaton_step {
	int64_t gap_ns; /* since the step before; 0 for the first; below 0 only where a capture's
			   clock went back */
	uint32_t payload_bytes; /* above TCP/UDP/ICMP headers */
	uint8_t direction;	/* STEP_FORWARD: by the originator */
	uint8_t flags;		/* TCP flags; ICMP: the type; else 0 */
	uint16_t edge;		/* generation: the edge walked; learning: 0 */
};

#endif
