/* SPDX-License-Identifier: Apache-2.0 */
#include "models/chronicle/link.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/detmath.h"
#include "base/mem.h"

enum { N_KEYS = UINT16_MAX + 1 };

/* Rows within a delay after a row, by two pointers; the average over all rows. */
static double followers(const struct chronicle_table *table, int64_t delay)
{
	uint64_t sum = 0;
	size_t j = 0;

	for (size_t i = 0; i < table->n_rows; i++) {
		while (j < table->n_rows && table->ticks[j] - table->ticks[i] <= delay)
			j++;
		sum += j - i - 1;
	}
	return (double)sum / (double)table->n_rows;
}

void link_clock_init(struct link_clock *clock, const struct chronicle_table *table,
		     int64_t horizon_ticks)
{
	int64_t span = table->ticks[table->n_rows - 1] - table->ticks[0], step = 1, delay = 0;

	*clock = (struct link_clock) { 0 };
	if (horizon_ticks > 0 && horizon_ticks < span)
		span = horizon_ticks;
	while (clock->n + 1 < LINK_DELAYS && delay < span) {
		clock->delays[clock->n] = delay;
		clock->follow[clock->n++] = followers(table, delay);
		/* 0 1 2 3 4 6 8 12 16 ... */
		if (delay >= 4 * step)
			step *= 2;
		delay += step;
	}
	clock->delays[clock->n] = span;
	clock->follow[clock->n++] = followers(table, span);
}

int linker_init(struct linker *linker, const struct chronicle_table *table)
{
	size_t n = table->n_rows;

	*linker = (struct linker) { 0 };
	for (uint32_t side = 0; side < 2; side++) {
		linker->events[side] = mem_array(n, sizeof(struct link_event));
		linker->counts[side] = mem_array(N_KEYS, sizeof(uint32_t));
		linker->units[side] = mem_array(n, sizeof(uint32_t));
		if (linker->events[side] == NULL || linker->counts[side] == NULL ||
		    linker->units[side] == NULL)
			return -ENOMEM;
	}
	linker->heads = mem_array(N_KEYS, sizeof(uint32_t));
	linker->next = mem_array(n, sizeof(uint32_t));
	linker->used = mem_array(n, sizeof(uint32_t));
	linker->partners = mem_array(n, sizeof(uint32_t));
	linker->windows = mem_array(n, sizeof(uint32_t));
	return linker->heads == NULL || linker->next == NULL || linker->used == NULL ||
			       linker->partners == NULL || linker->windows == NULL
		       ? -ENOMEM
		       : 0;
}

void linker_done(struct linker *linker)
{
	for (uint32_t side = 0; side < 2; side++) {
		free(linker->events[side]);
		free(linker->counts[side]);
		free(linker->units[side]);
	}
	free(linker->heads);
	free(linker->next);
	free(linker->used);
	free(linker->partners);
	free(linker->windows);
	*linker = (struct linker) { 0 };
}

static int by_row(const void *a, const void *b)
{
	uint32_t x = ((const struct link_event *)a)->row, y = ((const struct link_event *)b)->row;

	return (x > y) - (x < y);
}

static bool is_loose(const struct cover *cover, uint32_t row)
{
	return cover->homes[cover->owner[row]]->shape.n_rows == 1;
}

static void find_events(const struct cover *cover, const struct postings *postings,
			const struct link_side *side, bool last, struct link_event *events,
			uint32_t *ret_n)
{
	const struct chronicle_pattern *shape = &cover->homes[side->home]->shape;
	uint32_t n = 0, from = 0, to = (uint32_t)cover->table->n_rows;
	bool ascending = true;

	if (side->home == COVER_EMPTY) {
		if (side->column != SIDE_ANY) {
			from = postings->first[side->column][side->code];
			to = postings->first[side->column][side->code + 1];
		}
		for (uint32_t i = from; i < to; i++) {
			uint32_t row =
				side->column == SIDE_ANY ? i : postings->rows[side->column][i];

			if (is_loose(cover, row))
				events[n++] = (struct link_event) { row, row };
		}
		*ret_n = n;
		return;
	}
	for (uint32_t w = 0; w < shape->n_windows; w++) {
		const uint32_t *window = shape->windows + (size_t)w * shape->n_rows;

		events[n] = (struct link_event) { window[last ? shape->n_rows - 1 : 0], w };
		ascending &= n == 0 || events[n].row > events[n - 1].row;
		n++;
	}
	if (!ascending)
		qsort(events, n, sizeof(*events), by_row); /* rows differ: no ties */
	*ret_n = n;
}

