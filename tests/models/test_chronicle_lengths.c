/* SPDX-License-Identifier: Apache-2.0 */
/* Lengths worked out by hand from the formulas. */
#include "tests/unit.h"

#include <math.h>
#include <string.h>

#include "models/chronicle/family.h"
#include "models/chronicle/lengths.h"
#include "models/chronicle/net.h"

/* Four columns of 2, 4, 1 and 3 codes; the middle two share a dictionary. */
static const uint16_t columns[4][6] = {
	{ 0, 0, 1, 1, 0, 1 },
	{ 0, 1, 2, 3, 0, 1 },
	{ 7, 7, 7, 7, 7, 7 },
	{ 0, 0, 1, 1, 0, 2 },
};
static const int64_t ticks[6] = { 100, 110, 150, 200, 300, 356 };

static struct chronicle_table table_make(void)
{
	struct chronicle_table t = { .n_rows = 6, .n_columns = 4, .ticks = ticks };

	for (uint32_t c = 0; c < 4; c++) {
		t.columns[c] = columns[c];
		t.n_codes[c] = 8;
	}
	t.dictionary[1] = t.dictionary[2] = 1;
	return t;
}

#define assert_bits(a, b) assert_true(fabs((a) - (b)) < 1e-9)

static void naturals(void **state)
{
	struct chronicle_table t = table_make();
	struct lengths l;
	struct err err = { "" };

	(void)state;
	assert_int_equal(lengths_init(&l, &t, CHRONICLE_PUBLISHED, &err), 0);
	assert_bits(lengths_natural(&l, 1), 1.5185673663648485);
	assert_bits(lengths_natural(&l, 2), 2.5185673663648485);
	/* 16: 4, then 2, then 1, then 0. */
	assert_bits(lengths_natural(&l, 16), 1.5185673663648485 + 4 + 2 + 1);
	/* Above the table. */
	assert_bits(lengths_natural(&l, 65536), 1.5185673663648485 + 16 + 4 + 2 + 1);
	assert_bits(l.log2_ticks, 8);
	assert_bits(lengths_choose(&l, 4, 2), log2(6));
	assert_bits(lengths_choose(&l, 120, 3), log2(280840));
	for (uint32_t k = 1; k < 30; k++)
		assert_bits(l.gamma[k], lgamma(0.5 * k) / log(2));
	lengths_done(&l);
}

static void patterns(void **state)
{
	struct chronicle_table t = table_make();
	struct chronicle_pattern p = { .n_rows = 2 };
	struct lengths l;
	struct err err = { "" };
	double first, second, net;

	(void)state;
	assert_int_equal(lengths_init(&l, &t, CHRONICLE_PUBLISHED, &err), 0);
	p.cells[0][0] = (struct chronicle_cell) { CHRONICLE_FIX, 0 };
	p.cells[0][1] = (struct chronicle_cell) { CHRONICLE_SET, 0 };
	p.cells[1][1] = (struct chronicle_cell) { CHRONICLE_USE, 0 };
	p.cells[1][3] = (struct chronicle_cell) { CHRONICLE_FIX, 1 };
	/* C = 4, F = 1 (2 codes), U = 0, S = 1; nothing is set before. */
	first = 2 + 2 + 1 + 0 + log2(3) + log2(3);
	/* F = 1 (3 codes), U = 1, S = 0, one set before: log2 3 + log2 (3 over 1) + 1 log2 1. */
	second = 2 + 2 + log2(3) + log2(3) + log2(3) + 0 + log2(2) + 0;
	/* Nodes: three of row 0, two of row 1. One has one parent, one has two. */
	p.n_parents[2] = 1;
	p.parents[2][0] = 1;
	p.n_parents[4] = 2;
	p.parents[4][0] = 1;
	p.parents[4][1] = 2;
	net = 5 * log2(3) + log2(4) + log2(6);
	assert_bits(lengths_pattern(&l, &p), lengths_natural(&l, 2) + first + second + net);
	lengths_done(&l);
}

/* 0 0 1 1 0 1 with V = 2: 1/2, 1.5/2, .5/3, 1.5/4, 2.5/5, 2.5/6 of the parents' one configuration.
 */
static void data(void **state)
{
	struct chronicle_table t = table_make();
	uint32_t rows[6] = { 0, 1, 2, 3, 4, 5 };
	struct chronicle_pattern p = { .n_rows = 1, .n_windows = 6, .windows = rows };
	struct grouper grouper;
	struct sample sample;
	struct lengths l;
	struct err err = { "" };
	double bits, expected;

	(void)state;
	assert_int_equal(lengths_init(&l, &t, CHRONICLE_PUBLISHED, &err), 0);
	assert_int_equal(grouper_init(&grouper, 6), 0);
	for (uint32_t c = 1; c < 4; c++)
		p.cells[0][c] = (struct chronicle_cell) { CHRONICLE_FIX, 0 };
	assert_int_equal(sample_init(&sample, &t, &p, &grouper), 0);
	assert_int_equal(net_climb(&l, &sample, NET_LENGTH, &grouper, p.n_parents, p.parents,
				   &bits),
			 0);
	expected = -log2(0.5 * (1.5 / 2) * (0.5 / 3) * (1.5 / 4) * (2.5 / 5) * (2.5 / 6));
	assert_bits(bits, expected);
	sample_done(&sample);
	grouper_done(&grouper);
	lengths_done(&l);
	/* As a set, six instants cost log2 6! less, and two of two values nothing. */
	assert_int_equal(lengths_init(&l, &t, CHRONICLE_SETS, &err), 0);
	assert_bits(lengths_instants(&l, 6), 6 * 8 - log2(720));
	assert_bits(lengths_values(&l, 1, 2), log2(6));
	assert_bits(lengths_values(&l, 0, 2), 0);
	lengths_done(&l);
}

static void errors(void **state)
{
	static const int64_t backwards[6] = { 1, 2, 3, 4, 6, 5 };
	struct chronicle_table t = table_make();
	struct lengths l;
	struct err err = { "" };

	(void)state;
	t.n_codes[1] = 3;
	assert_int_equal(lengths_init(&l, &t, CHRONICLE_PUBLISHED, &err), -22);
	assert_string_equal(err.text, "column 1, row 3: code 3 is not below 3");
	lengths_done(&l);
	t = table_make();
	t.ticks = backwards;
	assert_int_equal(lengths_init(&l, &t, CHRONICLE_PUBLISHED, &err), -22);
	assert_string_equal(err.text, "row 5 is earlier than the row before it");
	lengths_done(&l);
	t.n_rows = 0;
	assert_int_equal(lengths_init(&l, &t, CHRONICLE_PUBLISHED, &err), -22);
	lengths_done(&l);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(naturals),
		cmocka_unit_test(patterns),
		cmocka_unit_test(data),
		cmocka_unit_test(errors),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
