/* SPDX-License-Identifier: Apache-2.0 */
#include "automata/language.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "automata/edge_order.h"
#include "base/detmath.h"
#include "base/mem.h"

int language_new(uint32_t n_symbols, uint32_t n_states, uint32_t n_edges,
		 struct language **ret_language, struct err *err)
{
	CLEANUP(language_freep) struct language *l = mem_array(1, sizeof(*l));

	if (l == NULL)
		return err_no_memory(err);
	l->n_symbols = n_symbols;
	l->n_states = n_states;
	l->n_edges = n_edges;
	l->edges = mem_array(n_edges, sizeof(*l->edges));
	l->first_edge = mem_array((size_t)n_states + 1, sizeof(*l->first_edge));
	l->end = mem_array(n_states, sizeof(*l->end));
	if (l->edges == NULL || l->first_edge == NULL || l->end == NULL)
		return err_no_memory(err);
	*ret_language = take(&l);
	return 0;
}

void language_freep(struct language **language)
{
	if (*language == NULL)
		return;
	free((*language)->edges);
	free((*language)->first_edge);
	free((*language)->end);
	free(*language);
	*language = NULL;
}

static int compare_edge(const void *left, const void *right)
{
	const struct language_edge *a = left, *b = right;
	const int order = edge_order((struct edge_place) { a->src, a->symbol, a->dst },
				     (struct edge_place) { b->src, b->symbol, b->dst });

	if (order != 0)
		return order;
	return (a->p > b->p) - (a->p < b->p);
}

int language_index(struct language *l, struct err *err)
{
	for (uint32_t e = 0; e < l->n_edges; e++) {
		const struct language_edge *edge = &l->edges[e];

		if (edge->src >= l->n_states || edge->dst >= l->n_states ||
		    edge->symbol >= l->n_symbols || !(edge->p >= 0))
			return err_set(err, -EINVAL, "edge %u of a language is out of range", e);
	}
	qsort(l->edges, l->n_edges, sizeof(*l->edges), compare_edge);
	for (uint32_t s = 0, e = 0; s < l->n_states; s++) {
		double sum = l->end[s];

		l->first_edge[s] = e;
		for (; e < l->n_edges && l->edges[e].src == s; e++)
			sum += l->edges[e].p;
		l->first_edge[s + 1] = e;
		for (uint32_t i = l->first_edge[s]; i < e && sum > 0; i++)
			l->edges[i].p /= sum;
		l->end[s] = sum > 0 ? l->end[s] / sum : 1;
	}
	return 0;
}

/* Walks the tree of prefixes of both, with the probability of being in each state after one. */
struct comparison {
	const struct language *language[2];
	uint32_t depth;
	double floor;
	double *at[2];	/* (depth + 1) levels of n_states */
	double *out[2]; /* (depth) levels of n_symbols: of going on with each */
	double divergence, rest[2];
	uint64_t n_both, n_either;
};

/* A cut word is done: what it adds. */
static void count_word(struct comparison *c, double p, double q)
{
	const double mean = (p + q) / 2;
	const bool in_a = p >= c->floor, in_b = q >= c->floor;

	if (!in_a && !in_b) {
		c->rest[0] += p;
		c->rest[1] += q;
		return;
	}
	if (p > 0)
		c->divergence += p / 2 * det_log2(p / mean);
	if (q > 0)
		c->divergence += q / 2 * det_log2(q / mean);
	c->n_both += in_a && in_b;
	c->n_either++;
}

/* Fills level `level` of side's out: the probabilities of each next symbol; returns the end's. */
static double next_symbols(struct comparison *c, int side, uint32_t level)
{
	const struct language *l = c->language[side];
	const double *at = c->at[side] + (size_t)level * l->n_states;
	double *out = c->out[side] + (size_t)level * l->n_symbols;
	double end = 0;

	memset(out, 0, l->n_symbols * sizeof(*out));
	for (uint32_t s = 0; s < l->n_states; s++) {
		if (at[s] <= 0)
			continue;
		end += at[s] * l->end[s];
		for (uint32_t e = l->first_edge[s]; e < l->first_edge[s + 1]; e++)
			out[l->edges[e].symbol] += at[s] * l->edges[e].p;
	}
	return end;
}

