/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The dynamic programme over all remainders of one request. Exact for any automaton, but its work
 * is the product of the counts: the walk comes here only where trial fails (walk_long.c).
 *
 * Columns are packets left of the rarer direction, rows those of the other. A path needs the rows
 * from the last to the first, and all of them would be the product of the counts in memory too; so
 * the first pass keeps one row in sqrt(rows), and the path makes each stretch of rows again when it
 * gets there: twice the work for 2 / sqrt(rows) of the memory.
 */
#include <errno.h>
#include <math.h>
#include <stdlib.h>

#include "automata/walk_internal.h"
#include "base/mem.h"

struct rectangle {
	const struct walk *walk;
	bool upright; /* rows count forward packets, columns backward ones; else vice versa */
	uint32_t last_row;
	size_t n_row;	       /* cells of a row */
	uint32_t n_stretch;    /* rows of a stretch */
	double *row;	       /* n_row + 1 cells in doubles: the row being made, and one cell */
	int32_t *row_exponent; /* n_row */
	double *kept;	       /* the row before each stretch but the first */
	int32_t *kept_exponent;
	uint32_t *beta; /* packed: row r of a stretch at place r + 1, the row before it at 0 */
	int32_t *exponent;
};

static size_t round_up(size_t n)
{
	return (n + 63) & ~(size_t)63;
}

/* Hands out the next n bytes of the block; with block NULL only counts. */
static void *carve(uint8_t *block, size_t *at, size_t n)
{
	void *place = block == NULL ? NULL : block + *at;

	*at += round_up(n);
	return place;
}

/* Lays the arrays out in the block, or with NULL tells how many bytes they need. A path needs all,
 * the mass only the row. */
static size_t lay_out(struct rectangle *r, uint8_t *block, bool for_path)
{
	const size_t n_cells = r->n_row * r->walk->n_states;
	const size_t n_kept = ((size_t)r->last_row + 1) / r->n_stretch;
	const size_t n_places = (size_t)r->n_stretch + 1;
	size_t at = 0;

	r->row = carve(block, &at, (r->n_row + 1) * r->walk->n_states * sizeof(*r->row));
	r->row_exponent = carve(block, &at, r->n_row * sizeof(*r->row_exponent));
	if (!for_path)
		return at;
	r->kept = carve(block, &at, n_kept * n_cells * sizeof(*r->kept));
	r->kept_exponent = carve(block, &at, n_kept * r->n_row * sizeof(*r->kept_exponent));
	r->beta = carve(block, &at, n_places * n_cells * sizeof(*r->beta));
	r->exponent = carve(block, &at, n_places * r->n_row * sizeof(*r->exponent));
	return at;
}

static void rectangle_init(struct rectangle *r, const struct walk *walk, uint32_t n_forward,
			   uint32_t n_backward)
{
	*r = (struct rectangle) { .walk = walk, .upright = n_forward >= n_backward };
	r->last_row = r->upright ? n_forward : n_backward;
	r->n_row = (size_t)(r->upright ? n_backward : n_forward) + 1;
	r->n_stretch = 1;
	while ((uint64_t)r->n_stretch * r->n_stretch <= r->last_row)
		r->n_stretch++;
}

/* One row in doubles is enough: cell c still holds (row - 1, c) when (row, c) is made. */
static void make_row(struct rectangle *r, uint32_t row)
{
	const struct walk *w = r->walk;
	size_t n = w->n_states;
	double *cell = r->row + r->n_row * n;

	for (size_t c = 0; c < r->n_row; c++) {
		const double *above = r->row + c * n, *before = r->row + (c > 0 ? c - 1 : 0) * n;
		int32_t above_exponent = row > 0 ? r->row_exponent[c] : WALK_NO_CELL;
		int32_t before_exponent = c > 0 ? r->row_exponent[c - 1] : WALK_NO_CELL;

		if (row + c == 0)
			r->row_exponent[c] = walk_cell_end(w, cell);
		else if (r->upright)
			r->row_exponent[c] = walk_cell_make(w, above, above_exponent, before,
							    before_exponent, cell);
		else
			r->row_exponent[c] = walk_cell_make(w, before, before_exponent, above,
							    above_exponent, cell);
		memcpy(r->row + c * n, cell, n * sizeof(*cell));
	}
}

/* The first pass. Without `kept` only the last row stays. */
static void make_all(struct rectangle *r)
{
	const size_t n_cells = r->n_row * r->walk->n_states;

	for (uint32_t i = 0; i <= r->last_row; i++) {
		make_row(r, i);
		if (r->kept == NULL || (i + 1) % r->n_stretch != 0)
			continue;
		memcpy(r->kept + i / r->n_stretch * n_cells, r->row, n_cells * sizeof(*r->row));
		memcpy(r->kept_exponent + i / r->n_stretch * r->n_row, r->row_exponent,
		       r->n_row * sizeof(*r->row_exponent));
	}
}

