/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>

#include "base/rng.h"
#include "eval/acf.h"
#include "eval/count.h"
#include "eval/fft.h"
#include "eval/gaps.h"
#include "eval/lift.h"
#include "tests/eval/made_rows.h"

static void fft_of_a_pulse_and_a_constant(void **state)
{
	double real[8] = { 0, 1 }, imag[8] = { 0 };

	(void)state;
	assert_int_equal(eval_fft(real, imag, 8, NULL), 0);
	/* exp(-2 pi i k / 8) */
	assert_near(real[1], 0.70710678118654752);
	assert_near(imag[1], -0.70710678118654752);
	assert_near(real[2], 0);
	assert_near(imag[2], -1);
	assert_near(real[4], -1);
	for (int i = 0; i < 8; i++) {
		real[i] = 1;
		imag[i] = 0;
	}
	assert_int_equal(eval_fft(real, imag, 8, NULL), 0);
	assert_near(real[0], 8);
	for (int i = 1; i < 8; i++)
		assert_near(real[i] * real[i] + imag[i] * imag[i], 0);
}

static double direct(const double *x, size_t n, size_t lag)
{
	double mean = 0, zero = 0, at = 0;

	for (size_t i = 0; i < n; i++)
		mean += x[i] / (double)n;
	for (size_t i = 0; i < n; i++)
		zero += (x[i] - mean) * (x[i] - mean);
	for (size_t i = 0; i + lag < n; i++)
		at += (x[i] - mean) * (x[i + lag] - mean);
	return at / zero;
}

static void autocorrelations_equal_the_sums(void **state)
{
	double a[137], b[60], ra[137], rb[60];
	struct rng rng;

	(void)state;
	rng_init(&rng, 1, 0, 0, RNG_TEST);
	for (int i = 0; i < 137; i++)
		a[i] = rng_below(&rng, 1000);
	for (int i = 0; i < 60; i++)
		b[i] = i % 7 == 0 ? 1e6 : rng_below(&rng, 10);
	assert_int_equal(eval_autocorrelations(a, 137, b, 60, ra, rb, NULL), 0);
	for (size_t k = 0; k < 137; k++)
		assert_near(ra[k], direct(a, 137, k));
	for (size_t k = 0; k < 60; k++)
		assert_near(rb[k], direct(b, 60, k));
}

static void acf_sees_a_period(void **state)
{
	struct flow_record a[400], b[400];
	struct flow_table real, synth;
	double same, apart;

	(void)state;
	/* Four flows each fourth second, against one a second. */
	for (int i = 0; i < 400; i++) {
		a[i] = made_flow(4 * (i / 4), 1, 1, 80, "http");
		b[i] = made_flow(i, 1, 1, 80, "http");
		a[i].fwd_packets = b[i].fwd_packets = 1;
	}
	real = made_table(a, 400);
	synth = made_table(b, 400);
	assert_int_equal(eval_acf_corrected(&real, &real, &same, NULL), 1);
	assert_int_equal(eval_acf_corrected(&real, &synth, &apart, NULL), 1);
	assert_near(same, 0);
	/* Of six series the four constant 0 have no lags; flows and out packets differ by about 1
	 * at multiples of 4 and 1/3 between them. */
	assert_true(apart > 0.08 && apart < 0.3);
	assert_int_equal(eval_acf_published(&real, &real, &same, NULL), 1);
	assert_int_equal(eval_acf_published(&real, &synth, &apart, NULL), 1);
	assert_near(same, 0);
	assert_true(apart > 0.01);
	/* No common second: not defined as published. */
	for (size_t i = 0; i < synth.n_rows; i++)
		synth.rows[i].start_ns += INT64_C(10000) * 1000000000;
	assert_int_equal(eval_acf_published(&real, &synth, &apart, NULL), 0);
	assert_int_equal(eval_acf_corrected(&real, &synth, &apart, NULL), 1);
	real.n_rows = 8; /* one second of four flows, another */
	assert_int_equal(eval_acf_corrected(&real, &synth, &apart, NULL), 1);
	real.n_rows = 4;
	assert_int_equal(eval_acf_corrected(&real, &synth, &apart, NULL), 0);
	flow_table_done(&real);
	flow_table_done(&synth);
}

