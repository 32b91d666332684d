/* SPDX-License-Identifier: Apache-2.0 */
/* The test of a merge: the blue state's tree laid over the automaton, pair by pair. */
#include "automata/rti_internal.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "automata/chi_square.h"
#include "base/mem.h"

/* Two bundles of tails at one level of the recursion; level buffers are kept for reuse. */
struct level {
	struct rti_tails a, b;
	uint32_t *counts_a, *counts_b;
};

struct fold {
	const struct rti *rti;
	struct level *levels; /* RTI_DEPTH + 1 */
	struct rti_evidence evidence;
};

static int level_open(const struct rti *rti, struct level *level)
{
	level->a.n = level->b.n = 0;
	if (level->counts_a == NULL)
		level->counts_a = mem_array(rti->n_categories, sizeof(*level->counts_a));
	if (level->counts_b == NULL)
		level->counts_b = mem_array(rti->n_categories, sizeof(*level->counts_b));
	return level->counts_a == NULL || level->counts_b == NULL ? -ENOMEM : 0;
}

static void count_tails(const struct rti *rti, const struct rti_tails *tails, uint32_t *counts)
{
	memset(counts, 0, rti->n_categories * sizeof(*counts));
	for (size_t i = 0; i < tails->n; i++)
		rti_count(rti, counts, &tails->at[i]);
}

/* The tails that go on by symbol, and by this way (RTI_NONE: any), one event on. */
static int advance(const struct rti *rti, const struct rti_tails *from, uint32_t symbol,
		   const struct rti_way *way, struct rti_tails *to)
{
	int r = 0;

	to->n = 0;
	for (size_t i = 0; i < from->n && r == 0; i++) {
		struct rti_tail tail = from->at[i];
		const struct word_event *event = &rti->words->events[tail.event];

		if (tail.event == tail.end || event->symbol != symbol ||
		    (way != NULL && (event->value[0] < way->low || event->value[0] > way->high)))
			continue;
		tail.event++;
		r = rti_tails_add(to, tail);
	}
	return r;
}

static void add_evidence(struct fold *fold, struct rti_evidence more)
{
	fold->evidence.ratio += more.ratio;
	fold->evidence.df += more.df;
}

/* Two trees: a and b of this level. Goes as deep as both have min_data tails. */
static int fold_trees(struct fold *fold, uint32_t depth)
{
	const struct rti *rti = fold->rti;
	struct level *level = &fold->levels[depth], *below = level + 1;
	int r;

	if (level->a.n < rti->options.min_data || level->b.n < rti->options.min_data)
		return 0;
	count_tails(rti, &level->a, level->counts_a);
	count_tails(rti, &level->b, level->counts_b);
	add_evidence(fold, rti_compare(rti, level->counts_a, (uint32_t)level->a.n, level->counts_b,
				       (uint32_t)level->b.n));
	if (depth == RTI_DEPTH)
		return 0;
	for (uint32_t s = 0; s < rti->n_symbols; s++) {
		if (level->counts_a[s] < rti->options.min_data ||
		    level->counts_b[s] < rti->options.min_data)
			continue;
		r = level_open(rti, below);
		if (r == 0)
			r = advance(rti, &level->a, s, NULL, &below->a);
		if (r == 0)
			r = advance(rti, &level->b, s, NULL, &below->b);
		if (r == 0)
			r = fold_trees(fold, depth + 1);
		if (r < 0)
			return r;
	}
	return 0;
}

static int copy_tails(struct rti_tails *to, const struct rti_tails *from)
{
	int r = mem_grow(&to->at, &to->capacity, from->n, sizeof(*to->at), SIZE_MAX);

	if (r == 0 && from->n > 0)
		memcpy(to->at, from->at, from->n * sizeof(*to->at));
	to->n = r == 0 ? from->n : 0;
	return r;
}

/* Tails b of this level, arriving at a state. */
static int fold_into(struct fold *fold, uint32_t state, uint32_t depth)
{
	const struct rti *rti = fold->rti;
	const struct rti_state *at = &rti->states[state];
	struct level *level = &fold->levels[depth];
	int r = 0;

	if (level->b.n < rti->options.min_data)
		return 0;
	if (!at->red) {
		r = copy_tails(&level->a, &at->tails);
		return r < 0 ? r : fold_trees(fold, depth);
	}
	count_tails(rti, &level->b, level->counts_b);
	add_evidence(fold,
		     rti_compare(rti, at->counts, at->n, level->counts_b, (uint32_t)level->b.n));
	for (uint32_t w = at->first_way; w != RTI_NONE && depth < RTI_DEPTH && r == 0;
	     w = rti->ways[w].next) {
		struct level *below = level + 1;

		if (level->counts_b[rti->ways[w].symbol] < rti->options.min_data)
			continue;
		r = level_open(rti, below);
		if (r == 0)
			r = advance(rti, &level->b, rti->ways[w].symbol, &rti->ways[w], &below->b);
		if (r == 0)
			r = fold_into(fold, rti->ways[w].dst, depth + 1);
	}
	return r;
}

int rti_test_merge(const struct rti *rti, uint32_t red, uint32_t blue, double *ret_log_p)
{
	struct fold fold = { .rti = rti };
	int r = -ENOMEM;

	fold.levels = mem_array(RTI_DEPTH + 2, sizeof(*fold.levels));
	if (fold.levels == NULL)
		return r;
	r = level_open(rti, &fold.levels[0]);
	if (r == 0)
		r = copy_tails(&fold.levels[0].b, &rti->states[blue].tails);
	if (r == 0)
		r = fold_into(&fold, red, 0);
	*ret_log_p = chi_square_log_tail(fold.evidence.ratio, fold.evidence.df);
	for (uint32_t i = 0; i < RTI_DEPTH + 2; i++) {
		free(fold.levels[i].a.at);
		free(fold.levels[i].b.at);
		free(fold.levels[i].counts_a);
		free(fold.levels[i].counts_b);
	}
	free(fold.levels);
	return r;
}
