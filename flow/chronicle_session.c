/* SPDX-License-Identifier: Apache-2.0 */
#include "flow/chronicle_session.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/ns.h"
#include "models/bayes_learn.h"

/* A client that begins nothing for so long begins a new session. */
#define SESSION_END_NS (10 * NS_PER_S)

void flow_sessions_done(struct flow_sessions *sessions)
{
	free(sessions->first);
	free(sessions->pattern_of);
	column_done(&sessions->gaps);
	bayes_net_done(&sessions->net);
	memset(sessions, 0, sizeof(*sessions));
}

static void number(struct flow_sessions *s, uint16_t pattern, uint32_t n)
{
	if (pattern != PATTERN_NONE)
		s->first[pattern] = s->n_variants;
	for (uint32_t v = 0; v < n; v++)
		s->pattern_of[s->n_variants++] = pattern;
}

int flow_sessions_number(struct chronicle_flows *flows, const uint16_t *listed,
			 const uint32_t *n_variants, uint32_t n_listed)
{
	CLEANUP(freep) bool *done = mem_array(flows->n_patterns, sizeof(*done));
	struct flow_sessions *s = &flows->sessions;
	uint64_t n = 0;

	s->first = mem_array(flows->n_patterns, sizeof(*s->first));
	if (done == NULL || s->first == NULL)
		return -ENOMEM;
	for (uint32_t i = 0; i < n_listed; i++) {
		n += n_variants[i];
		if (listed[i] != PATTERN_NONE)
			done[listed[i]] = true;
	}
	for (uint32_t i = 0; i < flows->n_patterns; i++)
		n += done[i] ? 0 : flows->patterns[i].n_variants;
	if (n >= CODE_TABLE_MAX_CODES)
		return -E2BIG;
	s->pattern_of = mem_array((size_t)n, sizeof(*s->pattern_of));
	if (s->pattern_of == NULL)
		return -ENOMEM;
	for (uint32_t i = 0; i < n_listed; i++)
		number(s, listed[i], n_variants[i]);
	for (uint32_t i = 0; i < flows->n_patterns; i++)
		if (!done[i])
			number(s, (uint16_t)i, flows->patterns[i].n_variants);
	return 0;
}

static int compare_events(const void *a, const void *b)
{
	const struct session_event *x = a, *y = b;
	int order = ip_compare(&x->client, &y->client);

	if (order != 0)
		return order;
	if (x->start_ns != y->start_ns)
		return x->start_ns < y->start_ns ? -1 : 1;
	return (x->row > y->row) - (x->row < y->row);
}

/*
 * A session ends before it gets long: what is drawn has to fit into FLOW_EXPAND_MAX, and what one
 * client does for hours would make all that is drawn hang on few draws.
 */
static void split(struct session_event *events, size_t n)
{
	uint32_t n_rows = 0;
	const char *g = getenv("S_GAP"), *m = getenv("S_ROWS");
	int64_t gap = g ? (int64_t)(atof(g) * 1e9) : SESSION_END_NS;
	uint32_t most = m ? (uint32_t)atoi(m) : 16;

	for (size_t i = 0; i < n; i++) {
		events[i].begins = i == 0 || !ip_equal(&events[i - 1].client, &events[i].client) ||
				   events[i].start_ns - events[i - 1].start_ns > gap ||
				   n_rows + events[i].n_rows > most;
		n_rows = events[i].begins ? events[i].n_rows : n_rows + events[i].n_rows;
	}
}

struct steps {
	uint16_t *codes[SESSION_N_VARIABLES]; /* n each */
	int64_t *gaps;			      /* n, ns; of the n_gaps steps that are no ends */
	size_t n, n_gaps;
};

static void steps_done(struct steps *s)
{
	for (int v = 0; v < SESSION_N_VARIABLES; v++)
		free(s->codes[v]);
	free(s->gaps);
}

/* Every event is followed by another one or by the end. */
static int list_steps(struct chronicle_flows *flows, const struct session_event *events, size_t n,
		      struct steps *s)
{
	CLEANUP(freep) int64_t *copy = mem_array(n, sizeof(*copy));

	s->gaps = mem_array(n, sizeof(*s->gaps));
	for (int v = 0; v < SESSION_N_VARIABLES; v++) {
		s->codes[v] = mem_array(n, sizeof(**s->codes));
		if (s->codes[v] == NULL)
			return -ENOMEM;
	}
	if (s->gaps == NULL || copy == NULL)
		return -ENOMEM;
	s->n = n;
	for (size_t i = 0; i < n; i++) {
		const bool goes_on = i + 1 < n && !events[i + 1].begins;

		s->codes[SESSION_BEFORE][i] = (uint16_t)(events[i].variant + 1);
		s->codes[SESSION_CLIENT][i] = events[i].host;
		s->codes[SESSION_NEXT][i] = (uint16_t)(goes_on ? events[i + 1].variant + 1 : 0);
		s->gaps[i] = goes_on ? events[i + 1].start_ns - events[i].start_ns : 0;
		if (goes_on)
			copy[s->n_gaps++] = s->gaps[i];
	}
	if (s->n_gaps == 0)
		return 0;
	if (column_fit(copy, s->n_gaps, &flows->sessions.gaps) < 0)
		return -ENOMEM;
	for (size_t i = 0; i < n; i++)
		s->codes[SESSION_GAP][i] = column_encode(&flows->sessions.gaps, s->gaps[i]);
	return 0;
}

