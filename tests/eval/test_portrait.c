/* SPDX-License-Identifier: Apache-2.0 */
/* What pictures are drawn from: bars, curves, rates, matrices, halves. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <string.h>

#include "eval/fingerprint.h"
#include "eval/halves.h"
#include "eval/lift.h"
#include "eval/portrait.h"
#include "tests/eval/made_rows.h"

static void bars_are_shares_and_the_rest(void **state)
{
	struct flow_record a[100], b[10];
	struct made made;
	const struct flow_table *tables[2] = { &made.tables[0], &made.tables[1] };
	struct eval_bars bars;
	double sums[2] = { 0, 0 };

	(void)state;
	/* 40 times 80; 20 ports, each three times; the other side 80 and, once, what a has not. */
	for (int i = 0; i < 100; i++)
		a[i] = made_flow(i, 1, 1, (uint16_t)(i < 40 ? 80 : 1000 + i % 20), "http");
	for (int i = 0; i < 10; i++)
		b[i] = made_flow(i, 1, 1, (uint16_t)(i < 9 ? 80 : 7), "a<b>");
	made_init(&made, a, 100, b, 10);
	assert_int_equal(eval_bars_of(tables, EVAL_BARS_DST_PORT, &bars, NULL), 0);
	assert_int_equal(bars.n, EVAL_BARS_LIMIT + 1);
	assert_string_equal(bars.bars[0].label, "80");
	assert_near(bars.bars[0].share[0], 0.4);
	assert_near(bars.bars[0].share[1], 0.9);
	assert_string_equal(bars.bars[1].label, "7");
	assert_near(bars.bars[1].share[0], 0);
	assert_near(bars.bars[1].share[1], 0.1);
	/* Ties in order of the value. */
	assert_string_equal(bars.bars[2].label, "1000");
	assert_string_equal(bars.bars[3].label, "1001");
	assert_string_equal(bars.bars[EVAL_BARS_LIMIT].label, "8 others");
	assert_false(bars.bars[EVAL_BARS_LIMIT].is_one);
	for (size_t i = 0; i < bars.n; i++) {
		sums[0] += bars.bars[i].share[0];
		sums[1] += bars.bars[i].share[1];
	}
	assert_near(sums[0], 1);
	assert_near(sums[1], 1);
	assert_int_equal(eval_bars_of(tables, EVAL_BARS_SERVICE, &bars, NULL), 0);
	assert_int_equal(bars.n, 2);
	assert_string_equal(bars.bars[0].label, "a<b>/tcp");
	made_done(&made);
}

static void octaves_have_their_edges(void **state)
{
	struct eval_curve curve;
	const struct flow_table none = { NULL, 0, 0 }, *tables[2] = { &none, &none };

	(void)state;
	eval_curve_of(tables, EVAL_CURVE_BYTES, &curve);
	assert_true(curve.low == 0 && curve.high == 0 && curve.n[0] == 0 && curve.n[1] == 0);
	for (unsigned int bit = 0; bit < 64; bit++) {
		for (uint64_t near = 0; near < 3; near++) {
			uint64_t value = (UINT64_C(1) << bit) + near - 1;
			uint32_t bin = eval_quarter_octave(value), half = eval_half_octave(value);

			assert_true(curve.edge[bin] <= (double)value);
			/* Above 2^53 a double may round up to the edge itself. */
			assert_true(curve.edge[bin + 1] > (double)value ||
				    (bit > 52 && curve.edge[bin + 1] >= (double)value));
			assert_true(eval_half_octave_edge(half) <= (double)value);
			assert_true(eval_half_octave_edge(half + 1) >= (double)value);
		}
	}
}

static void curves_are_shares(void **state)
{
	struct flow_record a[4], b[2];
	struct made made;
	const struct flow_table *tables[2] = { &made.tables[0], &made.tables[1] };
	struct eval_curve curve;

	(void)state;
	for (int i = 0; i < 4; i++)
		a[i] = made_flow(i, 1, 1, 80, "http");
	for (int i = 0; i < 2; i++)
		b[i] = made_flow(3 * i, 1, 1, 80, "http");
	a[0].fwd_packets = 3;
	a[1].bwd_packets = 3;
	a[2].fwd_packets = a[2].bwd_packets = 500;
	b[0].fwd_packets = b[1].fwd_packets = UINT64_MAX;
	made_init(&made, a, 4, b, 2);
	eval_curve_of(tables, EVAL_CURVE_PACKETS, &curve);
	assert_near(curve.n[0], 4);
	assert_near(curve.share[0][3], 0.5);
	assert_near(curve.share[0][0], 0.25);
	assert_near(curve.share[0][eval_quarter_octave(1000)], 0.25);
	assert_near(curve.share[1][eval_quarter_octave(UINT64_MAX)], 1);
	assert_int_equal(curve.low, 0);
	assert_int_equal(curve.high, eval_quarter_octave(UINT64_MAX) + 1);
	eval_curve_of(tables, EVAL_CURVE_START_GAP, &curve);
	assert_near(curve.n[0], 3);
	assert_near(curve.share[0][eval_quarter_octave(1000000)], 1);
	assert_near(curve.share[1][eval_quarter_octave(3000000)], 1);
	made_done(&made);
}

