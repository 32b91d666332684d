/* SPDX-License-Identifier: Apache-2.0 */
#include "eval/acf.h"

#include <string.h>

#include "base/detmath.h"
#include "base/mem.h"
#include "base/ns.h"
#include "eval/fft.h"

enum { SERIES_FLOWS = EVAL_N_NUMBERS, N_SERIES };

static int64_t second_of(const struct flow_record *record)
{
	int64_t second = record->start_ns / NS_PER_S;

	return second - (record->start_ns % NS_PER_S < 0);
}

static double value_of(const struct flow_record *record, int series)
{
	switch (series) {
	case EVAL_IN_BYTES:
		return (double)record->bwd_bytes;
	case EVAL_OUT_BYTES:
		return (double)record->fwd_bytes;
	case EVAL_IN_PACKETS:
		return (double)record->bwd_packets;
	case EVAL_OUT_PACKETS:
		return (double)record->fwd_packets;
	case EVAL_DURATION:
		return (double)record->duration_ns / 1e9;
	default:
		return 1;
	}
}

struct span {
	int64_t first;
	size_t n;
};

static struct span span_of(const struct flow_table *table)
{
	int64_t first = second_of(&table->rows[0]);

	return (struct span) { first,
			       (size_t)(second_of(&table->rows[table->n_rows - 1]) - first) + 1 };
}

static void sums(const struct flow_table *table, int series, struct span span, double *ret_sums)
{
	memset(ret_sums, 0, span.n * sizeof(*ret_sums));
	for (size_t i = 0; i < table->n_rows; i++) {
		int64_t second = second_of(&table->rows[i]) - span.first;

		if (second >= 0 && (size_t)second < span.n)
			ret_sums[second] += value_of(&table->rows[i], series);
	}
}

/* Half of the band at each lag: 1.96 sqrt((1 + 2 (r_1^2 + ... + r_(k-1)^2)) / n), r_0 having none.
 */
struct band {
	double n, squares;
};

static bool leaves_band(struct band *band, double correlation)
{
	double half = 1.959963984540054 * det_sqrt((1 + 2 * band->squares) / band->n);

	band->squares += correlation * correlation;
	return correlation > half || correlation < -half;
}

static double absolute(double x)
{
	return x < 0 ? -x : x;
}

static double published_sum(const double *real, size_t n_real, const double *synth, size_t n_synth)
{
	struct band band = { (double)n_real, 0 };
	double sum = 0;

	for (size_t k = 1; k < n_real && k < n_synth; k++) {
		if (leaves_band(&band, real[k]))
			sum += absolute(real[k] - synth[k]);
	}
	return sum / (double)n_real;
}

int eval_acf_published(const struct flow_table *real, const struct flow_table *synth,
		       double *ret_acf, struct err *err)
{
	struct span a = span_of(real), b = span_of(synth);
	int64_t end = a.first + (int64_t)a.n, end_b = b.first + (int64_t)b.n;
	CLEANUP(freep) double *room = NULL;
	double sum = 0, *of_a, *of_b;

	b.first = b.first > a.first ? b.first : a.first;
	end_b = end_b < end ? end_b : end;
	if (a.n < 3 || a.n > EVAL_ACF_LIMIT_SECONDS || end_b - b.first < 3)
		return 0;
	b.n = (size_t)(end_b - b.first);
	room = mem_array(2 * (a.n + b.n), sizeof(*room));
	if (room == NULL)
		return err_no_memory(err);
	of_a = room + a.n + b.n;
	of_b = of_a + a.n;
	for (int c = 0; c < EVAL_N_NUMBERS; c++) {
		int r;

		sums(real, c, a, room);
		sums(synth, c, b, room + a.n);
		r = eval_autocorrelations(room, a.n, room + a.n, b.n, of_a, of_b, err);
		if (r < 0)
			return r;
		sum += published_sum(of_a, a.n, of_b, b.n);
	}
	*ret_acf = sum / EVAL_N_NUMBERS;
	return 1;
}

/* The seconds in which flows begin, and what they sum up to: months of little cost little. */
struct sparse {
	size_t n;
	int64_t *seconds;
	double *sums;
	double *before; /* n + 1: sums of all seconds before */
};

