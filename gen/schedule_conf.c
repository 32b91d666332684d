/* SPDX-License-Identifier: Apache-2.0 */
/* schedule.conf: the text of a schedule, and what it says in words. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/ns.h"
#include "gen/schedule.h"

static void save_bins(FILE *out, const char *key, const uint32_t *values)
{
	const int per_hour = 3600 / SCHEDULE_BIN_SECONDS;

	fprintf(out, "%s = [", key);
	for (int b = 0; b < SCHEDULE_BINS; b++)
		fprintf(out, "%s%s%u", b == 0 ? "" : ",", b % (24 * per_hour) == 0 ? "\n  " : " ",
			values[b]);
	fprintf(out, " ];\n");
}

int schedule_save(const struct schedule *schedule, FILE *out)
{
	fprintf(out,
		"# When occurrences begin. Bins of a quarter of an hour from Monday 00:00 UTC, a "
		"day a line.\n"
		"# rate_uhz: occurrences per million seconds; burst_milli: variance of the gamma "
		"factor of each\n"
		"# second, in thousandths; covered_s: seconds of the bin that were seen (0: "
		"borrowed).\n"
		"occurrences = %llu;\n",
		(unsigned long long)schedule->n_occurrences);
	save_bins(out, "rate_uhz", schedule->rate_uhz);
	save_bins(out, "burst_milli", schedule->burst_milli);
	save_bins(out, "covered_s", schedule->covered_s);
	return ferror(out) ? -EIO : 0;
}

static int load_bins(const struct conf *conf, const char *key, uint32_t *ret_values,
		     struct err *err)
{
	CLEANUP(freep) int64_t *values = NULL;
	size_t n;
	int r = conf_get_ints(conf, conf_root(conf), key, true, 0, UINT32_MAX, SCHEDULE_BINS,
			      &values, &n, err);

	if (r < 0)
		return r;
	if (n != SCHEDULE_BINS)
		return conf_error(conf, config_setting_get_member(conf_root(conf), key), err,
				  "%zu bins, expected %d: a week of quarter hours", n,
				  (int)SCHEDULE_BINS);
	for (size_t b = 0; b < n; b++)
		ret_values[b] = (uint32_t)values[b];
	return 0;
}

int schedule_load(const struct conf *conf, struct schedule *ret_schedule, struct err *err)
{
	static const char *const keys[] = { "occurrences", "rate_uhz", "burst_milli", "covered_s" };
	struct schedule schedule = { .scale = 1 };
	int64_t n = 0;
	uint64_t sum = 0;
	int r;

	r = conf_check_keys(conf, conf_root(conf), keys, sizeof(keys) / sizeof(keys[0]), err);
	if (r < 0)
		return r;
	r = conf_get_int(conf, conf_root(conf), "occurrences", true, 0, INT64_MAX, &n, err);
	if (r == 0)
		r = load_bins(conf, "rate_uhz", schedule.rate_uhz, err);
	if (r == 0)
		r = load_bins(conf, "burst_milli", schedule.burst_milli, err);
	if (r == 0)
		r = load_bins(conf, "covered_s", schedule.covered_s, err);
	if (r < 0)
		return r;
	for (int b = 0; b < SCHEDULE_BINS; b++)
		sum += schedule.rate_uhz[b];
	if (sum == 0)
		return conf_error(conf, config_setting_get_member(conf_root(conf), "rate_uhz"), err,
				  "all bins are 0: nothing would ever begin");
	schedule.n_occurrences = (uint64_t)n;
	*ret_schedule = schedule;
	return 0;
}

/* The rate over each hour of the day as a row of bars, so that the shape of a day can be seen. */
static void explain_day(const struct schedule *schedule, FILE *out)
{
	const int per_day = 86400 / SCHEDULE_BIN_SECONDS, per_hour = 3600 / SCHEDULE_BIN_SECONDS;
	double hour[24] = { 0 }, top = 0;

	for (int b = 0; b < SCHEDULE_BINS; b++)
		hour[b % per_day / per_hour] += schedule->rate_uhz[b] / 1e6 / (7 * per_hour);
	for (int h = 0; h < 24; h++)
		top = hour[h] > top ? hour[h] : top;
	fprintf(out, "  hour (UTC)   per second\n");
	for (int h = 0; h < 24; h++) {
		const int n_marks = top > 0 ? (int)(hour[h] / top * 40 + 0.5) : 0;

		fprintf(out, "  %02d:00        %8.3f  %.*s\n", h, hour[h], n_marks,
			"########################################");
	}
}

int schedule_explain(const struct schedule *schedule, FILE *out)
{
	char text[NS_TEXT_BYTES];
	uint64_t covered = 0, n_seen = 0;
	double low = 1e300, high = 0, burst = 0;

	for (int b = 0; b < SCHEDULE_BINS; b++) {
		const double hz = schedule->rate_uhz[b] / 1e6;

		covered += schedule->covered_s[b];
		n_seen += schedule->covered_s[b] > 0;
		burst += schedule->burst_milli[b] / 1e3 / SCHEDULE_BINS;
		low = hz < low ? hz : low;
		high = hz > high ? hz : high;
	}
	fprintf(out,
		"Schedule: %.3f occurrences a second on average over the week (%.3f to %.3f), "
		"learned from\n"
		"%llu occurrences in %s of covered time; %llu of %d quarter hours of the week were "
		"seen, the\n"
		"others borrow from them. Burstiness %.2f (0: plain Poisson).\n",
		schedule_mean_hz(schedule), low, high, (unsigned long long)schedule->n_occurrences,
		ns_format_duration((int64_t)covered * NS_PER_S, text), (unsigned long long)n_seen,
		(int)SCHEDULE_BINS, burst);
	explain_day(schedule, out);
	return ferror(out) ? -EIO : 0;
}
