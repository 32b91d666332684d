/* SPDX-License-Identifier: Apache-2.0 */
#include "automata/code_length.h"

#include "base/detmath.h"

double code_log2(double n)
{
	return n > 1 ? det_log2(n) : 0;
}

void code_counts_init(struct code_counts *table)
{
	for (int n = 0; n < CODE_COUNTS; n++)
		table->n_log_n[n] = n > 1 ? n * det_log2(n) : 0;
	for (int n = 1; n < 2 * CODE_COUNTS; n++)
		table->log2_half[n] = det_log2(0.5 * n);
}

double code_log2_halves(const struct code_counts *table, uint64_t n)
{
	return n < 2 * CODE_COUNTS ? table->log2_half[n] : det_log2(0.5 * (double)n);
}

double code_n_log_n(const struct code_counts *table, double n)
{
	if (n >= 0 && n < CODE_COUNTS && n == (int)n)
		return table->n_log_n[(int)n];
	return n > 1 ? n * det_log2(n) : 0;
}

double code_integer(int64_t n, bool compat)
{
	double bits = 1.5185673663648482; /* log2 of 2.865064, which makes it a code */
	double x;

	if (n < 0 && compat)
		return bits;
	if (n < 0)
		return 1 + code_integer(-n, false);
	for (x = det_log2((double)n + 1); x > 0; x = det_log2(x))
		bits += x;
	if (compat)
		bits += x;
	return bits;
}

void code_normal_init(struct code_normal *table)
{
	for (int i = 0; i <= 2 * CODE_NORMAL_STEPS * CODE_NORMAL_REACH; i++) {
		double z = (double)(i - CODE_NORMAL_STEPS * CODE_NORMAL_REACH) / CODE_NORMAL_STEPS;

		table->cdf[i] = 0.5 * (1 + det_erf(z * 0.70710678118654752440));
		table->density[i] = 0.39894228040143267794 * det_exp(-0.5 * z * z);
	}
}

double code_normal_cdf(const struct code_normal *table, double z)
{
	double near, h, z2;
	int i;

	if (!(z > -CODE_NORMAL_REACH))
		return 0;
	if (z >= CODE_NORMAL_REACH)
		return 1;
	i = (int)((z + CODE_NORMAL_REACH) * CODE_NORMAL_STEPS + 0.5);
	near = (double)(i - CODE_NORMAL_STEPS * CODE_NORMAL_REACH) / CODE_NORMAL_STEPS;
	h = z - near;
	z2 = near * near;
	/* Taylor's series: the derivatives are Hermite polynomials times the density. */
	return table->cdf[i] +
	       table->density[i] * h *
		       (1 + h * (-near / 2 +
				 h * ((z2 - 1) / 6 + h * (near * (3 - z2) / 24 +
							  h * (z2 * z2 - 6 * z2 + 3) / 120))));
}

int64_t code_normal_value(const struct code_normal *table, double mean, double inverse_deviation,
			  int32_t value)
{
	const double off = (double)value - mean;
	const double mass = code_normal_cdf(table, (off + 0.5) * inverse_deviation) -
			    code_normal_cdf(table, (off - 0.5) * inverse_deviation);

	return code_of_bits(-det_log2(mass > CODE_LEAST_MASS ? mass : CODE_LEAST_MASS));
}
