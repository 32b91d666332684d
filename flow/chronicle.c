/* SPDX-License-Identifier: Apache-2.0 */
#include "flow/chronicle.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/dist.h"
#include "base/mem.h"
#include "flow/bayes_draw.h"
#include "flow/chronicle_cast.h"
#include "flow/chronicle_draw.h"
#include "flow/chronicle_pack.h"
#include "flow/registry.h"

void flow_pattern_index(struct flow_pattern *p)
{
	const uint32_t n = p->first_follow[PATTERN_LATER + 1];
	uint32_t at = 0;

	for (uint32_t place = 0; place <= PATTERN_LATER; place++) {
		p->first_follow[place] = at;
		while (at < n && p->follows[at].place == place)
			at++;
	}
}

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
	for (uint32_t i = 0; i < pattern->first_follow[PATTERN_LATER + 1]; i++)
		free(pattern->follows[i].knots);
	free(pattern->follows);
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
		       ((uint64_t)p->begins * pattern_count(p) / p->total);
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

/* An occurrence of a session. */
struct occurrence {
	struct pattern_draw draw;
	uint32_t parent, row; /* whom it follows: its own number if nobody */
	uint8_t ends[2];      /* enum follow_end */
	bool found;	      /* there is somebody for every row */
	uint32_t i_record;    /* of its first row */
	int64_t at_ns;	      /* since the session's start */
};

struct session {
	const struct chronicle_flows *flows;
	struct flow_record *records;
	uint32_t n, n_records;
	struct occurrence occurrences[FLOW_EXPAND_MAX];
};

/* Hosts, addresses and ports of an occurrence. */
static void draw_tuples(struct session *s, struct occurrence *o, struct rng *tuple)
{
	struct occurrence *parent = &s->occurrences[o->parent];

	for (int i = 0; i < 2 && o != parent; i++) {
		const bool server = o->ends[i] == FOLLOW_SERVER;
		const struct flow_record *r = &s->records[parent->i_record + o->row];

		if (o->ends[i] == FOLLOW_ANY || !parent->found)
			continue;
		o->draw.pinned[i] = pattern_codes(&parent->draw,
						  o->row)[server ? FLOW_DST_HOST : FLOW_SRC_HOST];
		o->draw.pins[i] = server ? r->dst : r->src;
	}
	chronicle_draw_tuples(s->flows, &o->draw, tuple);
	o->found = chronicle_cast(s->flows, &o->draw, tuple, s->records + o->i_record);
}

/* What follows from a place of an occurrence: one more of the session, or nothing. */
static void draw_follow(struct session *s, const struct occurrence *o, uint32_t place,
			struct rng *flow)
{
	const struct packed_follow *f = chronicle_draw_follow(s->flows, &o->draw, place, flow);
	struct occurrence *to = &s->occurrences[s->n];
	struct quantile_table delay;

	if (f == NULL || f->n_rows == 0 || s->n_records + f->n_rows > FLOW_EXPAND_MAX)
		return;
	delay = (struct quantile_table) { f->n_knots,
					  (const void *)(s->flows->pack->words + f->knots) };
	to->draw.i_pattern = f->pattern;
	to->parent = (uint32_t)(o - s->occurrences);
	to->row = place == PATTERN_LATER ? 0 : place;
	memcpy(to->ends, f->ends, sizeof(to->ends));
	to->i_record = s->n_records;
	to->at_ns = o->at_ns + (place == PATTERN_LATER ? 0 : o->draw.offset_ns[place]) +
		    (f->n_knots == 1 ? delay.knots[0] : quantile_value(&delay, rng_u32(flow)));
	if (to->at_ns > PATTERN_SESSION_NS)
		return;
	s->n++;
	s->n_records += f->n_rows;
}

/* All of an occurrence, and what follows it. */
static void draw_occurrence(struct session *s, uint32_t i, struct rng *flow, struct rng *tuple)
{
	struct occurrence *o = &s->occurrences[i];

	chronicle_draw_kinds(s->flows, o->draw.i_pattern, &o->draw, flow);
	draw_tuples(s, o, tuple);
	chronicle_draw_rest(s->flows, &o->draw, flow);
	for (uint32_t r = 0; r < o->draw.n_rows; r++)
		if (pattern_codes(&o->draw, r)[FLOW_KIND] != BAYES_NO_CODE)
			draw_follow(s, o, r, flow);
	draw_follow(s, o, PATTERN_LATER, flow);
}

/* Into order of time; there are few, and most are in it. */
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

/* What is no host's and no port's; rows that do not occur close up. */
static size_t set_records(struct session *s, int64_t start_ns, struct rng *flow)
{
	size_t n = 0;

	for (uint32_t i = 0; i < s->n; i++) {
		struct occurrence *o = &s->occurrences[i];

		for (uint32_t r = 0; r < o->draw.n_rows && o->found; r++) {
			const uint16_t *codes = pattern_codes(&o->draw, r);
			struct flow_record *record = &s->records[o->i_record + r];

			if (codes[FLOW_KIND] == BAYES_NO_CODE)
				continue;
			flow_set_rest(&s->flows->base, codes, flow, record);
			flow_set_service(&s->flows->base, codes, record);
			record->pattern = (uint16_t)(o->draw.i_pattern + 1);
			record->start_ns = start_ns + o->at_ns + o->draw.offset_ns[r];
			if (record != &s->records[n])
				s->records[n] = *record;
			n++;
		}
	}
	sort_records(s->records, n);
	return n;
}

size_t chronicle_flows_expand(const struct chronicle_flows *flows, const struct flow_start *start,
			      uint64_t seed, uint32_t attempt, struct flow_record *ret_records)
{
	struct session s; /* occurrences are written before they are read */
	struct rng flow, tuple;

	rng_init(&flow, seed, start->window, start->occurrence, RNG_FLOW);
	rng_init(&tuple, seed, start->window, start->occurrence, RNG_TUPLE);
	s.flows = flows;
	s.records = ret_records;
	s.n = 1;
	s.occurrences[0].draw.i_pattern = chronicle_draw_pattern(flows, start->start_ns, &flow);
	s.occurrences[0].parent = s.occurrences[0].row = s.occurrences[0].i_record = 0;
	s.occurrences[0].at_ns = 0;
	s.n_records = chronicle_draw_rows(flows, s.occurrences[0].draw.i_pattern);
	memset(ret_records, 0, s.n_records * sizeof(*ret_records));
	for (uint32_t i = 0; i < s.n; i++) {
		const uint32_t before = s.n_records;

		draw_occurrence(&s, i, &flow, &tuple);
		memset(ret_records + before, 0, (s.n_records - before) * sizeof(*ret_records));
	}
	/* Other hosts and ports for the same session: the following draws of the stream. */
	for (uint32_t i = 0; i < attempt; i++)
		for (uint32_t k = 0; k < s.n; k++)
			draw_tuples(&s, &s.occurrences[k], &tuple);
	return set_records(&s, start->start_ns, &flow);
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

static const char *pattern_name(const void *state, uint32_t i)
{
	const struct chronicle_flows *flows = state;

	return flows->patterns[i].name;
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
	.pattern_name = pattern_name,
	.explain = explain,
	.close = close_state,
};
