/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Paths longer than the table.
 *
 * Weighting every forward packet by x = exp(theta) changes nothing about the law given the counts,
 * but makes the wanted share of forward packets the usual one. Under these weights, N being the
 * side of the table:
 *
 *	g_i     = x^i                             weight of i forward packets left at the border
 *	w_0(s)  = max over i of beta(s, i, N - i) g_i
 *	w_r(s)  = sum over edges of p_e x^forward_e w_(r-1)(dst)
 *
 * A path of n = N + R packets is drawn edge by edge with weight p_e x^forward_e w(dst); at the
 * border it is kept with probability beta(s, i, j) g_i / w_0(s), where i and j are what is left of
 * the counts, and finished by the table. All factors w cancel: kept paths have exactly the law
 * given both counts. The number of tries is about sqrt(n / N), whatever the automaton's size.
 *
 * The weights soon settle: w_r is w_(r-p) times a number, for a small period p, to 1e-12. From
 * there on the rows repeat, so that a tilt is small and serves any length. A try need not walk
 * them: where some 16 steps lead, and how many of them go forward, is drawn at once, and the steps
 * between when the try is kept, given both (walk_bridge.c). So a try costs a sixteenth of a path.
 * Automata of too many states for that take one look into a table by 8 random bits a step, which
 * mostly settle it.
 */
#include <errno.h>
#include <stdlib.h>

#include "automata/walk_internal.h"
#include "base/detmath.h"
#include "base/mem.h"

enum {
	CHECK_ROWS = 16, /* rows between two looks at whether the weights have settled */
	PERIOD_MAX = 8,
	RING = 16, /* weights kept: those of rows r - PERIOD_MAX .. r */
};

#define SETTLED		 1e-12
#define NEGLIGIBLE	 1e-25 /* of the largest weight: states never entered */
#define TILT_LIMIT_BYTES ((size_t)1 << 30)

void walk_tilt_done(struct walk_tilt *tilt)
{
	free(tilt->settled);
	free(tilt->accept);
	free(tilt->thresholds);
	free(tilt->guide);
	free(tilt->jumps);
	walk_bridge_drop(tilt->bridge);
	memset(tilt, 0, sizeof(*tilt));
}

/* Fills accept and w_0 (n_states). False: nothing ends at the border. */
static bool make_border(const struct walk *w, struct walk_tilt *tilt, double *weights)
{
	const double theta = (double)tilt->theta / WALK_TILT_UNIT;
	size_t n = w->n_states, diagonal = walk_cell_index(0, w->side);
	double most = 0;
	bool any = false;

	for (uint32_t i = 0; i <= w->side; i++) {
		double log_g = theta * i + 0.69314718055994530942 * w->exponent[diagonal + i];

		if (w->exponent[diagonal + i] == WALK_NO_CELL)
			continue;
		if (!any || log_g > most)
			most = log_g;
		any = true;
	}
	for (uint32_t i = 0; any && i <= w->side; i++) {
		const uint32_t *beta = w->border + i * n;
		double g;

		if (w->exponent[diagonal + i] == WALK_NO_CELL)
			continue;
		g = det_exp(theta * i + 0.69314718055994530942 * w->exponent[diagonal + i] - most);
		for (size_t s = 0; s < n; s++) {
			double v = walk_unpack(beta[s]) * g;

			tilt->accept[i * n + s] = v;
			if (v > weights[s])
				weights[s] = v;
		}
	}
	for (size_t k = 0; k < ((size_t)w->side + 1) * n; k++) {
		if (tilt->accept[k] > 0)
			tilt->accept[k] /= weights[k % n];
	}
	return any;
}

/* The thresholds of one row from the weights after the step, and the weights before it, scaled so
 * that the largest is 1. */
