/* SPDX-License-Identifier: Apache-2.0 */
/* Fitting: the table as codes, mined for patterns; each pattern learned from its windows. */
#include "flow/chronicle.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/ns.h"
#include "flow/chronicle_learn.h"

enum {
	TICK_NS = 10 * NS_PER_MS, /* as published */
	HORIZON_S = 60,
	/* Occurrences of the whole week's mix that count with an hour's own. */
	HOUR_SHRINK = 1000,
};

/* The columns that patterns are mined over; ports that the kind does not tell are left out. */
static const uint8_t mined_columns[] = { FLOW_KIND,	   FLOW_SRC_HOST,    FLOW_DST_HOST,
					 FLOW_STATE,	   FLOW_FWD_PACKETS, FLOW_BWD_PACKETS,
					 FLOW_FWD_PAYLOAD, FLOW_BWD_PAYLOAD, FLOW_DURATION,
					 FLOW_LABEL };

struct mining {
	const struct flow_fit *fit;
	int64_t *ticks;
	struct chronicle result;
	double done;
};

static void mining_done(struct mining *m)
{
	free(m->ticks);
	chronicle_done(&m->result);
}

static int on_progress(void *context, const struct chronicle_progress *progress)
{
	const struct mining *m = context;
	const struct flow_search search = { .n_patterns = progress->n_patterns,
					    .saved_bits = progress->saved_bits,
					    .n_queued = progress->n_queued };

	return m->fit->search == NULL ? 0 : m->fit->search(m->fit->context, &search);
}

static int mine(struct mining *m, const struct chronicle_flows *flows,
		const struct flow_codes *codes, struct err *err)
{
	const struct chronicle_options options = { .max_rows = CHRONICLE_MAX_ROWS,
						   .code = m->fit->code,
						   .horizon_ticks = HORIZON_S * NS_PER_S / TICK_NS,
						   .progress = on_progress,
						   .context = m };
	struct chronicle_table table = { .n_rows = codes->n, .n_columns = sizeof(mined_columns) };

	m->ticks = mem_array(codes->n, sizeof(*m->ticks));
	if (m->ticks == NULL)
		return err_no_memory(err);
	for (size_t i = 0; i < codes->n; i++)
		m->ticks[i] = codes->table->rows[codes->rows[i]].start_ns / TICK_NS;
	table.ticks = m->ticks;
	for (uint32_t k = 0; k < table.n_columns; k++) {
		table.columns[k] = codes->codes[mined_columns[k]];
		table.n_codes[k] = bayes_flows_n_codes(&flows->base, mined_columns[k]);
		table.dictionary[k] =
			mined_columns[k] == FLOW_SRC_HOST || mined_columns[k] == FLOW_DST_HOST;
	}
	return chronicle_mine(&table, &options, &m->result, err);
}

/* Occurrences by hour of the week. */
struct hours {
	uint32_t n[PATTERN_HOURS];
};

static void count_hours(const struct flow_codes *codes, const uint32_t *windows, size_t n,
			uint32_t n_rows, struct hours *ret)
{
	memset(ret, 0, sizeof(*ret));
	for (size_t w = 0; w < n; w++) {
		const uint32_t i = windows[w * n_rows];

		ret->n[pattern_hour(codes->table->rows[codes->rows[i]].start_ns)]++;
	}
}

/*
 * The pattern's share of each hour over its share of all: hours with little in them are drawn to
 * the whole. Hours never seen have the whole's.
 */
static int weigh_hours(struct flow_pattern *p, const struct hours *own, const struct hours *all)
{
	uint64_t n_own = 0, n_all = 0;
	uint32_t n_hours = 0;

	for (uint32_t h = 0; h < PATTERN_HOURS; h++) {
		n_own += own->n[h];
		n_all += all->n[h];
		n_hours += all->n[h] > 0;
	}
	if (n_hours < 2)
		return 0;
	p->hours = mem_array(PATTERN_HOURS, sizeof(*p->hours));
	if (p->hours == NULL)
		return -ENOMEM;
	for (uint32_t h = 0; h < PATTERN_HOURS; h++) {
		const double share = (double)n_own / (double)n_all;
		const double mixed = ((double)own->n[h] + HOUR_SHRINK * share) /
				     (double)(all->n[h] + HOUR_SHRINK);

		p->hours[h] = (uint32_t)(mixed / share * PATTERN_HOUR_UNIT + 0.5);
	}
	return 0;
}

