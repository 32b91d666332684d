/* SPDX-License-Identifier: Apache-2.0 */
#include "models/bayes_net.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

static void level_done(struct bayes_level *level)
{
	free(level->block);
	memset(level, 0, sizeof(*level));
}

void bayes_node_done(struct bayes_node *node)
{
	for (uint32_t k = 0; k <= BAYES_MAX_PARENTS; k++)
		level_done(&node->levels[k]);
	memset(node, 0, sizeof(*node));
}

void bayes_net_done(struct bayes_net *net)
{
	for (uint32_t i = 0; i < BAYES_MAX_NODES; i++)
		bayes_node_done(&net->nodes[i]);
	memset(net, 0, sizeof(*net));
}

static int compare_cells(const void *a, const void *b)
{
	const struct bayes_cell *x = a, *y = b;

	if (x->key != y->key)
		return x->key < y->key ? -1 : 1;
	return (x->code > y->code) - (x->code < y->code);
}

/* Sorts, and adds up cells of the same key and code. -EINVAL: a count beyond 32 bits. */
static int merge_cells(struct bayes_cell *cells, size_t *n_cells)
{
	size_t n = 0;

	qsort(cells, *n_cells, sizeof(*cells), compare_cells);
	for (size_t i = 0; i < *n_cells; i++) {
		if (cells[i].count == 0)
			continue;
		if (n > 0 && compare_cells(&cells[n - 1], &cells[i]) == 0) {
			if (cells[i].count > UINT32_MAX - cells[n - 1].count)
				return -EINVAL;
			cells[n - 1].count += cells[i].count;
		} else {
			cells[n++] = cells[i];
		}
	}
	*n_cells = n;
	return n == 0 ? -EINVAL : 0;
}

static uint32_t slot_of(uint64_t key, uint32_t bits)
{
	key ^= key >> 31;
	return (uint32_t)(key * UINT64_C(0x9e3779b97f4a7c15) >> (64 - bits));
}

/* One block for all arrays of a level; the index of rows is at most half full. */
static int level_allocate(struct bayes_level *level, size_t n_rows, size_t n_cells)
{
	size_t n_slots;
	char *at;

	level->slot_bits = 1;
	while (level->slot_bits < 31 && (size_t)1 << level->slot_bits < n_rows * 2)
		level->slot_bits++;
	n_slots = (size_t)1 << level->slot_bits;
	/* n_cells is below 2^31 and n_rows not above it: nothing overflows. Widest first, so that
	 * each array is aligned. */
	at = calloc(1, n_slots * sizeof(*level->slots) + n_rows * sizeof(*level->keys) +
			       n_cells * sizeof(*level->sums) +
			       (n_rows + 1) * sizeof(*level->first) +
			       n_cells * sizeof(*level->codes));
	if (at == NULL)
		return -ENOMEM;
	level->block = at;
	level->n_rows = (uint32_t)n_rows;
	level->slots = (void *)at;
	at += n_slots * sizeof(*level->slots);
	level->keys = (void *)at;
	at += n_rows * sizeof(*level->keys);
	level->sums = (void *)at;
	at += n_cells * sizeof(*level->sums);
	level->first = (void *)at;
	at += (n_rows + 1) * sizeof(*level->first);
	level->codes = (void *)at;
	return 0;
}

/* Enters the rows into the index by key. */
static void level_index(struct bayes_level *level)
{
	const uint32_t mask = (UINT32_C(1) << level->slot_bits) - 1;

	for (uint32_t i = 0; i < level->n_rows; i++) {
		uint32_t s = slot_of(level->keys[i], level->slot_bits);

		while (level->slots[s].n != 0)
			s = (s + 1) & mask;
		level->slots[s] =
			(struct bayes_slot) { .key = level->keys[i],
					      .first = level->first[i],
					      .n = level->first[i + 1] - level->first[i] };
	}
}

/* cells: merged. */
static int level_fill(struct bayes_level *level, const struct bayes_cell *cells, size_t n_cells)
{
	size_t n_rows = 1;
	uint32_t row = 0;

	for (size_t i = 1; i < n_cells; i++)
		n_rows += cells[i].key != cells[i - 1].key;
	if (level_allocate(level, n_rows, n_cells) < 0)
		return -ENOMEM;
	for (size_t i = 0; i < n_cells; i++) {
		uint32_t before = 0;

		if (i == 0 || cells[i].key != cells[i - 1].key) {
			level->keys[row] = cells[i].key;
			level->first[row++] = (uint32_t)i;
		} else {
			before = level->sums[i - 1];
		}
		if (cells[i].count > UINT32_MAX - before)
			return -EINVAL;
		level->codes[i] = cells[i].code;
		level->sums[i] = before + cells[i].count;
	}
	level->first[row] = (uint32_t)n_cells;
	level_index(level);
	return 0;
}

int bayes_node_fill(struct bayes_node *node, struct bayes_cell *cells, size_t n_cells)
{
	if (n_cells > UINT32_MAX / 2)
		return -EINVAL;
	for (uint32_t k = node->n_parents;; k--) {
		int r = merge_cells(cells, &n_cells);

		if (r == 0)
			r = level_fill(&node->levels[k], cells, n_cells);
		if (r < 0)
			return r;
		if (k == 0)
			return 0;
		/* The prefix's table is the sum over the last parent. */
		for (size_t i = 0; i < n_cells; i++)
			cells[i].key >>= 16;
	}
}

