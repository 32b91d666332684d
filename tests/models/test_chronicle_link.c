/* SPDX-License-Identifier: Apache-2.0 */
/* The windows of links against a slow search for them. */
#include "tests/unit.h"

#include <stdlib.h>
#include <string.h>

#include "models/chronicle/link.h"
#include "tests/models/chronicle_made.h"

struct fixture {
	struct made made;
	struct lengths lengths;
	struct cover cover;
	struct postings postings;
	struct link_clock clock;
	struct linker linker;
};

static struct fixture *set_up(uint32_t n_starts, uint64_t seed)
{
	struct fixture *f = calloc(1, sizeof(*f));
	struct err err = { "" };

	made_fill(&f->made, n_starts, seed);
	assert_int_equal(lengths_init(&f->lengths, &f->made.table, CHRONICLE_PUBLISHED, &err), 0);
	assert_int_equal(cover_init(&f->cover, &f->made.table, &f->lengths, &err), 0);
	assert_int_equal(postings_init(&f->postings, &f->made.table), 0);
	assert_int_equal(linker_init(&f->linker, &f->made.table), 0);
	link_clock_init(&f->clock, &f->made.table, 0);
	return f;
}

static void tear_down(struct fixture *f)
{
	linker_done(&f->linker);
	postings_done(&f->postings);
	cover_done(&f->cover);
	lengths_done(&f->lengths);
	free(f);
}

static bool is_of(const struct made *made, const struct link_side *side, size_t row)
{
	return side->column == SIDE_ANY || made->codes[side->column][row] == side->code;
}

/* Each B, in order, takes the latest free A before it with its key within the delay. */
static uint32_t slow_windows(const struct made *made, const struct candidate *candidate,
			     int64_t max_delay, uint32_t *ret_partner)
{
	bool used[MADE_LIMIT] = { false };
	uint32_t n = 0;

	memset(ret_partner, 0, MADE_LIMIT * sizeof(*ret_partner));
	for (uint32_t b = 0; b < made->table.n_rows; b++) {
		if (!is_of(made, &candidate->sides[1], b))
			continue;
		for (uint32_t a = b; a-- > 0 && made->ticks[b] - made->ticks[a] <= max_delay;) {
			if (used[a] || !is_of(made, &candidate->sides[0], a) ||
			    (candidate->keyed && made->codes[candidate->key_nodes[0]][a] !=
							 made->codes[candidate->key_nodes[1]][b]))
				continue;
			used[a] = used[b] = true;
			ret_partner[a] = b;
			n++;
			break;
		}
	}
	return n;
}

static void check(struct fixture *f, const struct candidate *candidate, uint32_t *n_linked)
{
	uint32_t partner[MADE_LIMIT];
	const struct linker *l = &f->linker;

	link_windows(&f->cover, &f->postings, &f->clock, candidate, &f->linker);
	if (l->n_windows == 0)
		return;
	assert_true(l->evidence >= LINK_CHANCE_BITS);
	assert_int_equal(l->n_rows, 2);
	assert_int_equal(slow_windows(&f->made, candidate, l->max_delay, partner), l->n_windows);
	for (uint32_t w = 0; w < l->n_windows; w++) {
		assert_int_equal(partner[l->windows[2 * w]], l->windows[2 * w + 1]);
		assert_true(w == 0 || l->windows[2 * w] > l->windows[2 * w - 2]);
	}
	(*n_linked)++;
}

static void windows_are_those_of_the_slow_search(void **state)
{
	uint32_t n_linked = 0;

	(void)state;
	for (uint64_t seed = 1; seed <= 4; seed++) {
		struct fixture *f = set_up(500, seed);

		for (uint16_t a = 0; a < 8; a++)
			for (uint16_t b = 0; b < 8; b++)
				for (uint8_t keyed = 0; keyed < 3; keyed++) {
					struct candidate candidate = {
						.kind = CANDIDATE_LINK,
						.sides = { { COVER_EMPTY, a,
							     a == 0 ? SIDE_ANY : 0 },
							   { COVER_EMPTY, b,
							     b == 0 ? SIDE_ANY : 0 } },
						.keyed = keyed > 0,
						.key_nodes = { keyed, keyed },
					};

					check(f, &candidate, &n_linked);
				}
		tear_down(f);
	}
	assert_true(n_linked >= 4 * 5); /* name to page, page 2, page 3, any; any to page ... */
}

/* The planted delay is at most 10 ticks: the bound chosen is that, or the next. */
static void the_delay_is_found(void **state)
{
	struct fixture *f = set_up(1000, 5);
	struct candidate candidate = { .kind = CANDIDATE_LINK,
				       .sides = { { COVER_EMPTY, 1, 0 }, { COVER_EMPTY, 2, 0 } },
				       .keyed = true,
				       .key_nodes = { 1, 1 } };

	(void)state;
	link_windows(&f->cover, &f->postings, &f->clock, &candidate, &f->linker);
	assert_in_range(f->linker.max_delay, 8, 12);
	/* The other way round there is nothing beyond chance. */
	candidate.sides[0].code = 2;
	candidate.sides[1].code = 1;
	link_windows(&f->cover, &f->postings, &f->clock, &candidate, &f->linker);
	assert_int_equal(f->linker.n_windows, 0);
	tear_down(f);
}

static void the_clock_counts_followers(void **state)
{
	static const int64_t ticks[5] = { 0, 0, 3, 4, 20 };
	struct chronicle_table t = { .n_rows = 5, .ticks = ticks };
	struct link_clock clock;

	(void)state;
	link_clock_init(&clock, &t, 0);
	assert_int_equal(clock.delays[0], 0);
	assert_true(clock.follow[0] == 1.0 / 5);
	assert_int_equal(clock.delays[1], 1);
	assert_int_equal(clock.delays[clock.n - 1], 20);
	assert_true(clock.follow[clock.n - 1] == 10.0 / 5);
	for (uint32_t i = 1; i < clock.n; i++)
		assert_true(clock.delays[i] > clock.delays[i - 1]);
	link_clock_init(&clock, &t, 4);
	assert_int_equal(clock.delays[clock.n - 1], 4);
	/* Row 0: 1 2 3; row 1: 2 3; row 2: 3. */
	assert_true(clock.follow[clock.n - 1] == 6.0 / 5);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(windows_are_those_of_the_slow_search),
		cmocka_unit_test(the_delay_is_found),
		cmocka_unit_test(the_clock_counts_followers),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