static void make_row(const struct walk *w, double forward_weight, const double *after,
		     uint32_t *thresholds, double *ret_before)
{
	double largest = 0;

	for (uint32_t s = 0; s < w->n_states; s++) {
		double sum = 0, cumulated = 0;

		for (uint32_t e = w->first[s]; e < w->first[s + 1]; e++)
			sum += w->edges[e].p * (e < w->backward[s] ? forward_weight : 1) *
			       after[w->edges[e].dst];
		ret_before[s] = sum;
		if (sum > largest)
			largest = sum;
		for (uint32_t e = w->first[s]; e < w->first[s + 1]; e++) {
			cumulated += w->edges[e].p * (e < w->backward[s] ? forward_weight : 1) *
				     after[w->edges[e].dst];
			/* The last possible edge meets sum exactly. */
			thresholds[e] = sum > 0 ? (uint32_t)(cumulated / sum * 0x1p31) : 0;
		}
	}
	for (uint32_t s = 0; largest > 0 && s < w->n_states; s++)
		ret_before[s] /= largest;
}

static bool settled(const double *a, const double *b, size_t n)
{
	for (size_t s = 0; s < n; s++) {
		double off = a[s] > b[s] ? a[s] - b[s] : b[s] - a[s];

		if (s > 0 && a[s] < NEGLIGIBLE && b[s] < NEGLIGIBLE)
			continue;
		if (off > SETTLED * a[s])
			return false;
	}
	return true;
}

/* Makes rows until the weights settle or n_wanted are there. */
static int make_rows(const struct walk *w, struct walk_tilt *tilt, double *ring, size_t n_wanted)
{
	const double x = det_exp((double)tilt->theta / WALK_TILT_UNIT);
	size_t n = w->n_states, capacity = 0;

	for (size_t r = 0; r < n_wanted && tilt->period == 0; r++) {
		int ret = mem_grow(&tilt->thresholds, &capacity, (r + 1) * w->n_edges,
				   sizeof(*tilt->thresholds),
				   TILT_LIMIT_BYTES / sizeof(*tilt->thresholds));

		if (ret < 0)
			return ret;
		make_row(w, x, ring + r % RING * n, tilt->thresholds + r * w->n_edges,
			 ring + (r + 1) % RING * n);
		tilt->n_rows = (uint32_t)(r + 1);
		if ((r + 1) % CHECK_ROWS != 0)
			continue;
		for (uint32_t p = 1; p <= PERIOD_MAX && tilt->period == 0; p++) {
			if (settled(ring + (r + 1) % RING * n, ring + (r + 1 - p) % RING * n, n))
				tilt->period = p;
		}
	}
	tilt->n_bytes = capacity * sizeof(*tilt->thresholds) +
			((size_t)w->side + 1) * n * sizeof(*tilt->accept);
	return 0;
}

/* The rows that repeat, by the first bits of what would be compared with the thresholds. */
static int make_guide(const struct walk *w, struct walk_tilt *tilt)
{
	const size_t n_bytes = tilt->period * (size_t)w->n_states * 256 * sizeof(*tilt->guide);
	uint32_t *at;

	if (tilt->period == 0 || n_bytes > WALK_GUIDE_BYTES)
		return 0;
	tilt->guide = malloc(n_bytes);
	if (tilt->guide == NULL)
		return -ENOMEM;
	tilt->n_bytes += n_bytes;
	at = tilt->guide;
	for (uint32_t row = tilt->n_rows - tilt->period; row < tilt->n_rows; row++) {
		const uint32_t *thresholds = tilt->thresholds + (size_t)row * w->n_edges;

		for (uint32_t s = 0; s < w->n_states; s++) {
			const uint32_t end = w->first[s + 1];
			uint32_t e = w->first[s];

			for (uint32_t b = 0; b < 256; b++) {
				while (e < end && thresholds[e] <= b << 23)
					e++;
				/* Above the last threshold nothing is drawn: no path goes there. */
				*at++ = e == end || thresholds[e] < (b + 1) << 23
						? WALK_GUIDE_OPEN
						: e << 16 | (uint32_t)w->edges[e].dst << 1 |
							  (w->edges[e].direction == STEP_FORWARD);
			}
		}
	}
	return 0;
}

