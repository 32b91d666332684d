/* SPDX-License-Identifier: Apache-2.0 */
#include "automata/fit.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "automata/automaton_check.h"
#include "base/mem.h"

static int compare_visit(const void *left, const void *right)
{
	const struct fit_visit *a = left, *b = right;

	if (a->src != b->src)
		return a->src < b->src ? -1 : 1;
	if (a->dst != b->dst)
		return a->dst < b->dst ? -1 : 1;
	if (a->symbol != b->symbol)
		return a->symbol < b->symbol ? -1 : 1;
	if (a->gap_ns != b->gap_ns)
		return a->gap_ns < b->gap_ns ? -1 : 1;
	return (a->payload_bytes > b->payload_bytes) - (a->payload_bytes < b->payload_bytes);
}

static int compare_pool(const void *left, const void *right)
{
	const struct fit_visit *a = left, *b = right;

	if (a->gap_pool != b->gap_pool)
		return a->gap_pool < b->gap_pool ? -1 : 1;
	return (a->gap_ns > b->gap_ns) - (a->gap_ns < b->gap_ns);
}

static int compare_value(const void *left, const void *right)
{
	const int64_t *a = left, *b = right;

	return (*a > *b) - (*a < *b);
}

static bool same_edge(const struct fit_visit *a, const struct fit_visit *b)
{
	return a->src == b->src && a->dst == b->dst && a->symbol == b->symbol;
}

/* Keeps FIT_DIGITS significant digits, to nearest; monotone. */
static int64_t round_gap(int64_t gap)
{
	int64_t limit = 1, unit = 1;

	for (int i = 0; i < FIT_DIGITS; i++)
		limit *= 10;
	while (gap / unit >= limit)
		unit *= 10;
	return (gap + unit / 2) / unit * unit;
}

/* True when every other knot is what its neighbours say by interpolation, to 1/64. */
static bool every_other_is_spare(const int64_t *knots, uint32_t n)
{
	for (uint32_t i = 1; i < n; i += 2) {
		int64_t mean = knots[i - 1] + (knots[i + 1] - knots[i - 1]) / 2;
		int64_t off = knots[i] > mean ? knots[i] - mean : mean - knots[i];

		if (off > knots[i] / 64)
			return false;
	}
	return true;
}

uint32_t fit_knots(const int64_t *sorted, size_t n, int64_t ret_knots[FIT_KNOTS_MAX])
{
	uint32_t n_knots = 2;

	if (sorted[0] == sorted[n - 1] || n < FIT_VISITS_PER_KNOT) {
		ret_knots[0] = sorted[n / 2];
		return 1;
	}
	/* 2, 3, 5, 9, 17 or 33, so that halving keeps both ends. */
	while (n_knots < FIT_KNOTS_MAX && 2 * n_knots - 1 <= 1 + n / FIT_VISITS_PER_KNOT)
		n_knots = 2 * n_knots - 1;
	quantile_fit(sorted, n, ret_knots, n_knots);
	while (n_knots > 2 && every_other_is_spare(ret_knots, n_knots)) {
		for (uint32_t i = 1; 2 * i < n_knots; i++)
			ret_knots[i] = ret_knots[2 * i];
		n_knots = n_knots / 2 + 1;
	}
	return n_knots;
}

struct knot_store {
	int64_t *knots;
	size_t n, capacity;
};

static int store_knots(struct knot_store *store, const int64_t *knots, uint32_t n)
{
	int r = mem_grow(&store->knots, &store->capacity, store->n + n, sizeof(*knots),
			 (size_t)AUTOMATON_LIMIT_EDGES * 2 * FIT_KNOTS_MAX);

	if (r < 0)
		return r;
	memcpy(store->knots + store->n, knots, n * sizeof(*knots));
	store->n += n;
	return 0;
}

/* Knots of n gaps, ascending. */
static uint32_t gap_knots(const struct fit_visit *visits, size_t n, int64_t *values,
			  int64_t ret_knots[FIT_KNOTS_MAX])
{
	uint32_t n_knots;

	for (size_t i = 0; i < n; i++)
		values[i] = round_gap(visits[i].gap_ns);
	n_knots = fit_knots(values, n, ret_knots);
	for (uint32_t i = 0; i < n_knots; i++)
		ret_knots[i] = round_gap(ret_knots[i]);
	return n_knots;
}

/* Gap knots that edges share. */
struct pool {
	uint32_t id, n_knots;
	int64_t knots[FIT_KNOTS_MAX];
};

struct pools {
	struct pool *pools; /* by id, ascending */
	size_t n, capacity;
};

static int compare_pool_id(const void *left, const void *right)
{
	const uint32_t *id = left;
	const struct pool *pool = right;

	return (*id > pool->id) - (*id < pool->id);
}

/* Sorts the visits by pool; values is room for all. */
static int fit_pools(struct fit_visit *visits, size_t n, int64_t *values, struct pools *ret_pools)
{
	size_t end;

	qsort(visits, n, sizeof(*visits), compare_pool);
	for (size_t begin = 0; begin < n; begin = end) {
		struct pool *pool;

		for (end = begin + 1; end < n && visits[end].gap_pool == visits[begin].gap_pool;)
			end++;
		if (visits[begin].gap_pool == 0)
			continue;
		if (mem_grow(&ret_pools->pools, &ret_pools->capacity, ret_pools->n + 1,
			     sizeof(*pool), AUTOMATON_LIMIT_EDGES) < 0)
			return -ENOMEM;
		pool = &ret_pools->pools[ret_pools->n++];
		pool->id = visits[begin].gap_pool;
		pool->n_knots = gap_knots(visits + begin, end - begin, values, pool->knots);
	}
	return 0;
}

