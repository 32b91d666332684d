/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Folding a large prefix tree: the red-blue order of state merging (Lang, Pearlmutter, Price:
 * "Results of the Abbadingo One DFA learning competition", ICGI 1998). Red states stay; of the blue
 * ones, which red ones lead to, the most visited is merged with the red state that shortens the
 * description most, or turns red.
 */
#include "automata/tadam_internal.h"

#include <errno.h>
#include <string.h>

#include "base/mem.h"

enum { LIMIT_RED = 64 /* more are merged by force */ };

/* The most visited state that a red one leads to. */
static uint32_t next_blue(const struct tadam *t, const uint32_t *reds, uint32_t n_reds)
{
	uint32_t best = TADAM_NONE;
	int64_t most = -1;

	for (uint32_t i = 0; i < n_reds; i++) {
		for (uint32_t e = t->states[reds[i]].first_out; e != TADAM_NONE;
		     e = t->edges[e].next_out) {
			const uint32_t s = t->edges[e].dst;

			if (t->red[s] != 0 || s == TADAM_END)
				continue;
			if (t->edges[e].n_uses > most || (t->edges[e].n_uses == most && s < best)) {
				most = t->edges[e].n_uses;
				best = s;
			}
		}
	}
	return best;
}

/* Merges blue with the best red state; 0: none is better than leaving it (unless forced). */
static int settle_blue(struct tadam *t, uint32_t blue, const uint32_t *reds, uint32_t n_reds,
		       uint64_t *n_trials)
{
	int64_t best = n_reds < LIMIT_RED ? tadam_score(t) : INT64_MAX;
	struct tadam_operation chosen = { .kind = TADAM_MERGE, .fold = TADAM_FOLD_FULL, .a = blue };
	struct tadam_mark mark;
	bool found = false;
	int r;

	for (uint32_t i = 0; i < n_reds; i++) {
		const struct tadam_operation operation = {
			.kind = TADAM_MERGE, .fold = TADAM_FOLD_FULL, .a = reds[i], .b = blue
		};
		int64_t score;

		r = tadam_try(t, &operation, false, &score);
		if (r < 0)
			return r;
		++*n_trials;
		if (score < best) {
			best = score;
			chosen = operation;
			found = true;
		}
	}
	if (!found)
		return 0;
	mark = tadam_begin(t);
	r = tadam_apply(t, &chosen);
	tadam_commit(t, mark);
	return r < 0 ? r : 1;
}

int tadam_fold_tree(struct tadam *t, uint64_t *n_trials)
{
	CLEANUP(freep) uint8_t *red = mem_array(t->sums.n_state_slots, sizeof(*red));
	uint32_t reds[LIMIT_RED] = { TADAM_START }, n_reds = 1, blue;
	int r = 0;

	if (red == NULL)
		return -ENOMEM;
	red[TADAM_START] = 1;
	t->red = red;
	while (r >= 0 && (blue = next_blue(t, reds, n_reds)) != TADAM_NONE) {
		r = tadam_stopped(t) ? -EINTR : settle_blue(t, blue, reds, n_reds, n_trials);
		if (r == 0) {
			red[blue] = 1;
			reds[n_reds++] = blue;
		}
	}
	t->red = NULL;
	return r < 0 ? r : tadam_rebuild(t, NULL, NULL);
}
