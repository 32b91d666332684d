/* SPDX-License-Identifier: Apache-2.0 */
#include "replay/clock.h"

#include <stddef.h>
#include <sys/prctl.h>
#include <time.h>

#include "base/ns.h"

enum { SLICE_NS = 20000000, SPIN_NS = 60000, SPINS_PER_LOOK = 64 };

static int64_t machine_now(void *context)
{
	(void)context;
	return ns_monotonic();
}

static void machine_sleep_until(void *context, int64_t ns)
{
	const struct timespec until = { .tv_sec = ns / NS_PER_S, .tv_nsec = ns % NS_PER_S };

	(void)context;
	clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &until, NULL);
}

struct clock clock_machine(void)
{
	prctl(PR_SET_TIMERSLACK, 1, 0, 0, 0);
	return (struct clock) { machine_now, machine_sleep_until, SPIN_NS, SLICE_NS, false, NULL };
}

static int64_t virtual_now(void *context)
{
	return *(const int64_t *)context;
}

static void virtual_sleep_until(void *context, int64_t ns)
{
	int64_t *now_ns = context;

	if (ns > *now_ns)
		*now_ns = ns;
}

struct clock clock_virtual(int64_t *now_ns)
{
	return (struct clock) { virtual_now, virtual_sleep_until, 0, INT64_MAX, true, now_ns };
}

static bool stopped(const atomic_bool *stop)
{
	return stop != NULL && atomic_load_explicit(stop, memory_order_relaxed);
}

int64_t clock_wait(const struct clock *clock, int64_t until_ns, const atomic_bool *stop)
{
	int64_t now = clock->now(clock->context);

	while (until_ns - now > clock->spin_ns && !stopped(stop)) {
		int64_t wake = until_ns - clock->spin_ns;

		clock->sleep_until(clock->context,
				   wake - now > clock->slice_ns ? now + clock->slice_ns : wake);
		now = clock->now(clock->context);
	}
	for (uint32_t i = 1; now < until_ns; i++) {
		if (i % SPINS_PER_LOOK == 0 && stopped(stop))
			break;
		now = clock->now(clock->context);
	}
	return now;
}
