/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The dynamic programme over all remainders of one request under a tilt, by diagonals of equal
 * length. What is left of the rarer direction is the column; a row holds one state's weights, so
 * that an edge is a row times a number added to another, which compilers make vectors of. A pass
 * keeps one diagonal in some sqrt(n); the path makes those between again where it can still go, a
 * cone as wide as it is long.
 *
 * A tilt (walk_tilt.c) leaves the law as it is and brings what matters near to 1. Weights below
 * 2^FLUSH of the largest become 0. What that can take away is bounded: at most so much times the
 * weight A(k) of all ways to be k packets from the start, which one pass over n finds. Unless the
 * request weighs 2^MARGIN times that, nothing is drawn.
 */
#include <errno.h>
#include <math.h>
#include <stdlib.h>

#include "automata/walk_internal.h"
#include "base/detmath.h"
#include "base/mem.h"

enum {
	STRETCH_MIN = 8,
	STRETCH_MAX = 64,
	RESCALE = 8, /* diagonals */
	FLUSH = -500,
	LOST = -490, /* so much at most is lost of a weight, in the units of the last scale */
	MARGIN = 90, /* 2^-70 of the law is lost at most, over WALK_DIAGONAL_PACKETS diagonals */
};

struct plan {
	const struct walk *walk;
	int rare; /* the direction whose packets are the columns */
	uint32_t n, n_rare, n_common, stretch;
	double weight[2]; /* by direction: the tilt, at most 1 */
	size_t width;	  /* of a row: column c is at c + 1, and 0 before it */
	double *kept;	  /* the diagonals of 0, stretch, 2 stretch ... packets */
	double *pair[2];
	double *cone;	  /* stretch + 1 diagonals of rows of stretch + 2 */
	double *ahead[2]; /* n_states: weights of getting there from the start */
	uint8_t *reached; /* (n + 1) x n_states: can be, after so many packets */
	int32_t *outset;  /* n + 1: exponent above A(k) */
};

static void *carve(uint8_t *block, size_t *at, size_t n)
{
	void *place = block == NULL ? NULL : block + *at;

	*at += (n + 63) & ~(size_t)63;
	return place;
}

/* With NULL only tells the bytes. */
static size_t lay_out(struct plan *p, uint8_t *block)
{
	const size_t n_states = p->walk->n_states, n_diagonal = n_states * p->width;
	size_t at = 0;

	p->kept = carve(block, &at, (p->n / p->stretch + 1) * n_diagonal * sizeof(*p->kept));
	for (int k = 0; k < 2; k++) {
		p->pair[k] = carve(block, &at, n_diagonal * sizeof(**p->pair));
		p->ahead[k] = carve(block, &at, n_states * sizeof(**p->ahead));
	}
	p->cone = carve(block, &at,
			((size_t)p->stretch + 1) * (p->stretch + 2) * n_states * sizeof(*p->cone));
	p->reached = carve(block, &at, ((size_t)p->n + 1) * n_states);
	p->outset = carve(block, &at, ((size_t)p->n + 1) * sizeof(*p->outset));
	return at;
}

static void plan_init(struct plan *p, const struct walk *walk, int64_t theta, uint32_t n_forward,
		      uint32_t n_backward)
{
	const double x = det_exp((double)(theta < 0 ? theta : -theta) / WALK_TILT_UNIT);

	*p = (struct plan) {
		.walk = walk,
		.rare = n_forward < n_backward ? STEP_FORWARD : STEP_BACKWARD,
		.n = n_forward + n_backward,
		.stretch = STRETCH_MIN,
	};
	p->n_rare = p->rare == STEP_FORWARD ? n_forward : n_backward;
	p->n_common = p->n - p->n_rare;
	p->width = (size_t)p->n_rare + 2;
	/* Forward packets by exp(theta), or backward ones by exp(-theta): the same. */
	p->weight[STEP_FORWARD] = theta < 0 ? x : 1;
	p->weight[STEP_BACKWARD] = theta < 0 ? 1 : x;
	while (p->stretch < STRETCH_MAX && p->stretch * p->stretch < p->n)
		p->stretch++;
}

