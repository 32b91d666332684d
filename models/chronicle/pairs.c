/* SPDX-License-Identifier: Apache-2.0 */
#include "models/chronicle/pairs.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/detmath.h"
#include "base/mem.h"

enum {
	BACK = 3,	     /* rows looked back at, of the same key */
	PAIR_LIMIT = 150000, /* pairs of rows looked at */
	BLOCK = 512,	     /* rows looked at together, when not all are */
	SLOT_BITS = 21,
	LEAST_PAIRS = 4,
	MAX_SIDES = CHRONICLE_MAX_COLUMNS + 2,
	KIND_BITS = 28,
};

/* What two rows have in common: 0 nothing, else 1 + column of the first * n + column of the
 * second. */
struct pair_slot {
	uint64_t kinds; /* of both, 28 bits each; 0 together with relation: free */
	uint32_t relation, count;
	double saved;
};

struct pairs {
	const struct cover *cover;
	uint32_t max_rows;
	int64_t horizon;
	uint32_t first_kind[CHRONICLE_MAX_COLUMNS + 1]; /* numbers of codes; then of homes */
	struct pair_slot *slots;
	uint32_t n_slots;
	uint64_t stride, n_looked;
};

/* The kinds a row is of, as one side: any, its codes, its pattern. */
static uint32_t kinds_of(const struct pairs *p, uint32_t row, bool last, uint32_t *ret)
{
	const struct cover *cover = p->cover;
	const struct chronicle_table *t = cover->table;
	const struct home *home = cover->homes[cover->owner[row]];
	const struct chronicle_pattern *shape = &home->shape;
	uint32_t n = 0;

	if (shape->n_rows > 1) {
		const uint32_t *window = shape->windows + (size_t)cover->place[row] * shape->n_rows;

		if (window[last ? shape->n_rows - 1 : 0] != row)
			return 0;
		ret[0] = p->first_kind[t->n_columns] + home->id;
		return 1;
	}
	ret[n++] = 0;
	for (uint32_t c = 0; c < t->n_columns; c++)
		if (t->dictionary[c] == 0)
			ret[n++] = 1 + p->first_kind[c] + t->columns[c][row];
	if (home->id != COVER_EMPTY)
		ret[n++] = p->first_kind[t->n_columns] + home->id;
	return n;
}

static void count_pair(struct pairs *p, uint32_t relation, uint64_t kinds, double saved)
{
	uint64_t hash = (kinds ^ (uint64_t)relation << 57) * UINT64_C(0x9e3779b97f4a7c15);
	uint32_t mask = (1u << SLOT_BITS) - 1, s = (uint32_t)(hash >> (64 - SLOT_BITS));

	for (; p->slots[s].count > 0; s = (s + 1) & mask)
		if (p->slots[s].kinds == kinds && p->slots[s].relation == relation)
			break;
	if (p->slots[s].count == 0) {
		if (p->n_slots > mask / 4 * 3)
			return; /* rare ones come late: they are lost first */
		p->n_slots++;
		p->slots[s].kinds = kinds;
		p->slots[s].relation = relation;
	}
	p->slots[s].count++;
	p->slots[s].saved += saved;
}

static void look_at(struct pairs *p, uint32_t relation, uint32_t a, uint32_t b)
{
	const struct cover *cover = p->cover;
	const int64_t *ticks = cover->table->ticks;
	int64_t delay = ticks[b] - ticks[a];
	uint32_t kinds_a[MAX_SIDES], kinds_b[MAX_SIDES], n_a, n_b;
	double saved =
		cover->lengths.log2_ticks - lengths_natural(&cover->lengths, (uint64_t)delay + 1);
	uint32_t rows = cover->homes[cover->owner[a]]->shape.n_rows +
			cover->homes[cover->owner[b]]->shape.n_rows;

	if (saved <= 0 || rows > p->max_rows || (p->horizon > 0 && delay > p->horizon))
		return;
	n_a = kinds_of(p, a, true, kinds_a);
	n_b = kinds_of(p, b, false, kinds_b);
	for (uint32_t i = 0; i < n_a; i++)
		for (uint32_t j = 0; j < n_b; j++)
			count_pair(p, relation, (uint64_t)kinds_a[i] << KIND_BITS | kinds_b[j],
				   saved);
}

