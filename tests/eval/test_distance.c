/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>

#include "base/detmath.h"
#include "base/rng.h"
#include "eval/dcr.h"
#include "eval/md.h"
#include "eval/prdc.h"
#include "eval/sample.h"
#include "tests/eval/made_rows.h"

/* Points on a line, no codes. */
static struct eval_points line(double *numbers, size_t n)
{
	return (struct eval_points) {
		.n = n, .n_numbers = 1, .numbers = { numbers }, .mismatch = 2
	};
}

static void prdc_by_hand(void **state)
{
	double real[] = { 0, 1, 2, 3, 4, 5, 100 }, synth[] = { 0.5, 50, -5 };
	struct eval_points x = line(real, 7), y = line(synth, 3);
	struct eval_prdc prdc;

	(void)state;
	/*
	 * Radii (fifth neighbour): 5 4 3 3 4 5 99. 0.5 is inside of the balls of 0, 1, 2, 3, 4, 5
	 * (distances .5 .5 1.5 2.5 3.5 4.5); not of 100's, 99.5 away. 50 is inside of 100's. -5 is
	 * on the rim of 0's.
	 */
	assert_int_equal(eval_prdc(&x, &y, false, &prdc, NULL), 0);
	assert_near(prdc.density, 7.0 / (5 * 3));
	assert_near(prdc.coverage, 1);
	assert_int_equal(eval_prdc(&x, &y, true, &prdc, NULL), 0);
	assert_near(prdc.density, 8.0 / (5 * 3));
}

static void duplicates_are_covered_when_closed(void **state)
{
	double real[] = { 1, 1, 1, 1, 1, 1, 1 }, synth[] = { 1 };
	struct eval_points x = line(real, 7), y = line(synth, 1);
	struct eval_prdc prdc;

	(void)state;
	assert_int_equal(eval_prdc(&x, &y, false, &prdc, NULL), 0);
	assert_near(prdc.coverage, 0);
	assert_int_equal(eval_prdc(&x, &y, true, &prdc, NULL), 0);
	assert_near(prdc.coverage, 1);
	x.n = 5;
	assert_int_equal(eval_prdc(&x, &y, true, &prdc, NULL), -22);
}

/* The vector loop against one pair at a time, over lengths that do not divide by the lanes. */
static void block_equals_pairs(void **state)
{
	enum { N = 517 };
	static double numbers[2][N], squares[EVAL_DISTANCE_BLOCK];
	static uint32_t codes[3][N];
	struct eval_points p = { .n = N,
				 .n_numbers = 2,
				 .n_codes = 3,
				 .numbers = { numbers[0], numbers[1] },
				 .codes = { codes[0], codes[1], codes[2] },
				 .mismatch = 2 };
	struct rng rng;

	(void)state;
	rng_init(&rng, 1, 0, 0, RNG_TEST);
	for (int j = 0; j < N; j++) {
		numbers[0][j] = rng_below(&rng, 1000) / 999.0;
		numbers[1][j] = rng_below(&rng, 1000) / 999.0;
		for (int c = 0; c < 3; c++)
			codes[c][j] = rng_below(&rng, 3) == 0 ? UINT32_MAX : rng_below(&rng, 4);
	}
	for (size_t n = 1; n <= EVAL_DISTANCE_BLOCK; n = n * 3 / 2 + 1) {
		eval_distances(&p, 3, &p, 5, n, squares);
		for (size_t j = 0; j < n; j++) {
			double d0 = numbers[0][5 + j] - numbers[0][3];
			double d1 = numbers[1][5 + j] - numbers[1][3];
			int differ = (codes[0][5 + j] != codes[0][3]) +
				     (codes[1][5 + j] != codes[1][3]) +
				     (codes[2][5 + j] != codes[2][3]);

			assert_true(squares[j] == 2 * differ + d0 * d0 + d1 * d1);
		}
	}
}

static void encoding_scales_and_one_hot(void **state)
{
	struct flow_record a[50], b[50];
	struct made made;
	struct eval_points points[2];
	double of_a[50], of_b[50];
	const struct eval_rows *sides[2] = { &made.rows[0], &made.rows[1] };

	(void)state;
	for (int i = 0; i < 50; i++) {
		a[i] = b[i] = made_flow(i, 1, 1, 80, "http");
		a[i].fwd_bytes = (uint64_t)i;
		b[i].fwd_bytes = (uint64_t)i + 50;
		b[i].fwd_packets = 3; /* 0 and 3: one-hot */
	}
	made_init(&made, a, 50, b, 50);
	assert_int_equal(eval_points_encode(sides, 2, EVAL_SPACE_PUBLISHED, points, NULL), 0);
	assert_int_equal(points[0].n_numbers, 2); /* out bytes and time */
	assert_int_equal(points[0].n_codes, 5 + 4);
	assert_near(points[0].numbers[0][49], 49.0 / 99);
	assert_near(points[1].numbers[0][49], 1);
	/* Nearest to the first is the eleventh: packets differ (2), bytes by 40, time by 10 s. */
	eval_nearest(&points[0], &points[1], of_a, of_b);
	assert_near(of_b[0], det_sqrt(2 + 40.0 / 99 * 40 / 99 + 10.0 / 49 * 10 / 49));
	eval_points_done(&points[0]);
	eval_points_done(&points[1]);
	made_done(&made);
}

