/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/dist.h"

enum { N_OUTCOMES = 7 };

/*
 * The law of a table without drawing: cell c keeps c with threshold/2^32 and gives the rest to its
 * alias. Each cell may be short by 2^-32 of 1/n.
 */
static void alias_table_holds_the_weights(void **state)
{
	static const uint64_t cases[][N_OUTCOMES] = {
		{ 1, 1, 1, 1, 1, 1, 1 },
		{ 0, 0, 0, 5, 0, 0, 0 },
		{ 1, 2, 3, 4, 5, 6, 7 },
		{ 1, 0, UINT64_C(1) << 61, 1, 3, UINT64_C(1) << 60, 0 },
		{ 0, 1, 1000000, 1, 999, 0, 17 },
	};
	size_t k;

	(void)state;
	for (k = 0; k < sizeof(cases) / sizeof(cases[0]); k++) {
		const double cell = 1.0 / N_OUTCOMES, word = 4294967296.0;
		double law[N_OUTCOMES] = { 0 }, sum = 0;
		struct alias_table table;
		uint32_t i;

		assert_int_equal(alias_init(&table, cases[k], N_OUTCOMES), 0);
		for (i = 0; i < N_OUTCOMES; i++) {
			law[i] += table.threshold[i] / word * cell;
			law[table.alias[i]] += (1 - table.threshold[i] / word) * cell;
			sum += (double)cases[k][i];
		}
		for (i = 0; i < N_OUTCOMES; i++) {
			assert_true(fabs(law[i] - (double)cases[k][i] / sum) < 1.0 / word);
			if (cases[k][i] == 0) { /* never, not just rarely */
				assert_int_equal(table.threshold[i], 0);
				assert_true(law[i] == 0);
			}
		}
		alias_done(&table);
	}
}

/* Chi-square, 6 degrees of freedom, n = 100000: above 38.3 once in 1e6 seeds; the seed is fixed. */
static void alias_draws_by_weight(void **state)
{
	static const uint64_t weights[N_OUTCOMES] = { 10, 0, 5, 40, 25, 1, 19 };
	uint64_t counts[N_OUTCOMES] = { 0 };
	struct alias_table table;
	double chi = 0;
	struct rng rng;
	int i;

	(void)state;
	assert_int_equal(alias_init(&table, weights, N_OUTCOMES), 0);
	rng_init(&rng, 21, 0, 0, RNG_TEST);
	for (i = 0; i < 100000; i++)
		counts[alias_draw(&table, &rng)]++;
	alias_done(&table);
	assert_int_equal(counts[1], 0);
	for (i = 0; i < N_OUTCOMES; i++) {
		double want = (double)weights[i] * 1000, d = (double)counts[i] - want;

		chi += want > 0 ? d * d / want : 0;
	}
	assert_true(chi < 38.3);
}

/* Random tables of many sizes against sums kept apart: the construction never loses an outcome. */
static void alias_of_many_sizes(void **state)
{
	struct rng rng;
	uint32_t n;

	(void)state;
	rng_init(&rng, 22, 0, 0, RNG_TEST);
	for (n = 1; n < 400; n += 7) {
		uint64_t *weights = calloc(n, sizeof(*weights)), sum = 0;
		double *law = calloc(n, sizeof(*law));
		struct alias_table table;
		uint32_t i;

		assert_true(weights != NULL && law != NULL);
		for (i = 0; i < n; i++) {
			weights[i] = rng_u64(&rng) >> (20 + rng_below(&rng, 44));
			sum += weights[i];
		}
		weights[0] += sum == 0;
		sum += sum == 0;
		assert_int_equal(alias_init(&table, weights, n), 0);
		for (i = 0; i < n; i++) {
			assert_true(table.alias[i] < n);
			law[i] += table.threshold[i] / 4294967296.0 / n;
			law[table.alias[i]] += (1 - table.threshold[i] / 4294967296.0) / n;
		}
		for (i = 0; i < n; i++)
			assert_true(fabs(law[i] - (double)weights[i] / (double)sum) < 1e-9);
		alias_done(&table);
		free(weights);
		free(law);
	}
}

static void alias_refuses(void **state)
{
	static const uint64_t zero[3], wrap[2] = { UINT64_MAX, 2 },
				       large[2] = { UINT64_C(1) << 62, UINT64_C(1) << 62 };
	struct alias_table table;

	(void)state;
	assert_int_equal(alias_init(&table, zero, 3), -EINVAL);
	assert_int_equal(alias_init(&table, zero, 0), -EINVAL);
	assert_int_equal(alias_init(&table, wrap, 2), -EINVAL);
	assert_int_equal(alias_init(&table, large, 2), -EINVAL);
	alias_done(&table);
	alias_done(&table);
}

