/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The test of splits: tails move one by one, by delay, from the right tree to the left; each move
 * changes the evidence of the nodes on its path only.
 */
#include "automata/rti_internal.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "automata/chi_square.h"
#include "base/mem.h"

/* Nodes of the tree of all tails that have enough for two samples. */
struct tree {
	const struct rti *rti;
	uint32_t n_nodes;
	size_t capacity_n, capacity_children, capacity_left, capacity_right, capacity_evidence;
	uint32_t (*n)[2];   /* tails left and right */
	uint32_t *children; /* n_symbols each; RTI_NONE: too few tails */
	uint32_t *left;	    /* n_categories counts each */
	uint32_t *right;
	struct rti_evidence *evidence;
	struct rti_evidence sum;
};

static void tree_done(struct tree *t)
{
	free(t->n);
	free(t->children);
	free(t->left);
	free(t->right);
	free(t->evidence);
}

static int node_new(struct tree *t, uint32_t *ret_node)
{
	const size_t need = (size_t)t->n_nodes + 1, s = t->rti->n_symbols, c = t->rti->n_categories;
	int r = mem_grow(&t->n, &t->capacity_n, need, sizeof(*t->n), RTI_NONE);

	if (r == 0)
		r = mem_grow(&t->children, &t->capacity_children, need * s, sizeof(uint32_t),
			     SIZE_MAX);
	if (r == 0)
		r = mem_grow(&t->left, &t->capacity_left, need * c, sizeof(uint32_t), SIZE_MAX);
	if (r == 0)
		r = mem_grow(&t->right, &t->capacity_right, need * c, sizeof(uint32_t), SIZE_MAX);
	if (r == 0)
		r = mem_grow(&t->evidence, &t->capacity_evidence, need, sizeof(*t->evidence),
			     RTI_NONE);
	if (r < 0)
		return r;
	t->n[t->n_nodes][0] = t->n[t->n_nodes][1] = 0;
	memset(t->children + t->n_nodes * s, 0xff, s * sizeof(uint32_t));
	memset(t->left + t->n_nodes * c, 0, c * sizeof(uint32_t));
	memset(t->right + t->n_nodes * c, 0, c * sizeof(uint32_t));
	t->evidence[t->n_nodes] = (struct rti_evidence) { 0, 0 };
	*ret_node = t->n_nodes++;
	return 0;
}

/*
 * Level by level: every tail is counted in the node it has reached, at first none but the root;
 * then nodes for the symbols that enough of them go on by, and the tails move on.
 */
static int tree_grow(struct tree *t, const struct rti_tails *tails, uint32_t *at)
{
	const struct rti *rti = t->rti;
	uint32_t begin = 0, end;
	int r = node_new(t, &end);

	memset(at, 0, tails->n * sizeof(*at));
	for (uint32_t depth = 0; r == 0 && depth <= RTI_DEPTH && begin < t->n_nodes; depth++) {
		for (size_t i = 0; i < tails->n; i++) {
			struct rti_tail tail = tails->at[i];

			if (at[i] == RTI_NONE)
				continue;
			tail.event += depth;
			rti_count(rti, t->right + (size_t)at[i] * rti->n_categories, &tail);
			t->n[at[i]][1]++;
		}
		end = t->n_nodes;
		for (uint32_t node = begin; node < end; node++) {
			for (uint32_t s = 0; s < rti->n_symbols && r == 0; s++) {
				uint32_t child;

				if (t->right[(size_t)node * rti->n_categories + s] <
				    2 * rti->options.min_data)
					continue;
				r = node_new(t, &child);
				if (r == 0)
					t->children[(size_t)node * rti->n_symbols + s] = child;
			}
		}
		for (size_t i = 0; i < tails->n && r == 0; i++) {
			const uint32_t event = tails->at[i].event + depth;

			if (at[i] != RTI_NONE)
				at[i] = event == tails->at[i].end
						? RTI_NONE
						: t->children[(size_t)at[i] * rti->n_symbols +
							      rti->words->events[event].symbol];
		}
		begin = end;
	}
	return r;
}

