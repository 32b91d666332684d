/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <math.h>

#include "automata/walk_internal.h"
#include "base/mem.h"

/* Tries before the next, more careful way: base + factor sqrt(n / side). Usual counts need about
 * 1.5 sqrt(n / side). */
enum {
	FIRST_BASE = 10,
	FIRST_FACTOR = 10,
	AIMED_BASE = 100,
	AIMED_FACTOR = 300, /* between loops with shares of their own, n instead of sqrt(n) */
};

#define RECTANGLE_LIMIT_BYTES (UINT64_C(1) << 30)
#define TRIAL_LIMIT_STEPS     (UINT64_C(1) << 32) /* half a minute */

/* A try on its way down. */
struct descent {
	const struct walk *walk;
	const struct walk_tilt *tilt;
	struct rng *rng;
	uint16_t *path;
	uint32_t s, n_forward;
};

static void step_by(struct descent *d, uint32_t row, uint32_t u)
{
	const struct walk *w = d->walk;
	const uint32_t *thresholds = d->tilt->thresholds + (size_t)row * w->n_edges;
	uint32_t e = w->first[d->s];

	while (u >= thresholds[e])
		e++;
	*d->path++ = (uint16_t)e;
	d->s = w->edges[e].dst;
	d->n_forward += w->edges[e].direction == STEP_FORWARD;
}

/* n steps in the rows that repeat, from place `turn` among them downwards, with 8 random bits a
 * step. */
static void run_guided(struct descent *d, uint32_t n, uint32_t turn)
{
	const struct walk_tilt *tilt = d->tilt;
	const size_t n_row = (size_t)d->walk->n_states * 256;
	const uint32_t floor = tilt->n_rows - tilt->period;
	uint32_t bits = 0;

	for (uint32_t k = 0; k < n; k++) {
		uint32_t entry;

		bits = k % 4 == 0 ? rng_u32(d->rng) : bits >> 8;
		entry = tilt->guide[turn * n_row + d->s * 256 + (bits & 255)];
		if (entry == WALK_GUIDE_OPEN) {
			step_by(d, floor + turn, (bits & 255) << 23 | rng_u32(d->rng) >> 9);
		} else {
			*d->path++ = (uint16_t)(entry >> 16);
			d->s = (entry & 0xffff) >> 1;
			d->n_forward += entry & 1;
		}
		turn = turn == 0 ? tilt->period - 1 : turn - 1;
	}
}

/* As many jumps as stay in the rows that repeat; returns the steps that they leave. */
static uint32_t run_jumps(struct descent *d, uint32_t n_left, uint16_t *ret_jumps)
{
	const struct walk_tilt *tilt = d->tilt;
	const uint32_t floor = tilt->n_rows - tilt->period, n = (n_left - floor) / tilt->jump_steps;
	const uint32_t shift = 32 - tilt->jump_bits;

	for (uint32_t k = 0; k < n; k++) {
		const uint32_t u = rng_u32(d->rng);
		const struct walk_jump *jump =
			&tilt->jumps[(size_t)d->s << tilt->jump_bits | u >> shift];
		const uint16_t code =
			u << tilt->jump_bits < jump->threshold ? jump->own : jump->other;

		ret_jumps[k] = code;
		d->s = code >> WALK_JUMP_SHIFT;
		d->n_forward += code & ((1 << WALK_JUMP_SHIFT) - 1);
	}
	d->path += (size_t)n * tilt->jump_steps;
	return n_left - n * tilt->jump_steps;
}

/* Rows at and above n_rows repeat the last `period` ones: from which place among them a path with
 * n_left steps to the border begins. */
static uint32_t turn_of(const struct walk_tilt *tilt, uint32_t n_left)
{
	return (n_left - 1 - (tilt->n_rows - tilt->period)) % tilt->period;
}

/*
 * One try of the part above the table; returns the packets forward, *ret_state the state at the
 * border. Where jumps serve, they come last among the rows that repeat, so that each ends where the
 * table of jumps begins; their steps are left out of the path until fill_jumps().
 */
