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

/* The two cells that may follow a packet, by direction. */
struct followers {
	const double *cell[2];
	int32_t exponent[2]; /* WALK_NO_CELL: outside, or without paths */
};

/* The scales that bring both to one exponent; 0 where there is none. */
static void find_scales(const struct followers *next, double ret_scale[2])
{
	const int32_t forward = next->exponent[0], backward = next->exponent[1];

	ret_scale[0] = forward != WALK_NO_CELL;
	ret_scale[1] = backward != WALK_NO_CELL;
	if (forward == WALK_NO_CELL || backward == WALK_NO_CELL)
		return;
	if (forward >= backward)
		ret_scale[1] = walk_half_power((uint64_t)((int64_t)forward - backward));
	else
		ret_scale[0] = walk_half_power((uint64_t)((int64_t)backward - forward));
}

/* The exponent of an edge's weight, its mantissa in *ret_v; INT64_MIN: no way. */
static int64_t far_weight(const struct walk_edge *edge, const struct followers *next, double *ret_v)
{
	const int32_t exponent = next->exponent[edge->direction];
	int own;

	*ret_v = exponent == WALK_NO_CELL ? 0 : edge->p * next->cell[edge->direction][edge->dst];
	if (!(*ret_v > 0))
		return INT64_MIN;
	*ret_v = frexp(*ret_v, &own);
	return (int64_t)own + exponent;
}

/* Where the plain weights underflow: the same with an exponent for each weight. */
static void far_thresholds(const struct walk *walk, uint32_t s, const struct followers *next,
			   uint32_t *ret_thresholds)
{
	const uint32_t begin = walk->first[s], end = walk->first[s + 1];
	int64_t largest = INT64_MIN;
	double sum = 0, cumulated = 0, v;

	for (uint32_t e = begin; e < end; e++) {
		const int64_t exponent = far_weight(&walk->edges[e], next, &v);

		largest = exponent > largest ? exponent : largest;
	}
	for (int pass = 0; pass < 2; pass++) {
		for (uint32_t e = begin; e < end; e++) {
			const int64_t exponent = far_weight(&walk->edges[e], next, &v);

			if (exponent != INT64_MIN)
				v *= walk_half_power((uint64_t)(largest - exponent));
			if (pass == 0)
				sum += v;
			else
				cumulated += v;
			if (pass == 1 && e + 1 < end)
				ret_thresholds[e - begin] =
					sum > 0 ? (uint32_t)(cumulated / sum * 0x1p31) : 0;
		}
	}
}

void walk_cell_thresholds(const struct walk *walk, const double *forward, int32_t forward_exponent,
			  const double *backward, int32_t backward_exponent,
			  uint32_t *ret_thresholds)
{
	const struct followers next = { { forward, backward },
					{ forward_exponent, backward_exponent } };
	double scale[2];

	find_scales(&next, scale);
	for (uint32_t s = 0; s < walk->n_states; s++) {
		const uint32_t begin = walk->first[s], n = walk->choices[s + 1] - walk->choices[s];
		uint32_t *thresholds = ret_thresholds + walk->choices[s];
		double sum = 0, cumulated = 0, factor;

		if (n == 0)
			continue;
		/* Cumulated in a fixed order, so that every machine draws alike. */
		for (uint32_t e = begin; e <= begin + n; e++) {
			const struct walk_edge *edge = &walk->edges[e];

			sum += edge->p * next.cell[edge->direction][edge->dst] *
			       scale[edge->direction];
		}
		if (sum < 0x1p-900) {
			far_thresholds(walk, s, &next, thresholds);
			continue;
		}
		factor = 0x1p31 / sum;
		for (uint32_t k = 0; k < n; k++) {
			const struct walk_edge *edge = &walk->edges[begin + k];

			cumulated += edge->p * next.cell[edge->direction][edge->dst] *
				     scale[edge->direction];
			/* Behind the last possible edge nothing is drawn. */
			thresholds[k] = cumulated == sum ? UINT32_C(1) << 31
							 : (uint32_t)(cumulated * factor);
		}
	}
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

/* From state s with n packets to go, i of them forward, by the thresholds of the cells up to there.
 * A packet costs this, one cache line of the cell, and a random word where there is a choice. */
static void follow(const struct walk *w, const uint32_t *thresholds, uint32_t s, uint32_t i,
		   uint32_t n, struct rng *rng, uint16_t *ret_path)
{
	const size_t n_cell = w->choices[w->n_states];
	const struct walk_way *ways = w->ways;
	struct walk_way way = { .first = w->first[s], .threshold = w->choices[s] };

	way.n_thresholds = (uint16_t)(w->choices[s + 1] - w->choices[s]);
	thresholds += walk_cell_index(i, n) * n_cell;
	for (uint32_t d = n; d > 0; d--) {
		uint32_t e = way.first;

		if (way.n_thresholds > 0) {
			const uint32_t *at = thresholds + way.threshold;
			const uint32_t *end = at + way.n_thresholds, u = rng_u32(rng) >> 1;

			for (; at < end && u >= *at; at++)
				e++;
		}
		*ret_path++ = (uint16_t)e;
		way = ways[e];
		thresholds -= (d + way.n_forward) * n_cell;
	}
}

void walk_table_path(const struct walk *w, uint32_t s, uint32_t i, uint32_t j, struct rng *rng,
		     uint16_t *ret_path)
{
	follow(w, w->thresholds, s, i, i + j, rng, ret_path);
}

void walk_bridge_path(const struct walk *w, const struct walk_tilt *tilt, uint32_t s, uint16_t code,
		      struct rng *rng, uint16_t *ret_path)
{
	const size_t n_bridge = (size_t)WALK_BRIDGE_CELLS * w->choices[w->n_states];

	follow(w, tilt->bridge->thresholds + n_bridge * (code >> WALK_JUMP_SHIFT), s,
	       code & ((1 << WALK_JUMP_SHIFT) - 1), tilt->jump_steps, rng, ret_path);
}
