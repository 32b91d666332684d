/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "eval/verdict.h"

static struct eval_line line_of(double mean, double std)
{
	return (struct eval_line) { .corrected = { 20, mean, std } };
}

static enum eval_grade grade(enum eval_metric metric, double value, double floor, double floor_std)
{
	const struct eval_line line = line_of(value, 0), at = line_of(floor, floor_std);
	struct eval_verdict verdict;

	eval_verdict_of(metric, &line, &at, &verdict);
	assert_true(verdict.because[0] != '\0');
	return verdict.grade;
}

static void lower_is_judged_above_the_floor(void **state)
{
	(void)state;
	/* JSD: 0.02 above is good, 0.1 fair. */
	assert_int_equal(grade(EVAL_JSD, 0.029, 0.01, 0), EVAL_GOOD);
	assert_int_equal(grade(EVAL_JSD, 0.031, 0.01, 0), EVAL_FAIR);
	assert_int_equal(grade(EVAL_JSD, 0.109, 0.01, 0), EVAL_FAIR);
	assert_int_equal(grade(EVAL_JSD, 0.111, 0.01, 0), EVAL_POOR);
	assert_int_equal(grade(EVAL_JSD, 0.001, 0.01, 0), EVAL_GOOD);
}

static void what_is_within_the_noise_is_good(void **state)
{
	(void)state;
	assert_int_equal(grade(EVAL_JSD, 0.05, 0.01, 0), EVAL_FAIR);
	assert_int_equal(grade(EVAL_JSD, 0.05, 0.01, 0.02), EVAL_GOOD);
}

static void higher_and_half_are_turned_round(void **state)
{
	(void)state;
	assert_int_equal(grade(EVAL_COVERAGE, 0.91, 0.99, 0), EVAL_GOOD);
	assert_int_equal(grade(EVAL_COVERAGE, 0.75, 0.99, 0), EVAL_FAIR);
	assert_int_equal(grade(EVAL_COVERAGE, 0.6, 0.99, 0), EVAL_POOR);
	/* Below a half nothing is given away. */
	assert_int_equal(grade(EVAL_MD, 0.1, 0.5, 0), EVAL_GOOD);
	assert_int_equal(grade(EVAL_MD, 0.58, 0.5, 0), EVAL_FAIR);
	assert_int_equal(grade(EVAL_DCR, 0.9, 0.5, 0), EVAL_POOR);
}

static void no_verdict_where_none_can_be_given(void **state)
{
	const struct eval_line published = { .published = { 20, 0.3, 0.1 } };
	struct eval_verdict verdict;

	(void)state;
	assert_int_equal(grade(EVAL_DENSITY, 1, 1, 0), EVAL_NO_VERDICT);
	eval_verdict_of(EVAL_JSD, &published, NULL, &verdict);
	assert_int_equal(verdict.grade, EVAL_NO_VERDICT);
	assert_non_null(strstr(verdict.because, "published"));
	/* Halves that differ more than twice what is fair tell nothing of what is no worse ... */
	assert_int_equal(grade(EVAL_JSD, 0.3, 0.3, 0), EVAL_NO_VERDICT);
	/* ... but what is far worse even so is poor. */
	assert_int_equal(grade(EVAL_JSD, 0.5, 0.3, 0), EVAL_POOR);
}

static void without_a_floor_it_is_judged_from_perfect(void **state)
{
	const struct eval_line good = line_of(0.02, 0), poor = line_of(0.2, 0);
	struct eval_verdict verdict;

	(void)state;
	eval_verdict_of(EVAL_JSD, &good, NULL, &verdict);
	assert_int_equal(verdict.grade, EVAL_GOOD);
	assert_null(strstr(verdict.because, "halves"));
	eval_verdict_of(EVAL_JSD, &poor, NULL, &verdict);
	assert_int_equal(verdict.grade, EVAL_POOR);
}

static enum eval_grade grade_auc(double auc, double low)
{
	struct eval_verdict verdict;

	eval_verdict_auc(auc, low, &verdict);
	assert_int_equal(verdict.because[strlen(verdict.because) - 1], '.');
	return verdict.grade;
}

static void judges_are_judged_by_their_area(void **state)
{
	(void)state;
	assert_int_equal(grade_auc(0.3, 0.2), EVAL_GOOD);
	assert_int_equal(grade_auc(0.59, 0.55), EVAL_GOOD);
	assert_int_equal(grade_auc(0.7, 0.65), EVAL_FAIR);
	assert_int_equal(grade_auc(0.81, 0.75), EVAL_POOR);
	/* What may be chance is no evidence. */
	assert_int_equal(grade_auc(0.81, 0.49), EVAL_NO_VERDICT);
}

static void every_criterion_is_whole(void **state)
{
	(void)state;
	for (int m = 0; m < EVAL_N_METRICS; m++) {
		const struct eval_criterion *c = eval_criterion_of((enum eval_metric)m);
		struct eval_line line = line_of(1e300, 1e300);
		struct eval_verdict verdict;

		if (c->goal != EVAL_GOAL_NONE)
			assert_true(c->good > 0 && c->fair > c->good && c->is_met != NULL &&
				    c->is_not != NULL);
		eval_verdict_of((enum eval_metric)m, &line, &line, &verdict);
		/* Sentences end; none is cut even where numbers are long. */
		assert_int_equal(verdict.because[strlen(verdict.because) - 1], '.');
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(lower_is_judged_above_the_floor),
		cmocka_unit_test(what_is_within_the_noise_is_good),
		cmocka_unit_test(higher_and_half_are_turned_round),
		cmocka_unit_test(no_verdict_where_none_can_be_given),
		cmocka_unit_test(without_a_floor_it_is_judged_from_perfect),
		cmocka_unit_test(judges_are_judged_by_their_area),
		cmocka_unit_test(every_criterion_is_whole),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
