/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Bridges and jumps: what long paths are made of (walk_tilt.c).
 *
 * V(s, d, n, f) is the weight of all ways from state s to state d in n steps, f of them forward;
 * V(s, d, 0, 0) is 1 where s is d, and V(s, d, n, f) is the sum over the edges of s of
 * p_e V(dst, d, n - 1, f - forward_e). The bridge to d is the table of thresholds that follows from
 * it. No tilt is in it, for a tilt weights all ways of one f alike; nor does it underflow: 16 times
 * 2^-32 is far above WALK_LEAST. Under a tilt a jump from s over n steps comes to d with f forward
 * with a weight of V(s, d, n, f) x^f w(d).
 */
#include <errno.h>
#include <stdlib.h>

#include "automata/walk_internal.h"
#include "base/detmath.h"
#include "base/mem.h"

enum { OUTCOMES_MAX = WALK_BRIDGE_STATES_MAX * (WALK_BRIDGE_STEPS + 1) };

static_assert(WALK_BRIDGE_STATES_MAX << WALK_JUMP_SHIFT <= UINT16_MAX, "a code has 16 bits");

/* V(., dst, n, f) from the cells of n - 1, and the thresholds. */
static void make_cell(const struct walk *w, double *cells, uint32_t n, uint32_t f,
		      uint32_t *ret_thresholds)
{
	const double *backward = cells + walk_cell_index(f, n - 1) * w->n_states;
	/* At the borders one of them is outside and is not looked at. */
	const double *forward = f > 0 ? backward - w->n_states : backward;
	double *cell = cells + walk_cell_index(f, n) * w->n_states;

	for (uint32_t s = 0; s < w->n_states; s++) {
		double sum = 0;

		for (uint32_t e = w->first[s]; f > 0 && e < w->backward[s]; e++)
			sum += w->edges[e].p * forward[w->edges[e].dst];
		for (uint32_t e = w->backward[s]; f < n && e < w->first[s + 1]; e++)
			sum += w->edges[e].p * backward[w->edges[e].dst];
		cell[s] = sum;
	}
	walk_cell_thresholds(w, forward, f > 0 ? 0 : WALK_NO_CELL, backward,
			     f < n ? 0 : WALK_NO_CELL, ret_thresholds);
}

static int make_bridge(const struct walk *w, struct walk_tilt *tilt)
{
	const size_t n = w->n_states, n_cell = w->choices[n], n_ends = tilt->jump_steps + 1;
	CLEANUP(freep) double *cells = mem_array(WALK_BRIDGE_CELLS * n, sizeof(*cells));
	struct walk_bridge *b = mem_array(1, sizeof(*b));

	if (cells == NULL || b == NULL) {
		free(b);
		return -ENOMEM;
	}
	tilt->bridge = b;
	b->n_uses = 1;
	b->thresholds = mem_array(WALK_BRIDGE_CELLS * n, (n_cell + 1) * sizeof(*b->thresholds));
	b->reach = mem_array(n_ends * n, n * sizeof(*b->reach));
	if (b->thresholds == NULL || b->reach == NULL)
		return -ENOMEM;
	b->n_bytes = WALK_BRIDGE_CELLS * n * (n_cell + 1) * sizeof(*b->thresholds) +
		     n_ends * n * n * sizeof(*b->reach);
	for (uint32_t dst = 0; dst < n; dst++) {
		uint32_t *bridge = b->thresholds + WALK_BRIDGE_CELLS * n_cell * dst;

		for (uint32_t s = 0; s < n; s++)
			cells[s] = s == dst;
		for (uint32_t k = 1; k <= tilt->jump_steps; k++) {
			for (uint32_t f = 0; f <= k; f++)
				make_cell(w, cells, k, f, bridge + walk_cell_index(f, k) * n_cell);
		}
		memcpy(b->reach + n_ends * n * dst,
		       cells + walk_cell_index(0, tilt->jump_steps) * n,
		       n_ends * n * sizeof(*cells));
	}
	return 0;
}

void walk_bridge_drop(struct walk_bridge *bridge)
{
	if (bridge == NULL || --bridge->n_uses > 0)
		return;
	free(bridge->thresholds);
	free(bridge->reach);
	free(bridge);
}

/* Another tilt's of the same walk, or a new one. */
static int find_bridge(const struct walk *w, struct walk_tilt *tilt, const struct walk_tilt *others,
		       uint32_t n_tilts)
{
	for (uint32_t k = 0; k < n_tilts && tilt->bridge == NULL; k++) {
		if (others[k].hash == w->hash && others[k].bridge != NULL &&
		    others[k].jump_steps == tilt->jump_steps)
			tilt->bridge = others[k].bridge;
	}
	if (tilt->bridge == NULL)
		return make_bridge(w, tilt);
	tilt->bridge->n_uses++;
	return 0;
}

