/* SPDX-License-Identifier: Apache-2.0 */
#include "gen/report/model_sample.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/ns.h"
#include "flow/network.h"
#include "flow/service.h"

enum { SEED = 1, NO_SERVICE = MODEL_SAMPLE_SERVICES };

struct drawn {
	uint32_t service;
	int64_t packets, payload_bytes, duration_ns;
};

struct sampler {
	struct model_sample *sample;
	const struct host *hosts; /* of the network */
	size_t n_hosts;
	struct drawn *flows; /* MODEL_SAMPLE_OCCURRENCES * FLOW_EXPAND_MAX */
};

void model_sample_done(struct model_sample *sample)
{
	free(sample->services);
	free(sample->patterns);
	free(sample->pairs);
	memset(sample, 0, sizeof(*sample));
}

static uint32_t service_of(struct model_sample *sample, const struct flow_record *record)
{
	struct model_service *service;

	for (size_t i = 0; i < sample->n_services; i++) {
		service = &sample->services[i];
		if (service->proto == record->proto &&
		    strcmp(service->service, record->service) == 0)
			return (uint32_t)i;
	}
	if (sample->n_services >= MODEL_SAMPLE_SERVICES)
		return NO_SERVICE;
	service = &sample->services[sample->n_services];
	memcpy(service->service, record->service, sizeof(service->service));
	service->proto = record->proto;
	return (uint32_t)sample->n_services++;
}

static void count_pair(struct sampler *s, const struct flow_record *record)
{
	const struct host *src, *dst;
	char text[MODEL_PATTERN_BYTES];
	size_t k = 0;

	if (record->src_host >= s->n_hosts || record->dst_host >= s->n_hosts)
		return;
	src = &s->hosts[record->src_host];
	dst = &s->hosts[record->dst_host];
	snprintf(text, sizeof(text), "%s %s \xe2\x86\x92 %s %s", host_scope_name(src->scope),
		 src->role, host_scope_name(dst->scope), dst->role);
	while (k < s->sample->n_pairs && strcmp(s->sample->pairs[k].text, text) != 0)
		k++;
	if (k >= MODEL_SAMPLE_PATTERNS)
		return;
	if (k == s->sample->n_pairs) {
		memcpy(s->sample->pairs[k].text, text, sizeof(text));
		s->sample->n_pairs++;
	}
	s->sample->pairs[k].n++;
}

static void count_pattern(struct model_sample *sample, const struct flow_record *records, size_t n)
{
	char text[MODEL_PATTERN_BYTES] = "", proto[PROTO_TEXT_BYTES];
	size_t used = 0, k = 0;

	for (size_t i = 0; i < n && used + 1 < sizeof(text); i++) {
		int more = snprintf(text + used, sizeof(text) - used, "%s%s/%s", i > 0 ? ", " : "",
				    records[i].service, proto_format(records[i].proto, proto));

		used += more > 0 ? (size_t)more : 0;
	}
	while (k < sample->n_patterns && strcmp(sample->patterns[k].text, text) != 0)
		k++;
	if (k >= MODEL_SAMPLE_PATTERNS)
		return;
	if (k == sample->n_patterns) {
		memcpy(sample->patterns[k].text, text, sizeof(text));
		sample->patterns[k].n_flows = (uint32_t)n;
		sample->n_patterns++;
	}
	sample->patterns[k].n++;
}

static void count(struct sampler *s, const struct flow_record *records, size_t n)
{
	struct model_sample *sample = s->sample;

	sample->n_occurrences++;
	sample->most_flows = n > sample->most_flows ? (uint32_t)n : sample->most_flows;
	if (n > 0)
		count_pattern(sample, records, n);
	for (size_t i = 0; i < n; i++) {
		const struct flow_record *r = &records[i];
		struct drawn *drawn = &s->flows[sample->n_flows++];

		count_pair(s, r);
		drawn->service = service_of(sample, r);
		drawn->packets = (int64_t)(r->fwd_packets + r->bwd_packets);
		drawn->payload_bytes = (int64_t)(r->fwd_payload + r->bwd_payload);
		drawn->duration_ns = r->duration_ns;
		if (drawn->service != NO_SERVICE)
			sample->services[drawn->service].n++;
	}
}

static int compare_values(const void *a, const void *b)
{
	const int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;

	return (x > y) - (x < y);
}

static struct model_quantiles quantiles(int64_t *values, size_t n)
{
	if (n == 0)
		return (struct model_quantiles) { 0, 0, 0 };
	qsort(values, n, sizeof(*values), compare_values);
	return (struct model_quantiles) { values[n / 10], values[n / 2], values[n * 9 / 10] };
}

