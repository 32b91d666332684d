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

enum {
	FIRST_BYTE = HABIT_N_FILLERS,
	FIRST_START = FIRST_BYTE + HABIT_WORD * HABIT_CELLS,
	FIRST_DNS_ID = FIRST_START + HABIT_STARTS * SKETCH_N_KINDS,
	FIRST_DNS_ANSWER = FIRST_DNS_ID + HABIT_DNS_IDS,
	FIRST_NTP_POLL = FIRST_DNS_ANSWER + 2,
	FIRST_NTP_PRECISION = FIRST_NTP_POLL + HABIT_NTP_POLLS,
	FIRST_TLS_VERSION = FIRST_NTP_PRECISION + HABIT_NTP_PRECISIONS,
	FIRST_TLS_CUT = FIRST_TLS_VERSION + HABIT_TLS_VERSIONS,
	FIRST_HTTP_FIELD = FIRST_TLS_CUT + 2,
};

#define BYTE_PLACE(place)  [HABIT_BYTE + (place)] = FIRST_BYTE + (place)*HABIT_CELLS
#define START_PLACE(place) [HABIT_START + (place)] = FIRST_START + (place)*SKETCH_N_KINDS

/* Packets are made by this, so it is no loop. */
static const uint16_t firsts[HABIT_N + 1] = {
	BYTE_PLACE(0),
	BYTE_PLACE(1),
	BYTE_PLACE(2),
	BYTE_PLACE(3),
	START_PLACE(0),
	START_PLACE(1),
	START_PLACE(2),
	START_PLACE(3),
	START_PLACE(4),
	START_PLACE(5),
	START_PLACE(6),
	START_PLACE(7),
	[HABIT_DNS_ID] = FIRST_DNS_ID,
	[HABIT_DNS_ANSWER] = FIRST_DNS_ANSWER,
	[HABIT_NTP_POLL] = FIRST_NTP_POLL,
	[HABIT_NTP_PRECISION] = FIRST_NTP_PRECISION,
	[HABIT_TLS_VERSION] = FIRST_TLS_VERSION,
	[HABIT_TLS_CUT] = FIRST_TLS_CUT,
	[HABIT_HTTP_FIELD] = FIRST_HTTP_FIELD,
	[HABIT_N] = HABIT_VALUES,
};

uint32_t habit_classes(int habit)
{
	return (uint32_t)(firsts[habit + 1] - firsts[habit]);
}

uint32_t habit_first(int habit)
{
	return firsts[habit];
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
	uint32_t *n = table->count[direction] + habit_first(habit);

	if (value < habit_classes(habit) && n[value] < UINT32_MAX)
		n[value]++;
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

/* All bytes by their kind; those of kind k are [first[k], first[k + 1]). */
struct by_kind {
	uint8_t bytes[UINT8_MAX + 1];
	uint32_t first[SKETCH_N_KINDS + 1];
};

static void sort_by_kind(struct by_kind *ret_sorted)
{
	uint32_t n = 0;

	for (int kind = 0; kind < SKETCH_N_KINDS; kind++) {
		ret_sorted->first[kind] = n;
		for (uint32_t b = 0; b <= UINT8_MAX; b++) {
			if (sketch_kind_of((uint8_t)b) == (enum sketch_kind)kind)
				ret_sorted->bytes[n++] = (uint8_t)b;
		}
	}
	ret_sorted->first[SKETCH_N_KINDS] = n;
}

/* What random bytes become at one place. */
static void make_place(const uint32_t *counts, const struct by_kind *sorted, uint8_t *ret_bytes)
{
	/* Payloads that ended before do not tell what stands there in longer ones. */
	const uint64_t sum = sum_of(counts, SKETCH_KIND_NONE);

	for (uint32_t i = 0; i <= UINT8_MAX; i++) {
		const uint32_t kind = sum == 0 ? SKETCH_KIND_ZERO : class_at(counts, i * sum / 256);
		const uint32_t first = sorted->first[kind];

		/* 17 has no divisor in common with any kind's number of bytes: neighbours spread
		 * over the kind. */
		ret_bytes[i] = sorted->bytes[first + i * 17 % (sorted->first[kind + 1] - first)];
	}
}

static int make_start(const uint32_t *counts, struct habit_start **ret_start)
{
	struct habit_start *start;
	struct by_kind sorted;

	if (sum_of(counts + habit_first(HABIT_START), SKETCH_N_KINDS) == 0)
		return 0;
	start = mem_array(1, sizeof(*start));
	if (start == NULL)
		return -ENOMEM;
	sort_by_kind(&sorted);
	for (int place = 0; place < HABIT_STARTS; place++)
		make_place(counts + habit_first(HABIT_START + place), &sorted, start->byte[place]);
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
