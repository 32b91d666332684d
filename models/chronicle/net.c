/* SPDX-License-Identifier: Apache-2.0 */
#include "models/chronicle/net.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/detmath.h"
#include "base/mem.h"

enum {
	LOGS = 4096,
	MAX_STEPS = 10000,
	/* Above so many nodes a child tries only the parents that promised most alone. */
	FEW_NODES = 24,
	KEPT_PARENTS = 8,
};

/* 1e-4 nats, as the published program. */
static const double least_gain = 1.4426950408889634e-4;

struct family_score {
	double data;  /* bits */
	double total; /* with structure or penalty; what is made small */
};

struct climb {
	const struct lengths *lengths;
	const struct sample *sample;
	enum net_score score;
	struct grouper *grouper;
	uint32_t m;
	uint32_t n_parents[CHRONICLE_MAX_NODES],
		parents[CHRONICLE_MAX_NODES][CHRONICLE_MAX_PARENTS];
	uint64_t above[CHRONICLE_MAX_NODES][2]; /* bit u: there is a way from u down to here */
	struct family_score now[CHRONICLE_MAX_NODES];
	double *add; /* [child * m + parent]: change of total, 0 where not worth a try */
	bool *tried; /* [child * m + parent]: kept for later steps */
	double (*drop)[CHRONICLE_MAX_PARENTS];
	uint32_t *groups, *wider; /* n each: windows by configuration */
	double *logs;		  /* n log2 n */
	double log2_n;
};

static double n_log_n(const struct climb *c, uint32_t n)
{
	return n < LOGS ? c->logs[n] : (double)n * det_log2((double)n);
}

/* The child's family, windows being in n_groups groups by its parents, counted in `counts`. */
static struct family_score family_score(struct climb *c, uint32_t child, uint32_t k,
					const uint32_t *groups, uint32_t n_groups, double n_configs)
{
	const struct sample *s = c->sample;
	uint32_t v = s->n_values[child], n_cells;
	double rows = 0, cells = 0, edges = lengths_node(c->lengths, c->m, k);

	if (c->score == NET_LENGTH)
		for (uint32_t g = 0; g < n_groups; g++)
			rows += lengths_rows(c->lengths, c->grouper->counts[g], v);
	else
		for (uint32_t g = 0; g < n_groups; g++)
			rows += n_log_n(c, c->grouper->counts[g]);
	n_cells =
		grouper_pairs(c->grouper, s->n, groups, n_groups, sample_values(s, child), v, NULL);
	if (c->score == NET_LENGTH)
		for (uint32_t i = 0; i < n_cells; i++)
			cells += lengths_cell(c->lengths, c->grouper->counts[i]);
	else
		for (uint32_t i = 0; i < n_cells; i++)
			cells += n_log_n(c, c->grouper->counts[i]);
	if (c->score == NET_BIC)
		edges = 0.5 * c->log2_n * (v - 1) * n_configs;
	return (struct family_score) { rows - cells, rows - cells + edges };
}

/* Windows grouped by some parents into c->groups; their number. */
static uint32_t group_by(struct climb *c, const uint32_t *parents, uint32_t k, double *ret_configs)
{
	const struct sample *s = c->sample;
	uint32_t n_groups = 1;

	memset(c->groups, 0, s->n * sizeof(*c->groups));
	c->grouper->counts[0] = s->n;
	*ret_configs = 1;
	for (uint32_t i = 0; i < k; i++) {
		uint32_t p = parents[i];

		n_groups = grouper_pairs(c->grouper, s->n, i == 0 ? NULL : c->groups, n_groups,
					 sample_values(s, p), s->n_values[p], c->groups);
		*ret_configs *= s->n_values[p];
	}
	return n_groups;
}

static struct family_score score_of(struct climb *c, uint32_t child, const uint32_t *parents,
				    uint32_t k)
{
	double n_configs;
	uint32_t n_groups = group_by(c, parents, k, &n_configs);

	return family_score(c, child, k, k == 0 ? NULL : c->groups, n_groups, n_configs);
}

static bool is_parent(const struct climb *c, uint32_t child, uint32_t parent)
{
	for (uint32_t k = 0; k < c->n_parents[child]; k++)
		if (c->parents[child][k] == parent)
			return true;
	return false;
}

/* After the first look at a child with many possible parents: the best few stay. */
static void keep_best(struct climb *c, uint32_t child)
{
	double *add = c->add + child * c->m;
	bool *tried = c->tried + child * c->m;

	if (c->m <= FEW_NODES)
		return;
	memset(tried, 0, c->m * sizeof(*tried));
	for (uint32_t i = 0; i < KEPT_PARENTS; i++) {
		uint32_t best = c->m;

		for (uint32_t u = 0; u < c->m; u++)
			if (!tried[u] && add[u] < 0 && (best == c->m || add[u] < add[best]))
				best = u;
		if (best == c->m)
			break;
		tried[best] = true;
	}
	for (uint32_t k = 0; k < c->n_parents[child]; k++)
		tried[c->parents[child][k]] = true;
}

