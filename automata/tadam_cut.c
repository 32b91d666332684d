/* SPDX-License-Identifier: Apache-2.0 */
#include "automata/tadam_cut.h"

#include <stdlib.h>
#include <string.h>

#include "automata/code_length.h"
#include "base/detmath.h"

enum { MOST_MOVES = 12 };

/* A range of visits that is one atom so far, and its best cut. */
struct leaf {
	size_t begin, end, cut;
	uint32_t dimension;
	double gain;
};

static const double half_log2_2pi_e = 2.0470955851606843;

void tadam_moments_add(struct tadam_moments *moments, const struct tadam_visit *visit, double sign)
{
	if (!visit->valued)
		return;
	moments->n += sign * visit->weight;
	for (uint32_t k = 0; k < WORD_MAX_VALUES; k++) {
		const double v = visit->value[k];

		moments->sum[k] += sign * visit->weight * v;
		moments->squares[k] += sign * visit->weight * v * v;
	}
}

double tadam_moments_bits(const struct tadam_moments *moments, uint32_t n_values)
{
	double bits = 0;

	if (moments->n < 1)
		return 0;
	for (uint32_t k = 0; k < n_values; k++) {
		const double mean = moments->sum[k] / moments->n;
		const double variance = moments->squares[k] / moments->n - mean * mean;
		double each;

		if (variance < 1e-9)
			continue;
		/* The density's entropy, not below none: values are integers. */
		each = half_log2_2pi_e + 0.5 * det_log2(variance);
		bits += moments->n * (each > 0 ? each : 0);
	}
	return bits;
}

static int compare(const struct tadam_visit *a, const struct tadam_visit *b, uint32_t k)
{
	const int32_t *x = a->value, *y = b->value;

	if (a->valued != b->valued)
		return a->valued ? 1 : -1;
	if (x[k] != y[k])
		return x[k] < y[k] ? -1 : 1;
	if (a->next != b->next)
		return a->next < b->next ? -1 : 1;
	if (x[1 - k] != y[1 - k])
		return x[1 - k] < y[1 - k] ? -1 : 1;
	return (a->weight > b->weight) - (a->weight < b->weight);
}

static int by_first(const void *left, const void *right)
{
	return compare(*(struct tadam_visit *const *)left, *(struct tadam_visit *const *)right, 0);
}

static int by_second(const void *left, const void *right)
{
	return compare(*(struct tadam_visit *const *)left, *(struct tadam_visit *const *)right, 1);
}

/* The choice of what comes next, kept while visits pass from one side of a cut to the other. */
struct choice {
	const struct code_counts *logs;
	double *counts, n, sum; /* of counts: n, and n log n */
};

static void choice_add(struct choice *c, uint32_t next, double weight)
{
	c->sum -= code_n_log_n(c->logs, c->counts[next]);
	c->counts[next] += weight;
	c->sum += code_n_log_n(c->logs, c->counts[next]);
	c->n += weight;
}

static double choice_bits(const struct choice *c)
{
	return code_n_log_n(c->logs, c->n) - c->sum;
}

/* The best cut of a leaf along one dimension; the visits of the leaf are sorted by it. */
static void best_cut(struct tadam_visit **visits, struct leaf *leaf, uint32_t dimension,
		     uint32_t n_values, uint32_t n_next, double penalty, double *counts,
		     const struct code_counts *logs)
{
	struct tadam_moments left = { 0 }, right = { 0 };
	struct choice before = { .logs = logs, .counts = counts };
	struct choice after = { .logs = logs, .counts = counts + n_next };
	double all;

	qsort(visits + leaf->begin, leaf->end - leaf->begin, sizeof(*visits),
	      dimension == 0 ? by_first : by_second);
	memset(counts, 0, 2 * (size_t)n_next * sizeof(*counts));
	for (size_t i = leaf->begin; i < leaf->end; i++) {
		tadam_moments_add(&right, visits[i], 1);
		if (n_next > 0)
			choice_add(&after, visits[i]->next, visits[i]->weight);
	}
	all = tadam_moments_bits(&right, n_values) + choice_bits(&after);
	for (size_t i = leaf->begin; i + 1 < leaf->end; i++) {
		double gain;

		tadam_moments_add(&left, visits[i], 1);
		tadam_moments_add(&right, visits[i], -1);
		if (n_next > 0) {
			choice_add(&before, visits[i]->next, visits[i]->weight);
			choice_add(&after, visits[i]->next, -(double)visits[i]->weight);
		}
		if (!visits[i]->valued ||
		    visits[i]->value[dimension] == visits[i + 1]->value[dimension])
			continue;
		gain = all - penalty - tadam_moments_bits(&left, n_values) -
		       tadam_moments_bits(&right, n_values) - choice_bits(&before) -
		       choice_bits(&after);
		if (gain > leaf->gain) {
			leaf->gain = gain;
			leaf->cut = i + 1;
			leaf->dimension = dimension;
		}
	}
}

static void study(struct tadam_visit **visits, struct leaf *leaf, uint32_t n_values,
		  uint32_t n_next, double penalty, double *counts, const struct code_counts *logs)
{
	leaf->gain = 0;
	for (uint32_t k = 0; k < n_values; k++)
		best_cut(visits, leaf, k, n_values, n_next, penalty, counts, logs);
	if (leaf->gain > 0 && leaf->dimension + 1 != n_values)
		qsort(visits + leaf->begin, leaf->end - leaf->begin, sizeof(*visits), by_first);
}

