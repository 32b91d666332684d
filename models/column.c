/* SPDX-License-Identifier: Apache-2.0 */
#include "models/column.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/dist.h"
#include "base/mem.h"

enum { BIN_MIN_VALUES = 16 };

void column_done(struct column *column)
{
	free(column->atoms);
	free(column->knots);
	free(column->first);
	memset(column, 0, sizeof(*column));
}

static int compare_values(const void *a, const void *b)
{
	int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;

	return (x > y) - (x < y);
}

/* More frequent first, then smaller first: a total order. */
struct run {
	int64_t value;
	size_t count;
};

static int compare_runs(const void *a, const void *b)
{
	const struct run *x = a, *y = b;

	if (x->count != y->count)
		return x->count < y->count ? 1 : -1;
	return compare_values(&x->value, &y->value);
}

/* The atoms of sorted values, ascending, into ret (room for COLUMN_MAX_ATOMS + 2). */
static int find_atoms(const int64_t *values, size_t n, int64_t *ret, uint32_t *ret_n)
{
	size_t least = n / 1000 > 8 ? n / 1000 : 8, n_runs = 0, capacity = 0;
	CLEANUP(freep) struct run *runs = NULL;
	uint32_t n_atoms = 0;

	for (size_t i = 0, j; i < n; i = j) {
		for (j = i + 1; j < n && values[j] == values[i]; j++)
			;
		if (values[i] <= 1) {
			ret[n_atoms++] = values[i];
			continue;
		}
		if (j - i < least)
			continue;
		if (mem_grow(&runs, &capacity, n_runs + 1, sizeof(*runs), n) < 0)
			return -ENOMEM;
		runs[n_runs++] = (struct run) { .value = values[i], .count = j - i };
	}
	if (n_runs > 0)
		qsort(runs, n_runs, sizeof(*runs), compare_runs);
	for (size_t i = 0; i < n_runs && n_atoms < COLUMN_MAX_ATOMS; i++)
		ret[n_atoms++] = runs[i].value;
	qsort(ret, n_atoms, sizeof(*ret), compare_values);
	*ret_n = n_atoms;
	return 0;
}

static bool is_atom(const int64_t *atoms, uint32_t n_atoms, int64_t value)
{
	return n_atoms > 0 &&
	       bsearch(&value, atoms, n_atoms, sizeof(*atoms), compare_values) != NULL;
}

/* Cuts sorted values into bins of about equal mass at changes of value and fits their knots. */
static void fit_bins(const int64_t *rest, size_t n, struct column *c)
{
	size_t n_bins = n / BIN_MIN_VALUES, begin = 0;
	uint32_t n_knots = 0;

	if (n_bins > COLUMN_MAX_BINS)
		n_bins = COLUMN_MAX_BINS;
	if (n_bins == 0)
		n_bins = 1;
	c->n_bins = 0;
	for (size_t b = 0; b < n_bins && begin < n; b++) {
		size_t end = (n * (b + 1) + n_bins - 1) / n_bins, distinct = 1, knots;

		while (end < n && end > begin && rest[end] == rest[end - 1])
			end++;
		if (end <= begin)
			continue;
		for (size_t i = begin + 1; i < end; i++)
			distinct += rest[i] != rest[i - 1];
		/* A knot more than distinct values would only repeat them, except to weigh two. */
		knots = distinct == 1 ? 1 : end - begin;
		if (knots > COLUMN_BIN_KNOTS)
			knots = COLUMN_BIN_KNOTS;
		quantile_fit(rest + begin, end - begin, c->knots + n_knots, (uint32_t)knots);
		c->first[c->n_bins++] = n_knots;
		n_knots += (uint32_t)knots;
		begin = end;
	}
	c->first[c->n_bins] = n_knots;
}

