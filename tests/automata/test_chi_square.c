/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit.h"

#include <math.h>

#include "automata/chi_square.h"

/* Closed forms: 2 degrees exp(-x/2); 1 degree erfc(sqrt(x/2)); 4 degrees exp(-x/2) (1 + x/2). */
static void test_closed_forms(void **state)
{
	(void)state;
	for (double x = 0.01; x < 300; x *= 1.1) {
		assert_true(fabs(chi_square_log_tail(x, 2) + x / 2) < 1e-9);
		assert_true(fabs(chi_square_log_tail(x, 1) - log(erfc(sqrt(x / 2)))) < 1e-9);
		assert_true(fabs(chi_square_log_tail(x, 4) - (log1p(x / 2) - x / 2)) < 1e-9);
	}
}

/* P(X > x) for k + 2 degrees is that for k and a term more: holds the degrees together. */
static void test_recurrence(void **state)
{
	(void)state;
	for (uint32_t df = 1; df < 3000; df += 1 + df / 7) {
		const double x = df * 1.07 + 3;
		const double term = exp(df / 2.0 * log(x / 2) - x / 2 - lgamma(df / 2.0 + 1));
		const double expected = exp(chi_square_log_tail(x, df)) + term;

		assert_true(fabs(exp(chi_square_log_tail(x, df + 2)) - expected) < 1e-9);
	}
}

/* Table values of the 5 % points. */
static void test_quantiles(void **state)
{
	static const struct {
		uint32_t df;
		double x;
	} rows[] = { { 1, 3.841459 },
		     { 5, 11.070498 },
		     { 10, 18.307038 },
		     { 30, 43.772972 },
		     { 100, 124.342113 } };

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++)
		assert_true(fabs(exp(chi_square_log_tail(rows[i].x, rows[i].df)) - 0.05) < 1e-6);
}

static void test_edges(void **state)
{
	(void)state;
	assert_true(fabs(chi_square_log_tail(0, 3)) < 1e-15);
	assert_true(fabs(chi_square_log_tail(-1, 3)) < 1e-15);
	assert_true(fabs(chi_square_log_tail(5, 0)) < 1e-15);
	/* Far out it stays finite and goes on falling. */
	assert_true(chi_square_log_tail(1e6, 10) < chi_square_log_tail(1e5, 10));
	assert_true(isfinite(chi_square_log_tail(1e6, 10)));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_closed_forms),
		cmocka_unit_test(test_recurrence),
		cmocka_unit_test(test_quantiles),
		cmocka_unit_test(test_edges),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
