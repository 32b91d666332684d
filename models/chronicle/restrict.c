/* SPDX-License-Identifier: Apache-2.0 */
#include "models/chronicle/restrict.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "models/chronicle/shape.h"

enum { LEAST_WINDOWS = 2 };

int postings_init(struct postings *postings, const struct chronicle_table *table)
{
	*postings = (struct postings) { 0 };
	for (uint32_t c = 0; c < table->n_columns; c++) {
		const uint16_t *column = table->columns[c];
		uint32_t *first = mem_array((size_t)table->n_codes[c] + 2, sizeof(uint32_t));
		uint32_t *rows = mem_array(table->n_rows, sizeof(uint32_t));

		postings->first[c] = first;
		postings->rows[c] = rows;
		if (first == NULL || rows == NULL)
			return -ENOMEM;
		for (size_t i = 0; i < table->n_rows; i++)
			first[column[i] + 2]++;
		for (uint32_t v = 0; v < table->n_codes[c]; v++)
			first[v + 2] += first[v + 1];
		for (uint32_t i = 0; i < table->n_rows; i++)
			rows[first[column[i] + 1]++] = i;
	}
	return 0;
}

void postings_done(struct postings *postings)
{
	for (uint32_t c = 0; c < CHRONICLE_MAX_COLUMNS; c++) {
		free(postings->first[c]);
		free(postings->rows[c]);
	}
	*postings = (struct postings) { 0 };
}

static const uint32_t *window_of(const struct home *home, uint32_t w)
{
	return home->shape.windows + (size_t)w * home->shape.n_rows;
}

static bool takes(const struct cover *cover, const struct candidate *candidate,
		  const uint32_t *window)
{
	const struct chronicle_table *t = cover->table;
	uint32_t c = t->n_columns;

	if (candidate->kind == CANDIDATE_USE) {
		uint32_t from = candidate->nodes[0], to = candidate->nodes[1];

		return t->columns[from % c][window[from / c]] == t->columns[to % c][window[to / c]];
	}
	for (uint32_t i = 0; i < candidate->n_fixed; i++) {
		uint32_t node = candidate->nodes[i];

		if (t->columns[node % c][window[node / c]] != candidate->codes[i])
			return false;
	}
	return true;
}

uint32_t restrict_windows(const struct cover *cover, const struct postings *postings,
			  const struct candidate *candidate, uint32_t *ret)
{
	const struct home *home = cover->homes[candidate->home];
	uint32_t n = 0, best = 0, n_best = UINT32_MAX;

	if (candidate->home != COVER_EMPTY) {
		for (uint32_t w = 0; w < home->shape.n_windows; w++)
			if (takes(cover, candidate, window_of(home, w)))
				ret[n++] = w;
		return n;
	}
	for (uint32_t i = 0; i < candidate->n_fixed; i++) {
		const uint32_t *first = postings->first[candidate->nodes[i]] + candidate->codes[i];

		if (first[1] - first[0] < n_best) {
			n_best = first[1] - first[0];
			best = i;
		}
	}
	const uint32_t *rows = postings->rows[candidate->nodes[best]] +
			       postings->first[candidate->nodes[best]][candidate->codes[best]];

	for (uint32_t i = 0; i < n_best; i++)
		if (cover->owner[rows[i]] == COVER_EMPTY && takes(cover, candidate, &rows[i]))
			ret[n++] = rows[i];
	return n;
}

static void shape_of(const struct cover *cover, const struct candidate *candidate,
		     struct chronicle_pattern *ret)
{
	*ret = cover->homes[candidate->home]->shape;
	ret->windows = NULL;
	if (candidate->kind == CANDIDATE_USE)
		shape_use(ret, cover->table->n_columns, candidate->nodes[0], candidate->nodes[1]);
	else
		for (uint32_t i = 0; i < candidate->n_fixed; i++)
			shape_fix(ret, cover->table->n_columns, candidate->nodes[i],
				  candidate->codes[i]);
}