static uint32_t run(const struct walk *w, const struct walk_tilt *tilt, uint32_t n, struct rng *rng,
		    uint16_t *path, uint16_t *jumps, uint32_t *ret_state)
{
	struct descent d = { .walk = w, .tilt = tilt, .rng = rng, .path = path };
	const uint32_t floor = tilt->n_rows - tilt->period;
	uint32_t n_left = n - w->side, n_single = n_left > floor ? n_left - floor : 0;

	if (jumps != NULL)
		n_single %= tilt->jump_steps;
	if (n_single > 0 && tilt->guide != NULL) {
		run_guided(&d, n_single, turn_of(tilt, n_left));
		n_left -= n_single;
		n_single = 0;
	}
	for (; n_single > 0; n_single--, n_left--)
		step_by(&d, floor + turn_of(tilt, n_left), rng_u32(rng) >> 1);
	if (n_left > floor)
		n_left = run_jumps(&d, n_left, jumps);
	for (; n_left > 0; n_left--)
		step_by(&d, n_left - 1, rng_u32(rng) >> 1);
	*ret_state = d.s;
	return d.n_forward;
}

/* What is asked for. */
struct goal {
	const struct walk *walk;
	const struct walk_tilt *tilt;
	uint32_t n_forward, n_backward;
	uint16_t *path;
	uint16_t *jumps; /* room for those of a path */
};

/* The steps that run() left out. */
static void fill_jumps(const struct goal *goal, struct rng *rng)
{
	const struct walk *w = goal->walk;
	const struct walk_tilt *tilt = goal->tilt;
	const uint32_t n_left = goal->n_forward + goal->n_backward - w->side;
	const uint32_t floor = tilt->n_rows - tilt->period, n_steps = tilt->jump_steps;
	uint32_t n_single, s;
	uint16_t *path;

	if (goal->jumps == NULL || n_left <= floor)
		return;
	n_single = (n_left - floor) % n_steps;
	path = goal->path + n_single;
	s = n_single > 0 ? w->edges[path[-1]].dst : 0;
	for (uint32_t k = 0; k < (n_left - floor) / n_steps; k++, path += n_steps) {
		walk_bridge_path(w, tilt, s, goal->jumps[k], rng, path);
		s = goal->jumps[k] >> WALK_JUMP_SHIFT;
	}
}

static bool try_once(const struct goal *goal, struct rng *rng)
{
	const struct walk *w = goal->walk;
	const struct walk_tilt *tilt = goal->tilt;
	const uint32_t n = goal->n_forward + goal->n_backward, n_above = n - w->side;
	uint32_t s, f, i, j;
	double accept;

	f = run(w, tilt, n, rng, goal->path, goal->jumps, &s);
	if (f > goal->n_forward || n_above - f > goal->n_backward)
		return false;
	i = goal->n_forward - f;
	j = goal->n_backward - (n_above - f);
	accept = tilt->accept[(size_t)i * w->n_states + s];
	if (!((double)rng_u32(rng) < accept * 0x1p32))
		return false;
	fill_jumps(goal, rng);
	walk_table_path(w, s, i, j, rng, goal->path + n_above);
	return true;
}

/* The start's thresholds in the first row tell whether any path is that long. */
static bool length_possible(const struct walk *w, const struct walk_tilt *tilt, uint32_t n)
{
	uint32_t row = n - w->side - 1, floor = tilt->n_rows - tilt->period;

	if (w->first[1] == w->first[0])
		return false;
	if (row >= tilt->n_rows)
		row = floor + (row - floor) % tilt->period;
	return tilt->thresholds[(size_t)row * w->n_edges + w->first[1] - 1] != 0;
}

/* 1: goal->path is one; 0: n_tries were not enough; -ENOMEM. */
static int try_often(struct goal *goal, struct walk_scratch *scratch, uint64_t n_tries,
		     struct rng *rng)
{
	const uint32_t n = goal->n_forward + goal->n_backward;

	if (!length_possible(goal->walk, goal->tilt, n))
		return 0;
	if (goal->tilt->jumps != NULL && n >= WALK_JUMPS_LEAST_SIDES * goal->walk->side) {
		if (mem_grow(&scratch->jumps, &scratch->jumps_capacity,
			     n / goal->tilt->jump_steps + 1, sizeof(*scratch->jumps),
			     WALK_LIMIT_PACKETS) < 0)
			return -ENOMEM;
		goal->jumps = scratch->jumps;
	}
	for (uint64_t k = 0; k < n_tries; k++) {
		if (try_once(goal, rng))
			return 1;
	}
	return 0;
}