/* Is there any path? The last row stands in r->row. */
static bool has_path(const struct rectangle *r)
{
	return r->row_exponent[r->n_row - 1] != WALK_NO_CELL &&
	       r->row[(r->n_row - 1) * r->walk->n_states] > 0;
}

double walk_rectangle_log2_mass(const struct walk *walk, uint32_t n_forward, uint32_t n_backward)
{
	struct rectangle r;
	uint8_t *block;
	double mass;

	rectangle_init(&r, walk, n_forward, n_backward);
	block = malloc(lay_out(&r, NULL, false));
	if (block == NULL)
		return NAN;
	lay_out(&r, block, false);
	make_all(&r);
	mass = has_path(&r)
		       ? log2(r.row[(r.n_row - 1) * walk->n_states]) + r.row_exponent[r.n_row - 1]
		       : -INFINITY;
	free(block);
	return mass;
}

/* Packs the row in doubles into a place of the stretch. */
static void pack_row(struct rectangle *r, size_t place)
{
	size_t n = r->walk->n_states;

	for (size_t j = 0; j < r->n_row; j++) {
		const int32_t exponent = r->row_exponent[j];
		uint32_t *cell = r->beta + (place * r->n_row + j) * n;

		r->exponent[place * r->n_row + j] = exponent;
		for (size_t s = 0; exponent != WALK_NO_CELL && s < n; s++)
			cell[s] = walk_pack(r->row[j * n + s]);
	}
}

/* Makes the stretch that holds row i again. The rows of a stretch are made from the row before. */
static void make_stretch(struct rectangle *r, uint32_t i)
{
	const size_t n_cells = r->n_row * r->walk->n_states;
	const uint32_t stretch = i / r->n_stretch, first = stretch * r->n_stretch;
	uint32_t last = first + r->n_stretch - 1;

	if (last > r->last_row)
		last = r->last_row;
	if (stretch > 0) {
		memcpy(r->row, r->kept + (stretch - 1) * n_cells, n_cells * sizeof(*r->row));
		memcpy(r->row_exponent, r->kept_exponent + (stretch - 1) * r->n_row,
		       r->n_row * sizeof(*r->row_exponent));
		pack_row(r, 0);
	}
	for (uint32_t row = first; row <= last; row++) {
		make_row(r, row);
		pack_row(r, row - first + 1);
	}
}

static void draw(struct rectangle *r, struct rng *rng, uint16_t *ret_path)
{
	const struct walk *w = r->walk;
	const int along_rows = r->upright ? STEP_FORWARD : STEP_BACKWARD;
	size_t n = w->n_states, column = r->n_row - 1;
	uint32_t row = r->last_row, s = 0, made = UINT32_MAX;

	while (row + column > 0) {
		size_t here, above, before;
		int32_t above_exponent, before_exponent;
		uint32_t e, u = rng_u32(rng);

		if (row / r->n_stretch != made) {
			make_stretch(r, row);
			made = row / r->n_stretch;
		}
		here = (row % r->n_stretch + 1) * r->n_row + column;
		above = row > 0 ? here - r->n_row : here;
		before = column > 0 ? here - 1 : here;
		above_exponent = row > 0 ? r->exponent[above] : WALK_NO_CELL;
		before_exponent = column > 0 ? r->exponent[before] : WALK_NO_CELL;
		if (r->upright)
			e = walk_cell_choose(w, s, r->beta + above * n, above_exponent,
					     r->beta + before * n, before_exponent, u);
		else
			e = walk_cell_choose(w, s, r->beta + before * n, before_exponent,
					     r->beta + above * n, above_exponent, u);
		*ret_path++ = (uint16_t)e;
		s = w->edges[e].dst;
		if (w->edges[e].direction == along_rows)
			row--;
		else
			column--;
	}
}

int walk_rectangle_path(const struct walk *walk, struct walk_scratch *scratch, uint32_t n_forward,
			uint32_t n_backward, struct rng *rng, uint16_t *ret_path)
{
	CLEANUP(freep) uint8_t *own = NULL;
	uint8_t *block = scratch->work;
	struct rectangle r;
	size_t n_bytes;

	rectangle_init(&r, walk, n_forward, n_backward);
	n_bytes = lay_out(&r, NULL, true);
	if (n_bytes > WALK_WORK_BYTES)
		block = own = malloc(n_bytes);
	if (block == NULL)
		return -ENOMEM;
	lay_out(&r, block, true);
	make_all(&r);
	if (!has_path(&r))
		return -ENOENT;
	draw(&r, rng, ret_path);
	return 0;
}
