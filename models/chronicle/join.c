/* SPDX-License-Identifier: Apache-2.0 */
#include "models/chronicle/join.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "models/chronicle/shape.h"

static int by_number(const void *a, const void *b)
{
	uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;

	return (x > y) - (x < y);
}

static bool both_match(const struct cover *cover, const struct candidate *candidate, uint32_t row)
{
	return shape_row_matches(&cover->homes[candidate->home]->shape, cover->table, 0, row) &&
	       shape_row_matches(&cover->homes[candidate->other]->shape, cover->table, 0, row);
}

/* The fixed cell with the fewest rows; false: the shape fixes none. */
static bool rarest(const struct chronicle_table *t, const struct postings *postings,
		   const struct chronicle_pattern *shape, const uint32_t **ret_rows,
		   uint32_t *ret_n)
{
	bool some = false;

	for (uint32_t c = 0; c < t->n_columns; c++) {
		const uint32_t *first = postings->first[c] + shape->cells[0][c].value;

		if (shape->cells[0][c].kind != CHRONICLE_FIX ||
		    (some && first[1] - first[0] >= *ret_n))
			continue;
		*ret_rows = postings->rows[c] + first[0];
		*ret_n = first[1] - first[0];
		some = true;
	}
	return some;
}

uint32_t join_rows(const struct cover *cover, const struct postings *postings,
		   const struct candidate *candidate, uint32_t *ret)
{
	const uint32_t ids[2] = { candidate->home, candidate->other }, *rows = NULL;
	uint32_t n = 0, n_rows = 0;

	for (uint32_t i = 0; i < (ids[0] == ids[1] ? 1 : 2); i++) {
		const struct chronicle_pattern *shape = &cover->homes[ids[i]]->shape;

		for (size_t w = 0; w < shape->n_windows; w++)
			if (both_match(cover, candidate, shape->windows[w]))
				ret[n++] = shape->windows[w];
	}
	if (rarest(cover->table, postings, &cover->homes[ids[0]]->shape, &rows, &n_rows))
		for (uint32_t i = 0; i < n_rows; i++)
			if (cover->owner[rows[i]] == COVER_EMPTY &&
			    both_match(cover, candidate, rows[i]))
				ret[n++] = rows[i];
	qsort(ret, n, sizeof(*ret), by_number);
	return n;
}

static void shape_of(const struct cover *cover, const struct candidate *candidate,
		     struct chronicle_pattern *ret)
{
	const struct chronicle_pattern *other = &cover->homes[candidate->other]->shape;

	*ret = cover->homes[candidate->home]->shape;
	ret->windows = NULL;
	for (uint32_t c = 0; c < cover->table->n_columns; c++)
		if (other->cells[0][c].kind == CHRONICLE_FIX)
			ret->cells[0][c] = other->cells[0][c];
	shape_tidy(ret, cover->table->n_columns);
}

/* Rows under the empty pattern's network, cells that the shape fixes left out. */
static double bits_alone(const struct cover *cover, struct tester *tester,
			 const struct chronicle_pattern *shape, const uint32_t *rows, uint32_t n)
{
	const struct home *empty = cover->homes[COVER_EMPTY];
	double bits = 0;

	for (uint32_t i = 0; i < empty->n_nodes; i++) {
		const struct home_node *node = &empty->nodes[i];

		if (!cell_is_node(&shape->cells[0][node->node]))
			continue;
		tally_add(&tester->tally, node, rows, n, 1);
		tally_close(&tester->tally, node);
		bits += tally_alone(&tester->tally, &cover->lengths, node);
		tally_clear(&tester->tally);
	}
	return bits;
}

/* A pattern and some rows more: what they add to its data is guessed under that network. */
static double taken_back(const struct cover *cover, struct tester *tester, const struct home *home,
			 const uint32_t *rows, uint32_t n)
{
	const struct lengths *l = &cover->lengths;
	const struct chronicle_pattern *shape = &home->shape;
	double more = bits_alone(cover, tester, shape, rows, n) -
		      bits_alone(cover, tester, shape, shape->windows, home->n_counted);

	return shape->model_bits + home_data_bits(l, home) + more + lengths_natural(l, n) +
	       lengths_instants(l, n) - lengths_natural(l, home->n_counted) -
	       lengths_instants(l, home->n_counted);
}

