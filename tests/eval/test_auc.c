/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/detmath.h"
#include "base/rng.h"
#include "eval/auc.h"
#include "eval/f1.h"
#include "tests/eval/made_rows.h"

static void auc_by_hand(void **state)
{
	struct eval_score s[] = {
		{ 0.8, 1, true }, { 0.6, 2, false }, { 0.4, 3, true }, { 0.2, 4, false }
	};
	struct eval_auc auc;

	(void)state;
	/* 3 of 4 pairs; placements 1, 1/2 of the positives and 1/2, 1 of the negatives, whose
	 * variance is 1/8 each, over two rows each. */
	assert_int_equal(eval_auc(s, 4, &auc, NULL), 1);
	assert_near(auc.auc, 0.75);
	assert_near(auc.variance, 0.125);
	assert_int_equal(auc.n_positive, 2);
	assert_int_equal(auc.n_negative, 2);
	/* A tie of three: placements 3/4, 3/4 and 1/2, 1. */
	s[0].score = s[1].score = s[2].score = 1;
	assert_int_equal(eval_auc(s, 4, &auc, NULL), 1);
	assert_near(auc.auc, 0.75);
	assert_near(auc.variance, 0.0625);
	/* All tied. */
	s[3].score = 1;
	assert_int_equal(eval_auc(s, 4, &auc, NULL), 1);
	assert_near(auc.auc, 0.5);
	assert_near(auc.variance, 0);
	assert_int_equal(eval_auc(s, 1, &auc, NULL), 0);
	assert_int_equal(eval_auc(s, 0, &auc, NULL), 0);
}

static void clusters_by_hand(void **state)
{
	struct eval_score s[] = {
		{ 0.8, 1, true }, { 0.6, 1, false }, { 0.4, 2, true }, { 0.2, 2, false }
	};
	struct eval_auc auc;

	(void)state;
	/* In a cluster what the positive has above the mean the negative has below: they cancel. */
	assert_int_equal(eval_auc(s, 4, &auc, NULL), 1);
	assert_near(auc.auc, 0.75);
	assert_near(auc.variance, 0);
	/* The other way about they add up: 1/16 + 1/16 + 2 * 1/16 times two. */
	s[1].cluster = 2;
	s[3].cluster = 1;
	assert_int_equal(eval_auc(s, 4, &auc, NULL), 1);
	assert_near(auc.variance, 0.25);
	/* The positives in one cluster: nothing is known of how they vary. */
	s[2].cluster = 1;
	assert_int_equal(eval_auc(s, 4, &auc, NULL), 1);
	assert_near(auc.variance, 0.25);
}

/* Copies of rows in their clusters tell nothing new: the interval stays as wide. */
static void copies_are_no_evidence(void **state)
{
	struct eval_score s[400];
	struct eval_auc once, copied;
	struct rng rng;

	(void)state;
	rng_init(&rng, 1, 0, 0, RNG_TEST);
	for (uint32_t i = 0; i < 100; i++) {
		s[i] = (struct eval_score) { rng_below(&rng, 50) + 10 * (i % 2), i, i % 2 != 0 };
		s[i + 100] = s[i + 200] = s[i + 300] = s[i];
	}
	assert_int_equal(eval_auc(s, 100, &once, NULL), 1);
	assert_int_equal(eval_auc(s, 400, &copied, NULL), 1);
	assert_near(copied.auc, once.auc);
	assert_near(copied.variance, once.variance);
}

/*
 * Of 1000 experiments with 60 rows, scores 1 in 3 tied, the interval must miss the true area (0.5,
 * for both classes draw alike) in about 5%: between 2.5% and 9% fails a right program in less than
 * 1e-4 of seeds, allowing for 6.5% that so few rows have.
 */
static void interval_covers(void **state)
{
	int n_missed = 0;

	(void)state;
	for (uint32_t e = 0; e < 1000; e++) {
		struct eval_score s[60];
		struct eval_auc auc;
		struct rng rng;
		double off;

		rng_init(&rng, 2, e, 0, RNG_TEST);
		for (uint32_t i = 0; i < 60; i++)
			s[i] = (struct eval_score) { rng_below(&rng, 60), i, i % 2 != 0 };
		assert_int_equal(eval_auc(s, 60, &auc, NULL), 1);
		off = auc.auc < 0.5 ? 0.5 - auc.auc : auc.auc - 0.5;
		n_missed += off > 1.96 * det_sqrt(auc.variance);
	}
	if (n_missed < 25 || n_missed > 90)
		fail_msg("%d of 1000 missed", n_missed);
}

static void roc_by_hand(void **state)
{
	const struct eval_score s[] = { { 4, 1, true }, { 3, 2, false }, { 3, 3, true },
					{ 2, 4, true }, { 1, 5, false }, { 0, 6, true } };
	double roc[EVAL_ROC_POINTS];

	(void)state;
	/* Up to 1/4; along a tie to (1/2, 2/4); up to 3/4; along to (1, 3/4); up to 1. */
	assert_int_equal(eval_roc(s, 6, roc, NULL), 0);
	assert_near(roc[0], 0.25);
	assert_near(roc[25], 0.375);
	assert_near(roc[49], 0.25 + 0.25 * 0.98);
	assert_near(roc[50], 0.75);
	assert_near(roc[99], 0.75);
	assert_near(roc[100], 1);
}

static void f1_by_hand(void **state)
{
	/* a: 2 of 3 found, 1 false alarm: 4/6. b: 1 of 2, 1 false: 2/4. c: 0 of 1. d is no truth.
	 */
	const uint16_t truth[] = { 0, 0, 0, 1, 1, 2 };
	const uint16_t answers[] = { 0, 0, 1, 1, 3, 0 };
	const uint16_t none[] = { 0, 0, 0, 1, 1, UINT16_MAX };

	(void)state;
	assert_near(eval_macro_f1(truth, answers, 6), (4.0 / 6 + 2.0 / 4 + 0) / 3);
	assert_near(eval_macro_f1(truth, none, 6), 2.0 / 3);
	assert_near(eval_macro_f1(truth, truth, 6), 1);
	assert_near(eval_macro_f1(truth, answers, 0), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(auc_by_hand),
		cmocka_unit_test(clusters_by_hand),
		cmocka_unit_test(copies_are_no_evidence),
		cmocka_unit_test(interval_covers),
		cmocka_unit_test(roc_by_hand),
		cmocka_unit_test(f1_by_hand),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
