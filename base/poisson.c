/* SPDX-License-Identifier: Apache-2.0 */
/* Poisson counts; see dist.h for the two methods and their sources. */
#include "base/dist.h"

#include "base/detmath.h"

enum { INVERSION_BELOW = 10, INVERSION_LIMIT = 200 };

static const double mean_limit = 1e9;

/* In (0, 1): 53 bits, never 0 and never 1. */
static double unit(struct rng *rng)
{
	return ((double)(rng_u64(rng) >> 12) + 0.5) * (1.0 / 4503599627370496.0);
}

static uint64_t invert(double mean, struct rng *rng)
{
	double u = unit(rng);
	double p = det_exp(-mean);
	double sum = p;
	uint64_t k = 0;

	/* Rounding may keep the sum below u for ever; no mean below 10 reaches 200 before that. */
	while (u >= sum && k < INVERSION_LIMIT) {
		k++;
		p *= mean / (double)k;
		sum += p;
	}
	return k;
}

/* log(k!) - log(sqrt(2 pi k) (k/e)^k) by Stirling's series; below 1e-12 off from k = 5 on. */
static double stirling_rest(double k)
{
	static const double small[] = { 0.0,
					0.0810614667953272582,
					0.0413406959554092941,
					0.0276779256849983391,
					0.0207906721037650931,
					0.0166446911898211922,
					0.0138761288230707480,
					0.0118967099458917701,
					0.0104112652619720965,
					0.0092554621827127329,
					0.0083305634333631369 };
	double k2 = k * k;

	if (k <= 10)
		return small[(int)k];
	return (1.0 / 12 -
		(1.0 / 360 - (1.0 / 1260 - (1.0 / 1680 - 1.0 / 1188 / k2) / k2) / k2) / k2) /
	       k;
}

/* k log(k / mean) + mean - k without cancellation near k = mean (Loader 2000, bd0). */
static double deviance(double k, double mean)
{
	double d = k - mean;
	double v = d / (k + mean);
	double v2 = v * v;
	double sum, term;
	int i;

	if (v > 0.1 || v < -0.1)
		return k * det_log(k / mean) + mean - k;
	sum = d * v;
	term = 2 * k * v;
	for (i = 1; i < 12; i++) {
		term *= v2;
		sum += term / (2 * i + 1);
	}
	return sum;
}

/* log of the probability of k. */
static double log_mass(double k, double mean)
{
	static const double log_2_pi = 1.83787706640934548356;

	if (k < 1)
		return -mean;
	return -stirling_rest(k) - deviance(k, mean) - 0.5 * (log_2_pi + det_log(k));
}

static uint64_t reject(double mean, struct rng *rng)
{
	double b = 0.931 + 2.53 * det_sqrt(mean);
	double a = -0.059 + 0.02483 * b;
	double inv_alpha = 1.1239 + 1.1328 / (b - 3.4);
	double vr = 0.9277 - 3.6224 / (b - 2);

	for (;;) {
		double u = unit(rng) - 0.5;
		double v = unit(rng);
		double us = 0.5 - (u < 0 ? -u : u);
		double x = (2 * a / us + b) * u + mean + 0.43;
		double k;

		if (x < 0 || x > 4e9) /* above: far beyond any value this mean can give */
			continue;
		k = (double)(uint64_t)x;
		if (us >= 0.07 && v <= vr)
			return (uint64_t)k;
		if (us < 0.013 && v > us)
			continue;
		if (det_log(v * inv_alpha / (a / (us * us) + b)) <= log_mass(k, mean))
			return (uint64_t)k;
	}
}

uint64_t poisson_draw(double mean, struct rng *rng)
{
	if (!(mean > 0))
		return 0;
	if (mean > mean_limit)
		mean = mean_limit;
	return mean < INVERSION_BELOW ? invert(mean, rng) : reject(mean, rng);
}
