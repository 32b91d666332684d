/* SPDX-License-Identifier: Apache-2.0 */
#include "gen/schedule.h"

#include <stdlib.h>
#include <string.h>

#include "base/ns.h"
#include "base/rng.h"
#include "tests/unit.h"

/* 2026-11-16 was a Monday. */
#define MONDAY_NS (INT64_C(1794787200) * NS_PER_S)

static void append(struct flow_table *table, int64_t start_ns)
{
	struct flow_record r = { .start_ns = start_ns, .fwd_packets = 1, .proto = 17 };
	struct err err = { "" };

	assert_int_equal(flow_table_append(table, &r, &err), 0);
}

/* Two runs of ten minutes with hours between: the rate is that of the runs. */
static void absence_is_not_silence(void **state)
{
	struct flow_table table = { 0 };
	struct schedule schedule;
	struct err err = { "" };

	(void)state;
	for (int run = 0; run < 2; run++)
		for (int i = 0; i <= 600; i++)
			append(&table, MONDAY_NS + run * 8 * NS_PER_H + i * NS_PER_S);
	assert_int_equal(schedule_fit(&table, NULL, NS_PER_H / 2, &schedule, &err), 0);
	assert_true(schedule_mean_hz(&schedule) > 0.99 && schedule_mean_hz(&schedule) < 1.01);
	assert_int_equal(schedule.covered_s[0], 601);
	assert_int_equal(schedule.covered_s[4 * 8], 601);
	assert_int_equal(schedule.covered_s[4], 0);
	/* One a second, each second: less than Poisson, so no burstiness. */
	assert_int_equal(schedule.burst_milli[0], 0);
	flow_table_done(&table);
}

static void no_flows_is_an_error(void **state)
{
	struct flow_table table = { 0 };
	struct schedule schedule;
	struct err err = { "" };

	(void)state;
	assert_true(schedule_fit(&table, NULL, NS_PER_H, &schedule, &err) < 0);
	assert_non_null(strstr(err.text, "no flows"));
}

static void flat(struct schedule *schedule, double hz, double burst)
{
	memset(schedule, 0, sizeof(*schedule));
	schedule->scale = 1;
	for (int b = 0; b < SCHEDULE_BINS; b++) {
		schedule->rate_uhz[b] = (uint32_t)(hz * 1e6);
		schedule->burst_milli[b] = (uint32_t)(burst * 1e3);
	}
}

/*
 * Mean and variance of the counts of 20,000 windows against the law: mean m, variance m + m^2 *
 * burst. The bounds are six standard errors of each (of the variance: for a kurtosis up to 9), so a
 * false alarm has a chance below 1e-8 per assertion.
 */
static void moments(double hz, double burst)
{
	enum { N = 20000 };
	struct flow_start *starts = NULL;
	size_t capacity = 0, n;
	struct schedule schedule;
	struct err err = { "" };
	double sum = 0, square = 0, mean, variance, law = hz + hz * hz * burst;

	flat(&schedule, hz, burst);
	for (uint64_t w = 0; w < N; w++) {
		assert_int_equal(schedule_window(&schedule, 7, 1000000 + w, 1000, &starts,
						 &capacity, &n, &err),
				 0);
		sum += (double)n;
		square += (double)n * (double)n;
	}
	mean = sum / N;
	variance = square / N - mean * mean;
	assert_true((mean - hz) * (mean - hz) < 36 * law / N);
	assert_true((variance - law) * (variance - law) < 36 * 8 * law * law / N);
	free(starts);
}

static void counts_have_the_law(void **state)
{
	(void)state;
	moments(3, 0);
	moments(12, 0.4);
	moments(0.2, 3);
	moments(2000, 0.002); /* p(0) underflows: drawn in parts */
}

/* Sorted, inside their window, on the quantum, and the same whoever asks. */
static void windows_stand_alone(void **state)
{
	struct flow_start *a = NULL, *b = NULL;
	size_t capacity_a = 0, capacity_b = 0, n_a, n_b;
	struct schedule schedule;
	struct err err = { "" };

	(void)state;
	flat(&schedule, 500, 0.5);
	assert_int_equal(schedule_window(&schedule, 9, 77, 1000, &a, &capacity_a, &n_a, &err), 0);
	assert_int_equal(schedule_window(&schedule, 9, 5, 1000, &b, &capacity_b, &n_b, &err), 0);
	assert_int_equal(schedule_window(&schedule, 9, 77, 1000, &b, &capacity_b, &n_b, &err), 0);
	assert_int_equal(n_a, n_b);
	assert_true(n_a > 10);
	assert_memory_equal(a, b, n_a * sizeof(*a));
	for (size_t i = 0; i < n_a; i++) {
		assert_true(a[i].start_ns >= 77 * NS_PER_S && a[i].start_ns < 78 * NS_PER_S);
		assert_int_equal(a[i].start_ns % 1000, 0);
		assert_int_equal(a[i].occurrence, i);
		assert_true(i == 0 || a[i - 1].start_ns <= a[i].start_ns);
	}
	free(a);
	free(b);
}

static void text_round_trip(void **state)
{
	struct flow_table table = { 0 };
	struct schedule schedule, again;
	struct err err = { "" };
	struct conf *conf = NULL;
	char *text = NULL;
	size_t n_text;
	FILE *out = open_memstream(&text, &n_text);

	(void)state;
	for (int i = 0; i < 3000; i++)
		append(&table, MONDAY_NS + i * i * NS_PER_MS);
	assert_int_equal(schedule_fit(&table, NULL, NS_PER_H, &schedule, &err), 0);
	assert_int_equal(schedule_save(&schedule, out), 0);
	fclose(out);
	assert_int_equal(conf_parse("schedule.conf", text, &conf, &err), 0);
	assert_int_equal(schedule_load(conf, &again, &err), 0);
	assert_memory_equal(&schedule, &again, sizeof(schedule));
	conf_freep(&conf);
	free(text);
	flow_table_done(&table);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(absence_is_not_silence), cmocka_unit_test(no_flows_is_an_error),
		cmocka_unit_test(counts_have_the_law),	  cmocka_unit_test(windows_stand_alone),
		cmocka_unit_test(text_round_trip),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
