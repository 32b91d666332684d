/* SPDX-License-Identifier: Apache-2.0 */
#include "models/chronicle/cover.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "models/chronicle/net.h"
#include "models/chronicle/shape.h"

static struct home *empty_of(const struct cover *cover)
{
	return cover->homes[COVER_EMPTY];
}

/* The empty pattern over all rows; BIC's network and the shorter one are tried. */
static int make_empty(struct cover *cover, struct grouper *grouper)
{
	struct chronicle_pattern shape = { .n_rows = 1, .n_windows = cover->table->n_rows };
	struct sample sample = { 0 };
	double bits;
	int r = 0;

	shape.windows = mem_array(shape.n_windows, sizeof(uint32_t));
	if (shape.windows == NULL)
		return -ENOMEM;
	for (uint32_t i = 0; i < shape.n_windows; i++)
		shape.windows[i] = i;
	r = sample_init(&sample, cover->table, &shape, grouper);
	if (r == 0)
		r = net_climb(&cover->lengths, &sample, NET_LENGTH, grouper, shape.n_parents,
			      shape.parents, &bits);
	sample_done(&sample);
	if (r < 0)
		free(shape.windows);
	else
		r = home_new(&cover->lengths, cover->table, grouper, &shape, &cover->homes[0]);
	return r;
}

int cover_init(struct cover *cover, const struct chronicle_table *table,
	       const struct lengths *lengths, struct err *err)
{
	struct grouper grouper = { 0 };
	struct chronicle_bits bits;
	int r = 0;

	*cover = (struct cover) { .table = table, .lengths = *lengths };
	cover->owner = mem_array(table->n_rows, sizeof(uint32_t));
	cover->place = mem_array(table->n_rows, sizeof(uint32_t));
	cover->n_homes = 1;
	r = mem_grow(&cover->homes, &cover->homes_capacity, 1, sizeof(*cover->homes), UINT32_MAX);
	if (r == 0)
		cover->homes[0] = NULL;
	if (r == 0 && (cover->owner == NULL || cover->place == NULL))
		r = -ENOMEM;
	if (r == 0)
		r = grouper_init(&grouper, table->n_rows);
	if (r == 0)
		r = make_empty(cover, &grouper);
	grouper_done(&grouper);
	if (r < 0)
		return err_no_memory(err);
	for (uint32_t i = 0; i < table->n_rows; i++)
		cover->place[i] = i;
	cover_bits(cover, &bits);
	cover->total = bits.total;
	return 0;
}

void cover_done(struct cover *cover)
{
	if (cover->homes != NULL)
		for (uint32_t i = 0; i < cover->n_homes; i++)
			home_free(cover->homes[i]);
	free(cover->homes);
	free(cover->owner);
	free(cover->place);
	*cover = (struct cover) { 0 };
}

int tester_init(struct tester *tester, const struct cover *cover)
{
	size_t n = cover->table->n_rows;
	int r;

	*tester = (struct tester) { 0 };
	r = grouper_init(&tester->grouper, n);
	if (r == 0)
		r = tally_init(&tester->tally, n);
	tester->stamps = mem_array(n, sizeof(uint32_t));
	tester->windows = mem_array(n, sizeof(uint32_t));
	tester->orphans = mem_array(n, sizeof(uint32_t));
	return r < 0 || tester->stamps == NULL || tester->windows == NULL || tester->orphans == NULL
		       ? -ENOMEM
		       : 0;
}

void tester_done(struct tester *tester)
{
	grouper_done(&tester->grouper);
	tally_done(&tester->tally);
	free(tester->stamps);
	free(tester->windows);
	free(tester->orphans);
	free(tester->taken);
	free(tester->i_taken);
	*tester = (struct tester) { 0 };
}

static uint32_t next_epoch(struct tester *tester, size_t n_rows)
{
	if (++tester->epoch == 0) {
		memset(tester->stamps, 0, n_rows * sizeof(uint32_t));
		tester->epoch = 1;
	}
	return tester->epoch;
}