/* What each change of the child's parents would give. */
static void look_at(struct climb *c, uint32_t child, bool first)
{
	const struct sample *s = c->sample;
	uint32_t k = c->n_parents[child], n_groups, rest[CHRONICLE_MAX_PARENTS];
	double *add = c->add + child * c->m, n_configs, worth;

	if (first)
		c->now[child] = score_of(c, child, c->parents[child], k);
	for (uint32_t i = 0; i < k; i++) {
		uint32_t n = 0;

		for (uint32_t j = 0; j < k; j++)
			if (j != i)
				rest[n++] = c->parents[child][j];
		c->drop[child][i] = score_of(c, child, rest, n).total - c->now[child].total;
	}
	for (uint32_t u = 0; u < c->m; u++)
		add[u] = 0;
	/* An edge cannot gain more than all the data of its child cost. */
	worth = c->score == NET_BIC ? 1 : c->now[child].data;
	if (k == CHRONICLE_MAX_PARENTS || worth < 1e-9)
		return;
	if (c->score == NET_LENGTH && c->m > k + 1 &&
	    worth <= lengths_node(c->lengths, c->m, k + 1) - lengths_node(c->lengths, c->m, k))
		return;
	n_groups = group_by(c, c->parents[child], k, &n_configs);
	for (uint32_t u = 0; u < c->m; u++) {
		uint32_t n;

		if (u == child || s->n_values[u] < 2 || is_parent(c, child, u) ||
		    !c->tried[child * c->m + u])
			continue;
		n = grouper_pairs(c->grouper, s->n, k == 0 ? NULL : c->groups, n_groups,
				  sample_values(s, u), s->n_values[u], c->wider);
		add[u] = family_score(c, child, k + 1, c->wider, n, n_configs * s->n_values[u])
				 .total -
			 c->now[child].total;
	}
	if (first)
		keep_best(c, child);
}

static void find_ways(struct climb *c)
{
	bool changed = true;

	memset(c->above, 0, sizeof(c->above));
	while (changed) {
		changed = false;
		for (uint32_t v = 0; v < c->m; v++) {
			uint64_t was[2] = { c->above[v][0], c->above[v][1] };

			for (uint32_t k = 0; k < c->n_parents[v]; k++) {
				uint32_t p = c->parents[v][k];

				c->above[v][p / 64] |= UINT64_C(1) << p % 64;
				c->above[v][0] |= c->above[p][0];
				c->above[v][1] |= c->above[p][1];
			}
			changed |= was[0] != c->above[v][0] || was[1] != c->above[v][1];
		}
	}
}

static bool is_above(const struct climb *c, uint32_t u, uint32_t v)
{
	return (c->above[v][u / 64] >> u % 64 & 1) != 0;
}

/* Is there another way from u down to v than the edge itself? */
static bool other_way(const struct climb *c, uint32_t u, uint32_t v)
{
	for (uint32_t k = 0; k < c->n_parents[v]; k++)
		if (c->parents[v][k] != u && is_above(c, u, c->parents[v][k]))
			return true;
	return false;
}

struct change {
	double gain;
	uint32_t child, parent;
	bool add, drop; /* both: the edge parent -> child is turned */
};

/* BIC cannot tell u -> v from v -> u, so rounding would choose: equal is within this, and then the
 * earlier column is the parent. */
static const double equal_gain = 1e-7;

static void consider(struct change *best, double change, struct change made)
{
	bool some = best->add || best->drop;

	made.gain = -change;
	if (made.gain > best->gain + (some ? equal_gain : 0) ||
	    (some && made.gain > best->gain - equal_gain &&
	     (made.parent < best->parent ||
	      (made.parent == best->parent && made.child < best->child))))
		*best = made;
}

static struct change best_change(const struct climb *c)
{
	struct change best = { .gain = least_gain };

	for (uint32_t v = 0; v < c->m; v++) {
		for (uint32_t u = 0; u < c->m; u++)
			if (c->add[v * c->m + u] < 0 && !is_above(c, v, u))
				consider(&best, c->add[v * c->m + u],
					 (struct change) { 0, v, u, true, false });
		for (uint32_t k = 0; k < c->n_parents[v]; k++) {
			uint32_t u = c->parents[v][k];
			double turned = c->drop[v][k] + c->add[u * c->m + v];

			consider(&best, c->drop[v][k], (struct change) { 0, v, u, false, true });
			if (c->add[u * c->m + v] < 0 && !other_way(c, u, v))
				consider(&best, turned, (struct change) { 0, v, u, true, true });
		}
	}
	return best;
}

