/* SPDX-License-Identifier: Apache-2.0 */
#include "models/chronicle/family.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

enum { N_CODES = UINT16_MAX + 1 };

struct group_slot {
	uint64_t key;
	uint32_t epoch; /* free unless the grouper's */
	uint32_t group;
};

void sample_done(struct sample *sample)
{
	free(sample->values);
	sample->values = NULL;
}

/* Codes of one cell to values. */
static uint32_t read_node(const struct chronicle_table *table,
			  const struct chronicle_pattern *pattern, uint32_t node,
			  struct grouper *grouper, uint32_t *ret_values)
{
	const uint16_t *column = table->columns[node % table->n_columns];
	const uint32_t *window = pattern->windows + node / table->n_columns;
	uint32_t n = 0, *map = grouper->map, *marks = grouper->marks, mark;

	if (++grouper->mark == 0) {
		memset(marks, 0, N_CODES * sizeof(*marks));
		grouper->mark = 1;
	}
	mark = grouper->mark;
	for (size_t w = 0; w < pattern->n_windows; w++, window += pattern->n_rows) {
		uint16_t code = column[*window];

		if (marks[code] != mark) {
			marks[code] = mark;
			map[code] = n++;
		}
		ret_values[w] = map[code];
	}
	return n;
}

int sample_init(struct sample *sample, const struct chronicle_table *table,
		const struct chronicle_pattern *pattern, struct grouper *grouper)
{
	uint32_t n_columns = table->n_columns;

	*sample = (struct sample) { .n = (uint32_t)pattern->n_windows };
	for (uint32_t i = 0; i < pattern->n_rows * n_columns; i++) {
		sample->i_node[i] = -1;
		if (cell_is_node(&pattern->cells[i / n_columns][i % n_columns])) {
			sample->i_node[i] = (int16_t)sample->n_nodes;
			sample->nodes[sample->n_nodes++] = (uint8_t)i;
		}
	}
	sample->values = mem_array((size_t)sample->n * sample->n_nodes, sizeof(uint32_t));
	if (sample->values == NULL)
		return -ENOMEM;
	for (uint32_t i = 0; i < sample->n_nodes; i++)
		sample->n_values[i] = read_node(table, pattern, sample->nodes[i], grouper,
						sample->values + (size_t)i * sample->n);
	return 0;
}

int grouper_init(struct grouper *grouper, size_t n)
{
	*grouper = (struct grouper) { .n_slots = 64, .n_counts = n };
	while (grouper->n_slots < 4 * n)
		grouper->n_slots *= 2;
	grouper->slots = mem_array(grouper->n_slots, sizeof(*grouper->slots));
	grouper->counts = mem_array(n, sizeof(*grouper->counts));
	grouper->map = mem_array(N_CODES, sizeof(*grouper->map));
	grouper->marks = mem_array(N_CODES, sizeof(*grouper->marks));
	return grouper->slots == NULL || grouper->counts == NULL || grouper->map == NULL ||
			       grouper->marks == NULL
		       ? -ENOMEM
		       : 0;
}

void grouper_done(struct grouper *grouper)
{
	free(grouper->slots);
	free(grouper->counts);
	free(grouper->map);
	free(grouper->marks);
	*grouper = (struct grouper) { 0 };
}

static void next_epoch(struct grouper *grouper)
{
	if (++grouper->epoch == 0) { /* wrapped: marks of long ago would look new */
		memset(grouper->slots, 0, grouper->n_slots * sizeof(*grouper->slots));
		grouper->epoch = 1;
	}
}

uint32_t grouper_pairs(struct grouper *grouper, uint32_t n, const uint32_t *a, uint32_t n_a,
		       const uint32_t *b, uint32_t n_b, uint32_t *ret_groups)
{
	uint64_t range = (uint64_t)(a == NULL ? 1 : n_a) * n_b;
	bool direct = range <= grouper->n_slots && range <= 16 * (uint64_t)n + 256;
	size_t mask = grouper->n_slots - 1;
	uint32_t n_groups = 0;

	next_epoch(grouper);
	/* Few windows touch few slots: a table not much larger than them stays in cache. */
	while (!direct && mask >= 8 * (size_t)n + 64)
		mask >>= 1;
	for (uint32_t i = 0; i < n; i++) {
		uint64_t key = (uint64_t)(a == NULL ? 0 : a[i]) * n_b + b[i];
		size_t s = direct ? key : (key * UINT64_C(0x9e3779b97f4a7c15) >> 32) & mask;
		struct group_slot *slot = &grouper->slots[s];

		while (slot->epoch == grouper->epoch && slot->key != key) {
			s = (s + 1) & mask;
			slot = &grouper->slots[s];
		}
		if (slot->epoch != grouper->epoch) {
			*slot = (struct group_slot) { key, grouper->epoch, n_groups };
			grouper->counts[n_groups++] = 0;
		}
		grouper->counts[slot->group]++;
		if (ret_groups != NULL)
			ret_groups[i] = slot->group;
	}
	return n_groups;
}
