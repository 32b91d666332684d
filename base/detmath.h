/* SPDX-License-Identifier: Apache-2.0 */
/*
 * exp and log from + - * / alone. libm differs between machines in the last bit; these do not,
 * because IEEE 754 fixes the four operations and the build turns contraction off. Relative error
 * below 1e-14.
 */
#ifndef SOSIE_BASE_DETMATH_H
#define SOSIE_BASE_DETMATH_H

double det_exp(double x);  /* 0 below -745, largest finite above 709 */
double det_log(double x);  /* the lowest finite value for x <= 0 */
double det_log2(double x); /* exact for powers of two; the lowest finite value for x <= 0 */
double det_sqrt(double x); /* 0 for x <= 0 */
double det_erf(double x);  /* absolute error below 1e-14 */

#endif