static bool is_looked_at(const struct pairs *p, uint32_t row)
{
	return row / BLOCK % p->stride == 0;
}

/* Rows that follow, no key. */
static void look_plain(struct pairs *p)
{
	uint32_t n = (uint32_t)p->cover->table->n_rows;

	for (uint32_t b = 1; b < n; b++)
		for (uint32_t k = 1; is_looked_at(p, b) && k <= BACK && k <= b; k++)
			look_at(p, 0, b - k, b);
}

/* Rows that follow with the code of column `from` in column `to`. */
static int look_keyed(struct pairs *p, uint32_t from, uint32_t to)
{
	const struct chronicle_table *t = p->cover->table;
	uint32_t n = (uint32_t)t->n_rows, relation = 1 + from * t->n_columns + to;
	CLEANUP(freep) uint32_t *head = mem_array((size_t)UINT16_MAX + 1, sizeof(*head));
	CLEANUP(freep) uint32_t *before = mem_array(n, sizeof(*before));

	if (head == NULL || before == NULL)
		return -ENOMEM;
	for (uint32_t b = 0; b < n; b++) {
		uint32_t a = head[t->columns[to][b]];

		for (uint32_t k = 0; is_looked_at(p, b) && k < BACK && a != 0; k++) {
			look_at(p, relation, a - 1, b);
			a = before[a - 1];
		}
		before[b] = head[t->columns[from][b]];
		head[t->columns[from][b]] = b + 1;
	}
	return 0;
}

static uint32_t relations(const struct chronicle_table *t)
{
	uint32_t n = 1;

	for (uint32_t a = 0; a < t->n_columns; a++)
		for (uint32_t b = 0; b < t->n_columns; b++)
			n += t->dictionary[a] != 0 && t->dictionary[a] == t->dictionary[b];
	return n;
}

static int look_all(struct pairs *p)
{
	const struct chronicle_table *t = p->cover->table;
	int r = 0;

	look_plain(p);
	for (uint32_t a = 0; a < t->n_columns; a++)
		for (uint32_t b = 0; b < t->n_columns && r == 0; b++)
			if (t->dictionary[a] != 0 && t->dictionary[a] == t->dictionary[b])
				r = look_keyed(p, a, b);
	return r;
}

struct ranked {
	double rank;
	uint64_t kinds;
	uint32_t relation;
};

static int by_rank(const void *a, const void *b)
{
	const struct ranked *x = a, *y = b;

	if (x->rank != y->rank)
		return x->rank < y->rank ? 1 : -1;
	if (x->kinds != y->kinds)
		return x->kinds > y->kinds ? 1 : -1;
	return (x->relation > y->relation) - (x->relation < y->relation);
}

static uint32_t count_of(const struct pairs *p, uint32_t relation, uint64_t kinds)
{
	uint64_t hash = (kinds ^ (uint64_t)relation << 57) * UINT64_C(0x9e3779b97f4a7c15);
	uint32_t mask = (1u << SLOT_BITS) - 1, s = (uint32_t)(hash >> (64 - SLOT_BITS));

	for (; p->slots[s].count > 0; s = (s + 1) & mask)
		if (p->slots[s].kinds == kinds && p->slots[s].relation == relation)
			return p->slots[s].count;
	return 0;
}

