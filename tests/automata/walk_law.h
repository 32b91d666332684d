/* SPDX-License-Identifier: Apache-2.0 */
/* The exact law of paths with given counts, worked out from the automaton itself. */
#ifndef SOSIE_TESTS_AUTOMATA_WALK_LAW_H
#define SOSIE_TESTS_AUTOMATA_WALK_LAW_H

#include "tests/automata/toy.h"

enum { N_DRAWS = 60000, LIMIT_PATHS = 60000 };

/* All paths with given counts, by brute force. */
struct paths {
	const struct automaton *a;
	unsigned int silent; /* bit d: no payload in direction d */
	size_t n_steps, n;
	uint16_t (*edges)[16]; /* ordered: the search goes by edge number */
	double *p;
	double sum;
};

/* heard: directions that still have to carry payload. */
static inline void enumerate(struct paths *paths, uint16_t *edges, size_t depth, uint32_t s,
			     unsigned int heard, uint32_t f, uint32_t b, double p)
{
	const struct automaton *a = paths->a;
	double sum = a->end_count[s];

	for (uint32_t e = a->first_edge[s]; e < a->first_edge[s + 1]; e++)
		sum += a->edges[e].count;
	if (f + b == 0) {
		if (a->end_count[s] == 0 || heard != 0)
			return;
		assert_true(paths->n < LIMIT_PATHS);
		memcpy(paths->edges[paths->n], edges, depth * sizeof(*edges));
		paths->p[paths->n] = p * a->end_count[s] / sum;
		paths->sum += paths->p[paths->n++];
		return;
	}
	for (uint32_t e = a->first_edge[s]; e < a->first_edge[s + 1]; e++) {
		bool backward = automaton_symbol_direction(a->edges[e].symbol) == STEP_BACKWARD;
		bool data = automaton_symbol_payload(a->edges[e].symbol);

		if ((backward ? b == 0 : f == 0) || (data && paths->silent >> backward & 1))
			continue;
		edges[depth] = (uint16_t)e;
		enumerate(paths, edges, depth + 1, a->edges[e].dst,
			  heard & ~(data ? 1U << backward : 0), f - !backward, b - backward,
			  p * a->edges[e].count / sum);
	}
}

static inline size_t find_path(const struct paths *paths, const struct automaton_step *steps)
{
	size_t low = 0, high = paths->n;

	while (low < high) {
		size_t middle = (low + high) / 2, k = 0;

		while (k < paths->n_steps && paths->edges[middle][k] == steps[k].edge)
			k++;
		if (k == paths->n_steps)
			return middle;
		if (paths->edges[middle][k] < steps[k].edge)
			low = middle + 1;
		else
			high = middle;
	}
	fail_msg("a path was drawn that does not exist");
	return 0;
}

/* How often each edge is walked on average, of 1, given the counts: forward probabilities of all
 * remainders, times the edge, times backward ones. In doubles, from the automaton itself. */
static inline void exact_usage(const struct automaton *a, uint32_t f, uint32_t b, double *ret_usage)
{
	const size_t n = a->n_states, row = (size_t)(b + 1) * n;
	double *to = calloc((f + 1) * row, sizeof(*to)), *from = calloc((f + 1) * row, sizeof(*to));
	double all = 0;

	memset(ret_usage, 0, a->n_edges * sizeof(*ret_usage));
	for (uint32_t pass = 0; pass < 3; pass++) {
		if (pass == 1)
			from[f * row + b * n] = 1; /* the start, everything to go */
		for (uint32_t k = 0; k < (f + 1) * (b + 1); k++) {
			/* Finishing: small remainders first. Else: large ones first. */
			uint32_t at = pass == 0 ? k : (f + 1) * (b + 1) - 1 - k;
			uint32_t i = at / (b + 1), j = at % (b + 1);

			for (uint32_t e = 0; e < a->n_edges; e++) {
				const struct automaton_edge *edge = &a->edges[e];
				bool back = automaton_symbol_direction(edge->symbol) != 0;
				size_t here = i * row + j * n + edge->src, next;
				double p, sum = a->end_count[edge->src];

				if (back ? j == 0 : i == 0)
					continue;
				for (uint32_t x = a->first_edge[edge->src];
				     x < a->first_edge[edge->src + 1]; x++)
					sum += a->edges[x].count;
				p = edge->count / sum;
				next = here - (back ? n : row) + edge->dst - edge->src;
				if (pass == 0)
					to[here] += p * to[next];
				else if (pass == 1)
					from[next] += p * from[here];
				else
					ret_usage[e] += from[here] * p * to[next];
			}
			for (uint32_t s = 0; pass == 0 && i + j == 0 && s < n; s++) {
				double sum = a->end_count[s];

				for (uint32_t x = a->first_edge[s]; x < a->first_edge[s + 1]; x++)
					sum += a->edges[x].count;
				to[s] = a->end_count[s] / sum;
			}
		}
	}
	for (uint32_t e = 0; e < a->n_edges; e++)
		all += ret_usage[e];
	for (uint32_t e = 0; e < a->n_edges; e++)
		ret_usage[e] /= all;
	free(to);
	free(from);
}

#endif
