/* SPDX-License-Identifier: Apache-2.0 */
#include "models/bayes_learn.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/detmath.h"
#include "base/mem.h"

enum {
	CACHE_BITS = 16,
	CACHE_SLOTS = 1 << CACHE_BITS,
	LOG_TABLE = 65536,
	MAX_STEPS = 1000,
};

/* What the score needs of a set of columns: sum over its combinations of n ln n, and their number.
 * A family's likelihood is the difference of two sets, so families share them. */
struct set_stat {
	uint32_t name; /* up to four column numbers + 1, ascending, 8 bits each; 0: free */
	uint32_t n_cells;
	double sum;
};

struct climb {
	const struct bayes_learn *learn;
	size_t step;
	double n_rows, cell_cost;
	struct code_counts counts;
	struct set_stat *cache;
	uint32_t n_cached;
	double *n_log_n; /* LOG_TABLE */
	uint32_t n_parents[BAYES_MAX_NODES];
	uint32_t parents[BAYES_MAX_NODES][BAYES_MAX_PARENTS];
	double score[BAYES_MAX_NODES];
	bool failed; /* out of memory: scores are meaningless from here on */
};

static double n_log_n(const struct climb *c, uint32_t n)
{
	return n < LOG_TABLE ? c->n_log_n[n] : (double)n * det_log((double)n);
}

static struct set_stat set_count(struct climb *c, const uint32_t *set, uint32_t n, uint32_t name)
{
	struct set_stat stat = { .name = name };

	if (code_counts_fill(&c->counts, c->learn->table, set, n, c->step) < 0) {
		c->failed = true;
		return stat;
	}
	stat.n_cells = c->counts.n_cells;
	for (uint32_t i = 0; i < c->counts.n_cells; i++)
		stat.sum += n_log_n(c, c->counts.cells[i].count);
	return stat;
}

static struct set_stat set_stat(struct climb *c, const uint32_t *columns, uint32_t n)
{
	uint32_t set[CODE_COUNTS_MAX_COLUMNS], name = 0, slot;

	if (n == 0)
		return (struct set_stat) { .n_cells = 1, .sum = c->n_rows * det_log(c->n_rows) };
	for (uint32_t i = 0; i < n; i++) {
		uint32_t k = i;

		for (; k > 0 && set[k - 1] > columns[i]; k--)
			set[k] = set[k - 1];
		set[k] = columns[i];
	}
	for (uint32_t i = 0; i < n; i++)
		name = name << 8 | (set[i] + 1);
	slot = name * UINT32_C(2654435761) >> (32 - CACHE_BITS);
	for (; c->cache[slot].name != 0; slot = (slot + 1) % CACHE_SLOTS)
		if (c->cache[slot].name == name)
			return c->cache[slot];
	if (c->n_cached >= CACHE_SLOTS / 2) { /* bounded: start over rather than grow */
		memset(c->cache, 0, CACHE_SLOTS * sizeof(*c->cache));
		c->n_cached = 0;
		slot = name * UINT32_C(2654435761) >> (32 - CACHE_BITS);
	}
	c->n_cached++;
	c->cache[slot] = set_count(c, set, n, name);
	return c->cache[slot];
}

/* Log likelihood of child given parents; the cells of the family in *ret_cells. */
static double likelihood(struct climb *c, uint32_t child, const uint32_t *parents, uint32_t n,
			 uint32_t *ret_cells)
{
	uint32_t family[CODE_COUNTS_MAX_COLUMNS];
	struct set_stat all;

	memcpy(family, parents, n * sizeof(*parents));
	family[n] = child;
	all = set_stat(c, family, n + 1);
	*ret_cells = all.n_cells;
	return all.sum - set_stat(c, parents, n).sum;
}

static double family_score(struct climb *c, uint32_t child, const uint32_t *parents, uint32_t n)
{
	uint32_t cells;
	double l = likelihood(c, child, parents, n, &cells);

	return l - c->cell_cost * (double)cells;
}

/* Is there a way from `from` down to `to`? Edges go from parent to child. */
static bool reaches(const struct climb *c, uint32_t from, uint32_t to)
{
	bool seen[BAYES_MAX_NODES] = { false };
	uint32_t stack[BAYES_MAX_NODES], n = 0;

	/* Upwards from `to`, which has few parents. */
	stack[n++] = to;
	seen[to] = true;
	while (n > 0) {
		uint32_t v = stack[--n];

		if (v == from)
			return true;
		for (uint32_t k = 0; k < c->n_parents[v]; k++) {
			uint32_t p = c->parents[v][k];

			if (p < c->learn->n_nodes && !seen[p]) {
				seen[p] = true;
				stack[n++] = p;
			}
		}
	}
	return false;
}

