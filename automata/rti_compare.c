/* SPDX-License-Identifier: Apache-2.0 */
#include "automata/rti_internal.h"

#include "base/detmath.h"

static double n_log_n(const struct rti *rti, uint32_t n)
{
	return n < rti->n_logs ? rti->n_log_n[n] : n * det_log(n);
}

/* Twice the log-likelihood gained by telling n_a and n_b outcomes with these counts apart. */
static struct rti_evidence compare_outcomes(const struct rti *rti, const uint32_t *a,
					    const uint32_t *b, uint32_t n_outcomes)
{
	uint32_t n_a = 0, n_b = 0, pool_a = 0, pool_b = 0, n_kept = 0;
	double gain = 0;

	for (uint32_t i = 0; i < n_outcomes; i++) {
		n_a += a[i];
		n_b += b[i];
		if (a[i] < rti->options.min_data && b[i] < rti->options.min_data) {
			pool_a += a[i];
			pool_b += b[i];
			continue;
		}
		gain += n_log_n(rti, a[i]) + n_log_n(rti, b[i]) - n_log_n(rti, a[i] + b[i]);
		n_kept++;
	}
	if (pool_a + pool_b > 0) {
		gain += n_log_n(rti, pool_a) + n_log_n(rti, pool_b) - n_log_n(rti, pool_a + pool_b);
		n_kept++;
	}
	if (n_kept < 2 || n_a < rti->options.min_data || n_b < rti->options.min_data)
		return (struct rti_evidence) { 0, 0 };
	gain -= n_log_n(rti, n_a) + n_log_n(rti, n_b) - n_log_n(rti, n_a + n_b);
	return (struct rti_evidence) { gain > 0 ? 2 * gain : 0, n_kept - 1 };
}

struct rti_evidence rti_compare(const struct rti *rti, const uint32_t *a, uint32_t n_a,
				const uint32_t *b, uint32_t n_b)
{
	const uint32_t n_symbols = rti->n_symbols + 1; /* and the end */
	struct rti_evidence symbols, delays;

	if (n_a < rti->options.min_data || n_b < rti->options.min_data)
		return (struct rti_evidence) { 0, 0 };
	symbols = compare_outcomes(rti, a, b, n_symbols);
	delays = compare_outcomes(rti, a + n_symbols, b + n_symbols, rti->n_bins);
	return (struct rti_evidence) { symbols.ratio + delays.ratio, symbols.df + delays.df };
}
