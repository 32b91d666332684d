/* SPDX-License-Identifier: Apache-2.0 */
/* Fitting: the table as codes, mined for patterns; each pattern learned from its windows. */
#include "flow/chronicle.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/ns.h"
#include "flow/chronicle_follow.h"
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
						   /* Flows alone are patterns, too: by kind. */
						   .max_patterns =
							   PATTERN_LIMIT - flows->base.n_kinds,
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

/* What is learned from: the windows of each pattern; flows left alone are patterns by kind. */
struct sources {
	struct follow_windows *windows;		/* by pattern of the model */
	const struct chronicle_pattern **mined; /* NULL: flows of a kind, alone */
	uint32_t *alone;			/* the uncovered flows, by kind, in order of time */
	bool *begins;				/* by flow of the codes */
	uint32_t n;
};

static void sources_done(struct sources *s)
{
	free(s->windows);
	free(s->mined);
	free(s->alone);
	free(s->begins);
}

static void add_source(struct sources *s, const struct chronicle_pattern *mined,
		       const uint32_t *windows, size_t n)
{
	if (n == 0)
		return;
	s->mined[s->n] = mined;
	s->windows[s->n++] = (struct follow_windows) { windows, n };
}

static int sources_make(struct sources *s, const struct flow_codes *codes, uint32_t n_kinds,
			const struct chronicle *mined)
{
	const size_t most = mined->n_patterns + (size_t)n_kinds;
	uint32_t *at;

	s->windows = mem_array(most, sizeof(*s->windows));
	s->mined = mem_array(most, sizeof(*s->mined));
	s->alone = mem_array(mined->n_uncovered, sizeof(*s->alone));
	s->begins = mem_array(codes->n, sizeof(*s->begins));
	if (s->windows == NULL || s->mined == NULL || s->alone == NULL || s->begins == NULL)
		return -ENOMEM;
	for (uint32_t i = 0; i < mined->n_patterns; i++)
		add_source(s, &mined->patterns[i], mined->patterns[i].windows,
			   mined->patterns[i].n_windows);
	at = s->alone;
	for (uint32_t kind = 0; kind < n_kinds; kind++) {
		uint32_t n = 0;

		for (size_t i = 0; i < mined->n_uncovered; i++)
			if (codes->codes[FLOW_KIND][mined->uncovered[i]] == kind)
				at[n++] = mined->uncovered[i];
		add_source(s, NULL, at, n);
		at += n;
	}
	return 0;
}

/* Sessions that a pattern begins, by hour of the week. */
struct hours {
	uint32_t n[PATTERN_HOURS];
};

static void count_hours(const struct flow_codes *codes, const bool *begins,
			const struct follow_windows *from, uint32_t n_rows, struct hours *hours)
{
	for (size_t w = 0; w < from->n; w++) {
		const uint32_t i = from->windows[w * n_rows];

		if (begins[i])
			hours->n[pattern_hour(codes->table->rows[codes->rows[i]].start_ns)]++;
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
	if (n_hours < 2 || n_own == 0)
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

static int learn_pattern(struct chronicle_flows *flows, const struct flow_codes *codes,
			 const struct sources *s, uint32_t i, struct err *err)
{
	struct flow_pattern *p = &flows->patterns[i];
	const struct chronicle_pattern *mined = s->mined[i];
	const uint16_t kind = codes->codes[FLOW_KIND][s->windows[i].windows[0]];

	flows->n_patterns++;
	if (mined == NULL)
		snprintf(p->name, sizeof(p->name), "alone%u", kind);
	else
		snprintf(p->name, sizeof(p->name), "p%u", i + 1);
	if (mined != NULL) {
		p->model_bits = mined->model_bits;
		p->data_bits = mined->data_bits;
		p->gain_bits = mined->gain_bits;
	}
	return flow_pattern_learn(flows, codes, s->windows[i].windows, s->windows[i].n,
				  mined == NULL ? 1 : mined->n_rows, p, err);
}

static int learn_hours(struct chronicle_flows *flows, const struct flow_codes *codes,
		       const struct sources *s)
{
	struct hours all = { { 0 } };

	for (uint32_t i = 0; i < s->n; i++)
		count_hours(codes, s->begins, &s->windows[i], flows->patterns[i].n_rows, &all);
	for (uint32_t i = 0; i < s->n; i++) {
		struct hours own = { { 0 } };

		count_hours(codes, s->begins, &s->windows[i], flows->patterns[i].n_rows, &own);
		if (weigh_hours(&flows->patterns[i], &own, &all) < 0)
			return -ENOMEM;
	}
	return 0;
}

/* What the schedule times: the first flow of each session. */
static void mark_begins(const struct flow_fit *fit, const struct flow_codes *codes,
			const struct sources *s)
{
	if (fit->begins == NULL)
		return;
	memset(fit->begins, 0, fit->table->n_rows * sizeof(*fit->begins));
	for (size_t i = 0; i < codes->n; i++)
		fit->begins[codes->rows[i]] = s->begins[i];
}

static int learn_patterns(struct chronicle_flows *flows, const struct flow_fit *fit,
			  const struct flow_codes *codes, const struct chronicle *mined,
			  struct err *err)
{
	CLEANUP(sources_done) struct sources s = { 0 };
	int r = 0;

	if (sources_make(&s, codes, flows->base.n_kinds, mined) < 0)
		return err_no_memory(err);
	if (s.n > PATTERN_LIMIT)
		return err_set(err, -E2BIG, "%u patterns; at most %d", s.n, PATTERN_LIMIT);
	flows->bits = mined->bits;
	flows->code = chronicle_code_name(fit->code);
	flows->patterns = mem_array(s.n, sizeof(*flows->patterns));
	if (flows->patterns == NULL)
		return err_no_memory(err);
	for (uint32_t i = 0; i < s.n && r == 0; i++) {
		r = learn_pattern(flows, codes, &s, i, err);
		if (fit->progress != NULL)
			fit->progress(fit->context, (i + 1.0) / s.n);
	}
	if (r < 0)
		return r;
	if (flow_follow_learn(flows, codes, s.windows, s.begins) < 0 ||
	    learn_hours(flows, codes, &s) < 0)
		return err_no_memory(err);
	mark_begins(fit, codes, &s);
	return 0;
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
