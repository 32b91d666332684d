/* SPDX-License-Identifier: Apache-2.0 */
#include "automata/classify.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "automata/code_length.h"
#include "base/detmath.h"
#include "base/mem.h"

/* Of the bits of the automaton, of the sketches, and of the service's share of flows, in percent.
 */
enum { AUTOMATON_PART = 25, SKETCH_PART = 100, PRIOR_PART = 200 };
/* Values that the mean share of all services stands for. */
#define BACKGROUND 8.0

/* No word costs as much. */
#define MOST_BITS 1e8

struct service {
	const char *name;
	uint8_t proto;
	bool sketched; /* some service of its protocol is; alike in all of them */
	double n_words, prior_bits;
	uint32_t cost[SKETCH_SLOTS][SKETCH_VALUES]; /* in CODE_BIT */
};

struct classifier {
	const struct automaton_bank *bank;
	struct score **scores; /* of the bank's automata */
	uint32_t *service_of;
	struct service *services;
	size_t n_services;
	double *bits; /* of the sketches and the prior, by service: of the flow asked about */
};

void classifier_freep(struct classifier **classifier)
{
	struct classifier *c = *classifier;

	if (c == NULL)
		return;
	for (size_t i = 0; c->scores != NULL && i < c->bank->n; i++)
		score_freep(&c->scores[i]);
	free(c->scores);
	free(c->service_of);
	free(c->services);
	free(c->bits);
	free(c);
	*classifier = NULL;
}

static bool is_named(const struct automaton *a)
{
	return strcmp(a->service, "-") != 0;
}

/* Services are few; a bank at its limit of automata takes a second. */
static void find_services(struct classifier *c)
{
	for (size_t i = 0; i < c->bank->n; i++) {
		const struct automaton *a = c->bank->automata[i];
		size_t s = 0;

		while (s < c->n_services && (c->services[s].proto != a->proto ||
					     strcmp(c->services[s].name, a->service) != 0))
			s++;
		if (s == c->n_services)
			c->services[c->n_services++] =
				(struct service) { .name = a->service, .proto = a->proto };
		c->services[s].n_words += a->n_words;
		c->service_of[i] = (uint32_t)s;
	}
}

static double *feature_counts(double (*counts)[SKETCH_VALUES], int slot, int feature)
{
	return counts[slot] + sketch_first(feature);
}

static double sum(const double *values, uint32_t n)
{
	double total = 0;

	for (uint32_t i = 0; i < n; i++)
		total += values[i];
	return total;
}

/* The counts of a service's automata. Returns false where none has any. */
static bool gather(const struct classifier *c, size_t service, double (*counts)[SKETCH_VALUES])
{
	bool any = false;

	memset(counts, 0, SKETCH_SLOTS * sizeof(*counts));
	for (size_t i = 0; i < c->bank->n; i++) {
		const struct sketch_table *table = c->bank->automata[i]->sketches;

		if (c->service_of[i] != service || table == NULL)
			continue;
		any = true;
		for (int slot = 0; slot < SKETCH_SLOTS; slot++) {
			for (int v = 0; v < SKETCH_VALUES; v++)
				counts[slot][v] += table->count[slot][v];
		}
	}
	return any;
}

/* What a service adds to the mean share: its own shares, each service's as much as any other's. */
static void add_shares(double (*counts)[SKETCH_VALUES], double (*shares)[SKETCH_VALUES],
		       double (*n_services)[SKETCH_FEATURES])
{
	for (int slot = 0; slot < SKETCH_SLOTS; slot++) {
		for (int f = 0; f < SKETCH_FEATURES; f++) {
			const uint32_t n = sketch_classes(f);
			const double *count = feature_counts(counts, slot, f);
			double *share = feature_counts(shares, slot, f);
			const double total = sum(count, n);

			n_services[slot][f] += total > 0;
			for (uint32_t v = 0; v < n && total > 0; v++)
				share[v] += count[v] / total;
		}
	}
}

static void fill_costs(double (*counts)[SKETCH_VALUES], double (*shares)[SKETCH_VALUES],
		       double (*n_services)[SKETCH_FEATURES], struct service *service)
{
	for (int slot = 0; slot < SKETCH_SLOTS; slot++) {
		for (int f = 0; f < SKETCH_FEATURES; f++) {
			const uint32_t n = sketch_classes(f);
			const double *count = feature_counts(counts, slot, f);
			const double *share = feature_counts(shares, slot, f);
			uint32_t *cost = service->cost[slot] + sketch_first(f);
			const double total = sum(count, n);

			/* One more service, to which all values are alike, so that none is free. */
			for (uint32_t v = 0; v < n; v++) {
				const double mean =
					(share[v] + 1.0 / n) / (n_services[slot][f] + 1);
				const double p =
					(count[v] + BACKGROUND * mean) / (total + BACKGROUND);

				cost[v] = (uint32_t)code_of_bits(-det_log2(p));
			}
		}
	}
	service->sketched = true;
}

