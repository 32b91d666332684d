/* SPDX-License-Identifier: Apache-2.0 */
/* What a proposal is said to save is what the total falls by. */
#include "tests/unit.h"

#include <math.h>
#include <stdlib.h>

#include "models/chronicle/cover.h"
#include "models/chronicle/shape.h"
#include "tests/models/chronicle_made.h"

/* Most of the rows of a kind, alone or with the row after them: some of these pay. */
static struct chronicle_pattern propose(const struct chronicle_table *t, struct rng *rng)
{
	struct chronicle_pattern p = { .n_rows = 1 + rng_below(rng, 2) };
	uint16_t kind = (uint16_t)(1 + rng_below(rng, 6));
	uint32_t left_out = rng_below(rng, 2) == 0 ? 4 : 60;

	p.windows = calloc(t->n_rows, sizeof(uint32_t));
	for (uint32_t row = 0; row + p.n_rows <= t->n_rows; row++) {
		if (t->columns[0][row] != kind || rng_below(rng, left_out) == 0)
			continue;
		for (uint32_t r = 0; r < p.n_rows; r++)
			p.windows[p.n_windows * p.n_rows + r] = row + r;
		p.n_windows++;
		row += p.n_rows - 1;
	}
	return p;
}

/* cover_accept insists that the total falls, so that rises are only worked out. */
static void check_proposals(struct cover *cover, struct tester *tester, struct rng *rng,
			    uint32_t *n_accepted)
{
	for (uint32_t i = 0; i < 200; i++) {
		struct chronicle_pattern p = propose(cover->table, rng);
		struct chronicle_bits bits;
		double cost, saved, was = cover->total;
		uint32_t id;

		assert_int_equal(cover_form(cover, tester, &p, &cost), 0);
		assert_int_equal(cover_take(cover, tester, p.windows, p.n_windows, p.n_rows,
					    &saved),
				 0);
		if (p.n_windows > 1 && saved - cost > COVER_LEAST_GAIN) {
			assert_int_equal(cover_accept(cover, tester, &p, &id), 0);
			cover_bits(cover, &bits);
			assert_true(fabs(bits.total - (was - saved + cost)) < 1e-6);
			assert_true(fabs(cover->total - bits.total) < 1e-6);
			(*n_accepted)++;
		}
		free(p.windows);
	}
}

static void check_dissolving(struct cover *cover, struct tester *tester, uint32_t *n_dissolved)
{
	for (uint32_t id = 1; id < cover->n_homes; id++) {
		struct chronicle_bits bits;
		double worth, was = cover->total;

		if (cover->homes[id] == NULL)
			continue;
		worth = cover_worth(cover, tester, id);
		if (worth >= -COVER_LEAST_GAIN)
			continue;
		cover_dissolve(cover, tester, id);
		cover_bits(cover, &bits);
		assert_true(fabs(bits.total - (was + worth)) < 1e-6);
		(*n_dissolved)++;
	}
}

static void gains_are_exact(void **state)
{
	struct made *made = malloc(sizeof(*made));
	uint32_t n_accepted = 0, n_dissolved = 0;

	(void)state;
	for (uint64_t seed = 1; seed <= 8; seed++) {
		enum chronicle_code code = seed % 2 == 0 ? CHRONICLE_SETS : CHRONICLE_PUBLISHED;
		struct lengths lengths;
		struct cover cover;
		struct tester tester;
		struct rng rng;
		struct err err = { "" };

		rng_init(&rng, seed, 2, 0, RNG_TEST);
		made_fill(made, 150, seed);
		assert_int_equal(lengths_init(&lengths, &made->table, code, &err), 0);
		assert_int_equal(cover_init(&cover, &made->table, &lengths, &err), 0);
		assert_int_equal(tester_init(&tester, &cover), 0);
		check_proposals(&cover, &tester, &rng, &n_accepted);
		check_dissolving(&cover, &tester, &n_dissolved);
		tester_done(&tester);
		cover_done(&cover);
		lengths_done(&lengths);
	}
	/* Both kinds of change were made, often enough to say something. */
	assert_true(n_accepted > 20);
	assert_true(n_dissolved > 5);
	free(made);
}

/* A fixed variable fixes its uses; a variable without uses is a free cell; parents are nodes. */
static void shapes(void **state)
{
	struct chronicle_pattern p = { .n_rows = 3 };
	struct chronicle_pattern twice;

	(void)state;
	assert_true(shape_use(&p, 2, 0, 2));
	assert_true(shape_use(&p, 2, 0, 4));
	assert_true(shape_use(&p, 2, 3, 5));
	assert_false(shape_use(&p, 2, 4, 2));
	assert_int_equal(p.cells[0][0].kind, CHRONICLE_SET);
	assert_int_equal(p.cells[2][1].kind, CHRONICLE_USE);
	assert_int_equal(p.cells[2][1].value, 1);
	assert_false(shape_append(&p, &p, 2, &twice) && twice.n_rows > CHRONICLE_MAX_ROWS);
	assert_int_equal(twice.cells[5][1].value, 3);
	p.n_parents[1] = 2;
	p.parents[1][0] = 0;
	p.parents[1][1] = 3;
	shape_fix(&p, 2, 0, 9);
	shape_tidy(&p, 2);
	assert_int_equal(p.cells[2][0].kind, CHRONICLE_FIX);
	assert_int_equal(p.cells[2][0].value, 9);
	assert_int_equal(p.cells[1][1].value, 0); /* the one variable that is left */
	assert_int_equal(p.n_parents[1], 1);
	assert_int_equal(p.parents[1][0], 3);
	shape_fix(&p, 2, 5, 1);
	shape_tidy(&p, 2);
	assert_int_equal(p.cells[1][1].kind, CHRONICLE_FREE);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(gains_are_exact),
		cmocka_unit_test(shapes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
