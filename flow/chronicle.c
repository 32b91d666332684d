/* SPDX-License-Identifier: Apache-2.0 */
#include "flow/chronicle.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "flow/bayes_draw.h"
#include "flow/chronicle_cast.h"
#include "flow/chronicle_draw.h"
#include "flow/chronicle_session.h"
#include "flow/registry.h"

void flow_pattern_done(struct flow_pattern *pattern)
{
	for (uint32_t r = 0; r < CHRONICLE_MAX_ROWS; r++) {
		if (pattern->rows[r].net != NULL)
			bayes_net_done(pattern->rows[r].net);
		free(pattern->rows[r].net);
		free(pattern->rows[r].knots);
	}
	free(pattern->kinds);
	free(pattern->sums);
	free(pattern->starts);
	free(pattern->hours);
	memset(pattern, 0, sizeof(*pattern));
}

void chronicle_flows_done(struct chronicle_flows *flows)
{
	for (uint32_t i = 0; i < flows->n_patterns; i++)
		flow_pattern_done(&flows->patterns[i]);
	free(flows->patterns);
	free(flows->weights);
	flow_sessions_done(&flows->sessions);
	bayes_flows_done(&flows->base);
	memset(flows, 0, sizeof(*flows));
}

/* Running sums of the patterns' weights at an hour (PATTERN_HOURS: at any); the total. */
static uint64_t weigh_hour(const struct chronicle_flows *flows, uint32_t hour, uint64_t *ret_sums)
{
	uint64_t sum = 0;

	for (uint32_t i = 0; i < flows->n_patterns; i++) {
		const struct flow_pattern *p = &flows->patterns[i];
		const bool any = p->hours == NULL || hour == PATTERN_HOURS;

		/* Below 2^64: of 2^12 patterns each has at most 2^20 * 2^32. */
		sum += (uint64_t)(any ? PATTERN_HOUR_UNIT : p->hours[hour]) *
		       ((uint64_t)p->weight * pattern_sum(p, p->starts) / p->total);
		ret_sums[i] = sum;
	}
	return sum;
}

int chronicle_flows_weigh(struct chronicle_flows *flows)
{
	const uint32_t n = flows->n_patterns;

	free(flows->weights);
	flows->weights = mem_array((size_t)n * PATTERN_HOURS, sizeof(*flows->weights));
	if (flows->weights == NULL)
		return -ENOMEM;
	for (uint32_t h = 0; h < PATTERN_HOURS; h++) {
		uint64_t *sums = flows->weights + (size_t)h * n;

		if (weigh_hour(flows, h, sums) == 0 && weigh_hour(flows, PATTERN_HOURS, sums) == 0)
			return -ENOENT;
	}
	return 0;
}

/* Takes the combinations of kinds away that the network does not allow. */
static void mask_pattern(const struct chronicle_flows *flows, struct flow_pattern *p)
{
	uint32_t sum = 0, before = 0, start = 0, start_before = 0;

	for (uint32_t v = 0; v < p->n_variants; v++) {
		const uint32_t count = p->sums[v] - before, starts = p->starts[v] - start_before;

		before = p->sums[v];
		start_before = p->starts[v];
		if (chronicle_castable(flows, p, p->kinds + (size_t)v * p->n_rows)) {
			sum += count;
			start += starts;
		}
		p->sums[v] = sum;
		p->starts[v] = start;
	}
}

int chronicle_flows_bind(struct chronicle_flows *flows, const struct network *network,
			 struct err *err)
{
	int r;

	flows->base.network = network;
	for (uint32_t i = 0; i < flows->n_patterns; i++)
		mask_pattern(flows, &flows->patterns[i]);
	r = flow_sessions_mask(flows, err);
	if (r < 0)
		return r;
	r = chronicle_flows_weigh(flows);
	if (r == -ENOENT)
		return err_set(err, r,
			       "the network plan allows none of the traffic the model knows");
	return r < 0 ? err_no_memory(err) : 0;
}

/* Draws the codes of a session: `first` has its kinds and tuples. Returns how many patterns. */
static size_t draw_session(const struct chronicle_flows *flows, struct pattern_draw *draws,
			   struct rng *flow, struct rng *tuple)
{
	size_t n = 1, n_rows = draws[0].pattern->n_rows;
	uint16_t client;