static int parent_index(const struct climb *c, uint32_t child, uint32_t parent)
{
	for (uint32_t k = 0; k < c->n_parents[child]; k++)
		if (c->parents[child][k] == parent)
			return (int)k;
	return -1;
}

static bool is_forced(const struct climb *c, uint32_t child, uint32_t parent)
{
	for (uint32_t k = 0; k < c->learn->n_forced[child]; k++)
		if (c->learn->forced[child][k] == parent)
			return true;
	return false;
}

static void remove_parent(struct climb *c, uint32_t child, uint32_t k)
{
	for (; k + 1 < c->n_parents[child]; k++)
		c->parents[child][k] = c->parents[child][k + 1];
	c->n_parents[child]--;
}

enum change { CHANGE_NONE, CHANGE_ADD, CHANGE_REMOVE, CHANGE_TURN };

struct move {
	enum change change;
	uint32_t parent, child;
	double gain;
};

static double gain_add(struct climb *c, uint32_t parent, uint32_t child)
{
	uint32_t with[BAYES_MAX_PARENTS];
	uint32_t n = c->n_parents[child];

	memcpy(with, c->parents[child], n * sizeof(*with));
	with[n] = parent;
	return family_score(c, child, with, n + 1) - c->score[child];
}

static double gain_remove(struct climb *c, uint32_t k, uint32_t child)
{
	uint32_t without[BAYES_MAX_PARENTS], n = 0;

	for (uint32_t i = 0; i < c->n_parents[child]; i++)
		if (i != k)
			without[n++] = c->parents[child][i];
	return family_score(c, child, without, n) - c->score[child];
}

/* The later of two equal moves loses, and gains below rounding noise do not count. */
static void consider(struct move *best, enum change change, uint32_t parent, uint32_t child,
		     double gain)
{
	if (gain > best->gain + 1e-7)
		*best = (struct move) { change, parent, child, gain };
}

static void consider_edge(struct climb *c, uint32_t parent, uint32_t child, struct move *best)
{
	const struct bayes_learn *learn = c->learn;
	int k = parent_index(c, child, parent);
	uint32_t kept = child;
	double gain;

	if (k < 0) {
		if (learn->allowed[child][parent] && c->n_parents[child] < BAYES_MAX_PARENTS &&
		    (parent >= learn->n_nodes || !reaches(c, child, parent)))
			consider(best, CHANGE_ADD, parent, child, gain_add(c, parent, child));
		return;
	}
	if (is_forced(c, child, parent))
		return;
	gain = gain_remove(c, (uint32_t)k, child);
	consider(best, CHANGE_REMOVE, parent, child, gain);
	if (parent >= learn->n_nodes || !learn->allowed[parent][child] ||
	    c->n_parents[parent] == BAYES_MAX_PARENTS)
		return;
	/* Turned, the edge must not close a way that remains from parent to child. */
	remove_parent(c, child, (uint32_t)k);
	if (!reaches(c, parent, kept))
		gain += gain_add(c, kept, parent);
	else
		gain = 0;
	c->parents[child][c->n_parents[child]++] = parent;
	consider(best, CHANGE_TURN, parent, child, gain);
}

static void apply(struct climb *c, const struct move *m)
{
	uint32_t child = m->child, parent = m->parent;

	if (m->change != CHANGE_ADD)
		remove_parent(c, child, (uint32_t)parent_index(c, child, parent));
	else
		c->parents[child][c->n_parents[child]++] = parent;
	if (m->change == CHANGE_TURN) {
		c->parents[parent][c->n_parents[parent]++] = child;
		c->score[parent] =
			family_score(c, parent, c->parents[parent], c->n_parents[parent]);
	}
	c->score[child] = family_score(c, child, c->parents[child], c->n_parents[child]);
}

static int climb(struct climb *c)
{
	const struct bayes_learn *learn = c->learn;

	for (uint32_t i = 0; i < learn->n_nodes; i++) {
		c->n_parents[i] = learn->n_forced[i];
		memcpy(c->parents[i], learn->forced[i], sizeof(c->parents[i]));
		c->score[i] = family_score(c, i, c->parents[i], c->n_parents[i]);
	}
	for (int step = 0; step < MAX_STEPS && !c->failed; step++) {
		struct move best = { .change = CHANGE_NONE };

		for (uint32_t child = 0; child < learn->n_nodes; child++)
			for (uint32_t p = 0; p < learn->table->n_columns; p++)
				if (p != child)
					consider_edge(c, p, child, &best);
		if (best.change == CHANGE_NONE)
			break;
		apply(c, &best);
		if (learn->progress != NULL)
			learn->progress(learn->context, (double)step / (step + 10.0));
	}
	return c->failed ? -ENOMEM : 0;
}