static int sparse_init(struct sparse *sparse, const struct flow_table *table, struct err *err)
{
	sparse->n = 0;
	sparse->seconds = mem_array(table->n_rows, sizeof(*sparse->seconds));
	sparse->sums = mem_array(table->n_rows, sizeof(*sparse->sums));
	sparse->before = mem_array(table->n_rows + 1, sizeof(*sparse->before));
	if (sparse->seconds == NULL || sparse->sums == NULL || sparse->before == NULL)
		return err_no_memory(err);
	return 0;
}

static void sparse_done(struct sparse *sparse)
{
	freep(&sparse->seconds);
	freep(&sparse->sums);
	freep(&sparse->before);
}

static void sparse_fill(struct sparse *sparse, const struct flow_table *table, int series)
{
	int64_t first = second_of(&table->rows[0]);

	sparse->n = 0;
	for (size_t i = 0; i < table->n_rows; i++) {
		int64_t second = second_of(&table->rows[i]) - first;

		if (sparse->n == 0 || sparse->seconds[sparse->n - 1] != second) {
			sparse->seconds[sparse->n] = second;
			sparse->sums[sparse->n++] = 0;
		}
		sparse->sums[sparse->n - 1] += value_of(&table->rows[i], series);
	}
	for (size_t i = 0; i < sparse->n; i++)
		sparse->before[i + 1] = sparse->before[i] + sparse->sums[i];
}

/* How many of the seconds are below `second`. */
static size_t n_below(const struct sparse *sparse, int64_t second)
{
	size_t low = 0, high = sparse->n;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (sparse->seconds[middle] < second)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

/* Autocorrelations at lags 0 to n_lags of a series of n seconds. */
static void sparse_correlations(const struct sparse *s, size_t n, size_t n_lags, double *ret)
{
	double total = s->before[s->n], mean = total / (double)n, variance;

	memset(ret, 0, (n_lags + 1) * sizeof(*ret));
	for (size_t i = 0; i < s->n; i++) {
		for (size_t j = i; j < s->n; j++) {
			int64_t lag = s->seconds[j] - s->seconds[i];

			if (lag > (int64_t)n_lags)
				break;
			ret[lag] += s->sums[i] * s->sums[j];
		}
	}
	for (size_t k = 0; k <= n_lags; k++) {
		double heads = s->before[n_below(s, (int64_t)(n - k))];
		double tails = total - s->before[n_below(s, (int64_t)k)];

		ret[k] += (double)(n - k) * mean * mean - mean * (heads + tails);
	}
	variance = ret[0];
	for (size_t k = 0; k <= n_lags; k++)
		ret[k] = variance > 1e-12 * total * mean ? ret[k] / variance : 0;
}

static double corrected_mean(const double *a, size_t n_a, const double *b, size_t n_b,
			     size_t n_lags)
{
	struct band of_a = { (double)n_a, 0 }, of_b = { (double)n_b, 0 };
	double sum = 0;
	size_t n = 0;

	for (size_t k = 1; k <= n_lags; k++) {
		bool in_a = leaves_band(&of_a, a[k]), in_b = leaves_band(&of_b, b[k]);

		if (!in_a && !in_b)
			continue;
		sum += absolute(a[k] - b[k]);
		n++;
	}
	return n > 0 ? sum / (double)n : 0;
}

int eval_acf_corrected(const struct flow_table *real, const struct flow_table *synth,
		       double *ret_acf, struct err *err)
{
	struct span a = span_of(real), b = span_of(synth);
	size_t shorter = a.n < b.n ? a.n : b.n;
	size_t n_lags = shorter - 1 < EVAL_ACF_LAGS ? shorter - 1 : EVAL_ACF_LAGS;
	double of_a[EVAL_ACF_LAGS + 1], of_b[EVAL_ACF_LAGS + 1], sum = 0;
	CLEANUP(sparse_done) struct sparse in_a = { 0 };
	CLEANUP(sparse_done) struct sparse in_b = { 0 };
	int r;

	if (shorter < 3)
		return 0;
	r = sparse_init(&in_a, real, err);
	if (r == 0)
		r = sparse_init(&in_b, synth, err);
	if (r < 0)
		return r;
	for (int c = 0; c < N_SERIES; c++) {
		sparse_fill(&in_a, real, c);
		sparse_fill(&in_b, synth, c);
		sparse_correlations(&in_a, a.n, n_lags, of_a);
		sparse_correlations(&in_b, b.n, n_lags, of_b);
		sum += corrected_mean(of_a, a.n, of_b, b.n, n_lags);
	}
	*ret_acf = sum / N_SERIES;
	return 1;
}
