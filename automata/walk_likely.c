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
#include "base/mem.h"

enum {
	TRIES = 4,
	TRIES_PACKETS = 64, /* drawn at most beyond the first path, and one path more */
	USUAL_DEVIATIONS = 3,
};

/* Sizes that were never seen. */
#define UNSEEN 1e-6

int walk_likely_make(struct walk *walk, struct err *err)
{
	walk->carries = mem_array(walk->n_edges, sizeof(*walk->carries));
	if (walk->carries == NULL)
		return err_no_memory(err);
	for (uint32_t e = 0; e < walk->n_edges; e++) {
		const struct quantile_table *size =
			&walk->automaton->edges[walk->edges[e].edge].size;
		struct walk_carry *carry = &walk->carries[e];
		double squares = 0;

		if (!walk->edges[e].data)
			continue;
		carry->size = size;
		carry->mean = (double)size->knots[0];
		if (size->n_knots == 1)
			continue;
		carry->mean = 0;
		for (uint32_t i = 1; i < size->n_knots; i++) {
			const double a = (double)size->knots[i - 1], b = (double)size->knots[i];

			carry->mean += (a + b) / 2;
			squares += (a * a + a * b + b * b) / 3;
		}
		carry->mean /= size->n_knots - 1;
		carry->variance = squares / (size->n_knots - 1) - carry->mean * carry->mean;
		carry->variance = carry->variance > 0 ? carry->variance : 0;
	}
	return 0;
}

/* What a path's packets of one direction carry. */
struct load {
	uint64_t n, least, most;
	double mean, variance;
	const struct quantile_table *last; /* size of the last */
};

static void add_loads(const struct walk *walk, const uint16_t *path, size_t n,
		      const struct walk_request *request, struct load loads[2])
{
	for (size_t k = 0; k < n; k++) {
		const struct walk_edge *e = &walk->edges[path[k]];
		const struct walk_carry *carry = &walk->carries[path[k]];
		const uint32_t max = request->max_payload[e->direction];
		struct load *load = &loads[e->direction];
		uint64_t most;

		if (!e->data)
			continue;
		most = (uint64_t)carry->size->knots[carry->size->n_knots - 1];
		load->n++;
		load->least += (uint64_t)carry->size->knots[0];
		load->most += most < max ? most : max;
		load->mean += carry->mean < max ? carry->mean : max;
		load->variance += carry->variance;
		load->last = carry->size;
	}
}

/* The density of one packet's size; an atom's is the share of packets that have it. *usual becomes
 * false at the ends of what was seen. */
static double density_of_one(const struct quantile_table *size, int64_t value, bool *usual)
{
	const uint32_t n_steps = size->n_knots - 1;
	uint32_t below = 0, equal = 0;

	while (below <= n_steps && size->knots[below] < value)
		below++;
	while (below + equal <= n_steps && size->knots[below + equal] == value)
		equal++;
	if (equal > 0)
		return n_steps == 0 ? 1 : (equal - 0.5) / n_steps;
	*usual = *usual && below > 1 && below < n_steps;
	if (below == 0 || below > n_steps)
		return UNSEEN / size->n_knots;
	return 1.0 / n_steps / (double)(size->knots[below] - size->knots[below - 1]);
}

/* *usual becomes false where drawing again may find a likelier path. */
static double density_of(const struct load *load, uint64_t bytes, bool *usual)
{
	const double variance = load->variance + 1;
	const double off = (double)bytes - load->mean, deviation = off * off / variance;
	double density, outside = 0;

	if (load->n == 0)
		return 1;
	if (load->n == 1)
		return density_of_one(load->last, (int64_t)bytes, usual);
	density = 1 / (det_sqrt(variance) * (1 + deviation) * (1 + deviation));
	if (bytes < load->least)
		outside = (double)(load->least - bytes);
	else if (bytes > load->most)
		outside = (double)(bytes - load->most);
	if (outside > 0)
		density *= UNSEEN / (1 + outside);
	*usual = *usual && outside <= 0 && deviation < USUAL_DEVIATIONS * USUAL_DEVIATIONS;
	return density;
}

/* In proportion to the chance that the path at hand carries the request's bytes. */
static double path_weight(const struct walk *walk, const struct walk_scratch *scratch,
			  const struct walk_request *request, uint64_t ret_n_data[2],
			  bool *ret_usual)
{
	const size_t n = (size_t)(request->packets[0] + request->packets[1]);
	struct load loads[2] = { { .n = 0 }, { .n = 0 } };
	double weight = 1;

	add_loads(walk, scratch->path, n, request, loads);
	*ret_usual = true;
	for (int d = 0; d < 2; d++) {
		weight *= density_of(&loads[d], request->payload[d], ret_usual);
		ret_n_data[d] = loads[d].n;
	}
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
		     const struct walk_request *request, struct rng *rng, uint64_t n_data[2])
{
	const size_t n = (size_t)(request->packets[0] + request->packets[1]);
	bool usual;
	double sum = path_weight(walk, scratch, request, n_data, &usual);

	for (size_t k = 0; !usual && k < TRIES && k * n < TRIES_PACKETS; k++) {
		uint64_t next_n_data[2];
		double weight = 0;
		int r;

		swap_paths(scratch);
		r = walk_path_draw(walk, scratch, (uint32_t)request->packets[0],
				   (uint32_t)request->packets[1], rng);
		if (r < 0) {
			swap_paths(scratch);
			return r == -ENOMEM ? r : 0;
		}
		weight = path_weight(walk, scratch, request, next_n_data, &usual);
		if (walk_sizes_misfit(request, next_n_data) != 0) {
			weight = 0;
			usual = false;
		}
		sum += weight;
		if (usual || (double)rng_u32(rng) * 0x1p-32 * sum < weight)
			memcpy(n_data, next_n_data, sizeof(next_n_data));
		else
			swap_paths(scratch);
	}
	return 0;
}