static void quantile_is_linear_and_monotone(void **state)
{
	static const int64_t knots[] = { -10, 0, 0, 0, 100 };
	const struct quantile_table table = { 5, knots }, one = { 1, knots + 4 };
	int64_t last = INT64_MIN;
	uint64_t u;

	(void)state;
	assert_int_equal(quantile_value(&table, 0), -10);
	assert_int_equal(quantile_value(&table, UINT32_C(1) << 29), -5);
	assert_int_equal(quantile_value(&table, UINT32_C(1) << 30), 0);
	assert_int_equal(quantile_value(&table, UINT32_C(3) << 30), 0);
	assert_int_equal(quantile_value(&table, UINT32_C(7) << 29), 50);
	assert_int_equal(quantile_value(&table, UINT32_MAX), 100);
	assert_int_equal(quantile_value(&one, 0), 100);
	assert_int_equal(quantile_value(&one, UINT32_MAX), 100);
	for (u = 0; u <= UINT32_MAX; u += 65537) {
		int64_t v = quantile_value(&table, (uint32_t)u);

		assert_true(v >= last && v >= -10 && v <= 100);
		if (u >= UINT64_C(1) << 30 && u <= UINT64_C(3) << 30)
			assert_int_equal(v, 0); /* the atom is whole */
		last = v;
	}
}

static void quantile_does_not_overflow(void **state)
{
	static const int64_t knots[] = { INT64_MIN, 0, INT64_C(1) << 62, INT64_MAX };
	static const int64_t ends[] = { INT64_MIN, INT64_MAX };
	const struct quantile_table table = { 4, knots }, wide = { 2, ends };
	int64_t last = INT64_MIN;
	uint64_t u;

	(void)state;
	for (u = 0; u <= UINT32_MAX; u += 1000003) {
		int64_t v = quantile_value(&table, (uint32_t)u);

		assert_true(v >= last);
		last = v;
	}
	assert_true(quantile_value(&wide, UINT32_C(1) << 31) == 0);
	assert_true(quantile_value(&wide, 0) == INT64_MIN);
	assert_true(quantile_value(&wide, UINT32_MAX) > INT64_MAX - (INT64_C(1) << 33));
}

static void quantile_fit_takes_ends_and_atoms(void **state)
{
	int64_t values[1000], knots[101];
	uint32_t k;
	int i;

	(void)state;
	for (i = 0; i < 1000; i++)
		values[i] = i < 900 ? 7 : i;
	quantile_fit(values, 1000, knots, 101);
	assert_int_equal(knots[0], 7);
	assert_int_equal(knots[100], 999);
	for (k = 1; k <= 100; k++)
		assert_true(knots[k] >= knots[k - 1]);
	assert_int_equal(knots[89], 7);
	assert_true(knots[91] > 900);
	quantile_fit(values, 1, knots, 5);
	for (k = 0; k < 5; k++)
		assert_int_equal(knots[k], 7);
	quantile_fit(values, 1000, knots, 1);
	assert_int_equal(knots[0], 7);
	quantile_fit(values + 900, 2, knots, 2);
	assert_int_equal(knots[0], 900);
	assert_int_equal(knots[1], 901);
}

/*
 * A fit and draws from it give the sample back: Kolmogorov-Smirnov distance of 20000 draws to the
 * sample's own law below 0.0190 (alpha 1e-6) plus the step of the knots, 1/256.
 */
static void quantile_draws_the_sample(void **state)
{
	enum { N = 4000, N_DRAWS = 20000, RANGE = 2048 };
	static int64_t values[N];
	int64_t knots[257];
	const struct quantile_table table = { 257, knots };
	int counts[RANGE] = { 0 }, draws[RANGE] = { 0 }, i, n = 0;
	double gap = 0, a = 0, b = 0;
	struct rng rng;

	(void)state;
	rng_init(&rng, 23, 0, 0, RNG_TEST);
	for (i = 0; i < N; i++)
		counts[rng_below(&rng, 4) == 0 ? 600 : rng_below(&rng, 40) * rng_below(&rng, 40)]++;
	for (i = 0; i < RANGE; i++) {
		int c;

		for (c = 0; c < counts[i]; c++)
			values[n++] = i;
	}
	assert_int_equal(n, N);
	quantile_fit(values, N, knots, 257);
	for (i = 0; i < N_DRAWS; i++)
		draws[quantile_value(&table, rng_u32(&rng))]++;
	for (i = 0; i < RANGE; i++) {
		a += (double)counts[i] / N;
		b += (double)draws[i] / N_DRAWS;
		gap = fabs(a - b) > gap ? fabs(a - b) : gap;
	}
	assert_true(gap < 0.0190 + 1.0 / 256);
}

