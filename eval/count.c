/* SPDX-License-Identifier: Apache-2.0 */
#include "eval/count.h"

#include <errno.h>
#include <stdlib.h>

#include "base/hash.h"
#include "base/mem.h"
#include "eval/jsd.h"

void eval_counts_done(struct eval_counts *counts)
{
	freep(&counts->cells);
	counts->capacity = counts->n_keys = 0;
}

static struct eval_cell *find(struct eval_cell *cells, size_t capacity, uint64_t key)
{
	size_t at = hash_mix(0, key) & (capacity - 1);

	while (cells[at].n != 0 && cells[at].key != key)
		at = (at + 1) & (capacity - 1);
	return &cells[at];
}

static int grow(struct eval_counts *counts)
{
	size_t capacity = counts->capacity > 0 ? counts->capacity * 2 : 256;
	struct eval_cell *cells;

	if (counts->n_keys >= EVAL_COUNTS_LIMIT_KEYS)
		return -E2BIG;
	cells = mem_array(capacity, sizeof(*cells));
	if (cells == NULL)
		return -ENOMEM;
	for (size_t i = 0; i < counts->capacity; i++) {
		if (counts->cells[i].n != 0)
			*find(cells, capacity, counts->cells[i].key) = counts->cells[i];
	}
	free(counts->cells);
	counts->cells = cells;
	counts->capacity = capacity;
	return 0;
}

int eval_counts_add(struct eval_counts *counts, uint64_t key)
{
	struct eval_cell *cell;

	if (counts->n_keys * 2 >= counts->capacity) {
		int r = grow(counts);

		if (r < 0)
			return r;
	}
	cell = find(counts->cells, counts->capacity, key);
	counts->n_keys += cell->n == 0;
	cell->key = key;
	cell->n++;
	return 0;
}

uint64_t eval_counts_get(const struct eval_counts *counts, uint64_t key)
{
	return counts->capacity > 0 ? find(counts->cells, counts->capacity, key)->n : 0;
}

struct pair {
	uint64_t key;
	double a, b;
};

static int compare_pairs(const void *a, const void *b)
{
	const struct pair *x = a, *y = b;

	return x->key < y->key ? -1 : x->key > y->key;
}

/* The cells of both sides by key, each key once. */
static size_t join(const struct eval_counts *a, const struct eval_counts *b, struct pair *ret_pairs)
{
	size_t n = 0, n_kept = 0;

	for (size_t i = 0; i < a->capacity; i++) {
		if (a->cells[i].n != 0)
			ret_pairs[n++] =
				(struct pair) { a->cells[i].key, (double)a->cells[i].n, 0 };
	}
	for (size_t i = 0; i < b->capacity; i++) {
		if (b->cells[i].n != 0)
			ret_pairs[n++] =
				(struct pair) { b->cells[i].key, 0, (double)b->cells[i].n };
	}
	qsort(ret_pairs, n, sizeof(*ret_pairs), compare_pairs);
	for (size_t i = 0; i < n; i++) {
		if (n_kept > 0 && ret_pairs[n_kept - 1].key == ret_pairs[i].key) {
			ret_pairs[n_kept - 1].a += ret_pairs[i].a;
			ret_pairs[n_kept - 1].b += ret_pairs[i].b;
		} else {
			ret_pairs[n_kept++] = ret_pairs[i];
		}
	}
	return n_kept;
}

static uint64_t group_of(uint64_t key, unsigned int shift)
{
	return shift < 64 ? key >> shift : 0;
}

int eval_counts_jsd(const struct eval_counts *a, const struct eval_counts *b,
		    unsigned int group_shift, double *ret_jsd, struct err *err)
{
	static const double ln2 = 0.69314718055994530942;
	size_t n = a->n_keys + b->n_keys;
	CLEANUP(freep) struct pair *pairs = mem_array(n, sizeof(*pairs));
	CLEANUP(freep) double *of_a = mem_array(n, sizeof(*of_a));
	CLEANUP(freep) double *of_b = mem_array(n, sizeof(*of_b));
	double all_a = 0, all_b = 0, sum = 0;

	if (pairs == NULL || of_a == NULL || of_b == NULL)
		return err_no_memory(err);
	n = join(a, b, pairs);
	for (size_t i = 0; i < n; i++) {
		all_a += of_a[i] = pairs[i].a;
		all_b += of_b[i] = pairs[i].b;
	}
	if (!(all_a > 0) || !(all_b > 0))
		return 0;
	for (size_t i = 0, end; i < n; i = end) {
		uint64_t group = group_of(pairs[i].key, group_shift);
		double in_a = 0, in_b = 0;

		for (end = i; end < n && group_of(pairs[end].key, group_shift) == group; end++) {
			in_a += of_a[end];
			in_b += of_b[end];
		}
		sum += (in_a / all_a + in_b / all_b) / 2 *
		       (eval_jsd_counts(of_a + i, of_b + i, end - i) / ln2);
	}
	*ret_jsd = sum;
	return 1;
}

uint32_t eval_quarter_octave(uint64_t value)
{
	unsigned int log;

	if (value < 8)
		return (uint32_t)value;
	log = 63 - (unsigned int)__builtin_clzll(value);
	return (log - 1) * 4 + (uint32_t)(value >> (log - 2) & 3);
}
