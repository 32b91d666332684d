/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <float.h>
#include <math.h>
#include <string.h>

#include "base/detmath.h"
#include "base/hash.h"
#include "base/rng.h"

static double relative(double a, double b)
{
	return a == b ? 0 : fabs(a - b) / fabs(b);
}

/* libm (glibc: below 1 ulp) is the second opinion; nothing of it decides an output. */
static void exp_is_close_to_libm(void **state)
{
	double x;

	(void)state;
	for (x = -708; x < 709.7; x += 0.01371)
		assert_true(relative(det_exp(x), exp(x)) < 1e-14);
	for (x = -1; x < 1; x += 0.0001237)
		assert_true(relative(det_exp(x), exp(x)) < 4e-16);
	for (x = -745; x < -708; x += 0.0137) /* subnormal: to a few of the smallest steps */
		assert_true(fabs(det_exp(x) - exp(x)) <= 2 * DBL_TRUE_MIN);
}

static void exp_at_the_edges(void **state)
{
	(void)state;
	assert_true(det_exp(0) == 1);
	assert_true(det_exp(-746) == 0);
	assert_true(det_exp(-INFINITY) == 0);
	assert_true(det_exp(710) == DBL_MAX);
	assert_true(det_exp(INFINITY) == DBL_MAX);
	assert_true(det_exp(709.782712893383973096) <= DBL_MAX);
	assert_true(det_exp(-745) > 0);
	assert_true(isnan(det_exp(NAN)));
}

static void log_is_close_to_libm(void **state)
{
	double x;

	(void)state;
	for (x = 1e-300; x < 1e300; x *= 1.0137) {
		assert_true(relative(det_log(x), log(x)) < 1e-14);
		assert_true(relative(det_log2(x), log2(x)) < 1e-14);
		assert_true(relative(det_sqrt(x), sqrt(x)) < 1e-14);
	}
	for (x = 0.5; x < 2; x += 0.0001237) {
		assert_true(relative(det_log(x), log(x)) < 1e-14);
		assert_true(relative(det_log2(x), log2(x)) < 1e-14);
	}
	assert_true(relative(det_log(DBL_TRUE_MIN), log(DBL_TRUE_MIN)) < 1e-14);
}

static void log_at_the_edges(void **state)
{
	int k;

	(void)state;
	assert_true(det_log(1) == 0);
	assert_true(det_log(0) == -DBL_MAX);
	assert_true(det_log(-1) == -DBL_MAX);
	assert_true(det_log2(0) == -DBL_MAX);
	assert_true(isnan(det_log(NAN)) && isnan(det_log2(NAN)));
	assert_true(isinf(det_log(INFINITY)) && isinf(det_log2(INFINITY)));
	assert_true(det_sqrt(0) == 0);
	assert_true(det_sqrt(-1) == 0);
	assert_true(det_sqrt(NAN) == 0);
	for (double x = -7; x < 7; x += 0.000731)
		assert_true(fabs(det_erf(x) - erf(x)) < 1e-14);
	assert_true(isnan(det_erf(NAN)) && det_erf(INFINITY) == 1 && det_erf(0) == 0);
	for (k = -1074; k < 1024; k++)
		assert_true(det_log2(ldexp(1, k)) == k);
}

/* The very bits, taken once with gcc on x86-64: another machine must give the same. */
static void bits_are_pinned(void **state)
{
	uint64_t hash = 0;
	struct rng rng;
	int i;

	(void)state;
	rng_init(&rng, 7, 0, 0, RNG_TEST);
	for (i = 0; i < 10000; i++) {
		double x = ((double)rng_below(&rng, 2000001) - 1000000) / 1500;
		double values[4];
		uint64_t bits[4];
		int k;

		values[0] = det_exp(x);
		values[1] = det_log(fabs(x) + 1e-9);
		values[2] = det_log2(fabs(x) + 1e-9);
		values[3] = det_sqrt(fabs(x));
		memcpy(bits, values, sizeof(bits));
		for (k = 0; k < 4; k++)
			hash = hash_mix(hash, bits[k]);
	}
	if (hash != UINT64_C(0x8B34DAB1307283B5))
		fail_msg("0x%016llX", (unsigned long long)hash);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(exp_is_close_to_libm), cmocka_unit_test(exp_at_the_edges),
		cmocka_unit_test(log_is_close_to_libm), cmocka_unit_test(log_at_the_edges),
		cmocka_unit_test(bits_are_pinned),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