static int tilt_make(const struct walk *w, struct walk_tilt *tilt, int64_t theta, uint32_t n)
{
	CLEANUP(freep) double *ring = mem_array(RING, w->n_states * sizeof(*ring));
	int r;

	memset(tilt, 0, sizeof(*tilt));
	tilt->hash = w->hash;
	tilt->theta = theta;
	tilt->accept = mem_array((size_t)w->side + 1, w->n_states * sizeof(*tilt->accept));
	tilt->settled = mem_array(w->n_states, sizeof(*tilt->settled));
	if (ring == NULL || tilt->accept == NULL || tilt->settled == NULL)
		return -ENOMEM;
	make_border(w, tilt, ring);
	r = make_rows(w, tilt, ring, n - w->side);
	memcpy(tilt->settled, ring + tilt->n_rows % RING * w->n_states,
	       w->n_states * sizeof(*tilt->settled));
	if (r == 0)
		r = make_guide(w, tilt);
	return r;
}

static bool serves(const struct walk_tilt *tilt, const struct walk *w, int64_t theta, uint32_t n)
{
	return tilt->accept != NULL && tilt->hash == w->hash && tilt->theta == theta &&
	       (tilt->period > 0 || tilt->n_rows >= n - w->side);
}

/* The place to overwrite: the same tilt where it is too short, else the one not used for longest.
 */
static struct walk_tilt *choose_place(const struct walk *w, struct walk_scratch *scratch,
				      int64_t theta)
{
	struct walk_tilt *oldest = &scratch->tilts[0];

	for (int k = 0; k < WALK_N_TILTS; k++) {
		struct walk_tilt *tilt = &scratch->tilts[k];

		if (tilt->accept != NULL && tilt->hash == w->hash && tilt->theta == theta)
			return tilt;
		if (tilt->used < oldest->used)
			oldest = tilt;
	}
	return oldest;
}

/* Drops the oldest until the cache is within its bytes; the one just made stays. */
static void trim(struct walk_scratch *scratch, const struct walk_tilt *keep)
{
	for (;;) {
		struct walk_tilt *oldest = NULL;
		size_t n_bytes = 0;

		for (int k = 0; k < WALK_N_TILTS; k++) {
			struct walk_tilt *tilt = &scratch->tilts[k];

			n_bytes += tilt->n_bytes;
			if (tilt != keep && tilt->accept != NULL &&
			    (oldest == NULL || tilt->used < oldest->used))
				oldest = tilt;
		}
		if (n_bytes <= WALK_TILT_BYTES || oldest == NULL)
			return;
		walk_tilt_done(oldest);
	}
}

static int make_jumps(const struct walk *w, const struct walk_scratch *scratch,
		      struct walk_tilt *tilt, uint32_t n)
{
	if (tilt->period == 0 || tilt->jumps != NULL || n < WALK_JUMPS_LEAST_SIDES * w->side)
		return 0;
	return walk_jumps_make(w, tilt, scratch->tilts, WALK_N_TILTS);
}

const struct walk_tilt *walk_tilt_get(const struct walk *walk, struct walk_scratch *scratch,
				      int64_t theta, uint32_t n)
{
	struct walk_tilt *tilt = NULL;
	bool new = false;

	for (int k = 0; k < WALK_N_TILTS && tilt == NULL; k++) {
		if (serves(&scratch->tilts[k], walk, theta, n))
			tilt = &scratch->tilts[k];
	}
	if (tilt == NULL) {
		tilt = choose_place(walk, scratch, theta);
		walk_tilt_done(tilt);
		new = true;
	}
	if ((new &&tilt_make(walk, tilt, theta, n) < 0) || make_jumps(walk, scratch, tilt, n) < 0) {
		walk_tilt_done(tilt);
		return NULL;
	}
	tilt->used = ++scratch->tilt_clock;
	trim(scratch, tilt);
	return tilt;
}