static int grow_taken(const struct cover *cover, struct tester *tester)
{
	size_t was = tester->i_taken_capacity;
	int r = mem_grow(&tester->taken, &tester->taken_capacity, tester->n_taken + 1,
			 sizeof(*tester->taken), UINT32_MAX);

	if (r == 0)
		r = mem_grow(&tester->i_taken, &tester->i_taken_capacity, cover->n_homes,
			     sizeof(uint32_t), UINT32_MAX);
	if (r == 0 && tester->i_taken_capacity > was)
		memset(tester->i_taken + was, 0,
		       (tester->i_taken_capacity - was) * sizeof(uint32_t));
	return r < 0 ? -ENOMEM : 0;
}

/* A row's window is listed when its first row (in the proposal's order) is met. */
static int count_taken(const struct cover *cover, struct tester *tester, const uint32_t *rows,
		       size_t n)
{
	for (size_t i = 0; i < n; i++) {
		uint32_t home = cover->owner[rows[i]];
		int r;

		if (home >= tester->i_taken_capacity || tester->i_taken[home] == 0) {
			r = grow_taken(cover, tester);
			if (r < 0)
				return r;
			tester->taken[tester->n_taken] = (struct taken) { home, 0, 0 };
			tester->i_taken[home] = ++tester->n_taken;
		}
		tester->taken[tester->i_taken[home] - 1].n++;
	}
	return 0;
}

static void list_taken(const struct cover *cover, struct tester *tester, const uint32_t *rows,
		       size_t n)
{
	uint32_t first = 0, epoch = next_epoch(tester, cover->table->n_rows);

	for (uint32_t i = 0; i < tester->n_taken; i++) {
		tester->taken[i].first = first;
		first += tester->taken[i].n;
		tester->taken[i].n = 0;
	}
	tester->n_orphans = 0;
	for (size_t i = 0; i < n; i++)
		tester->stamps[rows[i]] = epoch;
	for (size_t i = 0; i < n; i++) {
		uint32_t home = cover->owner[rows[i]], w = cover->place[rows[i]];
		struct taken *t = &tester->taken[tester->i_taken[home] - 1];
		const struct chronicle_pattern *shape = &cover->homes[home]->shape;
		const uint32_t *window = shape->windows + (size_t)w * shape->n_rows;
		bool first_met = true;

		/* Later rows of a window that was listed: nothing to do. */
		for (uint32_t k = 0; shape->n_rows > 1 && k < shape->n_rows && first_met; k++) {
			if (window[k] == rows[i])
				break;
			first_met = tester->stamps[window[k]] != epoch;
		}
		if (!first_met)
			continue;
		tester->windows[t->first + t->n++] = w;
		for (uint32_t k = 0; shape->n_rows > 1 && k < shape->n_rows; k++)
			if (tester->stamps[window[k]] != epoch)
				tester->orphans[tester->n_orphans++] = window[k];
	}
	for (uint32_t i = 0; i < tester->n_taken; i++)
		tester->i_taken[tester->taken[i].home] = 0;
}

static double delay_bits_of(const struct cover *cover, const struct home *home,
			    const uint32_t *windows, uint32_t n)
{
	uint32_t n_rows = home->shape.n_rows;
	double bits = 0;

	for (uint32_t i = 0; n_rows > 1 && i < n; i++)
		bits += window_delay_bits(&cover->lengths, cover->table,
					  home->shape.windows + (size_t)windows[i] * n_rows,
					  n_rows);
	return bits;
}

static double nodes_after(const struct cover *cover, struct tester *tester, const struct home *home,
			  const uint32_t *lost, uint32_t n_lost, const uint32_t *won,
			  uint32_t n_won)
{
	double bits = 0;

	for (uint32_t i = 0; i < home->n_nodes; i++) {
		tally_add(&tester->tally, &home->nodes[i], lost, n_lost, -1);
		tally_add(&tester->tally, &home->nodes[i], won, n_won, 1);
		tally_close(&tester->tally, &home->nodes[i]);
		bits += tally_after(&tester->tally, &cover->lengths, &home->nodes[i]);
		tally_clear(&tester->tally);
	}
	return bits;
}

static double nodes_now(const struct home *home)
{
	double bits = 0;

	for (uint32_t i = 0; i < home->n_nodes; i++)
		bits += home->nodes[i].bits;
	return bits;
}

