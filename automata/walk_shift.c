/* SPDX-License-Identifier: Apache-2.0 */
#include "automata/walk_internal.h"

enum { ROUNDS = 16 };

#define U_END (INT64_C(1) << 32)

static int64_t within(int64_t v, int64_t low, int64_t high)
{
	return v < low ? low : v > high ? high : v;
}

static int64_t shifted(const struct walk_item *item, int64_t shift, int64_t low, int64_t high)
{
	int64_t u = within((int64_t)item->u + shift, 0, UINT32_MAX);

	return within(quantile_value(item->table, (uint32_t)u), low, high);
}

/* Moves the items with one size or gap only to the end, their values set; returns how many are
 * before them, and the sum of those values. */
static size_t set_constants(struct walk_item *items, size_t n, int64_t low, int64_t high,
			    int64_t *ret_sum)
{
	*ret_sum = 0;
	for (size_t k = 0; k < n;) {
		struct walk_item item = items[k];

		if (item.table->n_knots > 1) {
			k++;
			continue;
		}
		item.value = within(item.table->knots[0], low, high);
		*ret_sum += item.value;
		items[k] = items[--n];
		items[n] = item;
	}
	return n;
}

static int64_t evaluate(struct walk_item *items, size_t n, int64_t shift, int64_t low, int64_t high)
{
	int64_t sum = 0;

	for (size_t k = 0; k < n; k++) {
		items[k].value = shifted(&items[k], shift, low, high);
		sum += items[k].value;
	}
	return sum;
}

/* Regula falsi (Illinois): the sum grows with the shift. Where distributions have long tails it is
 * far from straight, so every third round halves. Integers and + - * / only. */
static int64_t find_shift(struct walk_item *items, size_t n, int64_t low, int64_t high,
			  int64_t target, int64_t tolerance)
{
	int64_t at[2] = { -U_END, U_END }, sums[2], shift = 0;
	int64_t sum = evaluate(items, n, 0, low, high), off = sum - target;
	bool above = sum > target;

	if (off <= tolerance && off >= -tolerance)
		return sum;
	at[above] = 0;
	sums[above] = sum;
	sums[!above] = evaluate(items, n, at[!above], low, high);
	/* Out of reach: the end is as near as it gets. */
	if (above ? sums[0] >= target : sums[1] <= target)
		return sums[!above];
	for (int round = 0; round < ROUNDS; round++) {
		double rise = (double)(sums[1] - sums[0]);
		int64_t width = at[1] - at[0];

		shift = at[0] + (round % 3 == 2 ? width / 2
						: (int64_t)((double)(target - sums[0]) *
							    ((double)width / rise)));
		if (shift <= at[0] || shift >= at[1])
			break;
		sum = evaluate(items, n, shift, low, high);
		off = sum - target;
		if (off <= tolerance && off >= -tolerance)
			return sum;
		above = sum > target;
		at[above] = shift;
		sums[above] = sum;
	}
	/* The lower end: what is missing is then given, not taken. */
	return evaluate(items, n, at[0], low, high);
}

int64_t walk_shift(struct walk_item *items, size_t n, int64_t low, int64_t high, int64_t target,
		   int64_t tolerance)
{
	int64_t constant;

	n = set_constants(items, n, low, high, &constant);
	return constant + find_shift(items, n, low, high, target - constant, tolerance);
}