double restrict_estimate(const struct cover *cover, struct tester *tester,
			 const struct candidate *candidate, const uint32_t *windows, uint32_t n)
{
	const struct home *home = cover->homes[candidate->home];
	const struct lengths *l = &cover->lengths;
	uint32_t n_columns = cover->table->n_columns;
	bool whole = n == home->n_counted && candidate->home != COVER_EMPTY;
	uint32_t n_patterns = cover->n_patterns + 1;
	struct chronicle_pattern shape;
	double gain = 0;

	shape_of(cover, candidate, &shape);
	for (uint32_t i = 0; i < home->n_nodes; i++) {
		const struct home_node *node = &home->nodes[i];
		const struct chronicle_cell *cell =
			&shape.cells[node->node / n_columns][node->node % n_columns];

		tally_add(&tester->tally, node, windows, n, 1);
		tally_close(&tester->tally, node);
		if (tester->tally.n_values == 1 && cell_is_node(cell))
			shape_fix(&shape, n_columns, node->node,
				  cover->table
					  ->columns[node->node % n_columns]
						   [window_of(home,
							      windows[0])[node->node / n_columns]]);
		else if (cell_is_node(cell))
			gain -= tally_alone(&tester->tally, l, node);
		tally_clear(&tester->tally);
		gain += node->bits;
		if (whole)
			continue;
		tally_add(&tester->tally, node, windows, n, -1);
		tally_close(&tester->tally, node);
		gain -= tally_after(&tester->tally, l, node);
		tally_clear(&tester->tally);
	}
	shape_tidy(&shape, n_columns);
	gain -= lengths_pattern(l, &shape) + lengths_natural(l, n) + lengths_instants(l, n);
	gain += lengths_instants(l, home->n_counted) -
		lengths_instants(l, whole ? 0 : home->n_counted - n);
	if (candidate->home != COVER_EMPTY)
		gain += lengths_natural(l, home->n_counted);
	if (whole)
		return gain + home->shape.model_bits;
	if (candidate->home != COVER_EMPTY)
		gain -= lengths_natural(l, home->n_counted - n);
	return gain + lengths_natural(l, n_patterns) - lengths_natural(l, n_patterns + 1);
}

int restrict_form(const struct cover *cover, const struct candidate *candidate,
		  const uint32_t *windows, uint32_t n, struct chronicle_pattern *ret)
{
	const struct home *home = cover->homes[candidate->home];
	uint32_t n_rows = home->shape.n_rows;

	shape_of(cover, candidate, ret);
	ret->n_windows = n;
	ret->windows = mem_array((size_t)n * n_rows, sizeof(uint32_t));
	if (ret->windows == NULL)
		return -ENOMEM;
	for (uint32_t i = 0; i < n; i++)
		memcpy(ret->windows + (size_t)i * n_rows, window_of(home, windows[i]),
		       n_rows * sizeof(uint32_t));
	return 0;
}

/* Windows of a list by the value of a node: group v is sorted[first[v]] up to first[v + 1]. */
struct buckets {
	uint32_t *sorted, *first, *values;
};

static uint32_t bucket(struct grouper *grouper, const struct home_node *node, const uint32_t *list,
		       uint32_t n, struct buckets *b)
{
	uint32_t n_groups, *first = b->first;

	for (uint32_t i = 0; i < n; i++)
		b->values[i] = node->cell_value[node->cell[list[i]]];
	n_groups = grouper_pairs(grouper, n, NULL, 1, b->values, node->n_values, b->values);
	first[0] = first[1] = 0;
	for (uint32_t v = 0; v < n_groups; v++)
		first[v + 2] = first[v + 1] + grouper->counts[v];
	for (uint32_t i = 0; i < n; i++)
		b->sorted[first[b->values[i] + 1]++] = list[i];
	return n_groups;
}

struct generation {
	const struct cover *cover;
	struct tester *tester;
	struct queue *queue;
	const struct home *home;
	struct buckets buckets[2];
};

static int offer(struct generation *g, struct candidate *candidate, const uint32_t *windows,
		 uint32_t n)
{
	if (n < LEAST_WINDOWS)
		return 0;
	candidate->estimate = restrict_estimate(g->cover, g->tester, candidate, windows, n);
	return candidate->estimate > 0 ? queue_push(g->queue, candidate) : 0;
}

static bool may_fix(const struct generation *g, const struct home_node *node)
{
	return g->cover->table->dictionary[node->node % g->cover->table->n_columns] == 0;
}