static int measure_services(struct sampler *s, struct err *err)
{
	const size_t n_flows = s->sample->n_flows;
	CLEANUP(freep) int64_t *values = mem_array(3 * n_flows, sizeof(*values));

	if (values == NULL)
		return err_no_memory(err);
	for (uint32_t i = 0; i < s->sample->n_services; i++) {
		struct model_service *service = &s->sample->services[i];
		size_t n = 0;

		for (size_t k = 0; k < n_flows; k++) {
			const struct drawn *drawn = &s->flows[k];

			if (drawn->service != i)
				continue;
			values[n] = drawn->packets;
			values[n_flows + n] = drawn->payload_bytes;
			values[2 * n_flows + n++] = drawn->duration_ns;
		}
		service->packets = quantiles(values, n);
		service->payload_bytes = quantiles(values + n_flows, n);
		service->duration_ns = quantiles(values + 2 * n_flows, n);
	}
	return 0;
}

static int compare_services(const void *a, const void *b)
{
	const struct model_service *x = a, *y = b;

	if (x->n != y->n)
		return x->n < y->n ? 1 : -1;
	return x->proto != y->proto ? (x->proto > y->proto) - (x->proto < y->proto)
				    : strcmp(x->service, y->service);
}

static int compare_patterns(const void *a, const void *b)
{
	const struct model_pattern *x = a, *y = b;

	return x->n != y->n ? (x->n < y->n) - (x->n > y->n) : strcmp(x->text, y->text);
}

static int compare_pairs(const void *a, const void *b)
{
	const struct model_pair *x = a, *y = b;

	return x->n != y->n ? (x->n < y->n) - (x->n > y->n) : strcmp(x->text, y->text);
}

static void draw_all(struct sampler *s, const struct model *model, void *memory)
{
	const double hz = schedule_mean_hz(&model->schedule);
	/* A rate of nothing still needs instants that go forward. */
	const double step_ns = hz > 1e-6 ? (double)NS_PER_S / hz : (double)NS_PER_S;
	struct flow_record records[FLOW_EXPAND_MAX];

	for (uint32_t i = 0; i < MODEL_SAMPLE_OCCURRENCES; i++) {
		const int64_t at_ns = (int64_t)(step_ns * i);
		const struct flow_start start = { .start_ns = at_ns,
						  .window = (uint64_t)(at_ns / NS_PER_S),
						  .occurrence = i };

		memset(records, 0, sizeof(records));
		count(s, records,
		      model->flow_ops->expand(model->flow, memory, &start, SEED, 0, records));
	}
}

static int draw(struct sampler *s, struct model *model, struct err *err)
{
	CLEANUP(network_freep) struct network *network = NULL;
	CLEANUP(freep) void *memory = calloc(1, model->flow_ops->memory_bytes + 1);
	int r;

	if (memory == NULL)
		return err_no_memory(err);
	r = network_from_hosts(&model->hosts, &network, err);
	if (r == 0)
		r = model->flow_ops->bind(model->flow, network, err);
	if (r < 0)
		return r;
	s->hosts = network_hosts(network, &s->n_hosts);
	draw_all(s, model, memory);
	return measure_services(s, err);
}

int model_sample_draw(struct model *model, struct model_sample *ret_sample, struct err *err)
{
	CLEANUP(model_sample_done) struct model_sample sample = { 0 };
	const size_t n_flows = (size_t)MODEL_SAMPLE_OCCURRENCES * FLOW_EXPAND_MAX;
	CLEANUP(freep) struct drawn *flows = mem_array(n_flows, sizeof(*flows));
	struct sampler s = { .sample = &sample, .flows = flows };
	int r;

	sample.services = mem_array(MODEL_SAMPLE_SERVICES, sizeof(*sample.services));
	sample.patterns = mem_array(MODEL_SAMPLE_PATTERNS, sizeof(*sample.patterns));
	sample.pairs = mem_array(MODEL_SAMPLE_PATTERNS, sizeof(*sample.pairs));
	if (flows == NULL || sample.services == NULL || sample.patterns == NULL ||
	    sample.pairs == NULL)
		return err_no_memory(err);
	r = draw(&s, model, err);
	if (r < 0)
		return r;
	qsort(sample.services, sample.n_services, sizeof(*sample.services), compare_services);
	qsort(sample.patterns, sample.n_patterns, sizeof(*sample.patterns), compare_patterns);
	qsort(sample.pairs, sample.n_pairs, sizeof(*sample.pairs), compare_pairs);
	*ret_sample = sample;
	memset(&sample, 0, sizeof(sample));
	return 0;
}