/* The alias table of one state's outcomes: 1 << bits cells of probability 2^-bits each, shared by
 * two at most (Vose 1991, in an order of its own that every machine follows). */
static void make_alias(const double *weights, const uint16_t *codes, uint32_t n, uint32_t bits,
		       struct walk_jump *ret_cells)
{
	const uint32_t n_cells = UINT32_C(1) << bits;
	double left[1 << 10] = { 0 }, sum = 0;
	uint32_t small = 0, large = 0, next;

	for (uint32_t k = 0; k < n; k++)
		sum += weights[k];
	for (uint32_t k = 0; k < n_cells; k++)
		left[k] = k < n ? weights[k] / sum * n_cells : 0;
	/* `small` is the next cell in order that is below 1, or one before it that became so. */
	while (large < n_cells && left[large] < 1)
		large++;
	while (small < n_cells && left[small] >= 1)
		small++;
	next = small;
	while (small < n_cells && large < n_cells) {
		ret_cells[small] = (struct walk_jump) {
			.threshold = (uint32_t)(left[small] * 0x1p32),
			.own = codes[small < n ? small : large],
			.other = codes[large],
		};
		left[large] -= 1 - left[small];
		left[small] = -1; /* done */
		if (large < next && left[large] < 1) {
			small = large;
		} else {
			do
				next++;
			while (next < n_cells && (left[next] >= 1 || left[next] < 0));
			small = next;
		}
		while (large < n_cells && left[large] < 1)
			large++;
	}
	/* What is left is 1 but for rounding. */
	for (uint32_t k = 0; k < n_cells; k++) {
		if (left[k] >= 0)
			ret_cells[k] = (struct walk_jump) { UINT32_MAX, codes[k], codes[k] };
	}
}

/* Those that have a weight. */
static uint32_t find_outcomes(const struct walk *w, const struct walk_tilt *tilt, uint32_t s,
			      double *ret_weights, uint16_t *ret_codes)
{
	double power[WALK_BRIDGE_STEPS + 1];
	uint32_t n = 0;

	for (uint32_t f = 0; f <= tilt->jump_steps; f++)
		power[f] = det_exp((double)tilt->theta / WALK_TILT_UNIT *
				   ((double)f - (double)tilt->jump_steps / 2));
	for (uint32_t dst = 0; dst < w->n_states; dst++) {
		for (uint32_t f = 0; f <= tilt->jump_steps; f++) {
			const double v = walk_reach(tilt, w->n_states, dst, f)[s] * power[f] *
					 tilt->settled[dst];

			if (!(v > 0))
				continue;
			ret_weights[n] = v;
			ret_codes[n++] = (uint16_t)(dst << WALK_JUMP_SHIFT | f);
		}
	}
	return n;
}

int walk_jumps_make(const struct walk *w, struct walk_tilt *tilt, const struct walk_tilt *others,
		    uint32_t n_tilts)
{
	double found[OUTCOMES_MAX];
	uint16_t codes[OUTCOMES_MAX];
	uint32_t most = 1;
	int r;

	if (w->n_states > WALK_BRIDGE_STATES_MAX)
		return 0;
	tilt->jump_steps = WALK_BRIDGE_STEPS / tilt->period * tilt->period;
	r = find_bridge(w, tilt, others, n_tilts);
	if (r < 0)
		return r;
	tilt->n_bytes += tilt->bridge->n_bytes;
	for (uint32_t s = 0; s < w->n_states; s++) {
		const uint32_t n = find_outcomes(w, tilt, s, found, codes);

		most = n > most ? n : most;
	}
	for (tilt->jump_bits = 1; UINT32_C(1) << tilt->jump_bits < most;)
		tilt->jump_bits++;
	tilt->jumps = mem_array((size_t)w->n_states << tilt->jump_bits, sizeof(*tilt->jumps));
	if (tilt->jumps == NULL)
		return -ENOMEM;
	tilt->n_bytes += ((size_t)w->n_states << tilt->jump_bits) * sizeof(*tilt->jumps);
	for (uint32_t s = 0; s < w->n_states; s++) {
		const uint32_t n = find_outcomes(w, tilt, s, found, codes);

		/* A state without any is never entered. */
		if (n > 0)
			make_alias(found, codes, n, tilt->jump_bits,
				   tilt->jumps + ((size_t)s << tilt->jump_bits));
	}
	return 0;
}
