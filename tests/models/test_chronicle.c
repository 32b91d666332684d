/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit.h"

#include <string.h>

#include "models/chronicle/shape.h"
#include "tests/models/chronicle_made.h"
#include "tests/models/chronicle_naive.h"

static struct chronicle mined(const struct made *made, enum chronicle_code code,
			      unsigned int threads)
{
	struct chronicle_options options = { .code = code, .max_rows = 8, .n_threads = threads };
	struct chronicle chronicle;
	struct err err = { "" };

	if (chronicle_mine(&made->table, &options, &chronicle, &err) < 0)
		fail_msg("%s", err.text);
	return chronicle;
}

/* Every row once: in a window that its pattern describes, or uncovered. */
static void check_cover(const struct chronicle_table *t, const struct chronicle *chronicle)
{
	uint32_t *seen = calloc(t->n_rows, sizeof(*seen));

	for (uint32_t i = 0; i < chronicle->n_patterns; i++) {
		const struct chronicle_pattern *p = &chronicle->patterns[i];

		assert_true(p->n_windows > 0);
		for (size_t w = 0; w < p->n_windows; w++) {
			const uint32_t *window = p->windows + w * p->n_rows;

			assert_true(shape_matches(p, t, window));
			assert_true(w == 0 || window[-(int)p->n_rows] < window[0]);
			for (uint32_t r = 0; r < p->n_rows; r++)
				seen[window[r]]++;
		}
		assert_true(i == 0 || p[-1].gain_bits >= p->gain_bits);
		assert_true(p->gain_bits > 0);
	}
	for (size_t i = 0; i < chronicle->n_uncovered; i++)
		seen[chronicle->uncovered[i]]++;
	for (size_t i = 0; i < t->n_rows; i++)
		assert_int_equal(seen[i], 1);
	free(seen);
}

/* The counts that were kept up to date give what the formulas give. */
static void total_is_that_of_the_formulas(void **state)
{
	struct made *made = malloc(sizeof(*made));

	(void)state;
	for (uint64_t seed = 1; seed <= 3; seed++) {
		made_fill(made, 200, seed);
		for (enum chronicle_code code = CHRONICLE_PUBLISHED; code <= CHRONICLE_SETS;
		     code++) {
			struct chronicle chronicle = mined(made, code, 1);
			double total = naive_total(&made->table, &chronicle, code);

			check_cover(&made->table, &chronicle);
			assert_true(chronicle.n_patterns > 0);
			assert_true(fabs(total - chronicle.bits.total) < 1e-6);
			assert_true(chronicle.bits.total < chronicle.bits.start);
			chronicle_done(&chronicle);
		}
	}
	free(made);
}

/* Windows of two rows from one source, kind 1 then 2 or 3, within 10 ticks. */
static uint32_t count_planted(const struct made *made, const struct chronicle *chronicle,
			      uint32_t *ret_longer)
{
	uint32_t n = 0;

	*ret_longer = 0;
	for (uint32_t i = 0; i < chronicle->n_patterns; i++) {
		const struct chronicle_pattern *p = &chronicle->patterns[i];

		*ret_longer += p->n_rows > 1 ? (uint32_t)p->n_windows : 0;
		for (size_t w = 0; p->n_rows == 2 && w < p->n_windows; w++) {
			uint32_t a = p->windows[2 * w], b = p->windows[2 * w + 1];

			n += made->codes[0][a] == 1 &&
			     (made->codes[0][b] == 2 || made->codes[0][b] == 3) &&
			     made->codes[1][a] == made->codes[1][b] &&
			     made->ticks[b] - made->ticks[a] <= 10;
		}
	}
	return n;
}

static void the_planted_is_found(void **state)
{
	struct made *made = malloc(sizeof(*made));

	(void)state;
	made_fill(made, 1200, 7);
	for (enum chronicle_code code = CHRONICLE_PUBLISHED; code <= CHRONICLE_SETS; code++) {
		struct chronicle chronicle = mined(made, code, 1);
		const struct chronicle_cell *first = chronicle.patterns[0].cells[0],
					    *second = chronicle.patterns[0].cells[1];
		uint32_t n_longer, n = count_planted(made, &chronicle, &n_longer);

		assert_in_range(n, made->n_pages * 95 / 100, made->n_pages);
		/* And next to nothing else: 2 % of what was planted. */
		assert_true(n_longer <= n + made->n_pages / 50);
		if (code == CHRONICLE_SETS) { /* whole, and first */
			assert_int_equal(chronicle.patterns[0].n_rows, 2);
			assert_true(first[0].kind == CHRONICLE_FIX && first[0].value == 1);
			assert_true(first[1].kind == CHRONICLE_SET);
			assert_true(second[1].kind == CHRONICLE_USE);
			assert_true(second[1].value == first[1].value);
		}
		chronicle_done(&chronicle);
	}
	free(made);
}

/*
 * With the rows exchanged among the instants no link is left. A link needs a chance below 2^-40 by
 * its bound; of the 400 links and their 96 delays looked at in each of a few passes, one in 10^7
 * tables would show one.
 */
static void shuffled_rows_have_no_links(void **state)
{
	struct made *made = malloc(sizeof(*made));

	(void)state;
	for (uint64_t seed = 1; seed <= 4; seed++) {
		struct chronicle chronicle;
		uint32_t n_longer;

		made_fill(made, 1200, 7);
		made_shuffle(made, seed);
		chronicle = mined(made, seed % 2 == 0 ? CHRONICLE_SETS : CHRONICLE_PUBLISHED, 1);
		count_planted(made, &chronicle, &n_longer);
		assert_int_equal(n_longer, 0);
		chronicle_done(&chronicle);
	}
	free(made);
}

