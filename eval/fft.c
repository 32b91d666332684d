/* SPDX-License-Identifier: Apache-2.0 */
#include "eval/fft.h"

#include "base/detmath.h"
#include "base/mem.h"

static void swap(double *x, size_t i, size_t j)
{
	double kept = x[i];

	x[i] = x[j];
	x[j] = kept;
}

static void reverse_bits(double *real, double *imag, size_t n)
{
	for (size_t i = 1, j = 0; i < n; i++) {
		size_t bit = n >> 1;

		for (; j & bit; bit >>= 1)
			j ^= bit;
		j |= bit;
		if (i < j) {
			swap(real, i, j);
			swap(imag, i, j);
		}
	}
}

/* ret_c[j] + i ret_s[j] = exp(-2 pi i j / n) for j < n / 2, by binary digits of j: each is a
 * product of log2(n) roots at most. */
static void roots(size_t n, double *ret_c, double *ret_s)
{
	double c[64], s[64];
	unsigned int n_halvings = 0;

	/* angle pi, pi / 2, ... by half-angle formulas */
	c[0] = -1;
	s[0] = 0;
	c[1] = 0;
	s[1] = 1;
	for (unsigned int k = 2; k < 64; k++) {
		c[k] = det_sqrt((1 + c[k - 1]) / 2);
		s[k] = s[k - 1] / (2 * c[k]);
	}
	while ((size_t)2 << n_halvings < n)
		n_halvings++;
	ret_c[0] = 1;
	ret_s[0] = 0;
	/* bit b of j is the angle 2 pi 2^b / n = pi / 2^(n_halvings - b) */
	for (unsigned int b = 0; (size_t)1 << b < n / 2; b++) {
		size_t half = (size_t)1 << b;
		double cb = c[n_halvings - b], sb = -s[n_halvings - b];

		for (size_t j = 0; j < half; j++) {
			ret_c[half + j] = ret_c[j] * cb - ret_s[j] * sb;
			ret_s[half + j] = ret_c[j] * sb + ret_s[j] * cb;
		}
	}
}

int eval_fft(double *real, double *imag, size_t n, struct err *err)
{
	CLEANUP(freep) double *c = mem_array(n / 2 + 1, sizeof(*c));
	CLEANUP(freep) double *s = mem_array(n / 2 + 1, sizeof(*s));

	if (c == NULL || s == NULL)
		return err_no_memory(err);
	roots(n, c, s);
	reverse_bits(real, imag, n);
	for (size_t half = 1; half < n; half *= 2) {
		size_t stride = n / 2 / half;

		for (size_t start = 0; start < n; start += 2 * half) {
			for (size_t j = 0; j < half; j++) {
				size_t at = start + j, to = at + half;
				double wr = c[j * stride], wi = s[j * stride];
				double xr = real[to] * wr - imag[to] * wi;
				double xi = real[to] * wi + imag[to] * wr;

				real[to] = real[at] - xr;
				imag[to] = imag[at] - xi;
				real[at] += xr;
				imag[at] += xi;
			}
		}
	}
	return 0;
}

static void put_centred(const double *series, size_t n, double *into)
{
	double mean = 0;

	for (size_t i = 0; i < n; i++)
		mean += series[i];
	mean /= (double)n;
	for (size_t i = 0; i < n; i++)
		into[i] = series[i] - mean;
	/* A constant is constant, whatever its mean rounds to. */
	for (size_t i = 1; i < n; i++) {
		if (series[i] != series[0])
			return;
	}
	for (size_t i = 0; i < n; i++)
		into[i] = 0;
}

/* The power spectra of both parts, from the transform of their sum: x is real, so X[-k] is the
 * conjugate of X[k]. */
static void power_spectra(double *real, double *imag, size_t n)
{
	for (size_t k = 0; k <= n / 2; k++) {
		size_t m = (n - k) & (n - 1);
		double ar = (real[k] + real[m]) / 2, ai = (imag[k] - imag[m]) / 2;
		double br = (imag[k] + imag[m]) / 2, bi = (real[m] - real[k]) / 2;

		real[k] = real[m] = ar * ar + ai * ai;
		imag[k] = imag[m] = br * br + bi * bi;
	}
}

static void normalise(const double *covariances, size_t n, double *ret_correlations)
{
	double variance = covariances[0];

	ret_correlations[0] = 1;
	for (size_t k = 1; k < n; k++)
		ret_correlations[k] = variance > 0 ? covariances[k] / variance : 0;
}

int eval_autocorrelations(const double *a, size_t n_a, const double *b, size_t n_b, double *ret_a,
			  double *ret_b, struct err *err)
{
	size_t n = 2, longest = n_a > n_b ? n_a : n_b;
	CLEANUP(freep) double *real = NULL;
	CLEANUP(freep) double *imag = NULL;
	int r;

	while (n < 2 * longest)
		n *= 2;
	real = mem_array(n, sizeof(*real));
	imag = mem_array(n, sizeof(*imag));
	if (real == NULL || imag == NULL)
		return err_no_memory(err);
	put_centred(a, n_a, real);
	put_centred(b, n_b, imag);
	r = eval_fft(real, imag, n, err);
	if (r < 0)
		return r;
	power_spectra(real, imag, n);
	/* Even and real spectra: forth and back are the same but for the scale, which cancels. */
	r = eval_fft(real, imag, n, err);
	if (r < 0)
		return r;
	normalise(real, n_a, ret_a);
	normalise(imag, n_b, ret_b);
	return 0;
}