	chronicle_draw_tuples(flows, &draws[0], tuple);
	if (!pattern_has_row(&draws[0], 0))
		return 1;
	client = pattern_codes(&draws[0], 0)[FLOW_SRC_HOST];
	for (;; n++) {
		uint32_t variant;
		int64_t gap_ns;

		if (!flow_sessions_next(flows, draws[n - 1].variant, client, flow, &variant,
					&gap_ns))
			return n;
		n_rows += flows->patterns[flows->sessions.pattern_of[variant]].n_rows;
		if (n_rows > FLOW_EXPAND_MAX)
			return n;
		chronicle_draw_variant(flows, variant, &draws[n]);
		draws[n].client = client;
		draws[n].at_ns = draws[n - 1].at_ns + gap_ns;
		chronicle_draw_tuples(flows, &draws[n], tuple);
	}
}

/* Other hosts and ports for the same session. */
static void draw_again(const struct chronicle_flows *flows, struct pattern_draw *draws, size_t n,
		       struct rng *tuple)
{
	for (size_t i = 0; i < n; i++) {
		if (i > 0)
			draws[i].client = pattern_codes(&draws[0], 0)[FLOW_SRC_HOST];
		chronicle_draw_tuples(flows, &draws[i], tuple);
	}
}

/* Records of a session into order of time; there are few. */
static void sort_records(struct flow_record *records, size_t n)
{
	for (size_t i = 1; i < n; i++) {
		const struct flow_record r = records[i];
		size_t k = i;

		if (records[i - 1].start_ns <= r.start_ns)
			continue;
		for (; k > 0 && records[k - 1].start_ns > r.start_ns; k--)
			records[k] = records[k - 1];
		records[k] = r;
	}
}

static size_t set_records(const struct chronicle_flows *flows, struct pattern_draw *draws,
			  size_t n_draws, int64_t start_ns, struct rng *flow,
			  struct flow_record *records)
{
	size_t n = 0, at = 0;

	for (size_t i = 0; i < n_draws; i++)
		for (uint32_t r = 0; r < draws[i].pattern->n_rows; r++, at++) {
			const uint16_t *codes = pattern_codes(&draws[i], r);

			if (!pattern_has_row(&draws[i], r))
				continue;
			if (n != at)
				records[n] = records[at];
			flow_set_rest(&flows->base, codes, flow, &records[n]);
			flow_set_service(&flows->base, codes, &records[n]);
			records[n++].start_ns = start_ns + draws[i].at_ns + draws[i].offset_ns[r];
		}
	sort_records(records, n);
	return n;
}

size_t chronicle_flows_expand(const struct chronicle_flows *flows, const struct flow_start *start,
			      uint64_t seed, uint32_t attempt, struct flow_record *ret_records)
{
	struct pattern_draw draws[FLOW_EXPAND_MAX];
	struct rng flow, tuple;
	size_t n, n_cast;

	rng_init(&flow, seed, start->window, start->occurrence, RNG_FLOW);
	rng_init(&tuple, seed, start->window, start->occurrence, RNG_TUPLE);
	chronicle_draw_first(flows, start->start_ns, &draws[0], &flow);
	n = draw_session(flows, draws, &flow, &tuple);
	for (size_t i = 0; i < n; i++)
		chronicle_draw_rest(flows, &draws[i], &flow);
	n_cast = chronicle_cast(flows, draws, n, &tuple, ret_records);
	for (uint32_t i = 0; i < attempt; i++) {
		draw_again(flows, draws, n, &tuple);
		n_cast = chronicle_cast(flows, draws, n, &tuple, ret_records);
	}
	return set_records(flows, draws, n_cast, start->start_ns, &flow, ret_records);
}

static int fit(void *state, const struct flow_fit *fit, struct err *err)
{
	return chronicle_flows_fit(state, fit, err);
}

static int load(void *state, const struct conf *conf, const struct host_set *hosts, struct err *err)
{
	return chronicle_flows_load(state, conf, hosts, err);
}

static int save(const void *state, FILE *out)
{
	return chronicle_flows_save(state, out);
}

static int bind_network(void *state, const struct network *network, struct err *err)
{
	return chronicle_flows_bind(state, network, err);
}

static size_t expand(const void *state, void *memory, const struct flow_start *start, uint64_t seed,
		     uint32_t attempt, struct flow_record *ret_records)
{
	(void)memory;
	return chronicle_flows_expand(state, start, seed, attempt, ret_records);
}

static int explain(const void *state, const struct host_set *hosts, FILE *out,
		   enum flow_explain how)
{
	return chronicle_flows_explain(state, hosts, out, how);
}

static void close_state(void *state)
{
	chronicle_flows_done(state);
}

const struct flow_model_ops flow_model_chronicle = {
	.name = "chronicle",
	.summary = "patterns of flows that belong together, with networks for their columns",
	.state_bytes = sizeof(struct chronicle_flows),
	.fit = fit,
	.load = load,
	.save = save,
	.bind = bind_network,
	.expand = expand,
	.explain = explain,
	.close = close_state,
};