static int learn_steps(struct chronicle_flows *flows, const struct steps *s, struct err *err)
{
	CLEANUP(freep) struct bayes_learn *learn = mem_array(1, sizeof(*learn));
	struct code_table table = { .n_rows = s->n, .n_columns = SESSION_N_VARIABLES };

	if (learn == NULL)
		return err_no_memory(err);
	for (int v = 0; v < SESSION_N_VARIABLES; v++)
		table.columns[v] = s->codes[v];
	table.n_codes[SESSION_NEXT] = flows->sessions.n_variants + 1;
	table.n_codes[SESSION_GAP] = column_n_codes(&flows->sessions.gaps);
	table.n_codes[SESSION_BEFORE] = flows->sessions.n_variants + 1;
	table.n_codes[SESSION_CLIENT] = (uint32_t)flows->base.hosts->n_hosts;
	learn->table = &table;
	learn->n_nodes = SESSION_N_NODES;
	learn->n_forced[SESSION_NEXT] = 2;
	learn->forced[SESSION_NEXT][0] = SESSION_BEFORE;
	learn->forced[SESSION_NEXT][1] = SESSION_CLIENT;
	learn->n_forced[SESSION_GAP] = 2;
	learn->forced[SESSION_GAP][0] = SESSION_NEXT;
	learn->forced[SESSION_GAP][1] = SESSION_BEFORE;
	return bayes_learn(learn, &flows->sessions.net, err);
}

/* Counts first; they are summed up after. */
static void count_start(struct chronicle_flows *flows, uint32_t variant, bool begins)
{
	const uint16_t i = flows->sessions.pattern_of[variant];

	flows->patterns[i].starts[variant - flows->sessions.first[i]] += begins;
}

int flow_sessions_learn(struct chronicle_flows *flows, struct session_event *events, size_t n,
			struct err *err)
{
	CLEANUP(steps_done) struct steps steps = { 0 };

	if (n > 1)
		qsort(events, n, sizeof(*events), compare_events);
	split(events, n);
	for (size_t i = 0; i < n; i++)
		count_start(flows, events[i].variant, events[i].begins);
	for (uint32_t i = 0; i < flows->n_patterns; i++)
		for (uint32_t v = 1; v < flows->patterns[i].n_variants; v++)
			flows->patterns[i].starts[v] += flows->patterns[i].starts[v - 1];
	if (list_steps(flows, events, n, &steps) < 0)
		return err_no_memory(err);
	return steps.n_gaps == 0 ? 0 : learn_steps(flows, &steps, err);
}

/* One code of a node given the row for as many parents as were seen together, level at least 1. */
static uint16_t draw_step(const struct bayes_node *node, const uint16_t *codes, struct rng *rng)
{
	uint32_t level, total, x;
	struct bayes_row row = bayes_node_row(node, codes, &level);

	while (level > 1) {
		total = row.sums[row.n - 1];
		x = rng_below(rng, total + row.n);
		if (x < total)
			return bayes_row_at(&row, x);
		level--;
		row = bayes_level_row(&node->levels[level], codes[node->parents[0]]);
	}
	return row.n == 0 ? BAYES_NO_CODE : bayes_row_draw(&row, rng);
}

bool flow_sessions_next(const struct chronicle_flows *flows, uint32_t before, uint16_t client,
			struct rng *flow, uint32_t *ret_variant, int64_t *ret_gap_ns)
{
	const struct flow_sessions *s = &flows->sessions;
	uint16_t codes[SESSION_N_VARIABLES];

	if (s->net.n_nodes == 0)
		return false;
	codes[SESSION_BEFORE] = (uint16_t)(before + 1);
	codes[SESSION_CLIENT] = client;
	if (bayes_level_row(&s->net.nodes[SESSION_NEXT].levels[1], before + 1).n == 0)
		return false;
	codes[SESSION_NEXT] = draw_step(&s->net.nodes[SESSION_NEXT], codes, flow);
	if (codes[SESSION_NEXT] == 0)
		return false;
	codes[SESSION_GAP] = draw_step(&s->net.nodes[SESSION_GAP], codes, flow);
	*ret_variant = codes[SESSION_NEXT] - 1u;
	*ret_gap_ns = codes[SESSION_GAP] == BAYES_NO_CODE
			      ? 0
			      : column_decode(&s->gaps, codes[SESSION_GAP], flow);
	return true;
}

int flow_sessions_mask(struct chronicle_flows *flows, struct err *err)
{
	struct flow_sessions *s = &flows->sessions;
	CLEANUP(freep) bool *allowed = mem_array((size_t)s->n_variants + 1, sizeof(*allowed));
	int r;

	if (s->net.n_nodes == 0)
		return 0;
	if (allowed == NULL)
		return err_no_memory(err);
	allowed[0] = true;
	for (uint32_t k = 0; k < s->n_variants; k++) {
		const uint16_t i = s->pattern_of[k];
		const struct flow_pattern *p = &flows->patterns[i];
		const uint32_t v = k - (i == PATTERN_NONE ? 0 : s->first[i]);

		allowed[k + 1] = i != PATTERN_NONE && p->sums[v] > (v == 0 ? 0 : p->sums[v - 1]);
	}
	r = bayes_node_mask(&s->net.nodes[SESSION_NEXT], allowed);
	if (r == -ENOENT) {
		/* Nothing that ever followed is left, nor an end. */
		bayes_net_done(&s->net);
		r = 0;
	}
	return r < 0 ? err_no_memory(err) : 0;
}
