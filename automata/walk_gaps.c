/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Gaps conditioned on their sum, the duration: one shift of all places in the edges' gap
 * distributions until the sum is near, then one factor, so that the rest falls to the largest gaps
 * and gaps of 0 (segments sent in one go) stay 0; all in whole quanta.
 */
#include <errno.h>

#include "automata/walk_internal.h"

/* One factor on all gaps makes up for the last part of the duration, up or down. */
enum { TOLERANCE = 20 };

/* Sets the values to value * factor in whole quanta, each at most high (whole quanta too); returns
 * their sum, and which is the largest below high. No division by the quantum for each: it takes
 * longer than all the rest. */
static int64_t scale(struct walk_item *items, size_t n, double factor, int64_t high,
		     int64_t quantum, size_t *ret_largest)
{
	const double quanta = factor / (double)quantum;
	const int64_t most = high / quantum;
	int64_t sum = 0, largest = -1;

	for (size_t k = 0; k < n; k++) {
		const double v = (double)items[k].value * quanta;
		const int64_t own = v >= (double)most ? most : (int64_t)v;

		if (own > largest && own < most) {
			largest = own;
			*ret_largest = k;
		}
		sum += own;
		items[k].value = own * quantum;
	}
	return sum * quantum;
}

/* Gives `missing` (a multiple of quantum) to one gap, then to the others in order. */
static void give(struct walk_item *items, size_t n, size_t first, int64_t missing, int64_t high)
{
	for (size_t k = 0; k <= n && missing > 0; k++) {
		struct walk_item *item = &items[k == 0 ? first : k - 1];
		int64_t own = high - item->value < missing ? high - item->value : missing;

		item->value += own;
		missing -= own;
	}
}

/* Rounding up in the factor can leave the sum a few quanta too large. */
static void take_back(struct walk_item *items, size_t n, int64_t excess)
{
	for (size_t k = 0; k < n && excess > 0; k++) {
		int64_t own = items[k].value < excess ? items[k].value : excess;

		items[k].value -= own;
		excess -= own;
	}
}

/* n gaps, each a multiple of quantum and at most high, that sum to duration, which they can. Those
 * with one value only come last. */
static void fit_gaps(struct walk_item *items, size_t n, size_t n_varying, int64_t duration,
		     int64_t high, int64_t quantum)
{
	const struct walk_bounds bounds = { 0, high, high };
	const int64_t constant = walk_constants(items + n_varying, n - n_varying, &bounds);
	const int64_t shifted =
		walk_shift(items, n_varying, &bounds, duration - constant, duration / TOLERANCE);
	int64_t sum = constant + shifted;
	size_t largest = 0;

	if (sum > 0)
		sum = scale(items, n, (double)duration / (double)sum, high, quantum, &largest);
	if (sum > duration)
		take_back(items, n, sum - duration);
	else if (sum == 0 && duration > 0) {
		/* Gaps that were always 0: all alike. */
		for (size_t k = 0; k < n; k++)
			items[k].value = duration / (int64_t)n / quantum * quantum;
		give(items, n, 0, duration - items[0].value * (int64_t)n, high);
	} else if (sum < duration) {
		give(items, n, largest, duration - sum, high);
	}
}

/* Items of all packets but the first; returns how many have more than one value. */
static size_t find_items(const struct walk *walk, const uint16_t *path, size_t n,
			 struct walk_item *items)
{
	size_t front = 0, back = n - 2;

	for (size_t k = 1; k < n; k++) {
		const struct walk_carry *carry = &walk->carries[path[k]];
		const bool varies = carry->n_gap_steps > 0;
		struct walk_item *item = &items[varies ? front : back];

		item->knots = carry->gap;
		item->n_steps = carry->n_gap_steps;
		item->step = (uint32_t)k;
		front += varies;
		back -= !varies;
	}
	return front;
}

int walk_gaps_draw(const struct walk *walk, struct walk_scratch *scratch,
		   struct walk_request *request, struct rng *rng, struct automaton_step *steps,
		   size_t n)
{
	int64_t quantum = request->quantum_ns > 0 ? request->quantum_ns : 1;
	int64_t high = request->max_gap_ns / quantum * quantum, duration, most;
	struct walk_item *items;
	size_t n_varying;
	int moved = 0;

	if (walk_items_room(scratch, n) < 0)
		return -ENOMEM;
	items = scratch->items;
	duration = request->duration_ns > 0 ? request->duration_ns : 0;
	/* To the nearest quantum: what the capture's clock can tell is not counted as moved. */
	duration = duration > INT64_MAX - quantum ? duration / quantum * quantum
						  : (duration + quantum / 2) / quantum * quantum;
	/* WALK_LIMIT_PACKETS gaps of 10 minutes stay below 2^63; a longer timeout is cut. */
	if (high > INT64_MAX / WALK_LIMIT_PACKETS)
		high = INT64_MAX / WALK_LIMIT_PACKETS / quantum * quantum;
	most = n > 1 && high > 0 ? (int64_t)(n - 1) * high : 0;
	if (duration > most || request->duration_ns < 0) {
		duration = duration > most ? most : duration;
		moved = WALK_MOVED_DURATION;
	}
	request->duration_ns = duration;
	if (n == 2) {
		steps[1].gap_ns = duration;
		return moved;
	}
	if (n < 2)
		return moved;
	n_varying = find_items(walk, scratch->path, n, items);
	for (size_t k = 0; k < n_varying; k++)
		items[k].u = rng_u32(rng);
	fit_gaps(items, n - 1, n_varying, duration, high, quantum);
	for (size_t k = 1; k < n; k++)
		steps[items[k - 1].step].gap_ns = items[k - 1].value;
	return moved;
}
