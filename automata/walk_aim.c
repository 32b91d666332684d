/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The tilt for one request, by the law of its own length rather than by the growth of very long
 * paths. It matters where an automaton has several loops with shares of their own that a path can
 * only change between once: there the share of forward packets turns over within 1 / n of theta.
 */
#include <errno.h>
#include <math.h>

#include "automata/walk_internal.h"
#include "base/detmath.h"
#include "base/mem.h"

enum { ROUNDS = 36 };

struct aim {
	const struct walk *walk;
	double *weights[2]; /* n_states: of all ways to finish in r packets */
	double *slopes[2];  /* n_states: their derivatives by theta */
};

/* The weights at the border and their derivatives: sums of beta x^i, i x^i beta. */
static void border(const struct aim *aim, double theta)
{
	const struct walk *w = aim->walk;
	size_t n = w->n_states, diagonal = walk_cell_index(0, w->side);
	double most = -1e300;

	for (uint32_t i = 0; i <= w->side; i++) {
		double log_g = theta * i + 0.69314718055994530942 * w->exponent[diagonal + i];

		if (w->exponent[diagonal + i] != WALK_NO_CELL && log_g > most)
			most = log_g;
	}
	memset(aim->weights[0], 0, n * sizeof(double));
	memset(aim->slopes[0], 0, n * sizeof(double));
	for (uint32_t i = 0; i <= w->side; i++) {
		double g;

		if (w->exponent[diagonal + i] == WALK_NO_CELL)
			continue;
		g = det_exp(theta * i + 0.69314718055994530942 * w->exponent[diagonal + i] - most);
		for (size_t s = 0; s < n; s++) {
			double v = walk_unpack(w->border[i * n + s]) * g;

			aim->weights[0][s] += v;
			aim->slopes[0][s] += v * i;
		}
	}
}

/* The mean number of forward packets among n, from the start. */
static double mean_forward(const struct aim *aim, double theta, uint32_t n)
{
	const struct walk *w = aim->walk;
	const double x = det_exp(theta);

	border(aim, theta);
	for (uint32_t r = 0; r < n - w->side; r++) {
		const double *v = aim->weights[r & 1], *d = aim->slopes[r & 1];
		double *to_v = aim->weights[~r & 1], *to_d = aim->slopes[~r & 1], largest = 0;

		for (uint32_t s = 0; s < w->n_states; s++) {
			double fv = 0, fd = 0, bv = 0, bd = 0;

			for (uint32_t e = w->first[s]; e < w->backward[s]; e++) {
				fv += w->edges[e].p * v[w->edges[e].dst];
				fd += w->edges[e].p * d[w->edges[e].dst];
			}
			for (uint32_t e = w->backward[s]; e < w->first[s + 1]; e++) {
				bv += w->edges[e].p * v[w->edges[e].dst];
				bd += w->edges[e].p * d[w->edges[e].dst];
			}
			to_v[s] = fv * x + bv;
			to_d[s] = (fd + fv) * x + bd;
			if (to_v[s] > largest)
				largest = to_v[s];
		}
		if (!(largest > 0))
			return 0;
		for (uint32_t s = 0; s < w->n_states; s++) {
			to_v[s] /= largest;
			to_d[s] /= largest;
		}
	}
	n = (n - w->side) & 1;
	return aim->weights[n][0] > 0 ? aim->slopes[n][0] / aim->weights[n][0] : 0;
}

int walk_aim(const struct walk *walk, uint32_t n_forward, uint32_t n, int64_t *ret_theta)
{
	CLEANUP(freep) double *memory = mem_array(4 * (size_t)walk->n_states, sizeof(*memory));
	const double tolerance = sqrt((double)n) / 8, goal = n_forward;
	struct aim aim = { .walk = walk };
	int64_t low = -16 * WALK_TILT_UNIT, high = 16 * WALK_TILT_UNIT, width = WALK_TILT_UNIT / 8;
	int64_t theta = walk_curve_tilt(walk, n_forward, n);

	if (memory == NULL)
		return -ENOMEM;
	for (int k = 0; k < 2; k++) {
		aim.weights[k] = memory + (size_t)k * walk->n_states;
		aim.slopes[k] = memory + (size_t)(k + 2) * walk->n_states;
	}
	/* The mean grows with theta. Steps double away from the first guess until it lies between,
	 * then halve. */
	for (int round = 0; round < ROUNDS && low + 1 < high; round++) {
		double mean = mean_forward(&aim, (double)theta / WALK_TILT_UNIT, n);

		if (mean >= goal - tolerance && mean <= goal + tolerance)
			break;
		if (mean < goal)
			low = theta;
		else
			high = theta;
		if (low == -16 * WALK_TILT_UNIT || high == 16 * WALK_TILT_UNIT) {
			theta += mean < goal ? width : -width;
			width *= 2;
			if (theta <= low || theta >= high)
				theta = low + (high - low) / 2;
		} else {
			theta = low + (high - low) / 2;
		}
	}
	*ret_theta = theta;
	return 0;
}