/* One tail from right to left. */
static void tree_move(struct tree *t, struct rti_tail tail)
{
	const struct rti *rti = t->rti;
	uint32_t node = 0;

	while (node != RTI_NONE && t->n[node][1] > 0) {
		uint32_t *left = t->left + (size_t)node * rti->n_categories;
		uint32_t *right = t->right + (size_t)node * rti->n_categories;
		struct rti_evidence *evidence = &t->evidence[node];
		const uint32_t bin = rti->n_symbols + 1;

		rti_count(rti, left, &tail);
		if (tail.event == tail.end)
			right[rti->n_symbols]--;
		else
			right[rti->words->events[tail.event].symbol]--;
		if (tail.event < tail.end && rti->n_bins > 0)
			right[bin + rti->bin_of[tail.event]]--;
		t->n[node][0]++;
		t->n[node][1]--;
		t->sum.ratio -= evidence->ratio;
		t->sum.df -= evidence->df;
		*evidence = rti_compare(rti, left, t->n[node][0], right, t->n[node][1]);
		t->sum.ratio += evidence->ratio;
		t->sum.df += evidence->df;
		if (tail.event == tail.end)
			break;
		node = t->children[(size_t)node * rti->n_symbols +
				   rti->words->events[tail.event].symbol];
		tail.event++;
	}
}

/* A tail and the delay that led to it, to sort by. */
struct delayed {
	struct rti_tail tail;
	int32_t delay;
};

static int compare_delayed(const void *left, const void *right)
{
	const struct delayed *a = left, *b = right;

	if (a->delay != b->delay)
		return a->delay < b->delay ? -1 : 1;
	return (a->tail.event > b->tail.event) - (a->tail.event < b->tail.event);
}

static int sort_tails(const struct rti *rti, struct rti_tails *tails)
{
	CLEANUP(freep) struct delayed *sorted = mem_array(tails->n, sizeof(*sorted));

	if (sorted == NULL)
		return -ENOMEM;
	for (size_t i = 0; i < tails->n; i++)
		sorted[i] =
			(struct delayed) { tails->at[i],
					   rti->words->events[tails->at[i].event - 1].value[0] };
	qsort(sorted, tails->n, sizeof(*sorted), compare_delayed);
	for (size_t i = 0; i < tails->n; i++)
		tails->at[i] = sorted[i].tail;
	return 0;
}

/* Tries every point between two delays. */
static void scan(struct tree *t, const struct rti_tails *tails, int32_t *ret_high,
		 double *ret_log_p)
{
	const struct rti *rti = t->rti;
	struct rti_evidence best = { 0, 0 };

	for (size_t i = 0; i + 1 < tails->n; i++) {
		const int32_t delay = rti->words->events[tails->at[i].event - 1].value[0];
		double log_p;

		tree_move(t, tails->at[i]);
		if (rti->words->events[tails->at[i + 1].event - 1].value[0] == delay)
			continue;
		/* No better than the best: the tail need not be worked out. */
		if (t->sum.df == 0 || (t->sum.ratio <= best.ratio && t->sum.df >= best.df))
			continue;
		log_p = chi_square_log_tail(t->sum.ratio, t->sum.df);
		if (log_p < *ret_log_p) {
			*ret_log_p = log_p;
			*ret_high = delay;
			best = t->sum;
		}
	}
}

int rti_test_split(const struct rti *rti, uint32_t blue, int32_t *ret_high, double *ret_log_p)
{
	struct rti_tails *tails = &rti->states[blue].tails;
	CLEANUP(tree_done) struct tree tree = { .rti = rti };
	CLEANUP(freep) uint32_t *at = NULL;
	int r;

	*ret_log_p = 0;
	if (rti->n_bins == 0 || tails->n < 2 * (size_t)rti->options.min_data)
		return 0;
	at = mem_array(tails->n, sizeof(*at));
	if (at == NULL)
		return -ENOMEM;
	r = sort_tails(rti, tails);
	if (r == 0)
		r = tree_grow(&tree, tails, at);
	if (r == 0)
		scan(&tree, tails, ret_high, ret_log_p);
	return r;
}