/* Ways from the start: fills reached and outset. */
static void set_out(struct plan *p)
{
	const struct walk *w = p->walk;
	int32_t unit = 0;

	memset(p->ahead[0], 0, w->n_states * sizeof(double));
	p->ahead[0][0] = 1;
	for (uint32_t k = 0; k <= p->n; k++) {
		double *from = p->ahead[k & 1], *to = p->ahead[~k & 1], sum = 0;
		int exponent = 0;

		for (uint32_t s = 0; s < w->n_states; s++)
			sum += from[s];
		frexp(sum, &exponent);
		unit += exponent;
		p->outset[k] = sum > 0 ? unit : INT32_MIN / 2;
		memset(to, 0, w->n_states * sizeof(*to));
		for (uint32_t s = 0; s < w->n_states; s++) {
			const double here = ldexp(from[s], -exponent);

			p->reached[(size_t)k * w->n_states + s] = here > 0;
			for (uint32_t e = w->first[s]; here > 0 && e < w->first[s + 1]; e++)
				to[w->edges[e].dst] +=
					here * w->edges[e].p * p->weight[w->edges[e].direction];
		}
	}
}

static void add_row(double *restrict to, const double *restrict from, double weight, size_t n)
{
	for (size_t k = 0; k < n; k++)
		to[k] += weight * from[k];
}

/* The diagonal of d packets left from the one before, places [low, high] of the rows. */
static void advance(const struct plan *p, uint32_t d, const double *last, double *next,
		    size_t width, size_t low, size_t high)
{
	const struct walk *w = p->walk;
	const uint8_t *reached = p->reached + (size_t)(p->n - d) * w->n_states;

	for (uint32_t s = 0; s < w->n_states; s++) {
		double *row = next + s * width + low;

		memset(row, 0, (high - low + 1) * sizeof(*row));
		for (uint32_t e = w->first[s]; reached[s] && e < w->first[s + 1]; e++) {
			const struct walk_edge *edge = &w->edges[e];
			const double *from = last + edge->dst * width + low;

			add_row(row, edge->direction == p->rare ? from - 1 : from,
				edge->p * p->weight[edge->direction], high - low + 1);
		}
	}
}

/* Scales the largest to [0.5, 1); returns the exponent taken out, INT32_MIN: all are 0. */
static int32_t rescale(const struct plan *p, double *cells, size_t width, size_t low, size_t high)
{
	double largest = 0, scale;
	int exponent;

	for (uint32_t s = 0; s < p->walk->n_states; s++) {
		for (size_t k = low; k <= high; k++)
			largest = cells[s * width + k] > largest ? cells[s * width + k] : largest;
	}
	if (!(largest > 0))
		return INT32_MIN;
	frexp(largest, &exponent);
	scale = ldexp(1, -exponent);
	for (uint32_t s = 0; s < p->walk->n_states; s++) {
		for (size_t k = low; k <= high; k++) {
			const double v = cells[s * width + k] * scale;

			cells[s * width + k] = v < 0x1p-500 ? 0 : v;
		}
	}
	return exponent;
}

/* The first pass. False: no such path, or too much was lost. */
static bool make_all(struct plan *p)
{
	const size_t n_diagonal = p->walk->n_states * p->width;
	int32_t unit = 0, lost = INT32_MIN;
	double mass;
	int exponent;

	memset(p->pair[0], 0, n_diagonal * sizeof(double));
	memset(p->pair[1], 0, n_diagonal * sizeof(double));
	for (uint32_t s = 0; s < p->walk->n_states; s++)
		p->pair[0][s * p->width + 1] = p->walk->end[s];
	for (uint32_t d = 0; d <= p->n; d++) {
		double *now = p->pair[d & 1];
		const size_t low = 1 + (d > p->n_common ? d - p->n_common : 0);
		const size_t high = 1 + (d < p->n_rare ? d : p->n_rare);

		if (d > 0)
			advance(p, d, p->pair[~d & 1], now, p->width, low, high);
		if (d % RESCALE == 0) {
			const int32_t scale = rescale(p, now, p->width, low, high);

			if (scale == INT32_MIN)
				return false;
			unit += scale;
		}
		if (unit + LOST + p->outset[p->n - d] > lost)
			lost = unit + LOST + p->outset[p->n - d];
		if (d % p->stretch == 0)
			memcpy(p->kept + d / p->stretch * n_diagonal, now,
			       n_diagonal * sizeof(*now));
	}
	mass = p->pair[p->n & 1][p->n_rare + 1];
	frexp(mass, &exponent);
	return mass > 0 && unit + exponent >= lost + MARGIN;
}