/* Forced parents first; then whichever adds most likelihood to those before it. */
static void order_parents(struct climb *c, uint32_t child)
{
	uint32_t *p = c->parents[child], n = c->n_parents[child];

	/* Climbing removes and re-adds only free ones, so the forced still stand first. */
	for (uint32_t k = c->learn->n_forced[child]; k < n; k++) {
		uint32_t best = k, cells;
		double best_l = 0;

		for (uint32_t i = k; i < n; i++) {
			uint32_t with[BAYES_MAX_PARENTS];
			double l;

			memcpy(with, p, k * sizeof(*with));
			with[k] = p[i];
			l = likelihood(c, child, with, k + 1, &cells);
			if (i == k || l > best_l) {
				best = i;
				best_l = l;
			}
		}
		if (best != k) {
			uint32_t t = p[k];

			p[k] = p[best];
			p[best] = t;
		}
	}
}

/* Counts of all rows, whatever the structure was learned on. */
static int fill_node(struct climb *c, uint32_t i, struct bayes_node *node)
{
	uint32_t columns[CODE_COUNTS_MAX_COLUMNS], n = c->n_parents[i];
	CLEANUP(freep) struct bayes_cell *cells = NULL;

	memcpy(columns, c->parents[i], n * sizeof(*columns));
	memcpy(node->parents, columns, n * sizeof(*columns));
	node->n_parents = n;
	columns[n] = i;
	if (code_counts_fill(&c->counts, c->learn->table, columns, n + 1, 1) < 0)
		return -ENOMEM;
	cells = mem_array(c->counts.n_cells, sizeof(*cells));
	if (cells == NULL)
		return -ENOMEM;
	for (uint32_t k = 0; k < c->counts.n_cells; k++) {
		cells[k].key = c->counts.cells[k].key >> 16;
		cells[k].code = (uint16_t)c->counts.cells[k].key;
		cells[k].count = c->counts.cells[k].count;
	}
	return bayes_node_fill(node, cells, c->counts.n_cells);
}

static int climb_init(struct climb *c, const struct bayes_learn *learn)
{
	size_t limit = learn->limit_rows == 0 ? 50000 : learn->limit_rows, n_rows;

	c->learn = learn;
	c->step = (learn->table->n_rows + limit - 1) / limit;
	n_rows = (learn->table->n_rows + c->step - 1) / c->step;
	c->n_rows = (double)n_rows;
	c->cell_cost = learn->cell_cost > 0 ? learn->cell_cost : 1.5;
	c->cache = mem_array(CACHE_SLOTS, sizeof(*c->cache));
	c->n_log_n = mem_array(LOG_TABLE, sizeof(*c->n_log_n));
	if (c->cache == NULL || c->n_log_n == NULL)
		return -ENOMEM;
	/* No count is above the rows'; many small tables are learned in a row. */
	for (uint32_t n = 2; n < LOG_TABLE && n <= n_rows; n++)
		c->n_log_n[n] = (double)n * det_log((double)n);
	return 0;
}

static int learn_into(struct climb *c, struct bayes_net *net)
{
	const struct bayes_learn *learn = c->learn;
	int r = climb(c);

	if (r < 0)
		return r;
	net->n_nodes = learn->n_nodes;
	net->n_variables = learn->table->n_columns;
	memcpy(net->n_codes, learn->table->n_codes, sizeof(net->n_codes));
	for (uint32_t i = 0; i < learn->n_nodes && r == 0; i++) {
		order_parents(c, i);
		r = c->failed ? -ENOMEM : fill_node(c, i, &net->nodes[i]);
	}
	return r < 0 ? r : bayes_net_order(net);
}

int bayes_learn(const struct bayes_learn *learn, struct bayes_net *ret_net, struct err *err)
{
	struct climb c = { 0 };
	int r;

	if (learn->table->n_rows == 0)
		return err_set(err, -EINVAL, "nothing to learn from: the table has no rows");
	if (learn->table->n_rows > UINT32_MAX / 2)
		return err_set(err, -EINVAL, "too many rows to count: %zu", learn->table->n_rows);
	memset(ret_net, 0, sizeof(*ret_net));
	r = climb_init(&c, learn);
	if (r == 0)
		r = learn_into(&c, ret_net);
	code_counts_done(&c.counts);
	free(c.cache);
	free(c.n_log_n);
	if (r < 0)
		bayes_net_done(ret_net);
	if (r == -ENOMEM)
		return err_no_memory(err);
	return r < 0 ? err_set(err, r, "the forced parents form a cycle") : 0;
}
