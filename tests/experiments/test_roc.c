/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit.h"

#include <math.h>

#include "tests/experiments/roc.h"

static void assert_near(double value, double expected)
{
	if (fabs(value - expected) > 1e-12)
		fail_msg("%.12f, not %.12f", value, expected);
}

static void test_apart(void **state)
{
	double normal[] = { 3, 1, 2 }, anomalous[] = { 5, 4 };
	struct roc roc = roc_of(normal, 3, anomalous, 2, 0.1);

	(void)state;
	assert_near(roc.auc, 1);
	assert_near(roc.tpr, 1);
	assert_near(roc.fpr, 0);
	assert_near(roc.best_f1, 1);
}

static void test_all_the_same(void **state)
{
	double normal[] = { 7, 7, 7, 7 }, anomalous[] = { 7, 7 };
	struct roc roc = roc_of(normal, 4, anomalous, 2, 0.5);

	(void)state;
	assert_near(roc.auc, 0.5);
	/* Everything is called anomalous: half of that is right, nothing is missed. */
	assert_near(roc.best_f1, 2.0 / 3);
}

/* 20 pairs: 1 is tied, 14 are in order. The best threshold takes 9 and 6. */
static void test_by_hand(void **state)
{
	double normal[] = { 1, 2, 3, 6, 8 }, anomalous[] = { 9, 7, 6, 0 };
	struct roc roc = roc_of(normal, 5, anomalous, 4, 0.2);

	(void)state;
	assert_near(roc.auc, (5 + 4 + 3.5 + 0) / 20);
	assert_near(roc.tpr, 0.75);
	assert_near(roc.fpr, 0.4);
	/* Precision 0.15 / (0.15 + 0.32). */
	assert_near(roc.f1, 2 * 0.15 / (0.15 + 0.32 + 0.2));
	/* 9 alone: found 0.05, no false alarm. */
	assert_near(roc.best_f1, 2 * 0.15 / (0.15 + 0.32 + 0.2));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_apart),
		cmocka_unit_test(test_all_the_same),
		cmocka_unit_test(test_by_hand),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
