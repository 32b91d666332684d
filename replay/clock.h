/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The clock a player waits on. It is handed in, so that a test can run a year in a second.
 */
#ifndef SOSIE_REPLAY_CLOCK_H
#define SOSIE_REPLAY_CLOCK_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

struct clock {
	int64_t (*now)(void *context); /* ns, never going back; its zero means nothing */
	/* Sleeps until about that instant; may wake early (a signal), never much before it
	 * otherwise. */
	void (*sleep_until)(void *context, int64_t ns);
	/* How long before an instant to stop sleeping and spin: what a wake-up may be late by. */
	int64_t spin_ns;
	int64_t slice_ns; /* the longest sleep: how soon a stop is seen */
	bool is_virtual;  /* waiting takes no time, so nobody wants to be told while it lasts */
	void *context;
};

/*
 * The machine's: CLOCK_MONOTONIC. Asks the kernel for exact wake-ups of the calling thread
 * (PR_SET_TIMERSLACK 1 ns; 50 us by default), so make it in the thread that waits. 60 us of
 * spinning cover what a sleep is late by on a machine that is not overloaded.
 */
struct clock clock_machine(void);

/* One that stands still until it is slept on: what would take a day takes no time. Borrows now_ns.
 */
struct clock clock_virtual(int64_t *now_ns);

/*
 * Waits for an instant and returns the time it became, at or after it; or, once *stop is true, some
 * time before it. stop may be NULL. Sleeps no longer than slice_ns at once, so a stop is seen soon.
 */
int64_t clock_wait(const struct clock *clock, int64_t until_ns, const atomic_bool *stop);

#endif
