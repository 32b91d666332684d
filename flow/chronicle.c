/* SPDX-License-Identifier: Apache-2.0 */
#include "flow/chronicle.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "flow/bayes_draw.h"
#include "flow/chronicle_cast.h"
#include "flow/chronicle_draw.h"
#include "flow/chronicle_pack.h"
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
	free(pattern->hours);
	memset(pattern, 0, sizeof(*pattern));
}

void chronicle_flows_done(struct chronicle_flows *flows)
{
	for (uint32_t i = 0; i < flows->n_patterns; i++)
		flow_pattern_done(&flows->patterns[i]);
	free(flows->patterns);
	free(flows->weights);
	chronicle_pack_free(flows->pack);
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
		       ((uint64_t)p->weight * pattern_count(p) / p->total);
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
	uint32_t sum = 0, before = 0, kept = 0;

	for (uint32_t v = 0; v < p->n_variants; v++) {
		const uint32_t count = p->sums[v] - before;

		before = p->sums[v];
		if (!chronicle_castable(flows, p, p->kinds + (size_t)v * p->n_rows))
			continue;
		memmove(p->kinds + (size_t)kept * p->n_rows, p->kinds + (size_t)v * p->n_rows,
			p->n_rows * sizeof(*p->kinds));
		p->sums[kept++] = sum += count;
	}
	p->n_variants = kept;
}

int chronicle_flows_bind(struct chronicle_flows *flows, const struct network *network,
			 struct err *err)
{
	int r;

	flows->base.network = network;
	for (uint32_t i = 0; i < flows->n_patterns; i++)
		mask_pattern(flows, &flows->patterns[i]);
	r = chronicle_flows_weigh(flows);
	if (r == -ENOENT)
		return err_set(err, r,
			       "the network plan allows none of the traffic the model knows");
	if (r < 0)
		return err_no_memory(err);
	chronicle_pack_free(flows->pack);
	flows->pack = NULL;
	r = chronicle_pack_new(flows, &flows->pack);
	return r < 0 ? err_no_memory(err) : 0;
}

static void set_record(const struct chronicle_flows *flows, struct pattern_draw *draw, uint32_t r,
		       int64_t start_ns, struct rng *flow, struct flow_record *record)
{
	const uint16_t *codes = pattern_codes(draw, r);

	flow_set_rest(&flows->base, codes, flow, record);
	flow_set_service(&flows->base, codes, record);
	record->start_ns = start_ns + draw->offset_ns[r];
}

size_t chronicle_flows_expand(const struct chronicle_flows *flows, const struct flow_start *start,
			      uint64_t seed, uint32_t attempt, struct flow_record *ret_records)
{
	struct pattern_draw draw;
	struct rng flow, tuple;
	uint32_t n_rows, n = 0;
	bool found;

	rng_init(&flow, seed, start->window, start->occurrence, RNG_FLOW);
	rng_init(&tuple, seed, start->window, start->occurrence, RNG_TUPLE);
	chronicle_draw_kinds(flows, start->start_ns, &draw, &flow);
	n_rows = draw.n_rows;
	memset(ret_records, 0, n_rows * sizeof(*ret_records));
	chronicle_draw_tuples(flows, &draw, &tuple);
	found = chronicle_cast(flows, &draw, &tuple, ret_records);
	chronicle_draw_rest(flows, &draw, &flow);
	/* Other hosts and ports for the same occurrence: the following draws of the stream. */
	for (uint32_t i = 0; i < attempt; i++) {
		chronicle_draw_tuples(flows, &draw, &tuple);
		found = chronicle_cast(flows, &draw, &tuple, ret_records);
	}
	if (!found)
		return 0;
	for (uint32_t r = 0; r < n_rows; r++) {
		if (pattern_codes(&draw, r)[FLOW_KIND] == BAYES_NO_CODE)
			continue;
		set_record(flows, &draw, r, start->start_ns, &flow, &ret_records[r]);
		if (n != r)
			ret_records[n] = ret_records[r];
		n++;
	}
	return n;
}

int64_t chronicle_flows_reach_ns(const struct chronicle_flows *flows,
				 const struct flow_start *start, uint64_t seed)
{
	struct rng flow;

	if (start == NULL)
		return flows->pack->max_reach_ns;
	rng_init(&flow, seed, start->window, start->occurrence, RNG_FLOW);
	return flows->pack->reach_ns[chronicle_draw_pattern(flows, start->start_ns, &flow)];
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

static int64_t reach_ns(const void *state, const struct flow_start *start, uint64_t seed)
{
	return chronicle_flows_reach_ns(state, start, seed);
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
	.reach_ns = reach_ns,
	.explain = explain,
	.close = close_state,
};