/* Bits saved, weighed by how much oftener the two go together than their kinds would. */
static double rank_of(const struct pairs *p, const struct pair_slot *slot)
{
	uint64_t a = slot->kinds >> KIND_BITS, b = slot->kinds & ((1u << KIND_BITS) - 1);
	double all = count_of(p, slot->relation, 0);
	double n_a = count_of(p, slot->relation, a << KIND_BITS);
	double n_b = count_of(p, slot->relation, b);
	double lift = 1;

	/* Longer windows are of no other kind, "any" neither: their kinds are not counted. */
	if (all > 0 && n_a > 0 && n_b > 0)
		lift = slot->count * all / (n_a * n_b);
	return slot->saved * (lift > 1 ? 0.2 + det_log2(lift) : 0.2);
}

static struct link_side side_of(const struct pairs *p, uint32_t kind)
{
	const struct chronicle_table *t = p->cover->table;
	uint32_t c = 0;

	if (kind == 0)
		return (struct link_side) { COVER_EMPTY, 0, SIDE_ANY };
	if (kind > p->first_kind[t->n_columns])
		return (struct link_side) { kind - p->first_kind[t->n_columns], 0, SIDE_ANY };
	while (kind - 1 >= p->first_kind[c + 1])
		c++;
	return (struct link_side) { COVER_EMPTY, (uint16_t)(kind - 1 - p->first_kind[c]),
				    (uint8_t)c };
}

static void candidate_of(const struct pairs *p, const struct ranked *ranked, struct candidate *ret)
{
	const struct chronicle_table *t = p->cover->table;
	uint32_t relation = ranked->relation;

	*ret = (struct candidate) { .kind = CANDIDATE_LINK, .keyed = relation > 0 };
	ret->sides[0] = side_of(p, (uint32_t)(ranked->kinds >> KIND_BITS));
	ret->sides[1] = side_of(p, (uint32_t)(ranked->kinds & ((1u << KIND_BITS) - 1)));
	if (relation == 0)
		return;
	ret->key_nodes[0] =
		(uint8_t)((p->cover->homes[ret->sides[0].home]->shape.n_rows - 1) * t->n_columns +
			  (relation - 1) / t->n_columns);
	ret->key_nodes[1] = (uint8_t)((relation - 1) % t->n_columns);
}

static int rank_all(struct pairs *p, struct candidate *ret, uint32_t *ret_n)
{
	CLEANUP(freep) struct ranked *ranked = mem_array(p->n_slots, sizeof(*ranked));
	uint32_t n = 0;

	if (ranked == NULL)
		return -ENOMEM;
	for (uint32_t s = 0; s < 1u << SLOT_BITS; s++)
		if (p->slots[s].count >= LEAST_PAIRS)
			ranked[n++] = (struct ranked) { rank_of(p, &p->slots[s]), p->slots[s].kinds,
							p->slots[s].relation };
	qsort(ranked, n, sizeof(*ranked), by_rank); /* no two are equal */
	*ret_n = n < PAIRS_OFFERED ? n : PAIRS_OFFERED;
	for (uint32_t i = 0; i < *ret_n; i++)
		candidate_of(p, &ranked[i], &ret[i]);
	return 0;
}

int pairs_find(const struct cover *cover, uint32_t max_rows, int64_t horizon_ticks,
	       struct candidate *ret, uint32_t *ret_n)
{
	const struct chronicle_table *t = cover->table;
	struct pairs p = { .cover = cover, .max_rows = max_rows, .horizon = horizon_ticks };
	uint64_t n_pairs = (uint64_t)t->n_rows * BACK * relations(t);
	int r;

	p.stride = (n_pairs + PAIR_LIMIT - 1) / PAIR_LIMIT;
	for (uint32_t c = 0; c < t->n_columns; c++)
		p.first_kind[c + 1] = p.first_kind[c] + t->n_codes[c];
	p.slots = mem_array((size_t)1 << SLOT_BITS, sizeof(*p.slots));
	if (p.slots == NULL)
		return -ENOMEM;
	r = look_all(&p);
	if (r == 0)
		r = rank_all(&p, ret, ret_n);
	free(p.slots);
	return r;
}
