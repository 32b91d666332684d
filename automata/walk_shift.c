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

static inline int64_t within(int64_t v, int64_t low, int64_t high)
{
	v = v < low ? low : v;
	return v > high ? high : v;
}

static inline int64_t bounded(int64_t v, const struct walk_bounds *bounds)
{
	v = v < bounds->low ? bounds->low : v;
	return v > bounds->full ? bounds->high : v;
}

/*
 * quantile_value() without its branches. Some 25 instructions an item, and two to three of these
 * passes are the most of what a flow's sizes and gaps cost.
 */
static inline int64_t value_at(const struct walk_item *item, int64_t place, int64_t *ret_rise)
{
	const uint64_t u = (uint64_t)within(place, 0, UINT32_MAX);
	const uint64_t position = u * item->n_steps;
	const int64_t *knot = item->knots + (position >> 32);
	const unsigned_128 rise = (uint64_t)knot[1] - (uint64_t)knot[0]; /* ascending */
	const uint32_t part = (uint32_t)position;

	*ret_rise = (int64_t)rise;
	return knot[0] + (int64_t)((rise * part + (UINT32_C(1) << 31)) >> 32);
}

/* Sets the values at one shift; returns their sum. */
static int64_t evaluate(struct walk_item *items, size_t n, int64_t shift,
			const struct walk_bounds *within_bounds)
{
	const struct walk_bounds bounds = *within_bounds;
	int64_t sum = 0, rise;

	for (size_t k = 0; k < n; k++) {
		struct walk_item *item = &items[k];

		item->value = bounded(value_at(item, item->u + shift, &rise), &bounds);
		sum += item->value;
	}
	return sum;
}

