/* SPDX-License-Identifier: Apache-2.0 */
#include "gen/schedule.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/detmath.h"
#include "base/dist.h"
#include "base/mem.h"
#include "base/ns.h"
#include "base/rng.h"

enum {
	LIMIT_STARTS = 4000000,	 /* of one window: a gigabyte of plans */
	SHRINK_SECONDS = 60,	 /* of the mean rate, mixed into every bin: little was seen of it */
	BURST_MIN_SECONDS = 300, /* a bin with less uses the burstiness of the whole */
	BURST_LIMIT_MILLI = 50000, /* variance 50: beyond it counts are noise */
};

/* 1970-01-01 was a Thursday; bins count from Monday. */
static uint32_t bin_of(uint64_t window)
{
	const uint64_t week_s = 7 * 86400;

	return (uint32_t)((window + 3 * 86400) % week_s / SCHEDULE_BIN_SECONDS);
}

/* What the fit adds up, by bin. */
struct tally {
	double n[SCHEDULE_BINS];
	double covered_s[SCHEDULE_BINS];
	double square[SCHEDULE_BINS]; /* sum of squared counts of covered windows */
};

/* One run of windows [first, last] with the starts that fall into it. */
static void tally_run(struct tally *tally, const struct flow_record *rows, const bool *begins,
		      size_t n, uint64_t first, uint64_t last)
{
	size_t i = 0;

	for (uint64_t w = first; w <= last; w++) {
		const uint32_t bin = bin_of(w);
		double count = 0;

		for (; i < n && (uint64_t)(rows[i].start_ns / SCHEDULE_WINDOW_NS) <= w; i++)
			count += begins == NULL || begins[i];
		tally->n[bin] += count;
		tally->square[bin] += count * count;
		tally->covered_s[bin]++;
	}
}

static void tally_runs(struct tally *tally, const struct flow_table *table, const bool *begins,
		       int64_t gap_ns)
{
	size_t begin = 0;

	while (begin < table->n_rows) {
		const struct flow_record *rows = table->rows + begin;
		int64_t busy_until = rows[0].start_ns + rows[0].duration_ns;
		size_t n = 1;

		while (begin + n < table->n_rows && rows[n].start_ns <= busy_until + gap_ns) {
			const int64_t end = rows[n].start_ns + rows[n].duration_ns;

			if (end > busy_until)
				busy_until = end;
			n++;
		}
		/* The tail of the last flow is not time in which flows could begin unseen: the
		 * capture's end cuts it. */
		tally_run(tally, rows, begins == NULL ? NULL : begins + begin, n,
			  (uint64_t)(rows[0].start_ns / SCHEDULE_WINDOW_NS),
			  (uint64_t)(rows[n - 1].start_ns / SCHEDULE_WINDOW_NS));
		begin += n;
	}
}

/* Variance of G from the first two moments of the counts: var = mean + mean^2 * burst. */
static double burstiness(double n, double square, double seconds)
{
	const double mean = n / seconds;
	const double variance = square / seconds - mean * mean;

	if (n < 2 || variance <= mean)
		return 0;
	return (variance - mean) / (mean * mean);
}

static uint32_t in_range(double value, double limit)
{
	return value <= 0 ? 0 : value >= limit ? (uint32_t)limit : (uint32_t)(value + 0.5);
}

/* The rate of a bin that was never seen: its time of day on the days that were, else everything. */
static double borrowed_rate(const struct tally *tally, int bin, double mean)
{
	const int day = 86400 / SCHEDULE_BIN_SECONDS;
	double n = 0, seconds = 0;

	for (int other = bin % day; other < SCHEDULE_BINS; other += day) {
		n += tally->n[other];
		seconds += tally->covered_s[other];
	}
	return (n + mean * SHRINK_SECONDS) / (seconds + SHRINK_SECONDS);
}

int schedule_fit(const struct flow_table *table, const bool *begins, int64_t gap_ns,
		 struct schedule *ret_schedule, struct err *err)
{
	CLEANUP(freep) struct tally *tally = mem_array(1, sizeof(*tally));
	double n = 0, square = 0, seconds = 0, mean, burst;