/* One edge from its n visits; values is room for n. Knot pointers are set by the caller. */
static int fit_edge(const struct fit_visit *visits, size_t n, int64_t *values,
		    const struct pools *pools, struct knot_store *store,
		    struct automaton_edge *ret_edge)
{
	const struct pool *pool = NULL;
	int64_t knots[FIT_KNOTS_MAX];
	int r;

	ret_edge->src = visits[0].src;
	ret_edge->dst = visits[0].dst;
	ret_edge->symbol = visits[0].symbol;
	ret_edge->count = n > UINT32_MAX ? UINT32_MAX : (uint32_t)n;
	if (visits[0].gap_pool != 0)
		pool = bsearch(&visits[0].gap_pool, pools->pools, pools->n, sizeof(*pool),
			       compare_pool_id);
	ret_edge->gap.n_knots = pool != NULL ? pool->n_knots : gap_knots(visits, n, values, knots);
	r = store_knots(store, pool != NULL ? pool->knots : knots, ret_edge->gap.n_knots);
	if (r < 0 || !automaton_symbol_payload(visits[0].symbol))
		return r;
	for (size_t i = 0; i < n; i++)
		values[i] = visits[i].payload_bytes;
	qsort(values, n, sizeof(*values), compare_value);
	ret_edge->size.n_knots = fit_knots(values, n, knots);
	return store_knots(store, knots, ret_edge->size.n_knots);
}

static size_t count_edges(const struct fit_visit *visits, size_t n)
{
	size_t n_edges = 0, begin = 0;

	for (size_t i = 1; i <= n; i++) {
		if (i < n && same_edge(&visits[begin], &visits[i]))
			continue;
		begin = i;
		n_edges++;
	}
	return n_edges;
}

/* Sorts the visits by edge. */
static int fit_edges(struct automaton *a, const struct fit *fit, struct err *err)
{
	CLEANUP(freep) int64_t *values = mem_array(fit->n_visits, sizeof(*values));
	CLEANUP(freep) struct pool *shared = NULL;
	struct knot_store store = { 0 };
	struct pools pools = { 0 };
	const int64_t *knots;
	size_t end, n;
	int r;

	if (values == NULL)
		return err_no_memory(err);
	r = fit_pools(fit->visits, fit->n_visits, values, &pools);
	shared = pools.pools;
	if (r < 0)
		return err_no_memory(err);
	qsort(fit->visits, fit->n_visits, sizeof(*fit->visits), compare_visit);
	n = count_edges(fit->visits, fit->n_visits);
	if (n > AUTOMATON_LIMIT_EDGES)
		return err_set(err, -E2BIG, "%s: %zu edges, at most %d are allowed", a->service, n,
			       AUTOMATON_LIMIT_EDGES);
	a->edges = mem_array(n, sizeof(*a->edges));
	if (a->edges == NULL)
		return err_no_memory(err);
	for (size_t begin = 0; begin < fit->n_visits && r == 0; begin = end) {
		end = begin + 1;
		while (end < fit->n_visits && same_edge(&fit->visits[begin], &fit->visits[end]))
			end++;
		r = fit_edge(fit->visits + begin, end - begin, values, &pools, &store,
			     &a->edges[a->n_edges++]);
	}
	a->knots = store.knots;
	if (r < 0)
		return err_no_memory(err);
	knots = a->knots;
	for (uint32_t e = 0; e < a->n_edges; e++) {
		a->edges[e].gap.knots = knots;
		knots += a->edges[e].gap.n_knots;
		a->edges[e].size.knots = knots;
		knots += a->edges[e].size.n_knots;
	}
	return 0;
}

int fit_automaton(const struct fit *fit, struct automaton **ret_automaton, struct err *err)
{
	CLEANUP(automaton_freep) struct automaton *a = mem_array(1, sizeof(*a));
	uint32_t state;
	int r;

	if (a == NULL)
		return err_no_memory(err);
	if (fit->n_states > AUTOMATON_LIMIT_STATES)
		return err_set(err, -E2BIG, "%s: %u states, at most %d are allowed", fit->service,
			       fit->n_states, AUTOMATON_LIMIT_STATES);
	snprintf(a->service, sizeof(a->service), "%s", fit->service);
	a->proto = fit->proto;
	a->state = (uint8_t)fit->state;
	a->n_words = fit->n_words;
	a->max_packets = fit->max_packets;
	a->n_states = (uint16_t)fit->n_states;
	a->end_count = mem_array(fit->n_states, sizeof(*a->end_count));
	if (a->end_count == NULL)
		return err_no_memory(err);
	memcpy(a->end_count, fit->end_count, fit->n_states * sizeof(*a->end_count));
	r = fit_edges(a, fit, err);
	if (r == 0)
		r = automaton_index(a, err);
	if (r == 0)
		r = automaton_check_states(a, &state, err);
	if (r < 0)
		return r;
	*ret_automaton = take(&a);
	return 0;
}
