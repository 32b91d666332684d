/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Argument reduction and minimax polynomials after FDLIBM (Sun Microsystems, 1993), e_exp.c and
 * e_log.c: only + - * / and bit moves, so IEEE 754 fixes every bit of the result.
 */
#include "base/detmath.h"

#include <float.h>
#include <math.h>
#include <stdint.h>
#include <string.h>

static const double ln2_high = 6.93147180369123816490e-01; /* 33 bits: k * ln2_high is exact */
static const double ln2_low = 1.90821492927058770002e-10;
static const double inv_ln2 = 1.44269504088896338700e+00;

static uint64_t to_bits(double x)
{
	uint64_t bits;

	memcpy(&bits, &x, sizeof(bits));
	return bits;
}

static double from_bits(uint64_t bits)
{
	double x;

	memcpy(&x, &bits, sizeof(x));
	return x;
}

/* 2^k for k in [-1022, 1023]. */
static double power_of_two(int k)
{
	return from_bits((uint64_t)(k + 1023) << 52);
}

double det_exp(double x)
{
	double high, low, r, t, c, y;
	int k;

	if (x != x)
		return x;
	if (x > 709.782712893383973096)
		return DBL_MAX;
	if (x < -745.13321910194110842)
		return 0;
	k = (int)(x * inv_ln2 + (x < 0 ? -0.5 : 0.5));
	high = x - k * ln2_high;
	low = k * ln2_low;
	r = high - low;
	t = r * r;
	c = r - t * (1.66666666666666019037e-01 +
		     t * (-2.77777777770155933842e-03 +
			  t * (6.61375632143793436117e-05 + t * (-1.65339022054652515390e-06 +
								 t * 4.13813679705723846039e-08))));
	y = 1.0 - ((low - r * c / (2.0 - c)) - high);
	if (k < -1021)
		return y * power_of_two(k + 1000) * power_of_two(-1000); /* may be subnormal */
	if (k > 1023)
		return y * 2.0 * power_of_two(k - 1);
	return y * power_of_two(k);
}

/* x = 2^k * (1 + f) with sqrt(1/2) < 1 + f < sqrt(2); x > 0. Returns k. */
static int split(double x, double *ret_f)
{
	uint64_t bits = to_bits(x);
	int k = 0;
	double m;

	if (bits < UINT64_C(0x0010000000000000)) { /* subnormal */
		bits = to_bits(x * 18014398509481984.0);
		k = -54;
	}
	k += (int)(bits >> 52) - 1023;
	m = from_bits((bits & UINT64_C(0x000fffffffffffff)) | UINT64_C(0x3ff0000000000000));
	if (m > 1.41421356237309504880) {
		m *= 0.5;
		k++;
	}
	*ret_f = m - 1.0;
	return k;
}

/* log(1 + f) is f - correction(f). */
static double correction(double f)
{
	double s = f / (2.0 + f);
	double z = s * s;
	double half = 0.5 * f * f;
	double r = z * (6.666666666666735130e-01 +
			z * (3.999999999940941908e-01 +
			     z * (2.857142874366239149e-01 +
				  z * (2.222219843214978396e-01 +
				       z * (1.818357216161805012e-01 +
					    z * (1.531383769920937332e-01 +
						 z * 1.479819860511658591e-01))))));

	return half - s * (half + r);
}

double det_log(double x)
{
	double f;
	int k;

	if (x != x)
		return x;
	if (x <= 0)
		return -DBL_MAX;
	if (x > DBL_MAX)
		return x;
	k = split(x, &f);
	return k * ln2_high - ((correction(f) - k * ln2_low) - f);
}

double det_log2(double x)
{
	double f;
	int k;

	if (x != x)
		return x;
	if (x <= 0)
		return -DBL_MAX;
	if (x > DBL_MAX)
		return x;
	k = split(x, &f);
	return k + (f - correction(f)) * inv_ln2;
}

/* The one root that IEEE 754 rounds correctly, so the same everywhere. */
double det_sqrt(double x)
{
	return x > 0 ? sqrt(x) : 0;
}

/* erf(x) = 2 / sqrt(pi) exp(-x^2) sum of 2^n x^(2n+1) / (1 3 .. (2n+1)): no term is negative, so
 * nothing cancels (Abramowitz and Stegun 7.1.6). */
static double erf_series(double x)
{
	double term = x, sum = x;

	for (int n = 1; n < 200 && term > sum * 1e-17; n++) {
		term *= 2 * x * x / (2 * n + 1);
		sum += term;
	}
	return 1.12837916709551257390 * det_exp(-x * x) * sum;
}

/* 1 - erf(x) by its continued fraction (A. and S. 7.1.14), from the bottom up: x of 3 or more. */
static double erfc_fraction(double x)
{
	double f = x;

	for (int k = 60; k > 0; k--)
		f = x + 0.5 * k / f;
	return 0.56418958354775628695 * det_exp(-x * x) / f;
}

double det_erf(double x)
{
	const double size = x < 0 ? -x : x;
	double y;

	if (x != x)
		return x;
	if (size >= 6)
		y = 1;
	else
		y = size < 3 ? erf_series(size) : 1 - erfc_fraction(size);
	return x < 0 ? -y : y;
}
