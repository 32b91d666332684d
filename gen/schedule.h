/* SPDX-License-Identifier: Apache-2.0 */
/*
 * When occurrences begin: a doubly stochastic Poisson process. The week (from Monday 00:00 UTC) has
 * bins of a quarter of an hour, each with an intensity and a burstiness. In a window of one second
 * of bin b the count is Poisson with mean rate[b] * G, G gamma distributed with mean 1 and variance
 * burst[b]: a negative binomial count, drawn as such. Window k depends on (seed, k) alone.
 */
#ifndef SOSIE_GEN_SCHEDULE_H
#define SOSIE_GEN_SCHEDULE_H

#include "conf/conf.h"
#include "flow/table.h"
#include <stdio.h>

enum {
	SCHEDULE_BINS = 7 * 24 * 4,
	SCHEDULE_BIN_SECONDS = 900,
};

#define SCHEDULE_WINDOW_NS NS_PER_S

struct schedule {
	uint32_t rate_uhz[SCHEDULE_BINS];    /* occurrences per million seconds */
	uint32_t burst_milli[SCHEDULE_BINS]; /* variance of G, in thousandths */
	uint32_t covered_s[SCHEDULE_BINS];   /* what was seen of the bin; 0: borrowed */
	uint64_t n_occurrences;
	double scale; /* --rate xF; 1 otherwise */
};

/*
 * Fits from the starts of a table sorted by start. Only time that the table covers counts: a
 * silence longer than gap_ns ends a run and is not silence but absence. A bin never seen borrows
 * from its time of day on other days, else from all that was seen. begins (n_rows): which rows
 * begin an occurrence; NULL: each does.
 */
int schedule_fit(const struct flow_table *table, const bool *begins, int64_t gap_ns,
		 struct schedule *ret_schedule, struct err *err);

int schedule_load(const struct conf *conf, struct schedule *ret_schedule, struct err *err);
int schedule_save(const struct schedule *schedule, FILE *out);
int schedule_explain(const struct schedule *schedule, FILE *out);

/* --rate: a factor, or occurrences per second on average over the week. */
void schedule_set_rate(struct schedule *schedule, double value, bool is_factor);
double schedule_mean_hz(const struct schedule *schedule); /* over the week, scaled */

/* The starts of one window, ascending, on multiples of quantum_ns; *starts grows as needed (the
 * caller frees). */
int schedule_window(const struct schedule *schedule, uint64_t seed, uint64_t window,
		    int64_t quantum_ns, struct flow_start **starts, size_t *capacity, size_t *ret_n,
		    struct err *err);

#endif
