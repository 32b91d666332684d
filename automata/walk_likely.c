/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Paths that are likely given the bytes that they have to carry.
 *
 * A path is drawn for packet counts; how many of the packets carry data, and of which edges, is
 * its own choice. The chance that its edges' sizes add up to the record's bytes differs much from
 * path to path: where it is small, sizes have to leave what was learned (segments of one byte).
 * So a path that could not well have carried them is drawn again a few times, and one of the draws
 * is taken with a chance in proportion to how likely it makes the bytes: sampling, importance
 * resampling (Rubin 1987), which with more draws tends to the law given the bytes too.
 *
 * One packet's size has the density of its edge's quantiles; sums of several have about that of
 * their mean and variance, with a tail that is not as thin as a normal one's.
 */
#include <errno.h>

#include "automata/walk_internal.h"
#include "base/detmath.h"

enum {
	TRIES = 4,
	TRIES_PACKETS = 64, /* drawn at most beyond the first path, and one path more */
	USUAL_DEVIATIONS = 3,
};

/* Sizes that were never seen. */
#define UNSEEN 1e-6

/* How many of the table's knots lie below the value. */
static uint32_t knots_below(const struct quantile_table *size, int64_t value)
{
	uint32_t low = 0, high = size->n_knots;

	while (low < high) {
		const uint32_t middle = (low + high) / 2;

		if (size->knots[middle] < value)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

/* The density of one packet's size; an atom's is the share of packets that have it. *usual becomes
 * false at the ends of what was seen. */
static double density_of_one(const struct quantile_table *size, int64_t value, bool *usual)
{
	const uint32_t n_steps = size->n_knots - 1, below = knots_below(size, value);
	uint32_t equal = 0;

	while (below + equal <= n_steps && size->knots[below + equal] == value)
		equal++;
	if (equal > 0)
		return n_steps == 0 ? 1 : (equal - 0.5) / n_steps;
	*usual = *usual && below > 1 && below < n_steps;
	if (below == 0 || below > n_steps)
		return UNSEEN / size->n_knots;
	return 1.0 / n_steps / (double)(size->knots[below] - size->knots[below - 1]);
}

/* Of several packets' sum. */
static bool is_usual_sum(const struct walk_load *load, double bytes)
{
	const double off = bytes - load->mean;

	return bytes >= load->least && bytes <= load->most &&
	       off * off < USUAL_DEVIATIONS * USUAL_DEVIATIONS * (load->variance + 1);
}

static double density_of_sum(const struct walk_load *load, double bytes)
{
	const double variance = load->variance + 1;
	const double off = bytes - load->mean, deviation = off * off / variance;
	double density = 1 / (det_sqrt(variance) * (1 + deviation) * (1 + deviation));
	double outside = 0;

	if (bytes < load->least)
		outside = load->least - bytes;
	else if (bytes > load->most)
		outside = bytes - load->most;
	return outside > 0 ? density * UNSEEN / (1 + outside) : density;
}

/* Of the path's one packet with payload that goes this way. */
static const struct quantile_table *only_size(const struct walk *walk, const uint16_t *path,
					      unsigned int direction)
{
	while (!walk->edges[*path].data || walk->edges[*path].direction != direction)
		path++;
	return &walk->automaton->edges[walk->edges[*path].edge].size;
}

/* In proportion to the chance that scratch->path carries the request's bytes; 0 where nobody needs
 * to know it: *ret_usual says that drawing again would hardly find a likelier one. */
static double path_weight(const struct walk *walk, const struct walk_scratch *scratch,
			  const struct walk_request *request, const struct walk_load loads[2],
			  bool *ret_usual)
{
	double weight = 1;

	*ret_usual = true;
	for (unsigned int d = 0; d < 2; d++) {
		if (loads[d].n > 1)
			*ret_usual =
				*ret_usual && is_usual_sum(&loads[d], (double)request->payload[d]);
		else if (loads[d].n > 0)
			weight *= density_of_one(only_size(walk, scratch->path, d),
						 (int64_t)request->payload[d], ret_usual);
	}
	if (*ret_usual)
		return 0;
	for (unsigned int d = 0; d < 2; d++)
		if (loads[d].n > 1)
			weight *= density_of_sum(&loads[d], (double)request->payload[d]);
	return weight;
}

static void swap_paths(struct walk_scratch *scratch)
{
	uint16_t *path = scratch->path;
	const size_t capacity = scratch->path_capacity;

	scratch->path = scratch->other;
	scratch->path_capacity = scratch->other_capacity;
	scratch->other = path;
	scratch->other_capacity = capacity;
}

int walk_likely_path(const struct walk *walk, struct walk_scratch *scratch,
		     const struct walk_request *request, struct rng *rng, struct walk_load loads[2])
{
	const size_t n = (size_t)(request->packets[0] + request->packets[1]);
	bool usual;
	double sum = path_weight(walk, scratch, request, loads, &usual);

	for (size_t k = 0; !usual && k < TRIES && k * n < TRIES_PACKETS; k++) {
		struct walk_load next[2];
		double weight = 0;
		int r;

		swap_paths(scratch);
		r = walk_path_draw(walk, scratch, (uint32_t)request->packets[0],
				   (uint32_t)request->packets[1], rng);
		if (r < 0) {
			swap_paths(scratch);
			return r == -ENOMEM ? r : 0;
		}
		walk_path_loads(walk, scratch, request, next);
		if (walk_sizes_misfit(request, next) == 0)
			weight = path_weight(walk, scratch, request, next, &usual);
		sum += weight;
		if (usual || (double)rng_u32(rng) * 0x1p-32 * sum < weight)
			memcpy(loads, next, sizeof(next));
		else
			swap_paths(scratch);
	}
	return 0;
}