/* What learning the sketches of one protocol works with. */
struct lesson {
	double counts[SKETCH_SLOTS][SKETCH_VALUES];
	double shares[SKETCH_SLOTS][SKETCH_VALUES];
	double n_services[SKETCH_SLOTS][SKETCH_FEATURES];
};

static void learn_sketches(struct classifier *c, uint8_t proto, struct lesson *l)
{
	bool any = false;

	memset(l, 0, sizeof(*l));
	for (size_t s = 0; s < c->n_services; s++) {
		if (c->services[s].proto != proto || strcmp(c->services[s].name, "-") == 0 ||
		    !gather(c, s, l->counts))
			continue;
		add_shares(l->counts, l->shares, l->n_services);
		any = true;
	}
	for (size_t s = 0; any && s < c->n_services; s++) {
		if (c->services[s].proto != proto)
			continue;
		gather(c, s, l->counts);
		fill_costs(l->counts, l->shares, l->n_services, &c->services[s]);
	}
}

/* A service's share of the flows of its protocol, in bits: what is rare must explain more. */
static void fill_priors(struct classifier *c)
{
	double total[UINT8_MAX + 1] = { 0 };

	for (size_t s = 0; s < c->n_services; s++)
		total[c->services[s].proto] += c->services[s].n_words;
	for (size_t s = 0; s < c->n_services; s++)
		c->services[s].prior_bits =
			code_log2(total[c->services[s].proto] / c->services[s].n_words);
}

int classifier_new(const struct automaton_bank *bank, const struct score_scale *scale,
		   struct classifier **ret_classifier, struct err *err)
{
	CLEANUP(classifier_freep) struct classifier *c = mem_array(1, sizeof(*c));
	CLEANUP(freep) struct lesson *lesson = mem_array(1, sizeof(*lesson));
	bool done[UINT8_MAX + 1] = { false };
	int r = 0;

	if (c == NULL || lesson == NULL)
		return err_no_memory(err);
	c->bank = bank;
	c->scores = mem_array(bank->n + 1, sizeof(struct score *));
	c->service_of = mem_array(bank->n + 1, sizeof(*c->service_of));
	c->services = mem_array(bank->n + 1, sizeof(*c->services));
	c->bits = mem_array(bank->n + 1, sizeof(*c->bits));
	if (c->scores == NULL || c->service_of == NULL || c->services == NULL || c->bits == NULL)
		return err_no_memory(err);
	find_services(c);
	fill_priors(c);
	for (size_t i = 0; i < bank->n && r == 0; i++) {
		const uint8_t proto = bank->automata[i]->proto;

		if (!done[proto])
			learn_sketches(c, proto, lesson);
		done[proto] = true;
		r = score_new(bank->automata[i], scale, &c->scores[i], err);
	}
	if (r == 0)
		*ret_classifier = take(&c);
	return r;
}

struct score *classifier_score(struct classifier *classifier, size_t i)
{
	return classifier->scores[i];
}

static double sketch_bits(const struct service *service, const struct sketch *sketches, uint32_t n)
{
	int64_t cost = 0;

	for (uint32_t i = 0; i < n; i++) {
		const uint32_t *costs = service->cost[sketches[i].slot];

		for (int f = 0; f < SKETCH_FEATURES; costs += sketch_classes(f), f++) {
			if (sketches[i].value[f] != SKETCH_UNKNOWN)
				cost += costs[sketches[i].value[f]];
		}
	}
	return code_in_bits(cost);
}

/* What a service's name and the payloads take, and how much of the automaton's bits is to be added;
 * where payloads say nothing, all of them. */
static double bits_before(const struct service *service, const struct sketch *sketches, uint32_t n,
			  int *ret_part)
{
	if (!service->sketched || n == 0) {
		*ret_part = 100;
		return service->prior_bits;
	}
	*ret_part = AUTOMATON_PART;
	return service->prior_bits * PRIOR_PART / 100 + sketch_bits(service, sketches, n);
}

int classifier_ask(struct classifier *c, uint8_t proto, const struct word *whole,
		   const struct sketch *sketches, uint32_t n_sketches, double *ret_bits)
{
	const bool cut_short = whole->n_events > CLASSIFY_PACKETS;
	const struct word word = { whole->events, cut_short ? CLASSIFY_PACKETS : whole->n_events };
	double best = MOST_BITS;
	int found = -1, part = 100;

	for (size_t s = 0; s < c->n_services; s++) {
		if (c->services[s].proto == proto)
			c->bits[s] = bits_before(&c->services[s], sketches, n_sketches, &part);
	}
	for (size_t i = 0; i < c->bank->n; i++) {
		const struct automaton *a = c->bank->automata[i];
		const double before = c->bits[c->service_of[i]];
		double bits;
		int r;

		if (a->proto != proto || !is_named(a) || before >= best)
			continue;
		r = score_bits(c->scores[i], &word, cut_short, (best - before) * 100 / part, &bits);
		if (r == -ENOMEM)
			return r;
		bits = before + bits * part / 100;
		if (r == 0 && bits < best) {
			best = bits;
			found = (int)i;
		}
	}
	*ret_bits = best;
	return found;
}