/* The empty pattern's saving: rows lost less orphans won. */
static double saved_empty(const struct cover *cover, struct tester *tester, const struct taken *t)
{
	const struct home *empty = empty_of(cover);
	uint32_t n = t != NULL ? t->n : 0;

	if (n == 0 && tester->n_orphans == 0)
		return 0;
	return nodes_now(empty) -
	       nodes_after(cover, tester, empty, t != NULL ? tester->windows + t->first : NULL, n,
			   tester->orphans, tester->n_orphans) +
	       lengths_instants(&cover->lengths, empty->n_counted) -
	       lengths_instants(&cover->lengths, empty->n_counted - n + tester->n_orphans);
}

static double saved_pattern(const struct cover *cover, struct tester *tester, const struct taken *t)
{
	const struct home *home = cover->homes[t->home];
	const uint32_t *lost = tester->windows + t->first;
	const struct lengths *l = &cover->lengths;

	if (t->n == home->n_counted)
		return home->shape.model_bits + home_data_bits(l, home);
	return nodes_now(home) - nodes_after(cover, tester, home, lost, t->n, NULL, 0) +
	       delay_bits_of(cover, home, lost, t->n) + lengths_instants(l, home->n_counted) -
	       lengths_instants(l, home->n_counted - t->n) + lengths_natural(l, home->n_counted) -
	       lengths_natural(l, home->n_counted - t->n);
}

int cover_take(const struct cover *cover, struct tester *tester, const uint32_t *windows, size_t n,
	       uint32_t n_rows, double *ret_bits)
{
	const struct taken *from_empty = NULL;
	const struct lengths *l = &cover->lengths;
	uint32_t n_gone = 0;
	double bits = 0;
	int r;

	tester->n_taken = 0;
	r = count_taken(cover, tester, windows, n * n_rows);
	if (r < 0)
		return r;
	list_taken(cover, tester, windows, n * n_rows);
	for (uint32_t i = 0; i < tester->n_taken; i++) {
		const struct taken *t = &tester->taken[i];

		if (t->home == COVER_EMPTY) {
			from_empty = t;
			continue;
		}
		bits += saved_pattern(cover, tester, t);
		n_gone += t->n == cover->homes[t->home]->n_counted;
	}
	bits += saved_empty(cover, tester, from_empty);
	/* One pattern comes, n_gone go. */
	*ret_bits = bits + lengths_natural(l, cover->n_patterns + 1) -
		    lengths_natural(l, cover->n_patterns + 2 - n_gone);
	return 0;
}

double cover_worth(const struct cover *cover, struct tester *tester, uint32_t id)
{
	const struct home *home = cover->homes[id];
	const struct chronicle_pattern *shape = &home->shape;
	const struct lengths *l = &cover->lengths;

	tester->n_taken = 0;
	tester->n_orphans = (uint32_t)(shape->n_windows * shape->n_rows);
	memcpy(tester->orphans, shape->windows, tester->n_orphans * sizeof(uint32_t));
	return -saved_empty(cover, tester, NULL) - shape->model_bits - home_data_bits(l, home) -
	       lengths_natural(l, cover->n_patterns + 1) + lengths_natural(l, cover->n_patterns);
}

static double delays_of_pattern(const struct cover *cover, const struct chronicle_pattern *pattern)
{
	double bits = 0;

	for (size_t w = 0; pattern->n_rows > 1 && w < pattern->n_windows; w++)
		bits += window_delay_bits(&cover->lengths, cover->table,
					  pattern->windows + w * pattern->n_rows, pattern->n_rows);
	return bits;
}

int cover_form(const struct cover *cover, struct tester *tester, struct chronicle_pattern *pattern,
	       double *ret_bits)
{
	struct sample sample;
	double bits;
	int r;

	shape_fold(pattern, cover->table);
	r = sample_init(&sample, cover->table, pattern, &tester->grouper);
	if (r == 0)
		r = net_climb(&cover->lengths, &sample, NET_LENGTH, &tester->grouper,
			      pattern->n_parents, pattern->parents, &bits);
	sample_done(&sample);
	if (r < 0)
		return r;
	pattern->model_bits = lengths_pattern(&cover->lengths, pattern);
	pattern->data_bits = bits +
			     lengths_instants(&cover->lengths, (uint32_t)pattern->n_windows) +
			     delays_of_pattern(cover, pattern) +
			     lengths_natural(&cover->lengths, pattern->n_windows);
	*ret_bits = pattern->model_bits + pattern->data_bits;
	return 0;
}
