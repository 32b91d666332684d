/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Payload sizes conditioned on their total. Each data packet has a place u in its edge's size
 * distribution; one shift of all places brings the sum near the total, so that sizes stay on what
 * their edges have been seen to carry and the larger of two stays the larger. What is then missing
 * falls to a packet or two, first to packets whose size is free to move within what was learned.
 */
#include <errno.h>
#include <netinet/in.h>

#include "automata/walk_internal.h"

enum {
	CHANGED_MOST = 16,   /* packets whose size is changed by itself; then all are */
	HEADERS_DIFFER = 32, /* bytes, at most */
	FULL_LEAST = 512,
};

uint64_t walk_sizes_misfit(const struct walk_request *request, const struct walk_load loads[2])
{
	uint64_t misfit = 0;

	for (int d = 0; d < 2; d++) {
		const uint64_t max = request->max_payload[d] > 0 ? request->max_payload[d] : 1;
		const uint64_t n = (uint64_t)loads[d].n;

		if (request->payload[d] < n)
			misfit += n - request->payload[d];
		else if (request->payload[d] > n * max)
			misfit += (request->payload[d] - n * max - 1) / max + 1;
	}
	return misfit;
}

enum class {
	CLASS_FREE, /* sizes that vary, between values that many packets share */
	CLASS_SEEN, /* all that vary, within what their edges were seen to carry */
	CLASS_ANY,  /* anything in [1, max] */
	N_CLASSES,
};

/* Is the value one of the edge's knots? Then it is likely one that many packets share, such as a
 * full segment's. */
static bool is_knot(const struct walk_item *item)
{
	uint32_t low = 0, high = item->n_steps;

	while (low < high) {
		const uint32_t middle = (low + high) / 2;

		if (item->knots[middle] < item->value)
			low = middle + 1;
		else
			high = middle;
	}
	return item->knots[low] == item->value;
}

/* How far an item may move towards target. */
static int64_t room(const struct walk_item *item, bool up, enum class class, int64_t max)
{
	int64_t low = 1, high = max;

	if (class != CLASS_ANY) {
		low = item->knots[0];
		high = item->knots[item->n_steps];
		high = high < max ? high : max;
		if (item->value <= low || item->value >= high)
			return 0;
	}
	return up ? high - item->value : item->value - low;
}

/*
 * Moves `missing` bytes (below 0: too many); returns the rest. As few packets as possible change,
 * those with most room: a flow has one size or two that are nobody else's (the ends of its
 * messages), not as many as packets.
 */
static int64_t move(struct walk_item *items, size_t n, enum class class, int64_t missing,
		    int64_t max)
{
	for (int changed = 0; missing != 0 && changed < CHANGED_MOST; changed++) {
		const bool up = missing > 0;
		const int64_t amount = up ? missing : -missing;
		int64_t most = 0, own;
		size_t at = 0;

		for (size_t k = 0; k < n && most < amount; k++) {
			own = room(&items[k], up, class, max);
			if (own > most && (class != CLASS_FREE || !is_knot(&items[k]))) {
				most = own;
				at = k;
			}
		}
		if (most == 0)
			break;
		own = most < amount ? most : amount;
		items[at].value += up ? own : -own;
		missing -= up ? own : -own;
	}
	return missing;
}

/*
 * What is too much for the sizes learned: the largest are cut to one length. Returns what is then
 * missing, 0 or more. The length at which all items would have to be cut is too short, for those
 * below it save nothing; of those above it another one follows, and so on: some five passes.
 */
static int64_t cut_largest(struct walk_item *items, size_t n, int64_t excess)
{
	int64_t length = 0, before = 0;

	for (;;) {
		int64_t sum = 0, n_above = 0;

		for (size_t k = 0; k < n; k++) {
			const bool above = items[k].value > length;

			sum += above ? items[k].value : 0;
			n_above += above;
		}
		if (n_above == before)
			break;
		length = (sum - excess) / n_above;
		before = n_above;
	}
	for (size_t k = 0; k < n; k++) {
		if (items[k].value > length) {
			excess -= items[k].value - length;
			items[k].value = length;
		}
	}
	return -excess;
}

