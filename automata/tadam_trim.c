/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Trimming, for guards that must fit all values of their edges: one value far out makes all others
 * dear, but the cheapest alignment, which takes the guard as it is, sees no reason to read that
 * value as noise. Here words are aligned with the guards that the edges would have without what is
 * far out, and what is far out must not be read by them.
 */
#include "automata/tadam_internal.h"

#include <errno.h>
#include <stdlib.h>

#include "base/mem.h"

/* Gives the edge the guard without outliers; false: that is the one it has. */
static bool narrow(struct tadam *t, uint32_t edge)
{
	const bool robust = t->robust;
	struct tadam_edge narrowed = t->edges[edge];

	t->robust = true;
	tadam_cost_edge(t, &narrowed);
	t->robust = robust;
	if (narrowed.guard_data >= t->edges[edge].guard_data)
		return false;
	tadam_dirty_edge(t, edge);
	narrowed.dirty = true;
	narrowed.guard_data = t->edges[edge].guard_data;
	narrowed.guard_model = t->edges[edge].guard_model;
	t->edges[edge] = narrowed;
	return true;
}

int tadam_trim(struct tadam *t, uint32_t edge)
{
	CLEANUP(freep) uint8_t *taken = mem_array(t->n_words, sizeof(*taken));
	CLEANUP(freep) uint32_t *words = mem_array(t->n_words, sizeof(*words));
	size_t n = 0;
	int r;

	if (taken == NULL || words == NULL)
		return -ENOMEM;
	for (uint32_t e = 0; e < t->sums.n_edge_slots; e++) {
		if ((edge != TADAM_NONE && e != edge) || !t->edges[e].alive || !narrow(t, e))
			continue;
		for (uint32_t i = t->first_user[e]; i < t->first_user[e + 1]; i++)
			taken[t->users[i]] = 1;
	}
	for (uint32_t w = 0; w < t->n_words; w++) {
		if (taken[w] != 0)
			words[n++] = w;
	}
	t->strict = true;
	r = n == 0 ? -ENOENT : tadam_explain_anew(t, words, n);
	t->strict = false;
	tadam_flush(t);
	tadam_settle(t);
	return r < 0 ? r : t->error;
}