static void curves_of_histograms(void **state)
{
	struct eval_counts counts[2] = { 0 };
	const struct eval_counts *both[2] = { &counts[0], &counts[1] };
	struct eval_curve curve;

	(void)state;
	assert_int_equal(eval_counts_add(&counts[0], UINT64_C(1) << 32 | 9), 0);
	assert_int_equal(eval_counts_add(&counts[0], 5), 0);
	assert_int_equal(eval_counts_add(&counts[1], 1000000), 0);
	eval_curve_of_octaves(both, 32, 1, &curve);
	assert_true(curve.low == 9 && curve.high == 10);
	assert_near(curve.share[0][9], 1);
	assert_near(curve.n[1], 0);
	eval_curve_of_numbers(both, 16, 100, &curve);
	assert_near(curve.share[0][0], 0.5);
	assert_near(curve.share[1][99], 1);
	assert_near(curve.edge[100], 1600);
	eval_counts_done(&counts[0]);
	eval_counts_done(&counts[1]);
}

static void rates_are_of_whole_bins(void **state)
{
	struct flow_record a[1001], b[2];
	struct made made;
	const struct flow_table *tables[2] = { &made.tables[0], &made.tables[1] };
	struct eval_rate rate;

	(void)state;
	/* Two a second for 500 s; the other side is one instant, long ago. */
	for (int i = 0; i < 1001; i++)
		a[i] = made_flow(1000 + i / 2.0, 1, 1, 80, "http");
	b[0] = b[1] = made_flow(-5, 1, 1, 80, "http");
	made_init(&made, a, 1001, b, 2);
	eval_rate_of(tables, &rate);
	assert_near(rate.bin_s, 5);
	assert_int_equal(rate.n[0], 100);
	for (size_t i = 0; i < rate.n[0]; i++)
		assert_near(rate.hz[0][i], 2);
	assert_int_equal(rate.n[1], 1);
	assert_near(rate.hz[1][0], 0.4);
	/* As long as a time can be. */
	made.tables[0].rows[1000].start_ns = INT64_MAX;
	made.tables[0].rows[0].start_ns = 0;
	eval_rate_of(tables, &rate);
	assert_true(rate.n[0] > 0 && rate.n[0] <= EVAL_RATE_BINS);
	made_done(&made);
}

static void matrices_tell_what_follows(void **state)
{
	struct flow_record a[300], b[300];
	struct eval_lift_matrices m;
	struct made made;
	int dns;

	(void)state;
	/* dns, then always http a second later, then nothing for long; the other side all apart. */
	for (int i = 0; i < 300; i++) {
		a[i] = made_flow(100 * (i / 2) + i % 2, 1, 1, 80, i % 2 == 0 ? "dns" : "http");
		b[i] = made_flow(100 * i, 1, 1, 80, i % 2 == 0 ? "dns" : "http");
	}
	made_init(&made, a, 300, b, 300);
	assert_int_equal(eval_lift_matrices_of(&made.tables[0], &made.rows[0], &made.tables[1],
					       &made.rows[1], &m, NULL),
			 0);
	assert_int_equal(m.n, 2);
	dns = strcmp(m.names[0], "dns") == 0 ? 0 : 1;
	assert_string_equal(m.names[dns], "dns");
	assert_string_equal(m.names[!dns], "http");
	/* P(http | dns) = 1 against 1/2: a lift of 2 is 2/3 bounded. */
	assert_near(m.lift[0][dns][!dns], 2.0 / 3);
	assert_near(m.lift[0][!dns][!dns], 0);
	/* Nothing ever follows: nothing to be expected, nothing to be told. */
	assert_true(m.lift[0][dns][dns] < 0);
	assert_true(m.lift[1][dns][!dns] < 0);
	made_done(&made);
}

/* Binomial of 4000 at 1/2: 200 off is more than 6 sigma, alpha below 1e-9. */
static void halves_part_the_rows(void **state)
{
	struct flow_record a[4000];
	struct eval_side side = { .name = "made" }, halves[2], again[2];
	size_t at[2] = { 0, 0 };

	(void)state;
	for (int i = 0; i < 4000; i++)
		a[i] = made_flow(i, 1, 1, (uint16_t)i, "http");
	side.table = made_table(a, 4000);
	assert_int_equal(eval_halves(&side, 7, NULL, halves, NULL), 0);
	assert_int_equal(eval_halves(&side, 7, NULL, again, NULL), 0);
	assert_int_equal(halves[0].table.n_rows + halves[1].table.n_rows, 4000);
	assert_true(halves[0].table.n_rows > 1800 && halves[0].table.n_rows < 2200);
	assert_int_equal(again[0].table.n_rows, halves[0].table.n_rows);
	for (int i = 0; i < 4000; i++) {
		int half =
			at[0] < halves[0].table.n_rows && halves[0].table.rows[at[0]].dst_port == i
				? 0
				: 1;

		assert_int_equal(halves[half].table.rows[at[half]].dst_port, i);
		assert_int_equal(again[half].table.rows[at[half]++].dst_port, i);
	}
	for (int i = 0; i < 2; i++) {
		eval_side_done(&halves[i]);
		eval_side_done(&again[i]);
	}
	eval_side_done(&side);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(bars_are_shares_and_the_rest),
		cmocka_unit_test(octaves_have_their_edges),
		cmocka_unit_test(curves_are_shares),
		cmocka_unit_test(curves_of_histograms),
		cmocka_unit_test(rates_are_of_whole_bins),
		cmocka_unit_test(matrices_tell_what_follows),
		cmocka_unit_test(halves_part_the_rows),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
