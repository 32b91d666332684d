/* SPDX-License-Identifier: Apache-2.0 */
/* Chi-square tests with a false-alarm rate of 1e-6. */
#ifndef SOSIE_TESTS_CHI_SQUARE_H
#define SOSIE_TESTS_CHI_SQUARE_H

#include <math.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The value that chi-square of df degrees of freedom is above once in 1e6 (Wilson and Hilferty
 * 1931; 4.753 is the normal quantile). */
static inline double chi_square_limit(size_t df)
{
	const double k = (double)df, w = 2.0 / (9.0 * k), root = 1 - w + 4.753 * sqrt(w);

	return k * root * root * root;
}

/*
 * Do n_draws draws with these counts follow the law (probabilities)? Outcomes expected fewer than
 * five times are taken together; an outcome of probability 0 that was drawn fails at once.
 */
static inline bool chi_square_fits(const uint64_t *counts, const double *law, size_t n,
				   uint64_t n_draws)
{
	double sum = 0, rest = 0, rest_law = 0;
	size_t cells = 0;

	for (size_t i = 0; i < n; i++) {
		const double expected = law[i] * (double)n_draws;

		if (law[i] <= 0 && counts[i] > 0)
			return false;
		if (expected < 5) {
			rest += (double)counts[i];
			rest_law += expected;
			continue;
		}
		sum += ((double)counts[i] - expected) * ((double)counts[i] - expected) / expected;
		cells++;
	}
	if (rest_law >= 5) {
		sum += (rest - rest_law) * (rest - rest_law) / rest_law;
		cells++;
	} else if (rest > 40) { /* Poisson of mean below 5: above 40 less than once in 1e20 */
		return false;
	}
	return cells < 2 || sum < chi_square_limit(cells - 1);
}

#endif