/* evaluate() where every place is at one end, the least (0) or the largest (1). */
static int64_t evaluate_end(struct walk_item *items, size_t n, int end,
			    const struct walk_bounds *bounds)
{
	int64_t sum = 0;

	for (size_t k = 0; k < n; k++) {
		struct walk_item *item = &items[k];

		item->value = bounded(item->knots[end != 0 ? item->n_steps : 0], bounds);
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

/* How fast rough_log() grows where its argument is v. */
static double rough_log_slope(double v)
{
	const int64_t power = rough_log(v) & ~((INT64_C(1) << 52) - 1);
	double floor;

	memcpy(&floor, &power, sizeof(floor));
	return 0x1p52 / floor;
}

/*
 * The search for the shift. The sum grows with it; places in distributions with long tails make it
 * grow like an exponential, so its logarithm is what is interpolated, of the sum above its least
 * plus a quarter of what is wanted above it: near the ends it is straight in itself.
 */
struct search {
	const struct walk_bounds *bounds;
	int64_t target, goal; /* goal: its logarithm */
	double least, soft;
	/* Between which shifts it is, the sums there, and their logarithms; outside of what at[]
	 * begins with the sum no longer changes. */
	int64_t at[2], sums[2], logs[2];
	int64_t last_shift, last_log; /* of the last round */
	int last_side;
};

static int64_t log_of(const struct search *s, int64_t sum)
{
	return rough_log((double)sum - s->least + s->soft);
}

/* evaluate(), and what the sum can be at all and where. Returns how fast it grows, for each 2^-32.
 */
static double survey(struct search *s, struct walk_item *items, size_t n, int64_t shift,
		     int64_t *ret_sum)
{
	const struct walk_bounds bounds = *s->bounds;
	int64_t least = UINT32_MAX, most = 0, sum = 0, low = 0, high = 0;
	double slope = 0;

	for (size_t k = 0; k < n; k++) {
		struct walk_item *item = &items[k];
		const int64_t u = item->u, place = u + shift;
		int64_t rise;

		item->value = bounded(value_at(item, place, &rise), &bounds);
		sum += item->value;
		rise &= -(int64_t)(place >= 0 && place < U_END);
		slope += (double)rise * item->n_steps;
		least = u < least ? u : least;
		most = u > most ? u : most;
		low += bounded(item->knots[0], &bounds);
		high += bounded(item->knots[item->n_steps], &bounds);
	}
	s->at[0] = -most;
	s->at[1] = U_END - least;
	s->sums[0] = low;
	s->sums[1] = high;
	*ret_sum = sum;
	return slope * 0x1p-32;
}

/* Takes in what the sum is at a shift. */
static void narrow(struct search *s, int64_t shift, int64_t sum)
{
	const int side = sum > s->target;

	s->last_shift = shift;
	s->last_log = log_of(s, sum);
	s->at[side] = shift;
	s->logs[side] = s->last_log;
	if (side == s->last_side) /* Illinois: the other end does not stay for ever */
		s->logs[!side] = s->goal + (s->logs[!side] - s->goal) / 2;
	s->last_side = side;
}

static bool is_between(const struct search *s, double shift)
{
	return shift > (double)s->at[0] && shift < (double)s->at[1];
}

/* Where to look next: where the last slope leads, unless that is known not to be it. */
static int64_t next_shift(const struct search *s, int round, double log_slope)
{
	const double newton = (double)s->last_shift + (double)(s->goal - s->last_log) / log_slope;
	const int64_t width = s->at[1] - s->at[0];

	if (round >= ROUNDS_STRAIGHT && round % 3 == 1)
		return s->at[0] + width / 2;
	if (log_slope > 0 && is_between(s, newton))
		return within((int64_t)newton, s->at[0] + 1, s->at[1] - 1);
	return within(s->at[0] + (int64_t)((double)width * ((double)(s->goal - s->logs[0]) /
							    (double)(s->logs[1] - s->logs[0]))),
		      s->at[0] + 1, s->at[1] - 1);
}

/* Newton, then the secant, both within what regula falsi (Illinois) has narrowed. Integers and
 * + - * / only. */
static int64_t find_shift(struct walk_item *items, size_t n, const struct walk_bounds *bounds,
			  int64_t target, int64_t tolerance, int64_t *ret_shift)
{
	struct search s = { .bounds = bounds, .target = target, .last_side = -1 };
	int64_t shift = *ret_shift, sum;
	double slope = survey(&s, items, n, shift, &sum);

	if (sum - target <= tolerance && target - sum <= tolerance)
		return sum;
	/* Out of reach: the end is as near as it gets. */
	if (target <= s.sums[0] || target >= s.sums[1])
		return evaluate_end(items, n, target > s.sums[0], bounds);
	s.least = (double)s.sums[0];
	s.soft = ((double)target - s.least) / 4;
	s.goal = log_of(&s, target);
	for (int side = 0; side < 2; side++)
		s.logs[side] = log_of(&s, s.sums[side]);
	slope *= rough_log_slope((double)sum - s.least + s.soft);
	narrow(&s, shift, sum);
	for (int round = 0; round < ROUNDS && s.at[1] - s.at[0] > 1; round++) {
		const int64_t before = s.last_shift, log_before = s.last_log;

		shift = next_shift(&s, round, slope);
		sum = evaluate(items, n, shift, bounds);
		*ret_shift = shift;
		if (sum - target <= tolerance && target - sum <= tolerance)
			return sum;
		narrow(&s, shift, sum);
		slope = 0;
		if (shift != before)
			slope = (double)(s.last_log - log_before) / (double)(shift - before);
	}
	/* The lower end: what is missing is then given, not taken. */
	return evaluate(items, n, s.at[0], bounds);
}

/* Where many items are, a few tell about where the shift is: a first guess for all. Integers, and
 * what it leaves in the items is overwritten. */
static int64_t guess_shift(struct walk_item *items, size_t n, const struct walk_bounds *bounds,
			   int64_t target)
{
	struct walk_item few[N_GUESS];
	int64_t shift = 0, goal = (int64_t)((double)target / (double)n * N_GUESS);

	for (size_t k = 0; k < N_GUESS; k++)
		few[k] = items[k * n / N_GUESS];
	find_shift(few, N_GUESS, bounds, goal, goal / 1024, &shift);
	return shift;
}

int64_t walk_shift(struct walk_item *items, size_t n, const struct walk_bounds *bounds,
		   int64_t target, int64_t tolerance)
{
	int64_t shift = 0;

	if (n == 0)
		return 0;
	if (n == 1) {
		/* Distributions have no holes. */
		items[0].value =
			within(target, items[0].knots[0], items[0].knots[items[0].n_steps]);
		items[0].value = bounded(items[0].value, bounds);
		return items[0].value;
	}
	if (n >= GUESS_FROM)
		shift = guess_shift(items, n, bounds, target);
	return find_shift(items, n, bounds, target, tolerance, &shift);
}

int64_t walk_constants(struct walk_item *items, size_t n, const struct walk_bounds *bounds)
{
	return evaluate_end(items, n, 0, bounds);
}