/* The windows of pattern i; the last are the flows left alone. */
static void windows_of(const struct chronicle *mined, uint32_t i, const uint32_t **ret_windows,
		       size_t *ret_n, uint32_t *ret_n_rows)
{
	const bool alone = i == mined->n_patterns;

	*ret_windows = alone ? mined->uncovered : mined->patterns[i].windows;
	*ret_n = alone ? mined->n_uncovered : mined->patterns[i].n_windows;
	*ret_n_rows = alone ? 1 : mined->patterns[i].n_rows;
}

static int learn_pattern(struct chronicle_flows *flows, const struct flow_codes *codes,
			 const struct chronicle *mined, uint32_t i, const struct hours *all,
			 struct err *err)
{
	struct flow_pattern *p = &flows->patterns[flows->n_patterns];
	const uint32_t *windows;
	struct hours own;
	uint32_t n_rows;
	size_t n;
	int r;

	windows_of(mined, i, &windows, &n, &n_rows);
	if (n == 0)
		return 0;
	flows->n_patterns++;
	if (i == mined->n_patterns)
		snprintf(p->name, sizeof(p->name), "alone");
	else
		snprintf(p->name, sizeof(p->name), "p%u", i + 1);
	r = flow_pattern_learn(flows, codes, windows, n, n_rows, p, err);
	if (r < 0)
		return r;
	if (i < mined->n_patterns) {
		p->model_bits = mined->patterns[i].model_bits;
		p->data_bits = mined->patterns[i].data_bits;
		p->gain_bits = mined->patterns[i].gain_bits;
	}
	count_hours(codes, windows, n, n_rows, &own);
	return weigh_hours(p, &own, all) < 0 ? err_no_memory(err) : 0;
}

/* What begins an occurrence: the first row of each window. */
static void mark_begins(const struct flow_fit *fit, const struct flow_codes *codes,
			const struct chronicle *mined)
{
	if (fit->begins == NULL)
		return;
	memset(fit->begins, 0, fit->table->n_rows * sizeof(*fit->begins));
	for (uint32_t i = 0; i <= mined->n_patterns; i++) {
		const uint32_t *windows;
		uint32_t n_rows;
		size_t n;

		windows_of(mined, i, &windows, &n, &n_rows);
		for (size_t w = 0; w < n; w++)
			fit->begins[codes->rows[windows[w * n_rows]]] = true;
	}
}

static int learn_patterns(struct chronicle_flows *flows, const struct flow_fit *fit,
			  const struct flow_codes *codes, const struct chronicle *mined,
			  struct err *err)
{
	struct hours all = { { 0 } };
	int r = 0;

	if (mined->n_patterns >= PATTERN_LIMIT)
		return err_set(err, -E2BIG, "%u patterns; at most %d", mined->n_patterns,
			       PATTERN_LIMIT - 1);
	flows->bits = mined->bits;
	flows->code = chronicle_code_name(fit->code);
	flows->patterns = mem_array(mined->n_patterns + 1, sizeof(*flows->patterns));
	if (flows->patterns == NULL)
		return err_no_memory(err);
	for (uint32_t i = 0; i <= mined->n_patterns; i++) {
		const uint32_t *windows;
		struct hours one;
		uint32_t n_rows;
		size_t n;

		windows_of(mined, i, &windows, &n, &n_rows);
		count_hours(codes, windows, n, n_rows, &one);
		for (uint32_t h = 0; h < PATTERN_HOURS; h++)
			all.n[h] += one.n[h];
	}
	for (uint32_t i = 0; i <= mined->n_patterns && r == 0; i++) {
		r = learn_pattern(flows, codes, mined, i, &all, err);
		if (fit->progress != NULL)
			fit->progress(fit->context, (i + 1.0) / (mined->n_patterns + 1.0));
	}
	mark_begins(fit, codes, mined);
	return r;
}

int chronicle_flows_fit(struct chronicle_flows *flows, const struct flow_fit *fit, struct err *err)
{
	CLEANUP(flow_codes_done) struct flow_codes codes = { 0 };
	CLEANUP(mining_done) struct mining mining = { .fit = fit };
	int r = flow_codes_fit(&codes, &flows->base, fit, err);

	if (r == 0)
		r = bayes_flows_learn(&flows->base, &codes, fit, err);
	if (r == 0)
		r = mine(&mining, flows, &codes, err);
	if (r == 0)
		r = learn_patterns(flows, fit, &codes, &mining.result, err);
	return r;
}