static void threads_do_not_show(void **state)
{
	struct made *made = malloc(sizeof(*made));
	struct chronicle one, four;

	(void)state;
	made_fill(made, 600, 3);
	one = mined(made, CHRONICLE_PUBLISHED, 1);
	four = mined(made, CHRONICLE_PUBLISHED, 4);
	assert_memory_equal(&one.bits, &four.bits, sizeof(one.bits));
	assert_int_equal(one.n_patterns, four.n_patterns);
	for (uint32_t i = 0; i < one.n_patterns; i++) {
		const struct chronicle_pattern *p = &one.patterns[i], *q = &four.patterns[i];

		assert_int_equal(p->n_rows, q->n_rows);
		assert_int_equal(p->n_windows, q->n_windows);
		assert_memory_equal(p->cells, q->cells, sizeof(p->cells));
		assert_memory_equal(p->n_parents, q->n_parents, sizeof(p->n_parents));
		assert_memory_equal(p->windows, q->windows,
				    p->n_windows * p->n_rows * sizeof(uint32_t));
	}
	chronicle_done(&one);
	chronicle_done(&four);
	free(made);
}

/* Neither the horizon nor the number of rows is passed; each is reached. */
static void limits_hold(void **state)
{
	struct made *made = malloc(sizeof(*made));
	struct chronicle_options options = { .max_rows = 2, .horizon_ticks = 5, .n_threads = 1 };
	struct chronicle chronicle;
	struct err err = { "" };
	int64_t longest = 0;
	double total;

	(void)state;
	made_fill(made, 1200, 7);
	assert_int_equal(chronicle_mine(&made->table, &options, &chronicle, &err), 0);
	for (uint32_t i = 0; i < chronicle.n_patterns; i++) {
		const struct chronicle_pattern *p = &chronicle.patterns[i];

		assert_true(p->n_rows <= 2);
		for (size_t w = 0; p->n_rows == 2 && w < p->n_windows; w++) {
			int64_t delay =
				made->ticks[p->windows[2 * w + 1]] - made->ticks[p->windows[2 * w]];

			longest = delay > longest ? delay : longest;
		}
	}
	assert_int_equal(longest, 5);
	chronicle_done(&chronicle);
	options.max_rows = 1;
	assert_int_equal(chronicle_mine(&made->table, &options, &chronicle, &err), 0);
	for (uint32_t i = 0; i < chronicle.n_patterns; i++)
		assert_int_equal(chronicle.patterns[i].n_rows, 1);
	assert_true(chronicle.n_patterns > 3);
	options.max_patterns = chronicle.n_patterns - 2;
	total = chronicle.bits.total;
	chronicle_done(&chronicle);
	assert_int_equal(chronicle_mine(&made->table, &options, &chronicle, &err), 0);
	assert_true(chronicle.n_patterns > 0 && chronicle.n_patterns <= options.max_patterns);
	assert_true(chronicle.bits.total > total && chronicle.bits.total < chronicle.bits.start);
	chronicle_done(&chronicle);
	free(made);
}

struct watch {
	double saved;
	uint32_t n_calls, stop_at;
};

static int watch(void *context, const struct chronicle_progress *progress)
{
	struct watch *w = context;

	assert_true(progress->saved_bits >= w->saved);
	w->saved = progress->saved_bits;
	return ++w->n_calls == w->stop_at ? -125 : 0;
}

static void progress_rises_and_stops(void **state)
{
	struct made *made = malloc(sizeof(*made));
	struct watch w = { 0, 0, 0 };
	struct chronicle_options options = {
		.max_rows = 8, .progress = watch, .context = &w, .n_threads = 1
	};
	struct chronicle chronicle;
	struct err err = { "" };

	(void)state;
	made_fill(made, 600, 3);
	assert_int_equal(chronicle_mine(&made->table, &options, &chronicle, &err), 0);
	assert_true(w.n_calls > 1);
	chronicle_done(&chronicle);
	w = (struct watch) { 0, 0, 1 };
	assert_int_equal(chronicle_mine(&made->table, &options, &chronicle, &err), -125);
	chronicle_done(&chronicle);
	free(made);
}

/* Few rows, one column, one instant: nothing to find, and nothing breaks. */
static void small_tables(void **state)
{
	static const uint16_t codes[3] = { 0, 0, 1 };
	static const int64_t ticks[3] = { 5, 5, 5 };
	struct chronicle_table t = {
		.n_columns = 1, .columns = { codes }, .n_codes = { 2 }, .ticks = ticks
	};
	struct chronicle_options options = { .max_rows = 8, .n_threads = 1 };
	struct chronicle chronicle;
	struct err err = { "" };

	(void)state;
	for (t.n_rows = 1; t.n_rows <= 3; t.n_rows++) {
		assert_int_equal(chronicle_mine(&t, &options, &chronicle, &err), 0);
		assert_int_equal(chronicle.n_patterns, 0);
		assert_int_equal(chronicle.n_uncovered, t.n_rows);
		chronicle_done(&chronicle);
	}
	t.n_rows = 0;
	assert_int_equal(chronicle_mine(&t, &options, &chronicle, &err), -22);
	chronicle_done(&chronicle);
	t.n_rows = 3;
	options.max_rows = 9;
	assert_int_equal(chronicle_mine(&t, &options, &chronicle, &err), -22);
	assert_string_equal(err.text, "patterns of 9 rows: 1 to 8 can be mined");
	chronicle_done(&chronicle);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(total_is_that_of_the_formulas),
		cmocka_unit_test(the_planted_is_found),
		cmocka_unit_test(shuffled_rows_have_no_links),
		cmocka_unit_test(threads_do_not_show),
		cmocka_unit_test(limits_hold),
		cmocka_unit_test(progress_rises_and_stops),
		cmocka_unit_test(small_tables),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
