/* SPDX-License-Identifier: Apache-2.0 */
/* The clock of a pcapng interface: options if_tsresol and if_tsoffset. */
#ifndef SOSIE_PACKET_CAPTURE_CLOCK_H
#define SOSIE_PACKET_CAPTURE_CLOCK_H

#include <stdbool.h>
#include <stdint.h>

struct capture_clock {
	bool binary;	  /* ticks are 2^-exponent s, else 10^-exponent s */
	uint8_t shift;	  /* the binary exponent */
	uint64_t factor;  /* ns per tick where a tick is 1 ns or longer, else 0 */
	uint64_t divisor; /* ticks per ns */
	int64_t offset_s; /* added to every instant */
};

/* resolution: the byte of if_tsresol. -EINVAL: finer than 10^-19 s or 2^-63 s. */
int capture_clock_init(struct capture_clock *clock, uint8_t resolution, int64_t offset_s);

/* Rounds down. -ERANGE: not between 1677 and 2262, the reach of int64 nanoseconds. */
int capture_clock_ns(const struct capture_clock *clock, uint64_t ticks, int64_t *ret_ns);

#endif
