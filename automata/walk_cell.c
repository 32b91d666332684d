/* SPDX-License-Identifier: Apache-2.0 */
#include <math.h>

#include "automata/walk_internal.h"

enum { NEAR_EDGES = 64 }; /* of one state; more are chosen among without a buffer */

int32_t walk_cell_end(const struct walk *walk, double *ret_cell)
{
	for (uint32_t s = 0; s < walk->n_states; s++)
		ret_cell[s] = walk->end[s] / 2;
	return 1;
}

/* Sum of p_e cell(dst) over the edges [begin, end). */
static double edge_sum(const struct walk *walk, uint32_t begin, uint32_t end, const double *cell)
{
	double sum = 0;

	for (uint32_t e = begin; e < end; e++)
		sum += walk->edges[e].p * cell[walk->edges[e].dst];
	return sum;
}

/* Scales a cell so that its largest value lies in [0.5, 1); returns the exponent to add. */
static int32_t normalise(double *cell, uint32_t n, double largest)
{
	int32_t exponent;
	double scale;

	frexp(largest, &exponent);
	scale = ldexp(1.0, -exponent);
	for (uint32_t s = 0; s < n; s++) {
		cell[s] *= scale;
		if (cell[s] > 0 && cell[s] < WALK_LEAST)
			cell[s] = WALK_LEAST;
	}
	return exponent;
}

int32_t walk_cell_make(const struct walk *walk, const double *forward, int32_t forward_exponent,
		       const double *backward, int32_t backward_exponent, double *ret_cell)
{
	double forward_scale = 1, backward_scale = 1, largest = 0;
	int32_t exponent = forward_exponent;

	if (forward_exponent == WALK_NO_CELL && backward_exponent == WALK_NO_CELL)
		return WALK_NO_CELL;
	if (forward_exponent == WALK_NO_CELL) {
		exponent = backward_exponent;
	} else if (backward_exponent == WALK_NO_CELL) {
	} else if (forward_exponent >= backward_exponent) {
		backward_scale =
			walk_half_power((uint64_t)((int64_t)forward_exponent - backward_exponent));
	} else {
		exponent = backward_exponent;
		forward_scale =
			walk_half_power((uint64_t)((int64_t)backward_exponent - forward_exponent));
	}
	for (uint32_t s = 0; s < walk->n_states; s++) {
		double f = 0, b = 0, v;

		if (forward_exponent != WALK_NO_CELL)
			f = edge_sum(walk, walk->first[s], walk->backward[s], forward);
		if (backward_exponent != WALK_NO_CELL)
			b = edge_sum(walk, walk->backward[s], walk->first[s + 1], backward);
		v = f * forward_scale + b * backward_scale;
		if (v < WALK_LEAST && (f > 0 || b > 0))
			v = WALK_LEAST;
		ret_cell[s] = v;
		if (v > largest)
			largest = v;
	}
	if (!(largest > 0))
		return WALK_NO_CELL;
	return exponent + normalise(ret_cell, walk->n_states, largest);
}

/* Where the plain weights underflow: the same choice with an exponent for each weight. */
static uint32_t choose_far(const struct walk *walk, uint32_t s, const uint32_t *forward,
			   int32_t forward_exponent, const uint32_t *backward,
			   int32_t backward_exponent, uint32_t u)
{
	double sum = 0, at, cumulated = 0;
	int64_t largest = INT64_MIN;
	uint32_t last = walk->first[s];

	for (int pass = 0; pass < 3; pass++) {
		at = sum * ((double)u + 0.5) * 0x1p-32;
		for (uint32_t e = walk->first[s]; e < walk->first[s + 1]; e++) {
			bool is_forward = e < walk->backward[s];
			int32_t exponent = is_forward ? forward_exponent : backward_exponent;
			const uint32_t *cell = is_forward ? forward : backward;
			int32_t own;
			double v;
			int64_t all;

			if (exponent == WALK_NO_CELL || cell[walk->edges[e].dst] == 0 ||
			    !(walk->edges[e].p > 0))
				continue;
			v = frexp(walk->edges[e].p * walk_unpack(cell[walk->edges[e].dst]), &own);
			all = (int64_t)own + exponent;
			if (pass == 0) {
				if (all > largest)
					largest = all;
				continue;
			}
			v *= walk_half_power((uint64_t)(largest - all));
			if (pass == 1) {
				sum += v;
				continue;
			}
			last = e;
			cumulated += v;
			if (cumulated > at)
				return e;
		}
	}
	return last;
}

