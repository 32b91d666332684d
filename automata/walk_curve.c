/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <math.h>

#include "automata/walk_internal.h"
#include "base/detmath.h"
#include "base/mem.h"

enum { ROUNDS_MAX = 300 };

/*
 * Growth of the weights per packet by power iteration from v, which becomes the eigenvector. Half
 * of the growth is added to the diagonal, so that automata that can only alternate converge too.
 */
static double growth(const struct walk *w, double forward_weight, double *v, double *next)
{
	double shift = 0.5, last = 0;

	for (int round = 0; round < ROUNDS_MAX; round++) {
		double largest = 0, now, off;

		for (uint32_t s = 0; s < w->n_states; s++) {
			double f = 0, b = 0;

			for (uint32_t e = w->first[s]; e < w->backward[s]; e++)
				f += w->edges[e].p * v[w->edges[e].dst];
			for (uint32_t e = w->backward[s]; e < w->first[s + 1]; e++)
				b += w->edges[e].p * v[w->edges[e].dst];
			next[s] = f * forward_weight + b + shift * v[s];
			if (next[s] > largest)
				largest = next[s];
		}
		for (uint32_t s = 0; s < w->n_states; s++)
			v[s] = next[s] / largest;
		now = largest - shift;
		off = now > last ? now - last : last - now;
		if (off <= 1e-9 * largest)
			return now;
		last = now;
		shift = now / 2;
	}
	return last;
}

int walk_curve_make(struct walk *w, struct err *err)
{
	CLEANUP(freep) double *v = mem_array(2 * (size_t)w->n_states, sizeof(*v));

	w->curve = mem_array(2 * WALK_CURVE_HALF + 1, sizeof(*w->curve));
	if (v == NULL || w->curve == NULL)
		return err_no_memory(err);
	if (!w->cyclic)
		return 0;
	/* Outwards from 0 on both sides: each eigenvector is a good start for the next. */
	for (int sign = 1; sign >= -1; sign -= 2) {
		for (uint32_t s = 0; s < w->n_states; s++)
			v[s] = 1;
		for (int k = 0; k <= WALK_CURVE_HALF; k++) {
			double x = det_exp((double)(sign * k) / WALK_CURVE_PER_UNIT);
			double g = growth(w, x, v, v + w->n_states);

			w->curve[WALK_CURVE_HALF + sign * k] = det_log(g > 1e-300 ? g : 1e-300);
		}
	}
	return 0;
}

static double dual(const struct walk *w, int k, double ratio)
{
	return w->curve[k] - ratio * (double)(k - WALK_CURVE_HALF) / WALK_CURVE_PER_UNIT;
}

static int dual_least(const struct walk *w, double ratio)
{
	int low = 0, high = 2 * WALK_CURVE_HALF;

	/* Convex: the least lies where the differences change sign. */
	while (low < high) {
		int middle = low + (high - low) / 2;

		if (dual(w, middle, ratio) <= dual(w, middle + 1, ratio))
			high = middle;
		else
			low = middle + 1;
	}
	return low;
}

int64_t walk_curve_tilt(const struct walk *w, uint32_t n_forward, uint32_t n)
{
	const int64_t per_step = WALK_TILT_UNIT / WALK_CURVE_PER_UNIT;
	double ratio = (double)n_forward / (double)n, below, here, above, bend, off = 0;
	/* A step of theta moves the mean count by about n / 5 of it; a standard deviation is about
	 * sqrt(n) / 2. */
	int64_t step = WALK_TILT_UNIT / (n < 512 ? 8 : n < 2048 ? 16 : n < 32768 ? 64 : 256), theta;
	int k;

	if (!w->cyclic)
		return 0;
	k = dual_least(w, ratio);
	if (k > 0 && k < 2 * WALK_CURVE_HALF) {
		below = dual(w, k - 1, ratio);
		here = dual(w, k, ratio);
		above = dual(w, k + 1, ratio);
		bend = below - 2 * here + above;
		if (bend > 1e-12)
			off = 0.5 * (below - above) / bend;
		off = off > 0.5 ? 0.5 : off < -0.5 ? -0.5 : off;
	}
	/* From -16 up, so that halves round one way. */
	theta = k * per_step + (int64_t)((off + 0.5) * (double)per_step) - per_step / 2;
	return (theta + step / 2) / step * step - WALK_CURVE_HALF * per_step;
}

double walk_curve_rate(const struct walk *w, uint32_t n_forward, uint32_t n)
{
	double ratio = n == 0 ? 0 : (double)n_forward / (double)n;

	return dual(w, dual_least(w, ratio), ratio);
}
