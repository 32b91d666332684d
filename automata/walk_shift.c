/* SPDX-License-Identifier: Apache-2.0 */
#include "automata/walk_internal.h"

enum {
	ROUNDS = 16,
	N_GUESS = 512, /* items that guess for GUESS_FROM and more */
	GUESS_FROM = 8192,
	ROUNDS_STRAIGHT = 6, /* by interpolation alone, as all but a few need; then some halve */
};

#define U_END (INT64_C(1) << 32)

__extension__ typedef unsigned __int128 unsigned_128;

/* What the sum can be, and where: at shifts outside (at[0], at[1]) it no longer changes. */
struct span {
	int64_t at[2];
	int64_t sums[2];
};

static int64_t within(int64_t v, int64_t low, int64_t high)
{
	v = v < low ? low : v;
	return v > high ? high : v;
}

/* Moves the items with one size or gap only to the end, their values set; returns how many are
 * before them, and the sum of those values. */
static size_t set_constants(struct walk_item *items, size_t n, int64_t low, int64_t high,
			    int64_t *ret_sum)
{
	*ret_sum = 0;
	for (size_t k = 0; k < n;) {
		struct walk_item item = items[k];

		if (item.n_steps > 0) {
			k++;
			continue;
		}
		item.value = within(item.knots[0], low, high);
		*ret_sum += item.value;
		items[k] = items[--n];
		items[n] = item;
	}
	return n;
}

static struct span find_span(const struct walk_item *items, size_t n, int64_t low, int64_t high)
{
	struct span span = { { 0, U_END }, { 0, 0 } };

	for (size_t k = 0; k < n; k++) {
		const struct walk_item *item = &items[k];
		const int64_t u = item->u;

		span.at[0] = -u < span.at[0] ? -u : span.at[0];
		span.at[1] = u < span.at[1] ? u : span.at[1];
		span.sums[0] += within(item->knots[0], low, high);
		span.sums[1] += within(item->knots[item->n_steps], low, high);
	}
	span.at[1] = U_END - span.at[1];
	return span;
}

/* Some 30 instructions an item, the most of what a flow's sizes and gaps cost: quantile_value()
 * without its branches. */
static int64_t evaluate(struct walk_item *items, size_t n, int64_t shift, int64_t low, int64_t high)
{
	int64_t sum = 0;

	for (size_t k = 0; k < n; k++) {
		struct walk_item *item = &items[k];
		const uint64_t u = (uint64_t)within(item->u + shift, 0, UINT32_MAX);
		const uint64_t position = u * item->n_steps;
		const int64_t *knot = item->knots + (position >> 32);
		const unsigned_128 rise = (uint64_t)knot[1] - (uint64_t)knot[0]; /* ascending */
		const uint32_t part = (uint32_t)position;

		item->value = within(knot[0] + (int64_t)((rise * part + (UINT32_C(1) << 31)) >> 32),
				     low, high);
		sum += item->value;
	}
	return sum;
}

/* evaluate() where every place is at one end, the least (0) or the largest (1). */
static int64_t evaluate_end(struct walk_item *items, size_t n, int end, int64_t low, int64_t high)
{
	int64_t sum = 0;

	for (size_t k = 0; k < n; k++) {
		struct walk_item *item = &items[k];

		item->value = within(item->knots[end != 0 ? item->n_steps : 0], low, high);
		sum += item->value;
	}
	return sum;
}

/* log2 of v > 0 in 2^-52, straight between powers of two: the double's own bits. */
static int64_t rough_log(double v)
{
	int64_t bits;

	memcpy(&bits, &v, sizeof(bits));
	return bits;
}

/*
 * Regula falsi (Illinois): the sum grows with the shift. Places in distributions with long tails
 * make it grow like an exponential, so its logarithm is what is interpolated, of the sum above its
 * least plus a quarter of what is wanted above it: near the ends it is straight in itself. Integers
 * and + - * / only.
 */
static int64_t find_shift(struct walk_item *items, size_t n, int64_t low, int64_t high,
			  int64_t target, int64_t tolerance, int64_t *ret_shift)
{
	struct span span = find_span(items, n, low, high);
	const double least = (double)span.sums[0], soft = ((double)target - least) / 4;
	int64_t shift = *ret_shift, logs[2], goal;
	int last = -1;

	/* Out of reach: the end is as near as it gets. */
	if (target <= span.sums[0] || target >= span.sums[1])
		return evaluate_end(items, n, target > span.sums[0], low, high);
	goal = rough_log((double)target - least + soft);
	for (int side = 0; side < 2; side++)
		logs[side] = rough_log((double)span.sums[side] - least + soft);
	for (int round = 0; round < ROUNDS && span.at[1] - span.at[0] > 1; round++) {
		int64_t width = span.at[1] - span.at[0], sum;
		int side;

		if (round >= ROUNDS_STRAIGHT && round % 3 == 1)
			shift = span.at[0] + width / 2;
		else if (round > 0)
			shift = span.at[0] +
				(int64_t)((double)width *
					  ((double)(goal - logs[0]) / (double)(logs[1] - logs[0])));
		shift = within(shift, span.at[0] + 1, span.at[1] - 1);
		sum = evaluate(items, n, shift, low, high);
		*ret_shift = shift;
		if (sum - target <= tolerance && target - sum <= tolerance)
			return sum;
		side = sum > target;
		span.at[side] = shift;
		logs[side] = rough_log((double)sum - least + soft);
		if (side == last)
			logs[!side] = goal + (logs[!side] - goal) / 2;
		last = side;
	}
	/* The lower end: what is missing is then given, not taken. */
	return evaluate(items, n, span.at[0], low, high);
}

/* Where many items are, a few tell about where the shift is: a first guess for all. Integers, and
 * what it leaves in the items is overwritten. */
static int64_t guess_shift(struct walk_item *items, size_t n, int64_t low, int64_t high,
			   int64_t target)
{
	struct walk_item few[N_GUESS];
	int64_t shift = 0, goal = (int64_t)((double)target / (double)n * N_GUESS);

	for (size_t k = 0; k < N_GUESS; k++)
		few[k] = items[k * n / N_GUESS];
	find_shift(few, N_GUESS, low, high, goal, goal / 1024, &shift);
	return shift;
}

int64_t walk_shift(struct walk_item *items, size_t n, int64_t low, int64_t high, int64_t target,
		   int64_t tolerance)
{
	int64_t constant, shift = 0;

	n = set_constants(items, n, low, high, &constant);
	if (n == 1) {
		/* Distributions have no holes. */
		items[0].value = within(target - constant, items[0].knots[0],
					items[0].knots[items[0].n_steps]);
		items[0].value = within(items[0].value, low, high);
		return constant + items[0].value;
	}
	if (n >= GUESS_FROM)
		shift = guess_shift(items, n, low, high, target - constant);
	return constant + find_shift(items, n, low, high, target - constant, tolerance, &shift);
}