/* The rows of an event's unit. */
static const uint32_t *unit_rows(const struct cover *cover, const struct link_side *side,
				 const struct link_event *event)
{
	const struct chronicle_pattern *shape = &cover->homes[side->home]->shape;

	return side->home == COVER_EMPTY ? &event->row
					 : shape->windows + (size_t)event->unit * shape->n_rows;
}

static uint16_t key_of(const struct cover *cover, const struct candidate *candidate, uint32_t side,
		       const struct link_event *event)
{
	uint32_t node = candidate->key_nodes[side], c = cover->table->n_columns;

	if (!candidate->keyed)
		return 0;
	return cover->table
		->columns[node % c][unit_rows(cover, &candidate->sides[side], event)[node / c]];
}

struct matching {
	const struct cover *cover;
	const struct candidate *candidate;
	struct linker *linker;
	const struct link_clock *clock;
	uint32_t within[LINK_DELAYS]; /* windows by the least bound on their delay */
};

static void begin(struct matching *m)
{
	struct linker *l = m->linker;

	if (++l->epoch == 0) {
		memset(l->used, 0, m->cover->table->n_rows * sizeof(*l->used));
		l->epoch = 1;
	}
	l->n_windows = 0;
	memset(m->within, 0, sizeof(m->within));
	memset(l->partners, 0, l->n_events[0] * sizeof(*l->partners));
	for (uint32_t side = 0; side < 2; side++)
		for (uint32_t i = 0; i < l->n_events[side]; i++) {
			uint16_t key = key_of(m->cover, m->candidate, side, &l->events[side][i]);

			l->heads[key] = l->counts[0][key] = l->counts[1][key] = 0;
		}
}

static uint32_t bound_of(const struct link_clock *clock, int64_t delay)
{
	uint32_t low = 0, high = clock->n - 1;

	while (low < high) {
		uint32_t middle = (low + high) / 2;

		if (clock->delays[middle] >= delay)
			high = middle;
		else
			low = middle + 1;
	}
	return low;
}

/* A's that begin before row `limit` wait for a B. */
static uint32_t wait_until(struct matching *m, uint32_t i, uint32_t limit)
{
	struct linker *l = m->linker;
	const struct link_event *a = l->events[0];

	for (; i < l->n_events[0] && a[i].row < limit; i++) {
		uint16_t key = key_of(m->cover, m->candidate, 0, &a[i]);
		uint32_t first = unit_rows(m->cover, &m->candidate->sides[0], &a[i])[0];

		l->counts[0][key]++;
		if (l->used[first] == l->epoch)
			continue; /* it ends a window: not free to begin one */
		l->next[i] = l->heads[key];
		l->heads[key] = i + 1;
	}
	return i;
}

/* One pass over both sides in order of rows. */
static void match(struct matching *m, int64_t max_delay)
{
	const int64_t *ticks = m->cover->table->ticks;
	struct linker *l = m->linker;
	const struct link_event *a = l->events[0], *b = l->events[1];
	bool rows = m->candidate->sides[0].home == COVER_EMPTY;
	uint32_t i = 0;

	begin(m);
	for (uint32_t j = 0; j < l->n_events[1]; j++) {
		uint16_t key = key_of(m->cover, m->candidate, 1, &b[j]);
		uint32_t head;
		int64_t delay;

		i = wait_until(m, i, b[j].row);
		l->counts[1][key]++;
		if (l->heads[key] == 0)
			continue;
		head = l->heads[key] - 1;
		delay = ticks[b[j].row] - ticks[a[head].row];
		if (delay > max_delay)
			continue;
		l->heads[key] = l->next[head];
		l->used[b[j].row] = l->epoch;
		l->partners[rows ? head : a[head].unit] = b[j].unit + 1;
		l->n_windows++;
		m->within[bound_of(m->clock, delay)]++;
	}
	wait_until(m, i, UINT32_MAX);
}

