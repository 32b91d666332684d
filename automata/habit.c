/* SPDX-License-Identifier: Apache-2.0 */
#include "automata/habit.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/rng.h"

enum {
	CELL_ONES = HABIT_CELLS - 1,
	CELL_FIRST = 1,	   /* of those between */
	LEAST_SAMPLE = 64, /* filler of fewer bytes by place says little */
};

uint32_t habit_classes(int habit)
{
	if (habit >= HABIT_BYTE && habit < HABIT_BYTE + HABIT_WORD)
		return HABIT_CELLS;
	if (habit >= HABIT_START && habit < HABIT_START + HABIT_STARTS)
		return SKETCH_N_KINDS;
	switch (habit) {
	case HABIT_FILLER:
		return HABIT_N_FILLERS;
	case HABIT_DNS_ID:
		return HABIT_DNS_IDS;
	case HABIT_NTP_POLL:
		return HABIT_NTP_POLLS;
	case HABIT_NTP_PRECISION:
		return HABIT_NTP_PRECISIONS;
	case HABIT_TLS_VERSION:
		return HABIT_TLS_VERSIONS;
	case HABIT_HTTP_FIELD:
		return HABIT_N_FIELDS;
	default:
		return 2;
	}
}

uint32_t habit_first(int habit)
{
	uint32_t first = 0;

	for (int h = 0; h < habit; h++)
		first += habit_classes(h);
	return first;
}

uint32_t habit_cell(uint8_t byte)
{
	if (byte == 0)
		return 0;
	return byte == UINT8_MAX ? CELL_ONES : CELL_FIRST + byte / HABIT_CELL_VALUES;
}

void habit_table_freep(struct habit_table **table)
{
	if (*table == NULL)
		return;
	for (int d = 0; d < 2; d++) {
		free((*table)->pool[d]);
		free((*table)->start[d]);
	}
	free(*table);
	*table = NULL;
}

void habit_count(struct habit_table *table, uint8_t direction, int habit, uint32_t value)
{
	uint32_t *n = &table->count[direction][habit_first(habit) + value];

	if (value < habit_classes(habit) && *n < UINT32_MAX)
		++*n;
}

bool habit_table_is_empty(const struct habit_table *table)
{
	for (int d = 0; d < 2; d++) {
		for (uint32_t v = 0; v < HABIT_VALUES; v++) {
			if (table->count[d][v] != 0)
				return false;
		}
	}
	return true;
}

static uint64_t sum_of(const uint32_t *counts, uint32_t n)
{
	uint64_t sum = 0;

	for (uint32_t i = 0; i < n; i++)
		sum += counts[i];
	return sum;
}

/* The class in which the k-th of all counted falls. */
static uint32_t class_at(const uint32_t *counts, uint64_t k)
{
	uint32_t c = 0;

	for (; k >= counts[c]; c++)
		k -= counts[c];
	return c;
}

int habit_draw(const struct habit_table *table, uint8_t direction, int habit, uint32_t random)
{
	const uint32_t *counts;
	uint64_t sum;

	if (table == NULL)
		return -1;
	counts = table->count[direction] + habit_first(habit);
	sum = sum_of(counts, habit_classes(habit));
	if (sum == 0)
		return -1;
	/* random * sum / 2^32, by halves of the sum */
	return (int)class_at(counts, (sum >> 32) * random + ((sum & UINT32_MAX) * random >> 32));
}

/* What is drawn of a cell is any of its values. The one that has a cell of its own, 0 or 255, was
 * not counted there: as many as it gets so are moved from its own. */
static void share_cell(uint32_t *cell, uint32_t *own)
{
	const uint32_t n = *cell / (HABIT_CELL_VALUES - 1);
	const uint32_t moved = n < *own ? n : *own;

	*own -= moved;
	*cell += moved < UINT32_MAX - *cell ? moved : UINT32_MAX - *cell;
}

static void put_cell(struct habit_pool *pool, uint32_t at, uint32_t cell)
{
	const bool whole = cell == 0 || cell == CELL_ONES;

	pool->mask[at] = whole ? 0 : HABIT_CELL_VALUES - 1;
	pool->base[at] = cell == 0	     ? 0
			 : cell == CELL_ONES ? UINT8_MAX
					     : (uint8_t)((cell - CELL_FIRST) * HABIT_CELL_VALUES);
}

static int make_pool(const uint32_t *counts, struct habit_pool **ret_pool)
{
	uint32_t cells[HABIT_WORD][HABIT_CELLS];
	uint64_t sums[HABIT_WORD];
	struct habit_pool *pool;
	struct rng rng;

	for (int place = 0; place < HABIT_WORD; place++) {
		uint32_t *cell = cells[place];

		memcpy(cell, counts + habit_first(HABIT_BYTE + place), sizeof(cells[place]));
		share_cell(&cell[CELL_FIRST], &cell[0]);
		share_cell(&cell[CELL_ONES - 1], &cell[CELL_ONES]);
		sums[place] = sum_of(cell, HABIT_CELLS);
		if (sums[place] < LEAST_SAMPLE)
			return 0;
	}
	pool = mem_array(1, sizeof(*pool));
	if (pool == NULL)
		return -ENOMEM;
	/* The same for everybody: what differs is drawn when it is used. */
	rng_init(&rng, 0, 0, 0, RNG_PAYLOAD);
	for (uint32_t at = 0; at < HABIT_POOL; at++) {
		const uint32_t place = at % HABIT_WORD;

		put_cell(pool, at, class_at(cells[place], rng_below64(&rng, sums[place])));
	}
	*ret_pool = pool;
	return 0;
}

/* The k-th byte of a kind, modulo how many it has. */
static uint8_t byte_of_kind(enum sketch_kind kind, uint32_t k)
{
	uint8_t bytes[UINT8_MAX + 1];
	uint32_t n = 0;

	for (uint32_t b = 0; b <= UINT8_MAX; b++) {
		if (sketch_kind_of((uint8_t)b) == kind)
			bytes[n++] = (uint8_t)b;
	}
	return n > 0 ? bytes[k % n] : 0;
}

static int make_start(const uint32_t *counts, struct habit_start **ret_start)
{
	struct habit_start *start;

	if (sum_of(counts + habit_first(HABIT_START), SKETCH_N_KINDS) == 0)
		return 0;
	start = mem_array(1, sizeof(*start));
	if (start == NULL)
		return -ENOMEM;
	for (int place = 0; place < HABIT_STARTS; place++) {
		const uint32_t *of_place = counts + habit_first(HABIT_START + place);
		/* Payloads that ended before do not tell what stands there in longer ones. */
		const uint64_t sum = sum_of(of_place, SKETCH_KIND_NONE);

		for (uint32_t i = 0; i <= UINT8_MAX; i++) {
			const uint32_t kind =
				sum == 0 ? SKETCH_KIND_ZERO : class_at(of_place, i * sum / 256);

			/* 17 has no divisor in common with any kind's number of bytes:
			 * neighbours spread over the kind. */
			start->byte[place][i] = byte_of_kind((enum sketch_kind)kind, i * 17);
		}
	}
	*ret_start = start;
	return 0;
}

int habit_table_settle(struct habit_table *table)
{
	int r = 0;

	for (int d = 0; d < 2 && r == 0; d++) {
		r = make_pool(table->count[d], &table->pool[d]);
		if (r == 0)
			r = make_start(table->count[d], &table->start[d]);
	}
	return r;
}