static double *cone_at(const struct plan *p, uint32_t d)
{
	return p->cone + (size_t)(d % p->stretch) * p->walk->n_states * (p->stretch + 2);
}

/* The diagonals below d packets left, `column` of them rare, down to one that is kept: places are
 * columns less ret_base. */
static int64_t make_cone(struct plan *p, uint32_t d, uint32_t column)
{
	const uint32_t begin = (d - 1) / p->stretch * p->stretch, length = d - begin;
	const size_t width = p->stretch + 2, n_states = p->walk->n_states;
	const double *kept = p->kept + begin / p->stretch * n_states * p->width;
	const int64_t base = (int64_t)column - length - 1;
	double *first = cone_at(p, begin);

	memset(p->cone, 0, p->stretch * n_states * width * sizeof(*p->cone));
	for (size_t s = 0; s < n_states; s++) {
		for (int64_t k = base < -1 ? -base : 1; k <= length + 1; k++)
			first[s * width + (size_t)k] = kept[s * p->width + (size_t)(base + k + 1)];
	}
	rescale(p, first, width, 1, length + 1);
	for (uint32_t k = 1; k < length; k++) {
		double *next = cone_at(p, begin + k);

		advance(p, begin + k, cone_at(p, begin + k - 1), next, width, k + 1, length + 1);
		if (k % RESCALE == 0)
			rescale(p, next, width, k + 1, length + 1);
	}
	return base;
}

/* The edge to follow in state s, place k of the diagonal after it; UINT32_MAX: none. */
static uint32_t choose(const struct plan *p, uint32_t s, const double *next, size_t k, uint32_t u)
{
	const struct walk *w = p->walk;
	const size_t width = p->stretch + 2;
	double sum = 0, at = 0, cumulated = 0;

	for (int pass = 0; pass < 2; pass++) {
		for (uint32_t e = w->first[s]; e < w->first[s + 1]; e++) {
			const struct walk_edge *edge = &w->edges[e];

			cumulated += edge->p * p->weight[edge->direction] *
				     next[edge->dst * width + k - (edge->direction == p->rare)];
			if (pass == 1 && cumulated > at)
				return e;
		}
		sum = cumulated;
		at = sum * (((double)u + 0.5) * 0x1p-32);
		cumulated = 0;
	}
	return UINT32_MAX;
}

static int draw(struct plan *p, struct rng *rng, uint16_t *ret_path)
{
	const struct walk *w = p->walk;
	uint32_t column = p->n_rare, s = 0;
	int64_t base = 0;

	for (uint32_t d = p->n; d > 0; d--) {
		uint32_t e;

		if (d == p->n || d % p->stretch == 0)
			base = make_cone(p, d, column);
		e = choose(p, s, cone_at(p, d - 1), (size_t)((int64_t)column - base), rng_u32(rng));
		if (e == UINT32_MAX)
			return -ENOENT;
		*ret_path++ = (uint16_t)e;
		s = w->edges[e].dst;
		column -= w->edges[e].direction == p->rare;
	}
	return 0;
}

int walk_diagonal_path(const struct walk *walk, struct walk_scratch *scratch, int64_t theta,
		       uint32_t n_forward, uint32_t n_backward, struct rng *rng, uint16_t *ret_path)
{
	CLEANUP(freep) uint8_t *own = NULL;
	uint8_t *block = scratch->work;
	struct plan p;
	size_t n_bytes;

	if ((uint64_t)n_forward + n_backward > WALK_DIAGONAL_PACKETS)
		return -ENOENT;
	plan_init(&p, walk, theta, n_forward, n_backward);
	n_bytes = lay_out(&p, NULL);
	if (n_bytes > WALK_WORK_BYTES)
		block = own = malloc(n_bytes);
	if (block == NULL)
		return -ENOMEM;
	lay_out(&p, block);
	set_out(&p);
	return make_all(&p) ? draw(&p, rng, ret_path) : -ENOENT;
}