/* The tilt for a request that is possible. 0, -ENOENT: it is not, -ENOMEM. */
static int aim(const struct walk *w, struct walk_scratch *scratch, uint32_t n_forward,
	       uint32_t n_backward, int64_t *ret_theta)
{
	const uint64_t key = w->hash ^ n_forward * UINT64_C(0x9e3779b97f4a7c15) ^ n_backward;
	struct walk_memo *memo = &scratch->memos[(key ^ key >> 32) % WALK_N_MEMOS];
	int r;

	if (memo->hash != w->hash || memo->n_forward != n_forward ||
	    memo->n_backward != n_backward) {
		r = walk_feasible(w, n_forward, n_backward);
		if (r <= 0)
			return r < 0 ? -ENOMEM : -ENOENT;
		r = walk_aim(w, n_forward, n_forward + n_backward, &memo->theta);
		if (r < 0)
			return r;
		memo->hash = w->hash;
		memo->n_forward = n_forward;
		memo->n_backward = n_backward;
	}
	*ret_theta = memo->theta;
	return 0;
}

/* What the tilt of very long paths does not meet. */
static int long_path_carefully(const struct walk *w, struct walk_scratch *scratch,
			       uint32_t n_forward, uint32_t n_backward, struct rng *rng,
			       uint16_t *ret_path)
{
	uint32_t n = n_forward + n_backward;
	uint64_t cells = ((uint64_t)n_forward + 1) * ((uint64_t)n_backward + 1), limit;
	uint64_t n_tries = AIMED_BASE + (uint64_t)(AIMED_FACTOR * sqrt((double)n / w->side));
	bool small = cells < RECTANGLE_LIMIT_BYTES / 4 / (w->n_states + 1);
	struct goal goal = { w, NULL, n_forward, n_backward, ret_path, NULL };
	const struct walk_tilt *tilt;
	int64_t theta;
	int r = aim(w, scratch, n_forward, n_backward, &theta);

	if (r < 0)
		return r;
	tilt = walk_tilt_get(w, scratch, theta, n);
	if (tilt == NULL)
		return -ENOMEM;
	/* Trial goes on until the diagonals would have cost as much. */
	limit = small ? cells * (w->n_edges + 1) / 32 / n : TRIAL_LIMIT_STEPS / n;
	if (!small || limit < n_tries)
		n_tries = limit;
	goal.tilt = tilt;
	r = try_often(&goal, scratch, n_tries, rng);
	if (r != 0)
		return r < 0 ? r : 0;
	if (!small)
		return -ENOENT;
	r = walk_diagonal_path(w, scratch, theta, n_forward, n_backward, rng, ret_path);
	return r == -ENOENT ? walk_rectangle_path(w, scratch, n_forward, n_backward, rng, ret_path)
			    : r;
}

int walk_long_path(const struct walk *w, struct walk_scratch *scratch, uint32_t n_forward,
		   uint32_t n_backward, struct rng *rng, uint16_t *ret_path)
{
	uint32_t n = n_forward + n_backward;
	const uint64_t n_tries = FIRST_BASE + (uint64_t)(FIRST_FACTOR * sqrt((double)n / w->side));
	struct goal goal = { w, NULL, n_forward, n_backward, ret_path, NULL };
	int r;

	goal.tilt = walk_tilt_get(w, scratch, walk_curve_tilt(w, n_forward, n), n);
	if (goal.tilt == NULL)
		return -ENOMEM;
	r = try_often(&goal, scratch, n_tries, rng);
	if (r != 0)
		return r < 0 ? r : 0;
	return long_path_carefully(w, scratch, n_forward, n_backward, rng, ret_path);
}

int64_t walk_long_any(const struct walk *w, struct walk_scratch *scratch, uint32_t n_forward,
		      uint32_t n, struct rng *rng, uint16_t *ret_path)
{
	const struct walk_tilt *tilt =
		walk_tilt_get(w, scratch, walk_curve_tilt(w, n_forward, n), n);
	double sum = 0, at, cumulated = 0;
	uint32_t s, chosen = 0;

	if (tilt == NULL)
		return -ENOMEM;
	while (n > w->side && !length_possible(w, tilt, n))
		n--;
	if (n == w->side)
		return 0;
	run(w, tilt, n, rng, ret_path, NULL, &s);
	for (uint32_t i = 0; i <= w->side; i++)
		sum += tilt->accept[(size_t)i * w->n_states + s];
	at = sum * (((double)rng_u32(rng) + 0.5) * 0x1p-32);
	for (uint32_t i = 0; i <= w->side && cumulated <= at; i++) {
		cumulated += tilt->accept[(size_t)i * w->n_states + s];
		chosen = i;
	}
	walk_table_path(w, s, chosen, w->side - chosen, rng, ret_path + n - w->side);
	return n;
}
