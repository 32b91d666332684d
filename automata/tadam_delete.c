/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Deleting edges: how noise is found. The words that took them are explained anew by the rest of
 * the automaton, with noise where that is cheapest, or spelled out. A kind of noise is dear while
 * it is rare, so one edge after the other may not pay where all rare ones together do: pruning.
 */
#include "automata/tadam_internal.h"

#include <errno.h>
#include <stdlib.h>

#include "base/mem.h"

/* Costs are those before the words come back; coming back makes what they use cheaper, hence more
 * patience than the deletion saves. */
enum { PATIENCE = 2, PATIENCE_BITS = 64 };

/* Words have been taken away; brings them back by what is left, unless that gets too dear. */
static int explain_anew(struct tadam *t, const uint32_t *words, size_t n, int64_t limit)
{
	int64_t spent = 0, budget;
	int r;

	tadam_flush(t);
	tadam_settle(t);
	r = tadam_build_machine(t, true);
	budget = PATIENCE * (limit - tadam_score(t)) + (int64_t)PATIENCE_BITS * CODE_BIT;
	for (size_t i = 0; i < n && r == 0; i++) {
		size_t n_moves = 0;
		int64_t cost;

		r = tadam_align_word(t, words[i], &cost, &n_moves);
		if (r < 0)
			return r;
		spent += t->words[words[i]].weight * cost;
		if (spent > budget)
			return -ENOENT;
		tadam_explain(t, words[i], n_moves > 0 ? t->scratch.moves : NULL, n_moves);
		tadam_put_word(t, words[i], 1);
	}
	tadam_flush(t);
	tadam_settle(t);
	return r < 0 ? r : t->error;
}

int tadam_delete(struct tadam *t, uint32_t edge)
{
	const int64_t limit = tadam_score(t);
	const uint32_t *words = t->users + t->first_user[edge];
	const size_t n = t->first_user[edge + 1] - t->first_user[edge];

	for (size_t i = 0; i < n; i++)
		tadam_put_word(t, words[i], -1);
	return explain_anew(t, words, n, limit);
}

static bool is_rare(const struct tadam *t, uint32_t edge, uint32_t permille)
{
	const struct tadam_edge *e = &t->edges[edge];
	int64_t total = 0;

	for (uint32_t i = t->states[e->src].first_out; i != TADAM_NONE; i = t->edges[i].next_out)
		total += t->edges[i].n_uses;
	return e->n_uses * 1000 < total * permille;
}

int tadam_prune(struct tadam *t, uint32_t permille)
{
	const int64_t limit = tadam_score(t);
	CLEANUP(freep) uint8_t *taken = mem_array(t->n_words, sizeof(*taken));
	CLEANUP(freep) uint32_t *words = mem_array(t->n_words, sizeof(*words));
	size_t n = 0;

	if (taken == NULL || words == NULL)
		return -ENOMEM;
	for (uint32_t e = 0; e < t->sums.n_edge_slots; e++) {
		if (!t->edges[e].alive || !is_rare(t, e, permille))
			continue;
		for (uint32_t i = t->first_user[e]; i < t->first_user[e + 1]; i++)
			taken[t->users[i]] = 1;
	}
	for (uint32_t w = 0; w < t->n_words; w++) {
		if (taken[w] == 0)
			continue;
		words[n++] = w;
		tadam_put_word(t, w, -1);
	}
	return n == 0 ? -ENOENT : explain_anew(t, words, n, limit);
}