/* All codes of a node among the listed windows; in the empty pattern with all of later nodes. */
static int fix_node(struct generation *g, uint32_t i, const uint32_t *list, uint32_t n,
		    struct candidate *candidate, uint32_t depth)
{
	const struct chronicle_table *t = g->cover->table;
	const struct home_node *node = &g->home->nodes[i];
	const struct buckets *b = &g->buckets[depth];
	uint32_t n_groups = bucket(&g->tester->grouper, node, list, n, &g->buckets[depth]);
	int r = 0;

	candidate->nodes[depth] = node->node;
	for (uint32_t v = 0, from = 0; v < n_groups && r == 0; v++) {
		uint32_t to = b->first[v + 1];
		const uint32_t *group = b->sorted + from;

		if (to - from >= LEAST_WINDOWS) {
			candidate->codes[depth] =
				t->columns[node->node % t->n_columns]
					  [window_of(g->home, group[0])[node->node / t->n_columns]];
			candidate->n_fixed = (uint8_t)(depth + 1);
			r = offer(g, candidate, group, to - from);
			for (uint32_t j = i + 1; candidate->home == COVER_EMPTY && depth == 0 &&
						 j < g->home->n_nodes && r == 0;
			     j++)
				if (may_fix(g, &g->home->nodes[j]))
					r = fix_node(g, j, group, to - from, candidate, 1);
		}
		from = to;
	}
	return r;
}

static int use_nodes(struct generation *g, const uint32_t *list, uint32_t n)
{
	const struct chronicle_table *t = g->cover->table;
	const struct chronicle_pattern *shape = &g->home->shape;
	struct candidate candidate = { .kind = CANDIDATE_USE, .home = g->home->id };
	uint32_t m = shape->n_rows * t->n_columns, *taken = g->buckets[0].sorted;
	int r = 0;

	for (uint32_t from = 0; from < m; from++) {
		uint8_t dictionary = t->dictionary[from % t->n_columns];

		if (dictionary == 0 ||
		    !cell_is_node(&shape->cells[from / t->n_columns][from % t->n_columns]))
			continue;
		for (uint32_t to = (from / t->n_columns + 1) * t->n_columns; to < m && r == 0;
		     to++) {
			uint32_t n_taken = 0;

			if (t->dictionary[to % t->n_columns] != dictionary ||
			    !cell_is_node(&shape->cells[to / t->n_columns][to % t->n_columns]))
				continue;
			candidate.nodes[0] = (uint8_t)from;
			candidate.nodes[1] = (uint8_t)to;
			for (uint32_t i = 0; i < n; i++)
				if (takes(g->cover, &candidate, window_of(g->home, list[i])))
					taken[n_taken++] = list[i];
			r = offer(g, &candidate, taken, n_taken);
		}
	}
	return r;
}

static uint32_t list_windows(const struct cover *cover, const struct home *home, uint32_t *ret)
{
	uint32_t n = 0;

	for (uint32_t w = 0; w < home->shape.n_windows; w++)
		if (home->id != COVER_EMPTY || cover->owner[w] == COVER_EMPTY)
			ret[n++] = w;
	return n;
}

int restrict_generate_part(const struct cover *cover, struct tester *tester, uint32_t id,
			   uint32_t i, struct queue *queue)
{
	const struct home *home = cover->homes[id];
	size_t n_each = home->shape.n_windows + 2;
	CLEANUP(freep) uint32_t *memory = mem_array(7 * n_each, sizeof(uint32_t));
	struct generation g = { .cover = cover, .tester = tester, .queue = queue, .home = home };
	struct candidate candidate = { .kind = CANDIDATE_FIX, .home = id };
	uint32_t n;

	if (memory == NULL)
		return -ENOMEM;
	for (uint32_t k = 0; k < 2; k++) {
		uint32_t *at = memory + (1 + 3 * k) * n_each;

		g.buckets[k] = (struct buckets) { at, at + n_each, at + 2 * n_each };
	}
	n = list_windows(cover, home, memory);
	if (i < home->n_nodes)
		return may_fix(&g, &home->nodes[i]) ? fix_node(&g, i, memory, n, &candidate, 0) : 0;
	return home->shape.n_rows == 1 ? 0 : use_nodes(&g, memory, n);
}

int restrict_generate(const struct cover *cover, struct tester *tester, uint32_t id,
		      struct queue *queue)
{
	int r = 0;

	for (uint32_t i = 0; i <= cover->homes[id]->n_nodes && r == 0; i++)
		r = restrict_generate_part(cover, tester, id, i, queue);
	return r;
}