static bool parents_placed(const struct bayes_net *net, uint32_t i, const bool *placed)
{
	for (uint32_t k = 0; k < net->nodes[i].n_parents; k++) {
		uint32_t p = net->nodes[i].parents[k];

		if (p < net->n_nodes && !placed[p])
			return false;
	}
	return true;
}

int bayes_net_order(struct bayes_net *net)
{
	bool placed[BAYES_MAX_NODES] = { false };

	for (uint32_t n = 0; n < net->n_nodes; n++) {
		uint32_t i = 0;

		while (i < net->n_nodes && (placed[i] || !parents_placed(net, i, placed)))
			i++;
		if (i == net->n_nodes)
			return -ELOOP;
		placed[i] = true;
		net->order[n] = i;
	}
	return 0;
}

struct bayes_row bayes_level_row(const struct bayes_level *level, uint64_t key)
{
	uint32_t mask = (UINT32_C(1) << level->slot_bits) - 1;
	uint32_t s = slot_of(key, level->slot_bits);

	for (; level->slots[s].n != 0; s = (s + 1) & mask) {
		const struct bayes_slot *slot = &level->slots[s];

		if (slot->key == key)
			return (struct bayes_row) { .codes = level->codes + slot->first,
						    .sums = level->sums + slot->first,
						    .n = slot->n };
	}
	return (struct bayes_row) { .n = 0 };
}

struct bayes_row bayes_node_row(const struct bayes_node *node, const uint16_t *codes,
				uint32_t *ret_level)
{
	uint64_t key = 0;
	uint32_t n = 0;

	for (; n < node->n_parents && codes[node->parents[n]] != BAYES_NO_CODE; n++)
		key = key << 16 | codes[node->parents[n]];
	for (;; n--, key >>= 16) {
		struct bayes_row row = bayes_level_row(&node->levels[n], key);

		if (row.n > 0 || n == 0) {
			*ret_level = n;
			return row;
		}
	}
}

/* Index of the cell whose share of [0, total) holds x. */
static uint32_t row_find(const struct bayes_row *row, uint32_t x)
{
	uint32_t lo = 0, n = row->n - 1;

	while (n > 0) {
		uint32_t half = (n + 1) / 2;

		if (row->sums[lo + half - 1] <= x) {
			lo += half;
			n -= half;
		} else {
			n = half - 1;
		}
	}
	return lo;
}

uint16_t bayes_row_at(const struct bayes_row *row, uint32_t x)
{
	return row->codes[row_find(row, x)];
}

uint16_t bayes_row_draw(const struct bayes_row *row, struct rng *rng)
{
	if (row->n == 1)
		return row->codes[0];
	return row->codes[row_find(row, rng_below(rng, row->sums[row->n - 1]))];
}

uint16_t bayes_row_draw_except(const struct bayes_row *row, uint16_t except, struct rng *rng)
{
	uint32_t lo = 0, hi = row->n, total = row->sums[row->n - 1], before, x;

	while (lo < hi) {
		uint32_t mid = (lo + hi) / 2;

		if (row->codes[mid] < except)
			lo = mid + 1;
		else
			hi = mid;
	}
	if (lo == row->n || row->codes[lo] != except)
		return bayes_row_draw(row, rng);
	if (row->n == 1)
		return BAYES_NO_CODE;
	before = row->sums[lo] - bayes_row_count(row, lo);
	x = rng_below(rng, total - bayes_row_count(row, lo));
	if (x >= before)
		x += bayes_row_count(row, lo);
	return row->codes[row_find(row, x)];
}

uint16_t bayes_node_draw(const struct bayes_node *node, const uint16_t *codes, struct rng *rng)
{
	uint32_t level;
	struct bayes_row row = bayes_node_row(node, codes, &level);

	return bayes_row_draw(&row, rng);
}

int bayes_node_mask(struct bayes_node *node, const bool *allowed)
{
	const struct bayes_level *full = &node->levels[node->n_parents];
	CLEANUP(freep) struct bayes_cell *cells = NULL;
	struct bayes_node masked = *node;
	size_t n = 0;
	int r;

	cells = mem_array(full->first[full->n_rows], sizeof(*cells));
	if (cells == NULL)
		return -ENOMEM;
	for (uint32_t i = 0; i < full->n_rows; i++)
		for (uint32_t c = full->first[i]; c < full->first[i + 1]; c++)
			if (allowed[full->codes[c]])
				cells[n++] = (struct bayes_cell) {
					.key = full->keys[i],
					.code = full->codes[c],
					.count = full->sums[c] -
						 (c == full->first[i] ? 0 : full->sums[c - 1]),
				};
	if (n == 0)
		return -ENOENT;
	memset(masked.levels, 0, sizeof(masked.levels));
	r = bayes_node_fill(&masked, cells, n);
	for (uint32_t k = 0; k <= BAYES_MAX_PARENTS; k++)
		level_done(r < 0 ? &masked.levels[k] : &node->levels[k]);
	if (r == 0)
		*node = masked;
	return r;
}