/* Chi-square against the law itself; the tails beyond are pooled. */
static double poisson_chi(double mean, int n_draws, uint64_t seed, int *ret_freedom)
{
	double sd = sqrt(mean), chi = 0, rest = 1, rest_seen;
	int low = (int)(mean - 4 * sd), high = (int)(mean + 4 * sd) + 1, width, i, n_cells = 0;
	int *seen;
	struct rng rng;

	low = low < 0 ? 0 : low;
	width = high - low + 1;
	seen = calloc((size_t)width, sizeof(*seen));
	assert_non_null(seen);
	rest_seen = n_draws;
	rng_init(&rng, seed, 0, 0, RNG_TEST);
	for (i = 0; i < n_draws; i++) {
		uint64_t k = poisson_draw(mean, &rng);

		if (k >= (uint64_t)low && k <= (uint64_t)high)
			seen[k - (uint64_t)low]++;
	}
	for (i = 0; i < width; i++) {
		double k = low + i, p = exp(k * log(mean) - mean - lgamma(k + 1));
		double d = seen[i] - p * n_draws;

		if (p * n_draws < 10)
			continue;
		chi += d * d / (p * n_draws);
		rest -= p;
		rest_seen -= seen[i];
		n_cells++;
	}
	free(seen);
	if (rest * n_draws >= 10)
		chi += (rest_seen - rest * n_draws) * (rest_seen - rest * n_draws) /
		       (rest * n_draws);
	else
		n_cells--;
	*ret_freedom = n_cells;
	return chi;
}

/* Both methods and their border. 5 sigma above the mean of chi-square by Wilson and Hilferty's
 * cube: one false alarm in 3e6 for each mean; the seeds are fixed. */
static void poisson_follows_its_law(void **state)
{
	static const double means[] = { 0.01, 0.7, 3.3, 9.999, 10, 10.5, 17, 63, 500, 20000 };
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(means) / sizeof(means[0]); i++) {
		int freedom;
		double chi = poisson_chi(means[i], 100000, 31 + i, &freedom), bound;

		assert_true(freedom > 0);
		bound = 1 - 2.0 / (9 * freedom) + 5 * sqrt(2.0 / (9 * freedom));
		bound = freedom * bound * bound * bound;
		if (chi >= bound)
			fail_msg("mean %g: chi-square %g with %d degrees, bound %g", means[i], chi,
				 freedom, bound);
	}
}

/* Mean and variance of 20000 draws within 5 standard errors: one false alarm in 9e5. */
static void poisson_of_large_means(void **state)
{
	static const double means[] = { 1e5, 1e7, 1e9 };
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(means) / sizeof(means[0]); i++) {
		double sum = 0, squares = 0, n = 20000, mean, variance;
		struct rng rng;
		int k;

		rng_init(&rng, 41, i, 0, RNG_TEST);
		for (k = 0; k < n; k++) {
			double d = (double)poisson_draw(means[i], &rng) - means[i];

			sum += d;
			squares += d * d;
		}
		mean = sum / n;
		variance = squares / n - mean * mean;
		assert_true(fabs(mean) < 5 * sqrt(means[i] / n));
		assert_true(fabs(variance / means[i] - 1) < 5 * sqrt(2 / n));
	}
}

static void poisson_at_the_edges(void **state)
{
	struct rng rng;
	uint64_t k;

	(void)state;
	rng_init(&rng, 42, 0, 0, RNG_TEST);
	assert_int_equal(poisson_draw(0, &rng), 0);
	assert_int_equal(poisson_draw(-1, &rng), 0);
	assert_int_equal(poisson_draw(NAN, &rng), 0);
	assert_int_equal(poisson_draw(1e-300, &rng), 0);
	k = poisson_draw(INFINITY, &rng);
	assert_true(k > 999000000 && k < 1001000000);
}

/* Same draws on every machine and compiler: the sums were taken once and are part of the contract.
 */
static void draws_are_pinned(void **state)
{
	uint64_t sum = 0;
	struct rng rng;
	int i;

	(void)state;
	rng_init(&rng, 1, 2, 3, RNG_TEST);
	for (i = 0; i < 1000; i++)
		sum = sum * 31 + poisson_draw(i * 0.37, &rng);
	assert_true(sum == UINT64_C(0x411A6A107CA7AFAE));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(alias_table_holds_the_weights),
		cmocka_unit_test(alias_draws_by_weight),
		cmocka_unit_test(alias_of_many_sizes),
		cmocka_unit_test(alias_refuses),
		cmocka_unit_test(quantile_is_linear_and_monotone),
		cmocka_unit_test(quantile_does_not_overflow),
		cmocka_unit_test(quantile_fit_takes_ends_and_atoms),
		cmocka_unit_test(quantile_draws_the_sample),
		cmocka_unit_test(poisson_follows_its_law),
		cmocka_unit_test(poisson_of_large_means),
		cmocka_unit_test(poisson_at_the_edges),
		cmocka_unit_test(draws_are_pinned),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