/* Moves the bytes that are left evenly over the items that have room. */
static void spread(struct walk_item *items, size_t n, int64_t missing, int64_t max)
{
	const bool up = missing > 0;
	int64_t amount = up ? missing : -missing, n_room = 0;

	for (size_t k = 0; k < n && amount > 0; k++)
		n_room += room(&items[k], up, CLASS_ANY, max) > 0;
	while (amount > 0 && n_room > 0) {
		const int64_t share = amount / n_room > 0 ? amount / n_room : 1;

		/* Those that have room left are counted on the way. */
		n_room = 0;
		for (size_t k = 0; k < n && amount > 0; k++) {
			const int64_t all = room(&items[k], up, CLASS_ANY, max);
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
}

/* The packets with data of one direction; those whose edges have one size only come last. */
struct side {
	struct walk_item *items;
	size_t n, n_varying;
};

/* They carry `total` bytes, which they can. */
static void draw_side(const struct side *side, uint64_t total, const struct walk_bounds *bounds,
		      struct rng *rng, struct automaton_step *steps)
{
	struct walk_item *items = side->items;
	const size_t n = side->n;
	const int64_t max = bounds->high;
	int64_t missing = (int64_t)total, tolerance;

	if (n == 1) {
		steps[items[0].step].payload_bytes = (uint32_t)total;
		return;
	}
	for (size_t k = 0; k < side->n_varying; k++)
		items[k].u = rng_u32(rng);
	/* What is then missing falls to a packet or two. */
	tolerance = (int64_t)(total / 64 > n / 2 ? total / 64 : n / 2);
	if (tolerance > max)
		tolerance = max;
	missing -= walk_constants(items + side->n_varying, n - side->n_varying, bounds);
	missing -= walk_shift(items, side->n_varying, bounds, missing, tolerance);
	if (missing <= CHANGED_MOST * max && -missing <= CHANGED_MOST * max) {
		missing = move(items, n, CLASS_FREE, missing, max);
		missing = move(items, n, CLASS_SEEN, missing, max);
	}
	if (missing < 0)
		missing = cut_largest(items, n, -missing);
	missing = move(items, n, CLASS_ANY, missing, max);
	spread(items, n, missing, max);
	for (size_t k = 0; k < n; k++)
		steps[items[k].step].payload_bytes = (uint32_t)items[k].value;
}

/*
 * Sizes above it are full segments. What fills one differs from flow to flow by the headers (12
 * bytes of timestamps, 20 more of IPv6), and an edge has learned from flows of all kinds.
 */
static int64_t full_from(const struct walk *walk, int64_t max)
{
	return walk->automaton->proto == IPPROTO_TCP && max > FULL_LEAST ? max - HEADERS_DIFFER - 1
									 : max;
}

/* Packets without data are written to no avail: a branch that nobody could foretell takes longer.
 */
static void find_items(const struct walk *walk, const uint16_t *path, size_t n,
		       struct side sides[2])
{
	struct walk_item nothing, *forward = sides[0].items, *backward = sides[1].items;
	struct walk_item *const base[] = { forward, forward, backward, backward, &nothing };
	const size_t stride[] = { 1, SIZE_MAX, 1, SIZE_MAX, 0 };
	size_t next[] = { 0, sides[0].n - 1, 0, sides[1].n - 1, 0 };

	static_assert(sizeof(next) / sizeof(*next) == WALK_N_KINDS, "a place for each kind");
	for (size_t k = 0; k < n; k++) {
		const struct walk_carry *carry = &walk->carries[path[k]];
		struct walk_item *item = &base[carry->kind][next[carry->kind]];

		item->knots = carry->size;
		item->n_steps = carry->n_size_steps;
		item->step = (uint32_t)k;
		next[carry->kind] += stride[carry->kind];
	}
	for (int d = 0; d < 2; d++)
		sides[d].n_varying = next[2 * d];
}

int walk_sizes_draw(const struct walk *walk, struct walk_scratch *scratch,
		    struct walk_request *request, struct rng *rng, struct automaton_step *steps,
		    size_t n, const struct walk_load loads[2])
{
	const size_t n_data[2] = { (size_t)loads[0].n, (size_t)loads[1].n };
	struct side sides[2];
	struct walk_bounds bounds;
	int moved = 0;

	if (walk_items_room(scratch, n) < 0)
		return -ENOMEM;
	sides[0] = (struct side) { scratch->items, n_data[0], 0 };
	sides[1] = (struct side) { scratch->items + n_data[0], n_data[1], 0 };
	find_items(walk, scratch->path, n, sides);
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
		bounds = (struct walk_bounds) { 1, full_from(walk, max), max };
		if (n_data[d] > 0)
			draw_side(&sides[d], total, &bounds, rng, steps);
	}
	return moved;
}
