/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The dynamic programme over all remainders of one request. Exact for any automaton, but its work
 * is the product of the counts: the walk comes here only where trial fails (walk_long.c).
 */
#include <errno.h>
#include <math.h>
#include <stdlib.h>

#include "automata/walk_internal.h"
#include "base/mem.h"

struct rectangle {
	const struct walk *walk;
	uint32_t n_forward, n_backward;
	uint32_t *beta;	   /* (n_forward + 1) x (n_backward + 1) x n_states; NULL: not kept */
	int32_t *exponent; /* (n_forward + 1) x (n_backward + 1); NULL with beta */
	double last;	   /* beta(start, F, B) and its exponent */
	int32_t last_exponent;
};

static void rectangle_done(struct rectangle *r)
{
	free(r->beta);
	free(r->exponent);
}

static void keep_cell(struct rectangle *r, uint32_t i, uint32_t j, const double *cell,
		      int32_t exponent)
{
	size_t n = r->walk->n_states, index = (size_t)i * (r->n_backward + 1) + j;

	if (r->beta == NULL)
		return;
	r->exponent[index] = exponent;
	for (size_t s = 0; exponent != WALK_NO_CELL && s < n; s++)
		r->beta[index * n + s] = walk_pack(cell[s]);
}

/* One row in doubles is enough: cell j still holds (i - 1, j) when (i, j) is made. */
static int rectangle_fill(struct rectangle *r)
{
	const struct walk *w = r->walk;
	size_t n = w->n_states, n_row = (size_t)r->n_backward + 1;
	CLEANUP(freep) double *row = mem_array(n_row + 1, n * sizeof(*row));
	CLEANUP(freep) int32_t *exponent = mem_array(n_row, sizeof(*exponent));
	double *cell;

	if (row == NULL || exponent == NULL)
		return -ENOMEM;
	cell = row + n_row * n;
	for (uint32_t i = 0; i <= r->n_forward; i++) {
		for (uint32_t j = 0; j < n_row; j++) {
			int32_t forward = i > 0 ? exponent[j] : WALK_NO_CELL;
			int32_t backward = j > 0 ? exponent[j - 1] : WALK_NO_CELL;

			exponent[j] = i + j == 0 ? walk_cell_end(w, cell)
						 : walk_cell_make(w, row + j * n, forward,
								  row + (j > 0 ? j - 1 : 0) * n,
								  backward, cell);
			memcpy(row + j * n, cell, n * sizeof(*cell));
			keep_cell(r, i, j, cell, exponent[j]);
		}
	}
	r->last = cell[0];
	r->last_exponent = exponent[r->n_backward];
	return 0;
}

double walk_rectangle_log2_mass(const struct walk *walk, uint32_t n_forward, uint32_t n_backward)
{
	struct rectangle r = { .walk = walk, .n_forward = n_forward, .n_backward = n_backward };

	if (rectangle_fill(&r) < 0)
		return NAN;
	if (r.last_exponent == WALK_NO_CELL || !(r.last > 0))
		return -INFINITY;
	return log2(r.last) + r.last_exponent;
}

static void draw(const struct rectangle *r, struct rng *rng, uint16_t *ret_path)
{
	const struct walk *w = r->walk;
	size_t n = w->n_states, n_row = (size_t)r->n_backward + 1;
	uint32_t i = r->n_forward, j = r->n_backward, s = 0;

	while (i + j > 0) {
		size_t here = i * n_row + j, up = i > 0 ? here - n_row : here;
		size_t left = j > 0 ? here - 1 : here;
		uint32_t e =
			walk_cell_choose(w, s, r->beta + up * n,
					 i > 0 ? r->exponent[up] : WALK_NO_CELL, r->beta + left * n,
					 j > 0 ? r->exponent[left] : WALK_NO_CELL, rng_u32(rng));

		*ret_path++ = (uint16_t)e;
		s = w->edges[e].dst;
		if (w->edges[e].direction == STEP_FORWARD)
			i--;
		else
			j--;
	}
}

int walk_rectangle_path(const struct walk *walk, uint32_t n_forward, uint32_t n_backward,
			struct rng *rng, uint16_t *ret_path)
{
	struct rectangle r = { .walk = walk, .n_forward = n_forward, .n_backward = n_backward };
	size_t n_cells = ((size_t)n_forward + 1) * ((size_t)n_backward + 1);
	int ret;

	r.beta = mem_array(n_cells, walk->n_states * sizeof(*r.beta));
	r.exponent = mem_array(n_cells, sizeof(*r.exponent));
	ret = r.beta == NULL || r.exponent == NULL ? -ENOMEM : rectangle_fill(&r);
	if (ret == 0 && (r.last_exponent == WALK_NO_CELL || !(r.last > 0)))
		ret = -ENOENT;
	if (ret == 0)
		draw(&r, rng, ret_path);
	rectangle_done(&r);
	return ret;
}
