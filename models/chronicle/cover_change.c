/* SPDX-License-Identifier: Apache-2.0 */
/* The cover's changes: a pattern in, a pattern out. */
#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "models/chronicle/cover.h"

static void change_counts(const struct cover *cover, struct tester *tester, struct home *home,
			  const uint32_t *lost, uint32_t n_lost, const uint32_t *won,
			  uint32_t n_won)
{
	for (uint32_t i = 0; i < home->n_nodes; i++) {
		tally_add(&tester->tally, &home->nodes[i], lost, n_lost, -1);
		tally_add(&tester->tally, &home->nodes[i], won, n_won, 1);
		tally_close(&tester->tally, &home->nodes[i]);
		tally_apply(&tester->tally, &cover->lengths, &home->nodes[i]);
		tally_clear(&tester->tally);
	}
	home->n_counted = home->n_counted - n_lost + n_won;
}

/* Closes the gaps of windows marked UINT32_MAX. */
static void close_gaps(struct cover *cover, struct home *home)
{
	struct chronicle_pattern *shape = &home->shape;
	size_t n = 0;

	for (size_t w = 0; w < shape->n_windows; w++) {
		uint32_t *window = shape->windows + w * shape->n_rows;

		if (window[0] == UINT32_MAX)
			continue;
		if (n < w) {
			memcpy(shape->windows + n * shape->n_rows, window,
			       shape->n_rows * sizeof(*window));
			for (uint32_t i = 0; i < home->n_nodes; i++)
				home->nodes[i].cell[n] = home->nodes[i].cell[w];
		}
		for (uint32_t k = 0; k < shape->n_rows; k++)
			cover->place[shape->windows[n * shape->n_rows + k]] = (uint32_t)n;
		n++;
	}
	shape->n_windows = n;
}

static void remove_home(struct cover *cover, uint32_t id)
{
	home_free(take(&cover->homes[id]));
	cover->n_patterns--;
}

static void lose_windows(struct cover *cover, struct tester *tester, const struct taken *t)
{
	struct home *home = cover->homes[t->home];
	const uint32_t *lost = tester->windows + t->first;
	uint32_t n_rows = home->shape.n_rows;

	if (t->n == home->n_counted) {
		remove_home(cover, t->home);
		return;
	}
	change_counts(cover, tester, home, lost, t->n, NULL, 0);
	for (uint32_t i = 0; i < t->n; i++) {
		uint32_t *window = home->shape.windows + (size_t)lost[i] * n_rows;

		home->delay_bits -=
			window_delay_bits(&cover->lengths, cover->table, window, n_rows);
		window[0] = UINT32_MAX;
	}
	close_gaps(cover, home);
}

static void give_orphans(struct cover *cover, struct tester *tester, const struct taken *t)
{
	for (uint32_t i = 0; i < tester->n_orphans; i++) {
		cover->owner[tester->orphans[i]] = COVER_EMPTY;
		cover->place[tester->orphans[i]] = tester->orphans[i];
	}
	change_counts(cover, tester, cover->homes[COVER_EMPTY],
		      t != NULL ? tester->windows + t->first : NULL, t != NULL ? t->n : 0,
		      tester->orphans, tester->n_orphans);
}

static void move_in(struct cover *cover, const struct home *home)
{
	const struct chronicle_pattern *shape = &home->shape;

	for (size_t w = 0; w < shape->n_windows; w++)
		for (uint32_t k = 0; k < shape->n_rows; k++) {
			cover->owner[shape->windows[w * shape->n_rows + k]] = home->id;
			cover->place[shape->windows[w * shape->n_rows + k]] = (uint32_t)w;
		}
}

static double home_bits(const struct cover *cover, uint32_t id)
{
	const struct home *home = id < cover->n_homes ? cover->homes[id] : NULL;

	return home == NULL ? 0 : home->shape.model_bits + home_data_bits(&cover->lengths, home);
}

/* Of the empty pattern, and of how many there are. */
static double empty_bits(const struct cover *cover)
{
	const struct home *empty = cover->homes[COVER_EMPTY];
	double bits = lengths_natural(&cover->lengths, cover->n_patterns + 1) +
		      lengths_instants(&cover->lengths, empty->n_counted);

	for (uint32_t i = 0; i < empty->n_nodes; i++)
		bits += empty->nodes[i].bits;
	return bits;
}

/* What is about to change, or has: the homes in the tester, the empty one, the new one. */
static double bits_at(const struct cover *cover, const struct tester *tester, uint32_t new_id)
{
	double bits = empty_bits(cover) + home_bits(cover, new_id);

	for (uint32_t i = 0; i < tester->n_taken; i++)
		if (tester->taken[i].home != COVER_EMPTY)
			bits += home_bits(cover, tester->taken[i].home);
	return bits;
}

int cover_accept(struct cover *cover, struct tester *tester, struct chronicle_pattern *pattern,
		 uint32_t *ret_id)
{
	const struct taken *from_empty = NULL;
	double was = bits_at(cover, tester, cover->n_homes), now;
	struct home *home;
	int r = mem_grow(&cover->homes, &cover->homes_capacity, cover->n_homes + 1,
			 sizeof(*cover->homes), UINT32_MAX);

	if (r == 0)
		r = home_new(&cover->lengths, cover->table, &tester->grouper, pattern, &home);
	if (r < 0)
		return -ENOMEM;
	for (uint32_t i = 0; i < tester->n_taken; i++) {
		if (tester->taken[i].home == COVER_EMPTY)
			from_empty = &tester->taken[i];
		else
			lose_windows(cover, tester, &tester->taken[i]);
	}
	give_orphans(cover, tester, from_empty);
	home->id = cover->n_homes++;
	for (uint32_t i = 0; i < home->n_nodes; i++)
		home->nodes[i].home = home->id;
	cover->homes[home->id] = home;
	cover->n_patterns++;
	move_in(cover, home);
	now = bits_at(cover, tester, home->id);
	assert(now < was);
	cover->total += now - was;
	*ret_id = home->id;
	return 0;
}

void cover_dissolve(struct cover *cover, struct tester *tester, uint32_t id)
{
	double was = empty_bits(cover) + home_bits(cover, id), now;

	give_orphans(cover, tester, NULL);
	remove_home(cover, id);
	now = empty_bits(cover);
	assert(now < was);
	cover->total += now - was;
}

void cover_bits(const struct cover *cover, struct chronicle_bits *ret_bits)
{
	const struct lengths *l = &cover->lengths;
	const struct home *empty = cover->homes[COVER_EMPTY];
	struct chronicle_bits bits = { 0 };

	bits.count = lengths_natural(l, cover->n_patterns + 1);
	bits.base = lengths_net(l, l->n_columns, empty->shape.n_parents);
	bits.data = lengths_instants(l, empty->n_counted);
	for (uint32_t i = 0; i < empty->n_nodes; i++)
		bits.data += empty->nodes[i].bits;
	for (uint32_t i = 1; i < cover->n_homes; i++) {
		if (cover->homes[i] == NULL)
			continue;
		bits.patterns += cover->homes[i]->shape.model_bits;
		bits.data += home_data_bits(l, cover->homes[i]);
	}
	bits.total = bits.count + bits.patterns + bits.base + bits.data;
	*ret_bits = bits;
}
