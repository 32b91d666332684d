/* SPDX-License-Identifier: Apache-2.0 */
#include "models/table.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

enum { FIRST_SLOTS = 1024 };

void code_counts_done(struct code_counts *counts)
{
	free(counts->cells);
	free(counts->slots);
	memset(counts, 0, sizeof(*counts));
}

static uint32_t slot_of(uint64_t key, uint32_t n_slots)
{
	key *= UINT64_C(0x9e3779b97f4a7c15);
	key ^= key >> 29;
	key *= UINT64_C(0xbf58476d1ce4e5b9);
	return (uint32_t)(key >> 32) & (n_slots - 1);
}

static int grow_slots(struct code_counts *counts)
{
	uint32_t n = counts->n_slots == 0 ? FIRST_SLOTS : counts->n_slots * 2;
	uint32_t *slots = mem_array(n, sizeof(*slots));

	if (slots == NULL)
		return -ENOMEM;
	for (uint32_t i = 0; i < counts->n_cells; i++) {
		uint32_t s = slot_of(counts->cells[i].key, n);

		while (slots[s] != 0)
			s = (s + 1) & (n - 1);
		slots[s] = i + 1;
	}
	free(counts->slots);
	counts->slots = slots;
	counts->n_slots = n;
	return 0;
}

static int count_one(struct code_counts *counts, uint64_t key)
{
	uint32_t s = slot_of(key, counts->n_slots);
	size_t capacity = counts->capacity;

	for (; counts->slots[s] != 0; s = (s + 1) & (counts->n_slots - 1)) {
		struct code_cell *cell = &counts->cells[counts->slots[s] - 1];

		if (cell->key == key) {
			cell->count++;
			return 0;
		}
	}
	if (mem_grow(&counts->cells, &capacity, counts->n_cells + 1, sizeof(*counts->cells),
		     UINT32_MAX / 4) < 0)
		return -ENOMEM;
	counts->capacity = (uint32_t)capacity;
	counts->cells[counts->n_cells].key = key;
	counts->cells[counts->n_cells].count = 1;
	counts->slots[s] = ++counts->n_cells;
	if (counts->n_cells > counts->n_slots / 2)
		return grow_slots(counts);
	return 0;
}

int code_counts_fill(struct code_counts *counts, const struct code_table *table,
		     const uint32_t *columns, uint32_t n, size_t step)
{
	const uint16_t *c[CODE_COUNTS_MAX_COLUMNS] = { NULL };

	counts->n_cells = 0;
	if (counts->n_slots == 0 && grow_slots(counts) < 0)
		return -ENOMEM;
	memset(counts->slots, 0, counts->n_slots * sizeof(*counts->slots));
	for (uint32_t k = 0; k < n; k++)
		c[k] = table->columns[columns[k]];
	for (size_t i = 0; i < table->n_rows; i += step) {
		uint64_t key = 0;

		for (uint32_t k = 0; k < n; k++)
			key = key << 16 | c[k][i];
		if (count_one(counts, key) < 0)
			return -ENOMEM;
	}
	return 0;
}
