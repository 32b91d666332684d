/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Deleting an edge: how noise is found. The words that took the edge are explained anew by the rest
 * of the automaton, with noise where that is cheapest, or spelled out.
 */
#include "automata/tadam_internal.h"

#include <errno.h>

/* Costs are those before the words come back; coming back makes what they use cheaper, hence more
 * patience than the deletion saves. */
enum { PATIENCE = 2, PATIENCE_BITS = 64 };

int tadam_delete(struct tadam *t, uint32_t edge, int64_t limit)
{
	int64_t spent = 0, budget;
	int r;

	for (uint32_t i = t->first_user[edge]; i < t->first_user[edge + 1]; i++)
		tadam_put_word(t, t->users[i], -1);
	tadam_flush(t);
	tadam_settle(t);
	r = tadam_build_machine(t);
	budget = PATIENCE * (limit - tadam_score(t)) + (int64_t)PATIENCE_BITS * CODE_BIT;
	for (uint32_t i = t->first_user[edge]; i < t->first_user[edge + 1] && r == 0; i++) {
		const uint32_t word = t->users[i];
		size_t n_moves = 0;
		int64_t cost;

		r = tadam_align_word(t, word, &cost, &n_moves);
		if (r == -ENOENT || r == -E2BIG) {
			r = 0;
			n_moves = 0;
			cost = t->words[word].spelled;
		}
		spent += t->words[word].weight * cost;
		if (r < 0 || spent > budget)
			break;
		tadam_explain(t, word, n_moves > 0 ? t->scratch.moves : NULL, n_moves);
		tadam_put_word(t, word, 1);
	}
	if (r == 0 && spent > budget)
		return -ENOENT;
	tadam_flush(t);
	tadam_settle(t);
	return r < 0 ? r : t->error;
}
