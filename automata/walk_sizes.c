/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Payload sizes conditioned on their total. Each data packet has a place u in its edge's size
 * distribution; one shift of all places brings the sum near the total, so that sizes stay on what
 * their edges have been seen to carry and the larger of two stays the larger. What is then missing
 * is spread by whole bytes, first over packets whose size is free to move within what was learned.
 */
#include <errno.h>

#include "automata/walk_internal.h"

uint64_t walk_sizes_misfit(const struct walk_request *request, const uint64_t n_data[2])
{
	uint64_t misfit = 0;

	for (int d = 0; d < 2; d++) {
		const uint64_t max = request->max_payload[d] > 0 ? request->max_payload[d] : 1;

		if (request->payload[d] < n_data[d])
			misfit += n_data[d] - request->payload[d];
		else if (request->payload[d] > n_data[d] * max)
			misfit += (request->payload[d] - n_data[d] * max - 1) / max + 1;
	}
	return misfit;
}

/* How far an item may move towards target: in class 0 within what its edge was seen to carry and
 * only when its size varies there, in class 1 within [1, max]. */
static int64_t room(const struct walk_item *item, bool up, int class, int64_t max)
{
	int64_t low = 1, high = max;

	if (class == 0) {
		low = item->knots[0];
		high = item->knots[item->n_steps];
		if (item->value == low || item->value == high)
			return 0;
		high = high < max ? high : max;
	}
	return up ? high - item->value : item->value - low;
}

/* Moves `missing` bytes (below 0: too many) evenly over the items that have room; returns the
 * rest. */
static int64_t spread(struct walk_item *items, size_t n, int class, int64_t missing, int64_t max)
{
	const bool up = missing > 0;
	int64_t amount = up ? missing : -missing, n_room = 0;

	for (size_t k = 0; k < n && amount > 0; k++)
		n_room += room(&items[k], up, class, max) > 0;
	while (amount > 0 && n_room > 0) {
		const int64_t share = amount / n_room > 0 ? amount / n_room : 1;

		/* Those that have room left are counted on the way. */
		n_room = 0;
		for (size_t k = 0; k < n && amount > 0; k++) {
			const int64_t all = room(&items[k], up, class, max);
			int64_t own = all < share ? all : share;

			if (own > amount)
				own = amount;
			if (own <= 0)
				continue;
			items[k].value += up ? own : -own;
			amount -= own;
			n_room += own < all;
		}
	}
	return up ? amount : -amount;
}

/* One direction: its n packets, whose places are not drawn yet, carry `total` bytes, which they
 * can.
 */
static void draw_direction(struct walk_item *items, size_t n, uint64_t total, uint32_t max,
			   struct rng *rng, struct automaton_step *steps)
{
	int64_t missing, tolerance;

	if (n == 1) {
		steps[items[0].step].payload_bytes = (uint32_t)total;
		return;
	}
	for (size_t k = 0; k < n; k++)
		items[k].u = rng_u32(rng);
	/* Half a percent is then spread over the sizes that vary. */
	tolerance = (int64_t)(total / 256 > n / 2 ? total / 256 : n / 2);
	missing = (int64_t)total - walk_shift(items, n, 1, max, (int64_t)total, tolerance);
	missing = spread(items, n, 0, missing, max);
	spread(items, n, 1, missing, max);
	for (size_t k = 0; k < n; k++)
		steps[items[k].step].payload_bytes = (uint32_t)items[k].value;
}

/* The packets with data: forward ones first, then from n_forward on the backward ones. */
static void find_items(const struct walk *walk, struct walk_item *items, uint64_t n_forward,
		       const struct automaton_step *steps, size_t n)
{
	struct walk_item *next[2] = { items, items + n_forward };

	for (size_t k = 0; k < n; k++) {
		const struct quantile_table *table = &walk->automaton->edges[steps[k].edge].size;

		if (steps[k].payload_bytes == 0)
			continue;
		*next[steps[k].direction]++ = (struct walk_item) {
			.knots = table->knots,
			.n_steps = table->n_knots - 1,
			.step = (uint32_t)k,
		};
	}
}

int walk_sizes_draw(const struct walk *walk, struct walk_scratch *scratch,
		    struct walk_request *request, struct rng *rng, struct automaton_step *steps,
		    size_t n, const uint64_t n_data[2])
{
	int moved = 0;

	if (walk_items_room(scratch, n) < 0)
		return -ENOMEM;
	find_items(walk, scratch->items, n_data[0], steps, n);
	for (int d = 0; d < 2; d++) {
		uint32_t max = request->max_payload[d] > 0 ? request->max_payload[d] : 1;
		uint64_t total = request->payload[d];

		if (total > n_data[d] * max)
			total = n_data[d] * max;
		if (total < n_data[d])
			total = n_data[d];
		if (total != request->payload[d])
			moved = WALK_MOVED_PAYLOAD;
		request->payload[d] = total;
		if (n_data[d] > 0)
			draw_direction(scratch->items + (d == 0 ? 0 : n_data[0]), n_data[d], total,
				       max, rng, steps);
	}
	return moved;
}