uint32_t tadam_cut(struct tadam_visit **visits, size_t n, uint32_t n_values, uint32_t n_next,
		   double penalty, uint32_t first_atom, double *counts,
		   const struct code_counts *logs)
{
	struct leaf leaves[TADAM_ATOMS] = { { .end = n } };
	uint32_t n_leaves = 1;

	study(visits, &leaves[0], n_values, n_next, penalty, counts, logs);
	while (n_leaves < TADAM_ATOMS) {
		uint32_t best = 0;

		for (uint32_t i = 1; i < n_leaves; i++) {
			if (leaves[i].gain > leaves[best].gain)
				best = i;
		}
		if (leaves[best].gain <= 0)
			break;
		leaves[n_leaves] =
			(struct leaf) { .begin = leaves[best].cut, .end = leaves[best].end };
		leaves[best].end = leaves[best].cut;
		study(visits, &leaves[best], n_values, n_next, penalty, counts, logs);
		study(visits, &leaves[n_leaves], n_values, n_next, penalty, counts, logs);
		n_leaves++;
	}
	for (uint32_t i = 0; i < n_leaves; i++) {
		for (size_t v = leaves[i].begin; v < leaves[i].end; v++)
			visits[v]->atom = first_atom + i;
	}
	return n_leaves;
}

/* Estimated bits of one block: its in-edges, their values, the choice among its out-edges. */
static double block_bits(const struct tadam_atom *atoms, uint32_t n, uint32_t block, uint32_t n_in,
			 uint32_t n_next, uint32_t n_values, double edge_bits, double *counts,
			 struct tadam_moments *edges, const struct code_counts *logs)
{
	double bits = 0, total = 0;

	memset(counts, 0, n_next * sizeof(*counts));
	memset(edges, 0, n_in * sizeof(*edges));
	for (uint32_t a = 0; a < n; a++) {
		struct tadam_moments *e = &edges[atoms[a].in];

		if (atoms[a].block != block)
			continue;
		e->n += atoms[a].moments.n;
		for (uint32_t k = 0; k < n_values; k++) {
			e->sum[k] += atoms[a].moments.sum[k];
			e->squares[k] += atoms[a].moments.squares[k];
		}
		for (uint32_t i = 0; i < n_next; i++)
			counts[i] += atoms[a].next[i];
		total += atoms[a].weight;
	}
	for (uint32_t i = 0; i < n_in; i++) {
		if (edges[i].n > 0)
			bits += edge_bits + tadam_moments_bits(&edges[i], n_values) -
				code_n_log_n(logs, edges[i].n);
	}
	for (uint32_t i = 0; i < n_next; i++) {
		if (counts[i] > 0)
			bits += edge_bits - code_n_log_n(logs, counts[i]);
	}
	return bits + code_n_log_n(logs, total);
}

struct partition {
	struct tadam_atom *atoms;
	uint32_t n, n_in, n_next, n_values, n_blocks;
	double edge_bits, *counts;
	const struct code_counts *logs;
	struct tadam_moments *edges;
	double bits[TADAM_BLOCKS + 1]; /* of each block */
};

static double bits_of(const struct partition *p, uint32_t block)
{
	return block_bits(p->atoms, p->n, block, p->n_in, p->n_next, p->n_values, p->edge_bits,
			  p->counts, p->edges, p->logs);
}

/* Moves the atom out of block 0 for which that saves most, or costs least; returns what it saves.
 * *ret_atom p->n: none is left. */
static double move_one(struct partition *p, uint32_t *ret_atom)
{
	double best = -1e300, without_best = 0, with_best = 0;
	uint32_t best_block = 0;

	*ret_atom = p->n;
	for (uint32_t a = 0; a < p->n; a++) {
		double without;

		if (p->atoms[a].fixed || p->atoms[a].block != 0)
			continue;
		p->atoms[a].block = TADAM_BLOCKS;
		without = bits_of(p, 0);
		for (uint32_t b = 1; b <= p->n_blocks && b < TADAM_BLOCKS; b++) {
			double with, gain;

			p->atoms[a].block = b;
			with = bits_of(p, b);
			gain = p->bits[0] + p->bits[b] - without - with;
			if (gain > best) {
				best = gain;
				*ret_atom = a;
				best_block = b;
				without_best = without;
				with_best = with;
			}
		}
		p->atoms[a].block = 0;
	}
	if (*ret_atom == p->n)
		return 0;
	p->atoms[*ret_atom].block = best_block;
	p->bits[0] = without_best;
	p->bits[best_block] = with_best;
	if (best_block == p->n_blocks)
		p->n_blocks++;
	return best;
}

uint32_t tadam_partition(struct tadam_atom *atoms, uint32_t n, uint32_t n_in, uint32_t n_next,
			 uint32_t n_values, double edge_bits, double *counts,
			 struct tadam_moments *edges, const struct code_counts *logs)
{
	struct partition p = { .atoms = atoms,
			       .n = n,
			       .n_in = n_in,
			       .n_next = n_next,
			       .n_values = n_values,
			       .n_blocks = 1,
			       .edge_bits = edge_bits,
			       .counts = counts,
			       .edges = edges,
			       .logs = logs };
	uint32_t moved[MOST_MOVES], n_moved = 0, n_kept = 0, kept_blocks = 1;
	double saved = 0, most = 1e-6;

	p.bits[0] = bits_of(&p, 0);
	/* Moves that cost may be the way to more that save (as Kernighan and Lin cut graphs). */
	while (n_moved < MOST_MOVES) {
		saved += move_one(&p, &moved[n_moved]);
		if (moved[n_moved] == n)
			break;
		n_moved++;
		if (saved > most) {
			most = saved;
			n_kept = n_moved;
			kept_blocks = p.n_blocks;
		}
	}
	while (n_moved > n_kept)
		atoms[moved[--n_moved]].block = 0;
	return kept_blocks;
}