int column_fit(int64_t *values, size_t n, struct column *ret_column)
{
	CLEANUP(column_done) struct column c = { 0 };
	size_t n_rest = 0;

	c.atoms = mem_array(COLUMN_MAX_ATOMS + 2, sizeof(*c.atoms));
	c.knots = mem_array(COLUMN_MAX_BINS * COLUMN_BIN_KNOTS, sizeof(*c.knots));
	c.first = mem_array(COLUMN_MAX_BINS + 1, sizeof(*c.first));
	if (c.atoms == NULL || c.knots == NULL || c.first == NULL)
		return -ENOMEM;
	qsort(values, n, sizeof(*values), compare_values);
	if (find_atoms(values, n, c.atoms, &c.n_atoms) < 0)
		return -ENOMEM;
	for (size_t i = 0; i < n; i++)
		if (!is_atom(c.atoms, c.n_atoms, values[i]))
			values[n_rest++] = values[i];
	if (n_rest > 0)
		fit_bins(values, n_rest, &c);
	*ret_column = c;
	memset(&c, 0, sizeof(c));
	return 0;
}

int column_of_values(const int64_t *values, size_t n_values, struct column *ret_column)
{
	struct column c = { .n_atoms = (uint32_t)n_values };

	c.atoms = mem_array(n_values, sizeof(*c.atoms));
	c.knots = mem_array(0, sizeof(*c.knots));
	c.first = mem_array(1, sizeof(*c.first));
	if (c.atoms == NULL || c.knots == NULL || c.first == NULL) {
		column_done(&c);
		return -ENOMEM;
	}
	memcpy(c.atoms, values, n_values * sizeof(*values));
	*ret_column = c;
	return 0;
}

/* Index of the first of n ascending values that is not below value. */
static uint32_t lower_bound(const int64_t *values, uint32_t n, int64_t value)
{
	uint32_t lo = 0;

	while (n > 0) {
		uint32_t half = n / 2;

		if (values[lo + half] < value) {
			lo += half + 1;
			n -= half + 1;
		} else {
			n = half;
		}
	}
	return lo;
}

uint16_t column_encode(const struct column *column, int64_t value)
{
	uint32_t a = lower_bound(column->atoms, column->n_atoms, value), lo = 0, hi;

	if (a < column->n_atoms && column->atoms[a] == value)
		return (uint16_t)a;
	if (column->n_bins == 0) {
		if (a == column->n_atoms ||
		    (a > 0 && value - column->atoms[a - 1] <= column->atoms[a] - value))
			a--;
		return (uint16_t)a;
	}
	/* The first bin whose largest value reaches it, else the last. */
	hi = column->n_bins - 1;
	while (lo < hi) {
		uint32_t mid = (lo + hi) / 2;

		if (column->knots[column->first[mid + 1] - 1] < value)
			lo = mid + 1;
		else
			hi = mid;
	}
	return (uint16_t)(column->n_atoms + lo);
}

int64_t column_decode(const struct column *column, uint16_t code, struct rng *rng)
{
	uint32_t b = code - column->n_atoms;
	struct quantile_table table;

	if (code < column->n_atoms)
		return column->atoms[code];
	table.knots = column->knots + column->first[b];
	table.n_knots = column->first[b + 1] - column->first[b];
	if (table.n_knots == 1)
		return table.knots[0];
	return quantile_value(&table, rng_u32(rng));
}

void column_range(const struct column *column, uint16_t code, int64_t *ret_min, int64_t *ret_max)
{
	uint32_t b = code - column->n_atoms;

	if (code < column->n_atoms) {
		*ret_min = *ret_max = column->atoms[code];
		return;
	}
	*ret_min = column->knots[column->first[b]];
	*ret_max = column->knots[column->first[b + 1] - 1];
}

static void save_ints(const int64_t *values, uint32_t n, FILE *out)
{
	fputs("[", out);
	for (uint32_t i = 0; i < n; i++)
		/* libconfig reads more than 32 bits only with an L. */
		fprintf(out, "%s%" PRId64 "%s", i == 0 ? "" : ",", values[i],
			values[i] > INT32_MAX ? "L" : "");
	fputs("]", out);
}

void column_save(const struct column *column, FILE *out)
{
	fputs("{ atoms = ", out);
	save_ints(column->atoms, column->n_atoms, out);
	fputs(";\n\t\tbins = (", out);
	for (uint32_t b = 0; b < column->n_bins; b++) {
		if (b > 0)
			fputs(",\n\t\t\t", out);
		save_ints(column->knots + column->first[b], column->first[b + 1] - column->first[b],
			  out);
	}
	fputs("); }", out);
}
