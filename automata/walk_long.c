/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <math.h>

#include "automata/walk_internal.h"

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

/* One try of the part above the table; returns the packets forward, *ret_state the state at the
 * border. Rows at and above n_rows repeat the last `period` ones. */
static uint32_t run(const struct walk *w, const struct walk_tilt *tilt, uint32_t n, struct rng *rng,
		    uint16_t *path, uint32_t *ret_state)
{
	struct descent d = { .walk = w, .tilt = tilt, .rng = rng, .path = path };
	const uint32_t floor = tilt->n_rows - tilt->period;
	uint32_t n_left = n - w->side;

	if (n_left > floor && tilt->guide != NULL) {
		run_guided(&d, n_left - floor, (n_left - 1 - floor) % tilt->period);
		n_left = floor;
	}
	for (; n_left > floor; n_left--)
		step_by(&d, floor + (n_left - 1 - floor) % tilt->period, rng_u32(rng) >> 1);
	for (; n_left > 0; n_left--)
		step_by(&d, n_left - 1, rng_u32(rng) >> 1);
	*ret_state = d.s;
	return d.n_forward;
}

static bool try_once(const struct walk *w, const struct walk_tilt *tilt, uint32_t n_forward,
		     uint32_t n_backward, struct rng *rng, uint16_t *ret_path)
{
	uint32_t n_above = n_forward + n_backward - w->side, s, f, i, j;
	double accept;

	f = run(w, tilt, n_forward + n_backward, rng, ret_path, &s);
	if (f > n_forward || n_above - f > n_backward)
		return false;
	i = n_forward - f;
	j = n_backward - (n_above - f);
	accept = tilt->accept[(size_t)i * w->n_states + s];
	if (!((double)rng_u32(rng) < accept * 0x1p32))
		return false;
	walk_table_path(w, s, i, j, rng, ret_path + n_above);
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

static bool try_often(const struct walk *w, const struct walk_tilt *tilt, uint32_t n_forward,
		      uint32_t n_backward, uint64_t n_tries, struct rng *rng, uint16_t *ret_path)
{
	if (!length_possible(w, tilt, n_forward + n_backward))
		return false;
	for (uint64_t k = 0; k < n_tries; k++) {
		if (try_once(w, tilt, n_forward, n_backward, rng, ret_path))
			return true;
	}
	return false;
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
	const struct walk_tilt *tilt;
	int64_t theta;
	int r = aim(w, scratch, n_forward, n_backward, &theta);

	if (r < 0)
		return r;
	tilt = walk_tilt_get(w, scratch, theta, n);
	if (tilt == NULL)
		return -ENOMEM;
	/* Trial goes on until the rectangle would have cost as much. */
	limit = small ? cells * (w->n_edges + 1) / 8 / n : TRIAL_LIMIT_STEPS / n;
	if (!small || limit < n_tries)
		n_tries = limit;
	if (try_often(w, tilt, n_forward, n_backward, n_tries, rng, ret_path))
		return 0;
	return small ? walk_rectangle_path(w, scratch, n_forward, n_backward, rng, ret_path)
		     : -ENOENT;
}

int walk_long_path(const struct walk *w, struct walk_scratch *scratch, uint32_t n_forward,
		   uint32_t n_backward, struct rng *rng, uint16_t *ret_path)
{
	uint32_t n = n_forward + n_backward;
	const struct walk_tilt *tilt =
		walk_tilt_get(w, scratch, walk_curve_tilt(w, n_forward, n), n);

	if (tilt == NULL)
		return -ENOMEM;
	if (try_often(w, tilt, n_forward, n_backward,
		      FIRST_BASE + (uint64_t)(FIRST_FACTOR * sqrt((double)n / w->side)), rng,
		      ret_path))
		return 0;
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
	run(w, tilt, n, rng, ret_path, &s);
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