static void dcr_and_md_by_hand(void **state)
{
	double train[] = { 0, 1, 2, 3 }, real[] = { 10, 11, 12, 13 },
	       synth[] = { 0, 1.5, 12.2, 6.5 };
	struct eval_points t = line(train, 4), r = line(real, 4), s = line(synth, 4);
	double of_train[4], of_real[4], to_train[4], to_real[4];
	struct eval_dcr dcr;

	(void)state;
	eval_nearest(&s, &t, to_train, of_train);
	eval_nearest(&s, &r, to_real, of_real);
	/* 0 and 1.5 are nearer to train, 12.2 to real, 6.5 is between 3 and 10 */
	dcr = eval_dcr(to_train, to_real, 4);
	assert_near(dcr.nearer_to_train, 2.5 / 4);
	assert_near(dcr.copies, 0.25);
	/* nearest synthetic: train 0 .5 .5 1.5, real 2.2 1.2 .2 .8: a member is nearer in
	 * 4 + 3 + 1 + 3 of 16 */
	assert_near(of_train[3], 1.5);
	assert_near(of_real[2], 0.2);
	assert_near(eval_md_corrected(of_train, 4, of_real, 4), 11.0 / 16);
	assert_near(eval_md_corrected(of_train, 4, of_train, 4), 0.5);
}

static void md_published_extremes(void **state)
{
	const struct flow_record a[] = { made_flow(0, 1, 1, 80, "x"), made_flow(1, 2, 2, 22, "y") };
	const struct flow_record b[] = { made_flow(7, 3, 3, 53, "z"), made_flow(8, 4, 4, 25, "w") };
	struct made made;
	double md;

	(void)state;
	made_init(&made, a, 2, b, 2);
	/*
	 * Copies of the members; the others differ from them in time, both addresses and port: 4 of
	 * 11 columns. Radii i/14: below 4/11, i <= 5, F1 is 1; from i = 6 on all are called: 2/3.
	 */
	assert_int_equal(eval_md_published(&made.rows[0], &made.rows[1], &made.rows[0], &md, NULL),
			 0);
	assert_near(md, 6 + 9 * 2.0 / 3);
	/* Members and others alike: 2/3 throughout. */
	assert_int_equal(eval_md_published(&made.rows[0], &made.rows[0], &made.rows[0], &md, NULL),
			 0);
	assert_near(md, 10);
	made_done(&made);
}

static void sample_is_seeded_and_whole(void **state)
{
	struct flow_record a[100];
	struct made made;
	struct eval_rows one, two, all;
	uint8_t seen[100] = { 0 };

	(void)state;
	for (int i = 0; i < 100; i++)
		a[i] = made_flow(i, (uint32_t)i, 1, 80, "http");
	made_init(&made, a, 100, a, 100);
	assert_int_equal(eval_sample(&made.rows[0], 30, 7, 0, 0, &one, NULL), 0);
	assert_int_equal(eval_sample(&made.rows[1], 30, 7, 0, 0, &two, NULL), 0);
	assert_int_equal(one.n, 30);
	assert_memory_equal(one.row, two.row, 30 * sizeof(*one.row));
	for (int i = 0; i < 30; i++) {
		assert_int_equal(seen[one.row[i]]++, 0);
		assert_true(one.time_ns[i] == (double)a[one.row[i]].start_ns);
	}
	eval_rows_done(&two);
	assert_int_equal(eval_sample(&made.rows[0], 30, 7, 1, 0, &two, NULL), 0);
	assert_memory_not_equal(one.row, two.row, 30 * sizeof(*one.row));
	assert_int_equal(eval_sample(&made.rows[0], 1000, 7, 0, 0, &all, NULL), 0);
	assert_int_equal(all.n, 100);
	eval_rows_done(&one);
	eval_rows_done(&two);
	eval_rows_done(&all);
	made_done(&made);
}

static void value_by_hand(void **state)
{
	const double values[] = { 1, 2, 3, 4 }, same[] = { 0.1, 0.1, 0.1 };
	struct eval_value v = eval_value_of(values, 4);

	(void)state;
	assert_near(v.mean, 2.5);
	assert_near(v.std, 1.2909944487358056);
	v = eval_value_of(same, 3);
	assert_true(v.mean == 0.1 && v.std == 0);
	assert_int_equal(eval_value_of(values, 0).n, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(prdc_by_hand),
		cmocka_unit_test(duplicates_are_covered_when_closed),
		cmocka_unit_test(block_equals_pairs),
		cmocka_unit_test(encoding_scales_and_one_hot),
		cmocka_unit_test(dcr_and_md_by_hand),
		cmocka_unit_test(md_published_extremes),
		cmocka_unit_test(sample_is_seeded_and_whole),
		cmocka_unit_test(value_by_hand),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