/* The first edge of state s that reads symbol or a later one. */
static uint32_t edges_from(const struct language *l, uint32_t s, uint32_t symbol)
{
	uint32_t low = l->first_edge[s], high = l->first_edge[s + 1];

	while (low < high) {
		const uint32_t middle = low + (high - low) / 2;

		if (l->edges[middle].symbol < symbol)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

/* Reads symbol: level + 1 of side's at. */
static void step(struct comparison *c, int side, uint32_t level, uint32_t symbol)
{
	const struct language *l = c->language[side];
	const double *at = c->at[side] + (size_t)level * l->n_states;
	double *next = c->at[side] + (size_t)(level + 1) * l->n_states;

	memset(next, 0, l->n_states * sizeof(*next));
	for (uint32_t s = 0; s < l->n_states; s++) {
		if (at[s] <= 0)
			continue;
		for (uint32_t e = edges_from(l, s, symbol);
		     e < l->first_edge[s + 1] && l->edges[e].symbol == symbol; e++)
			next[l->edges[e].dst] += at[s] * l->edges[e].p;
	}
}

static void descend(struct comparison *c, uint32_t level)
{
	const uint32_t n_symbols = c->language[0]->n_symbols;
	const double end_a = next_symbols(c, 0, level), end_b = next_symbols(c, 1, level);

	if (end_a > 0 || end_b > 0)
		count_word(c, end_a, end_b);
	for (uint32_t a = 0; a < n_symbols; a++) {
		const double p = c->out[0][(size_t)level * n_symbols + a];
		const double q = c->out[1][(size_t)level * n_symbols + a];

		if (p <= 0 && q <= 0)
			continue;
		if (level + 1 == c->depth || (p < c->floor && q < c->floor)) {
			count_word(c, p, q);
			continue;
		}
		step(c, 0, level, a);
		step(c, 1, level, a);
		descend(c, level + 1); /* at most LANGUAGE_MAX_DEPTH deep */
	}
}

int language_compare(const struct language *a, const struct language *b, uint32_t depth,
		     double floor, struct language_distance *ret_distance, struct err *err)
{
	struct comparison c = { .language = { a, b }, .depth = depth, .floor = floor };
	int r = 0;

	if (a->n_symbols != b->n_symbols || depth < 1 || depth > LANGUAGE_MAX_DEPTH || !(floor > 0))
		return err_set(err, -EINVAL, "languages of %u and %u symbols, cut after %u",
			       a->n_symbols, b->n_symbols, depth);
	for (int side = 0; side < 2; side++) {
		const struct language *l = c.language[side];

		c.at[side] = mem_array((size_t)(depth + 1) * l->n_states, sizeof(double));
		c.out[side] = mem_array((size_t)depth * l->n_symbols, sizeof(double));
		if (c.at[side] == NULL || c.out[side] == NULL)
			r = err_no_memory(err);
		else
			c.at[side][0] = 1;
	}
	if (r == 0) {
		descend(&c, 0);
		/* What was not told apart is one outcome. */
		c.floor = 0;
		ret_distance->rest = c.rest[0] > c.rest[1] ? c.rest[0] : c.rest[1];
		ret_distance->jaccard = c.n_either > 0 ? (double)c.n_both / (double)c.n_either : 1;
		if (ret_distance->rest > 0)
			count_word(&c, c.rest[0], c.rest[1]);
		ret_distance->js = c.divergence > 0 ? c.divergence : 0;
	}
	for (int side = 0; side < 2; side++) {
		free(c.at[side]);
		free(c.out[side]);
	}
	return r;
}