int join_estimate(const struct cover *cover, struct tester *tester,
		  const struct candidate *candidate, const uint32_t *rows, uint32_t n,
		  double *ret_gain)
{
	const struct home *home = cover->homes[candidate->home];
	const struct lengths *l = &cover->lengths;
	bool back = candidate->home == candidate->other;
	struct chronicle_pattern shape;
	double gain = 0;
	int r;

	*ret_gain = -1;
	if (n < 2 || (back && n == home->n_counted))
		return 0;
	r = cover_take(cover, tester, rows, n, 1, &gain);
	if (r < 0)
		return r;
	if (back) {
		*ret_gain = gain - taken_back(cover, tester, home, rows, n);
		return 0;
	}
	shape_of(cover, candidate, &shape);
	*ret_gain = gain - bits_alone(cover, tester, &shape, rows, n) - lengths_pattern(l, &shape) -
		    lengths_natural(l, n) - lengths_instants(l, n);
	return 0;
}

int join_form(const struct cover *cover, const struct candidate *candidate, const uint32_t *rows,
	      uint32_t n, struct chronicle_pattern *ret)
{
	shape_of(cover, candidate, ret);
	ret->n_windows = n;
	ret->windows = mem_array(n, sizeof(uint32_t));
	if (ret->windows == NULL)
		return -ENOMEM;
	memcpy(ret->windows, rows, n * sizeof(uint32_t));
	return 0;
}

struct sized {
	size_t n;
	uint32_t id;
};

static int by_size(const void *a, const void *b)
{
	const struct sized *x = a, *y = b;

	if (x->n != y->n)
		return x->n < y->n ? 1 : -1;
	return (x->id > y->id) - (x->id < y->id);
}

/* Do two patterns of one row contradict each other, or does one say all that the other says? */
static bool is_idle(const struct chronicle_pattern *a, const struct chronicle_pattern *b,
		    uint32_t n_columns)
{
	bool a_more = false, b_more = false;

	for (uint32_t c = 0; c < n_columns; c++) {
		bool fix_a = a->cells[0][c].kind == CHRONICLE_FIX;
		bool fix_b = b->cells[0][c].kind == CHRONICLE_FIX;

		if (fix_a && fix_b && a->cells[0][c].value != b->cells[0][c].value)
			return true;
		a_more |= fix_a && !fix_b;
		b_more |= fix_b && !fix_a;
	}
	return !a_more || !b_more;
}

static int offer(const struct cover *cover, const struct postings *postings, struct tester *tester,
		 uint32_t *list, struct queue *queue, uint32_t a, uint32_t b)
{
	struct candidate candidate = { .kind = CANDIDATE_JOIN, .home = a, .other = b };
	uint32_t n = join_rows(cover, postings, &candidate, list);
	int r = join_estimate(cover, tester, &candidate, list, n, &candidate.estimate);

	return r < 0 || candidate.estimate <= 0 ? r : queue_push(queue, &candidate);
}

int join_generate(const struct cover *cover, const struct postings *postings, struct tester *tester,
		  uint32_t *list, struct queue *queue)
{
	CLEANUP(freep) struct sized *sized = mem_array(cover->n_homes, sizeof(*sized));
	uint32_t n = 0;
	int r = 0;

	if (sized == NULL)
		return -ENOMEM;
	for (uint32_t id = 1; id < cover->n_homes && r == 0; id++) {
		if (cover->homes[id] == NULL || cover->homes[id]->shape.n_rows > 1)
			continue;
		sized[n++] = (struct sized) { cover->homes[id]->shape.n_windows, id };
		r = offer(cover, postings, tester, list, queue, id, id);
	}
	qsort(sized, n, sizeof(*sized), by_size);
	n = n < JOIN_LARGEST ? n : JOIN_LARGEST;
	for (uint32_t i = 0; i < n; i++)
		for (uint32_t j = i + 1; j < n && r == 0; j++)
			if (!is_idle(&cover->homes[sized[i].id]->shape,
				     &cover->homes[sized[j].id]->shape, cover->table->n_columns))
				r = offer(cover, postings, tester, list, queue, sized[i].id,
					  sized[j].id);
	return r;
}