static void gaps_in_doublings(void **state)
{
	const struct flow_record a[] = { made_flow(0, 1, 1, 80, "x"), made_flow(1, 1, 1, 80, "x"),
					 made_flow(2, 1, 1, 80, "x") };
	const struct flow_record b[] = { made_flow(0, 1, 1, 80, "x"), made_flow(4, 1, 1, 80, "x"),
					 made_flow(8, 1, 1, 80, "x") };
	struct flow_table real = made_table(a, 3), synth = made_table(b, 3);
	double gaps;

	(void)state;
	assert_int_equal(eval_gaps(&real, &synth, &gaps, NULL), 1);
	assert_true(gaps > 1.99999 && gaps < 2);
	assert_int_equal(eval_gaps(&real, &real, &gaps, NULL), 1);
	assert_near(gaps, 0);
	real.n_rows = 1;
	assert_int_equal(eval_gaps(&real, &synth, &gaps, NULL), 0);
	flow_table_done(&real);
	flow_table_done(&synth);
}

static void lift_by_hand(void **state)
{
	/* DNS is followed by HTTP from the same client; against: from another, and 6 s later. */
	const struct flow_record a[] = { made_flow(0, 1, 1, 53, "dns"),
					 made_flow(1, 1, 1, 80, "http"),
					 made_flow(100, 2, 1, 53, "dns"),
					 made_flow(105, 2, 1, 80, "http") };
	const struct flow_record b[] = { made_flow(0, 1, 1, 53, "dns"),
					 made_flow(1, 2, 1, 80, "http"),
					 made_flow(100, 2, 1, 53, "dns"),
					 made_flow(105.1, 2, 1, 80, "http") };
	struct made made;
	double lift;

	(void)state;
	made_init(&made, a, 4, b, 4);
	assert_int_equal(eval_lift(&made.tables[0], &made.rows[0], &made.tables[0], &made.rows[0],
				   &lift, NULL),
			 0);
	assert_near(lift, 0);
	/*
	 * Real: basket of half of the flows has HTTP; lift(dns, http) = 1 / (1/2) = 2, bounded 2/3;
	 * lift(http, http) is 0. Synthetic has nothing in any basket. Weights are 1/4 each: half of
	 * 2/3.
	 */
	assert_int_equal(eval_lift(&made.tables[0], &made.rows[0], &made.tables[1], &made.rows[1],
				   &lift, NULL),
			 0);
	assert_near(lift, 1.0 / 3);
	made_done(&made);
}

static void counts_by_group(void **state)
{
	struct eval_counts a = { NULL, 0, 0 }, b = { NULL, 0, 0 }, none = { NULL, 0, 0 };
	double jsd;

	(void)state;
	for (int i = 0; i < 1000; i++) {
		assert_int_equal(eval_counts_add(&a, (uint64_t)i % 10), 0);
		assert_int_equal(eval_counts_add(&b, (uint64_t)i % 10), 0);
	}
	assert_int_equal(a.n_keys, 10);
	assert_int_equal(eval_counts_jsd(&a, &b, 64, &jsd, NULL), 1);
	assert_near(jsd, 0);
	/* A group that one side lacks: 1000 of its 2000, so a weight of a quarter. */
	for (int i = 0; i < 1000; i++)
		assert_int_equal(eval_counts_add(&b, UINT64_C(1) << 32 | 5), 0);
	assert_int_equal(eval_counts_jsd(&a, &b, 32, &jsd, NULL), 1);
	assert_near(jsd, 0.25);
	assert_int_equal(eval_counts_jsd(&a, &none, 64, &jsd, NULL), 0);
	eval_counts_done(&a);
	eval_counts_done(&b);
}

static void quarter_octaves(void **state)
{
	(void)state;
	for (uint32_t i = 0; i < 8; i++)
		assert_int_equal(eval_quarter_octave(i), i);
	assert_int_equal(eval_quarter_octave(8), 8);
	assert_int_equal(eval_quarter_octave(9), 8);
	assert_int_equal(eval_quarter_octave(10), 9);
	assert_int_equal(eval_quarter_octave(15), 11);
	assert_int_equal(eval_quarter_octave(16), 12);
	assert_int_equal(eval_quarter_octave(UINT64_MAX), 251);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(fft_of_a_pulse_and_a_constant),
		cmocka_unit_test(autocorrelations_equal_the_sums),
		cmocka_unit_test(acf_sees_a_period),
		cmocka_unit_test(gaps_in_doublings),
		cmocka_unit_test(lift_by_hand),
		cmocka_unit_test(counts_by_group),
		cmocka_unit_test(quarter_octaves),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
