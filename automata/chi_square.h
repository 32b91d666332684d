/* SPDX-License-Identifier: Apache-2.0 */
/* The upper tail of chi-square, for tests that decide what is learned: the same on every machine.
 */
#ifndef SOSIE_AUTOMATA_CHI_SQUARE_H
#define SOSIE_AUTOMATA_CHI_SQUARE_H

#include <stdint.h>

/*
 * ln P(X > x) for X chi-square with df degrees of freedom: the incomplete gamma function Q(df / 2,
 * x / 2), by its series below the mean and its continued fraction above (Abramowitz and Stegun
 * 6.5.29, 6.5.31). Absolute error below 1e-9. 0 for x <= 0 or df = 0.
 */
double chi_square_log_tail(double x, uint32_t df);

#endif
