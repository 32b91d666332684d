/* SPDX-License-Identifier: Apache-2.0 */
/* Fourier transform and the autocorrelation by it (Wiener-Khinchin). */
#ifndef SOSIE_EVAL_FFT_H
#define SOSIE_EVAL_FFT_H

#include "base/err.h"
#include <stddef.h>

/*
 * In place, of n = 2^k complex numbers; forward: exp(-2 pi i / n). Neither way is scaled. No libm:
 * the roots of unity come from square roots, so every machine has the same. Returns 0 or -ENOMEM.
 */
int eval_fft(double *real, double *imag, size_t n, struct err *err);

/*
 * Autocorrelations of two series at once (one as the real, one as the imaginary part): the biased
 * estimator around the mean, ret_x[0] = 1; a constant series has 0 at all other lags. ret_a has n_a
 * lags, ret_b n_b; both are at least 1 and at most 2^24.
 */
int eval_autocorrelations(const double *a, size_t n_a, const double *b, size_t n_b, double *ret_a,
			  double *ret_b, struct err *err);

#endif