/* One walk step costs this and a random word: 10 to 40 ns, most of it misses of the cache where the
 * flow is long. Inlined by force: the compilers would not, and the call is a fifth of it. */
static inline __attribute__((always_inline)) uint32_t
choose(const struct walk *walk, uint32_t s, const uint32_t *forward, int32_t forward_exponent,
       const uint32_t *backward, int32_t backward_exponent, uint32_t u)
{
	const struct walk_edge *edges = walk->edges;
	double forward_scale = 1, backward_scale = 1, sum = 0, at, weights[NEAR_EDGES];
	uint32_t begin = walk->first[s], middle = walk->backward[s], end = walk->first[s + 1], k;

	if (end - begin > NEAR_EDGES)
		return choose_far(walk, s, forward, forward_exponent, backward, backward_exponent,
				  u);
	if (forward_exponent == WALK_NO_CELL)
		begin = middle;
	else if (backward_exponent == WALK_NO_CELL)
		end = middle;
	else if (forward_exponent >= backward_exponent)
		backward_scale =
			walk_half_power((uint64_t)((int64_t)forward_exponent - backward_exponent));
	else
		forward_scale =
			walk_half_power((uint64_t)((int64_t)backward_exponent - forward_exponent));
	/* Cumulated in a fixed order, so that every machine draws alike. */
	for (uint32_t e = begin; e < middle; e++) {
		sum += edges[e].p * walk_unpack(forward[edges[e].dst]) * forward_scale;
		weights[e - begin] = sum;
	}
	for (uint32_t e = middle; e < end; e++) {
		sum += edges[e].p * walk_unpack(backward[edges[e].dst]) * backward_scale;
		weights[e - begin] = sum;
	}
	if (sum < 0x1p-900)
		return choose_far(walk, s, forward, forward_exponent, backward, backward_exponent,
				  u);
	at = sum * (((double)u + 0.5) * 0x1p-32);
	for (k = 0; weights[k] <= at;)
		k++;
	return begin + k;
}

uint32_t walk_cell_choose(const struct walk *walk, uint32_t s, const uint32_t *forward,
			  int32_t forward_exponent, const uint32_t *backward,
			  int32_t backward_exponent, uint32_t u)
{
	return choose(walk, s, forward, forward_exponent, backward, backward_exponent, u);
}

void walk_table_path(const struct walk *w, uint32_t s, uint32_t i, uint32_t j, struct rng *rng,
		     uint16_t *ret_path)
{
	for (uint32_t d = i + j; d > 0; d--) {
		/* cell (i - 1, j); (i, j - 1) is the next one. At the borders one of them is
		 * outside and is not looked at. */
		size_t cell = walk_cell_index(i, d - 1) - 1;
		int32_t forward = i > 0 ? w->exponent[cell] : WALK_NO_CELL;
		int32_t backward = i < d ? w->exponent[cell + 1] : WALK_NO_CELL;
		const uint32_t *beta = w->beta + (i > 0 ? cell * w->n_states : 0);
		const uint32_t *next = w->beta + (i < d ? (cell + 1) * w->n_states : 0);
		uint32_t e = choose(w, s, beta, forward, next, backward, rng_u32(rng));

		*ret_path++ = (uint16_t)e;
		s = w->edges[e].dst;
		i -= w->edges[e].direction == STEP_FORWARD;
	}
}

void walk_bridge_path(const struct walk *w, const struct walk_tilt *tilt, uint32_t s, uint16_t code,
		      struct rng *rng, uint16_t *ret_path)
{
	const uint32_t dst = code >> WALK_JUMP_SHIFT;
	uint32_t f = code & ((1 << WALK_JUMP_SHIFT) - 1);

	for (uint32_t n = tilt->jump_steps; n > 0; n--) {
		const uint32_t *backward =
			walk_bridge_cell(tilt->bridge, w->n_states, dst, n - 1, f);
		/* (f - 1, n - 1) lies before (f, n - 1). At the borders one of them is outside and
		 * is not looked at. */
		const uint32_t *forward = f > 0 ? backward - w->n_states : backward;
		uint32_t e = choose(w, s, forward, f > 0 ? 0 : WALK_NO_CELL, backward,
				    f < n ? 0 : WALK_NO_CELL, rng_u32(rng));

		*ret_path++ = (uint16_t)e;
		s = w->edges[e].dst;
		f -= w->edges[e].direction == STEP_FORWARD;
	}
}