	if (tally == NULL)
		return err_no_memory(err);
	if (table->n_rows == 0)
		return err_set(err, -EINVAL, "no flows: nothing to learn a schedule from");
	if (table->rows[0].start_ns < 0)
		return err_set(err, -EINVAL, "flows before 1970: no schedule for them");
	tally_runs(tally, table, begins, gap_ns);
	for (int b = 0; b < SCHEDULE_BINS; b++) {
		n += tally->n[b];
		square += tally->square[b];
		seconds += tally->covered_s[b];
	}
	mean = n / seconds;
	burst = burstiness(n, square, seconds);
	memset(ret_schedule, 0, sizeof(*ret_schedule));
	ret_schedule->scale = 1;
	for (size_t i = 0; i < table->n_rows; i++)
		ret_schedule->n_occurrences += begins == NULL || begins[i];
	for (int b = 0; b < SCHEDULE_BINS; b++) {
		const double covered = tally->covered_s[b];
		const bool seen = covered > 0;
		const double rate =
			seen ? (tally->n[b] + mean * SHRINK_SECONDS) / (covered + SHRINK_SECONDS)
			     : borrowed_rate(tally, b, mean);

		ret_schedule->rate_uhz[b] = in_range(rate * 1e6, UINT32_MAX);
		ret_schedule->burst_milli[b] =
			in_range(1e3 * (covered >= BURST_MIN_SECONDS
						? burstiness(tally->n[b], tally->square[b], covered)
						: burst),
				 BURST_LIMIT_MILLI);
		ret_schedule->covered_s[b] = in_range(covered, UINT32_MAX);
	}
	return 0;
}

void schedule_set_rate(struct schedule *schedule, double value, bool is_factor)
{
	schedule->scale = 1;
	schedule->scale = is_factor ? value : value / schedule_mean_hz(schedule);
}

double schedule_mean_hz(const struct schedule *schedule)
{
	double sum = 0;

	for (int b = 0; b < SCHEDULE_BINS; b++)
		sum += schedule->rate_uhz[b];
	return sum / SCHEDULE_BINS / 1e6 * schedule->scale;
}

/*
 * Negative binomial with this mean and variance mean + mean^2 * burst, by inversion: p(0) = (1 +
 * burst * mean)^(-1/burst), p(k + 1) / p(k) = q (k + 1/burst) / (k + 1). A sum of m of them, each
 * of mean / m and burst * m, is one again: so p(0) is kept from underflowing.
 */
static uint64_t negative_binomial(double mean, double burst, struct rng *rng)
{
	const double log_p0 = -det_log(1 + burst * mean) / burst;
	const uint32_t parts = log_p0 < -600 ? (uint32_t)(-log_p0 / 600) + 1 : 1;
	const double shape = 1 / burst / parts;
	const double q = burst * mean / (1 + burst * mean);
	const double p0 = det_exp(log_p0 / parts);
	uint64_t sum = 0;

	for (uint32_t part = 0; part < parts; part++) {
		double left = (double)(rng_u64(rng) >> 11) * 0x1p-53;
		double p = p0;
		uint64_t k = 0;

		while (left >= p && k <= LIMIT_STARTS) {
			left -= p;
			p *= q * ((double)k + shape) / (double)(k + 1);
			k++;
			if (p < 1e-300 && (double)k > mean)
				break; /* the tail that is left is smaller than a double can say */
		}
		sum += k;
	}
	return sum;
}

static int start_compare(const void *a, const void *b)
{
	const int64_t x = ((const struct flow_start *)a)->start_ns;
	const int64_t y = ((const struct flow_start *)b)->start_ns;

	return (x > y) - (x < y);
}

int schedule_window(const struct schedule *schedule, uint64_t seed, uint64_t window,
		    int64_t quantum_ns, struct flow_start **starts, size_t *capacity, size_t *ret_n,
		    struct err *err)
{
	const uint32_t bin = bin_of(window);
	const double mean = schedule->rate_uhz[bin] * 1e-6 * schedule->scale;
	const double burst = schedule->burst_milli[bin] * 1e-3;
	const uint64_t n_slots = (uint64_t)(SCHEDULE_WINDOW_NS / quantum_ns);
	struct rng rng;
	uint64_t n;
	int r;

	if (mean > LIMIT_STARTS)
		return err_set(err, -ERANGE,
			       "%.0f occurrences in one second are expected: the rate is too high, "
			       "at most %d are possible",
			       mean, (int)LIMIT_STARTS);
	rng_init(&rng, seed, window, 0, RNG_SCHEDULE);
	n = mean <= 0	? 0
	    : burst > 0 ? negative_binomial(mean, burst, &rng)
			: poisson_draw(mean, &rng);
	r = mem_grow(starts, capacity, n, sizeof(**starts), LIMIT_STARTS);
	if (r < 0)
		return err_set(err, r,
			       "%llu occurrences in one second: the rate is too high for the "
			       "memory there is",
			       (unsigned long long)n);
	for (uint64_t i = 0; i < n; i++)
		(*starts)[i].start_ns = (int64_t)window * SCHEDULE_WINDOW_NS +
					(int64_t)rng_below64(&rng, n_slots) * quantum_ns;
	if (n > 1)
		qsort(*starts, n, sizeof(**starts), start_compare);
	for (uint64_t i = 0; i < n; i++) {
		(*starts)[i].window = window;
		(*starts)[i].occurrence = (uint32_t)i;
		(*starts)[i].part = 0;
	}
	*ret_n = n;
	return 0;
}
