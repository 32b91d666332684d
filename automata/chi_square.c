/* SPDX-License-Identifier: Apache-2.0 */
#include "automata/chi_square.h"

#include "base/detmath.h"

static const double half_log_2pi = 0.91893853320467274178;

enum { STIRLING_FROM = 16, MAX_TERMS = 100000 };

/* ln Gamma(a): Stirling's series, after stepping up to where it is good to 1e-13. */
static double log_gamma(double a)
{
	double steps = 1, inverse, square;

	for (; a < STIRLING_FROM; a++)
		steps *= a;
	inverse = 1 / a;
	square = inverse * inverse;
	return (a - 0.5) * det_log(a) - a + half_log_2pi +
	       inverse * (1.0 / 12 - square * (1.0 / 360 - square * (1.0 / 1260 - square / 1680))) -
	       det_log(steps);
}

/* Q by the continued fraction, without the factor in front (Lentz's method). y > a + 1. */
static double tail_fraction(double a, double y)
{
	double b = y + 1 - a, c = 1e300, d = 1 / b, f = d;

	for (int i = 1; i < MAX_TERMS; i++) {
		const double step = -i * (i - a);
		double factor;

		b += 2;
		d = 1 / (step * d + b);
		c = b + step / c;
		factor = c * d;
		f *= factor;
		if (factor > 1 - 1e-15 && factor < 1 + 1e-15)
			break;
	}
	return f;
}

/* 1 - Q by the series, without the factor in front. y < a + 1. */
static double head_series(double a, double y)
{
	double term = 1 / a, sum = term;

	for (int i = 1; i < MAX_TERMS && term > sum * 1e-16; i++) {
		term *= y / (a + i);
		sum += term;
	}
	return sum;
}

double chi_square_log_tail(double x, uint32_t df)
{
	const double a = df / 2.0, y = x / 2;
	double log_factor, head;

	if (!(x > 0) || df == 0)
		return 0;
	log_factor = a * det_log(y) - y - log_gamma(a);
	if (y >= a + 1)
		return log_factor + det_log(tail_fraction(a, y));
	head = det_exp(log_factor) * head_series(a, y);
	return head < 1 ? det_log(1 - head) : -745;
}