/* n KL(k/n || q) in bits; 0 where k is no more than expected. */
static double chance_bits(double n, double k, double q)
{
	double p = k / n, bits;

	q = q < 1e-12 ? 1e-12 : q;
	if (p <= q || q >= 1)
		return 0;
	bits = k * det_log2(p / q);
	return p < 1 ? bits + (n - k) * det_log2((1 - p) / (1 - q)) : bits;
}

/* How many of A would be followed by chance; a key's A's counted at its first. */
static double expected(struct matching *m, double follow)
{
	const struct linker *l = m->linker;
	double sum = 0, per_row = follow / (double)m->cover->table->n_rows;

	for (uint32_t i = 0; i < l->n_events[0]; i++) {
		uint16_t key = key_of(m->cover, m->candidate, 0, &l->events[0][i]);
		double q = per_row * l->counts[1][key];

		sum += q < 1 ? q : 1;
		if (!m->candidate->keyed)
			return sum * l->n_events[0];
	}
	return sum;
}

/* The delay with the most evidence. */
static void choose_delay(struct matching *m)
{
	const struct link_clock *clock = m->clock;
	struct linker *l = m->linker;
	double n = l->n_events[0];
	uint32_t k = 0;

	l->evidence = 0;
	for (uint32_t i = 0; i < clock->n; i++) {
		double bits;

		k += m->within[i];
		if (m->within[i] == 0)
			continue;
		bits = chance_bits(n, k, expected(m, clock->follow[i]) / n);
		if (bits > l->evidence) {
			l->evidence = bits;
			l->max_delay = clock->delays[i];
		}
	}
}

/* The rows of a unit; a unit that is a row holds itself. */
static uint32_t put_rows(const struct cover *cover, const struct link_side *side, uint32_t unit,
			 uint32_t *ret)
{
	const struct chronicle_pattern *shape = &cover->homes[side->home]->shape;

	if (side->home == COVER_EMPTY) {
		ret[0] = unit;
		return 1;
	}
	memcpy(ret, shape->windows + (size_t)unit * shape->n_rows, shape->n_rows * sizeof(*ret));
	return shape->n_rows;
}

static void write_windows(struct matching *m)
{
	struct linker *l = m->linker;
	const struct link_side *sides = m->candidate->sides;
	bool rows = sides[0].home == COVER_EMPTY;
	uint32_t *at = l->windows, n = 0;

	l->n_rows = m->cover->homes[sides[0].home]->shape.n_rows +
		    m->cover->homes[sides[1].home]->shape.n_rows;
	for (uint32_t i = 0; i < l->n_events[0]; i++) {
		if (l->partners[i] == 0)
			continue;
		l->units[0][n] = rows ? l->events[0][i].unit : i;
		l->units[1][n] = l->partners[i] - 1;
		at += put_rows(m->cover, &sides[0], l->units[0][n], at);
		at += put_rows(m->cover, &sides[1], l->units[1][n], at);
		n++;
	}
}

void link_windows(const struct cover *cover, const struct postings *postings,
		  const struct link_clock *clock, const struct candidate *candidate,
		  struct linker *linker)
{
	struct matching m = {
		.cover = cover, .candidate = candidate, .linker = linker, .clock = clock
	};

	for (uint32_t side = 0; side < 2; side++)
		find_events(cover, postings, &candidate->sides[side], side == 0,
			    linker->events[side], &linker->n_events[side]);
	match(&m, clock->delays[clock->n - 1]);
	choose_delay(&m);
	if (linker->evidence < LINK_CHANCE_BITS) {
		linker->n_windows = 0;
		return;
	}
	match(&m, linker->max_delay);
	write_windows(&m);
}
