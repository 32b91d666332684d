/* SPDX-License-Identifier: Apache-2.0 */
/* What a link would gain, and its pattern. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "models/chronicle/link.h"
#include "models/chronicle/shape.h"

static void shape_of_side(const struct cover *cover, const struct link_side *side,
			  struct chronicle_pattern *ret)
{
	*ret = cover->homes[side->home]->shape;
	ret->windows = NULL;
	if (side->home == COVER_EMPTY && side->column != SIDE_ANY)
		shape_fix(ret, cover->table->n_columns, side->column, side->code);
}

static bool shape_of_link(const struct cover *cover, const struct candidate *candidate,
			  struct chronicle_pattern *ret)
{
	uint32_t n_columns = cover->table->n_columns;
	struct chronicle_pattern a, b;

	shape_of_side(cover, &candidate->sides[0], &a);
	shape_of_side(cover, &candidate->sides[1], &b);
	if (!shape_append(&a, &b, n_columns, ret))
		return false;
	return !candidate->keyed || shape_use(ret, n_columns, candidate->key_nodes[0],
					      a.n_rows * n_columns + candidate->key_nodes[1]);
}

/* One side's cells under its own network; those of one value become fixed in the shape. */
static double side_bits(const struct cover *cover, struct tester *tester,
			const struct candidate *candidate, uint32_t side,
			const struct linker *linker, struct chronicle_pattern *shape)
{
	const struct home *home = cover->homes[candidate->sides[side].home];
	uint32_t n_columns = cover->table->n_columns, first = 0;
	double bits = 0;

	if (side == 1)
		first = shape->n_rows - home->shape.n_rows;
	for (uint32_t i = 0; i < home->n_nodes; i++) {
		const struct home_node *node = &home->nodes[i];
		uint32_t at = first * n_columns + node->node, row = at / n_columns;

		if (!cell_is_node(&shape->cells[row][at % n_columns]))
			continue;
		tally_add(&tester->tally, node, linker->units[side], linker->n_windows, 1);
		tally_close(&tester->tally, node);
		if (tester->tally.n_values == 1)
			shape_fix(shape, n_columns, at,
				  cover->table->columns[at % n_columns][linker->windows[row]]);
		else
			bits += tally_alone(&tester->tally, &cover->lengths, node);
		tally_clear(&tester->tally);
	}
	return bits;
}

int link_estimate(const struct cover *cover, struct tester *tester,
		  const struct candidate *candidate, const struct linker *linker, double *ret_gain)
{
	const struct lengths *l = &cover->lengths;
	struct chronicle_pattern shape;
	double gain = 0;
	int r;

	*ret_gain = -1;
	if (linker->n_windows < 2 || !shape_of_link(cover, candidate, &shape))
		return 0;
	r = cover_take(cover, tester, linker->windows, linker->n_windows, linker->n_rows, &gain);
	if (r < 0)
		return r;
	for (uint32_t side = 0; side < 2; side++)
		gain -= side_bits(cover, tester, candidate, side, linker, &shape);
	shape_tidy(&shape, cover->table->n_columns);
	gain -= lengths_pattern(l, &shape) + lengths_natural(l, linker->n_windows) +
		lengths_instants(l, linker->n_windows);
	for (uint32_t w = 0; w < linker->n_windows; w++)
		gain -= window_delay_bits(l, cover->table,
					  linker->windows + (size_t)w * linker->n_rows,
					  linker->n_rows);
	*ret_gain = gain;
	return 0;
}

int link_form(const struct cover *cover, const struct candidate *candidate,
	      const struct linker *linker, struct chronicle_pattern *ret)
{
	size_t n = (size_t)linker->n_windows * linker->n_rows;

	if (!shape_of_link(cover, candidate, ret))
		return -EINVAL;
	ret->n_windows = linker->n_windows;
	ret->windows = mem_array(n, sizeof(uint32_t));
	if (ret->windows == NULL)
		return -ENOMEM;
	memcpy(ret->windows, linker->windows, n * sizeof(uint32_t));
	return 0;
}