static void add_parent(struct climb *c, uint32_t child, uint32_t parent)
{
	c->now[child].total += c->add[child * c->m + parent];
	c->parents[child][c->n_parents[child]++] = parent;
}

static void drop_parent(struct climb *c, uint32_t child, uint32_t parent)
{
	uint32_t k = 0;

	while (c->parents[child][k] != parent)
		k++;
	memmove(&c->parents[child][k], &c->parents[child][k + 1],
		(--c->n_parents[child] - k) * sizeof(uint32_t));
}

static void apply(struct climb *c, const struct change *change)
{
	uint32_t v = change->child, u = change->parent;

	if (change->drop)
		drop_parent(c, v, u);
	if (change->add && change->drop)
		add_parent(c, u, v);
	else if (change->add)
		add_parent(c, v, u);
	c->now[v] = score_of(c, v, c->parents[v], c->n_parents[v]);
	look_at(c, v, false);
	if (change->add && change->drop) {
		c->now[u] = score_of(c, u, c->parents[u], c->n_parents[u]);
		look_at(c, u, false);
	}
	find_ways(c);
}

static int climb_init(struct climb *c)
{
	const struct sample *s = c->sample;

	c->m = s->n_nodes;
	c->add = mem_array((size_t)c->m * c->m, sizeof(*c->add));
	c->tried = mem_array((size_t)c->m * c->m, sizeof(*c->tried));
	c->drop = mem_array(c->m, sizeof(*c->drop));
	c->groups = mem_array(s->n, sizeof(*c->groups));
	c->wider = mem_array(s->n, sizeof(*c->wider));
	if (c->add == NULL || c->tried == NULL || c->drop == NULL || c->groups == NULL ||
	    c->wider == NULL)
		return -ENOMEM;
	memset(c->tried, 1, (size_t)c->m * c->m * sizeof(*c->tried));
	if (c->score != NET_BIC)
		return 0;
	c->log2_n = det_log2((double)s->n);
	c->logs = mem_array(LOGS, sizeof(*c->logs));
	if (c->logs == NULL)
		return -ENOMEM;
	for (uint32_t n = 2; n < LOGS; n++)
		c->logs[n] = (double)n * det_log2((double)n);
	return 0;
}

static void climb_done(struct climb *c)
{
	free(c->add);
	free(c->tried);
	free(c->drop);
	free(c->groups);
	free(c->wider);
	free(c->logs);
}

static void take_structure(struct climb *c, const uint8_t *n_parents,
			   uint8_t (*parents)[CHRONICLE_MAX_PARENTS])
{
	for (uint32_t v = 0; v < c->m; v++) {
		uint32_t node = c->sample->nodes[v];

		for (uint32_t k = 0; k < n_parents[node]; k++) {
			int p = c->sample->i_node[parents[node][k]];

			if (p >= 0 && c->sample->n_values[p] > 1)
				c->parents[v][c->n_parents[v]++] = (uint32_t)p;
		}
	}
}

static void give_structure(const struct climb *c, uint8_t *n_parents,
			   uint8_t (*parents)[CHRONICLE_MAX_PARENTS])
{
	memset(n_parents, 0, CHRONICLE_MAX_NODES);
	for (uint32_t v = 0; v < c->m; v++) {
		uint32_t node = c->sample->nodes[v];
		uint32_t n = 0;

		for (uint32_t u = 0; u < c->m; u++)
			if (is_parent(c, v, u))
				parents[node][n++] = c->sample->nodes[u];
		n_parents[node] = (uint8_t)n;
	}
}

int net_climb(const struct lengths *lengths, const struct sample *sample, enum net_score score,
	      struct grouper *grouper, uint8_t *n_parents,
	      uint8_t (*parents)[CHRONICLE_MAX_PARENTS], double *ret_bits)
{
	struct climb c = {
		.lengths = lengths, .sample = sample, .score = score, .grouper = grouper
	};
	int r = climb_init(&c);

	if (r < 0) {
		climb_done(&c);
		return r;
	}
	take_structure(&c, n_parents, parents);
	find_ways(&c);
	for (uint32_t v = 0; v < c.m; v++)
		look_at(&c, v, true);
	for (uint32_t step = 0; step < MAX_STEPS; step++) {
		struct change change = best_change(&c);

		if (!change.add && !change.drop)
			break;
		apply(&c, &change);
	}
	c.score = NET_LENGTH; /* whatever was climbed by */
	*ret_bits = 0;
	for (uint32_t v = 0; v < c.m; v++)
		*ret_bits += score_of(&c, v, c.parents[v], c.n_parents[v]).data +
			     lengths_values(lengths, sample->nodes[v] % lengths->n_columns,
					    sample->n_values[v]);
	give_structure(&c, n_parents, parents);
	climb_done(&c);
	return 0;
}
