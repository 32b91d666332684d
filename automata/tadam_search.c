/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The search: of all operations that shorten the description the one that does so most is done,
 * until none does.
 */
#include "automata/tadam_crew.h"

#include <errno.h>

#include "automata/tadam_cut.h"

enum { MANY_STATES = 96 /* above it a prefix tree is folded first */ };

int tadam_room(struct tadam *t, const struct tadam_operation *operation)
{
	uint64_t n = 0;

	if (operation->kind == TADAM_SPLIT_EDGE)
		return tadam_reserve(t, TADAM_ATOMS, 0);
	if (operation->kind == TADAM_ADD || operation->kind == TADAM_REDIRECT)
		return tadam_reserve(t, 1, 0);
	if (operation->kind != TADAM_SPLIT)
		return 0;
	for (uint32_t e = t->states[operation->a].first_in; e != TADAM_NONE;
	     e = t->edges[e].next_in)
		n++;
	for (uint32_t e = t->states[operation->a].first_out; e != TADAM_NONE;
	     e = t->edges[e].next_out)
		n++;
	return tadam_reserve(t, n * TADAM_BLOCKS * TADAM_BLOCKS, TADAM_BLOCKS);
}

int tadam_apply(struct tadam *t, const struct tadam_operation *operation)
{
	switch (operation->kind) {
	case TADAM_MERGE:
		return tadam_merge(t, operation->a, operation->b, operation->fold);
	case TADAM_MERGE_EDGES:
		return tadam_merge_edges(t, operation->a, operation->b);
	case TADAM_SPLIT:
		return tadam_split(t, operation->a);
	case TADAM_SPLIT_EDGE:
		return tadam_split_edge(t, operation->a);
	case TADAM_PRUNE:
		return tadam_prune(t, operation->a);
	case TADAM_REDIRECT:
		return tadam_redirect(t, operation->a, operation->b);
	case TADAM_TRIM:
		return tadam_trim(t, operation->a);
	case TADAM_ADD:
		return tadam_add(t, operation->a, operation->b, operation->symbol);
	default:
		return tadam_delete(t, operation->a);
	}
}

/* An operation that can be undone to the mark; one that fails has been. */
static int attempt(struct tadam *t, const struct tadam_operation *operation, bool realign,
		   struct tadam_mark *ret_mark)
{
	int r = tadam_room(t, operation);

	if (r < 0)
		return r;
	*ret_mark = tadam_begin(t);
	r = tadam_apply(t, operation);
	if (r == 0 && realign)
		r = tadam_realign(t);
	if (r < 0)
		tadam_undo(t, *ret_mark);
	return r;
}

int tadam_try(struct tadam *t, const struct tadam_operation *operation, bool realign,
	      int64_t *ret_score)
{
	struct tadam_mark mark;
	int r = attempt(t, operation, realign, &mark);

	if (r < 0)
		return r;
	*ret_score = tadam_score(t);
	tadam_undo(t, mark);
	return r;
}

int tadam_do(struct tadam *t, const struct tadam_operation *operation, int64_t most)
{
	struct tadam_mark mark;
	int r = attempt(t, operation, true, &mark);

	if (r < 0)
		return r == -ENOENT ? 0 : r;
	if (tadam_score(t) > most) {
		tadam_undo(t, mark);
		return 0;
	}
	tadam_commit(t, mark);
	return 1;
}

static int choose_among(struct tadam_crew *crew, uint32_t kinds)
{
	int r = tadam_crew_list(crew, kinds);

	return r < 0 ? r : tadam_crew_choose(crew, 0, crew->n);
}

/* Returns 1 when something was done, 0 when nothing helps, or -errno. */
static int round_of(struct tadam_crew *crew)
{
	int r = choose_among(crew, TADAM_SPLITS | TADAM_JOINS);

	return r != 0 ? r : choose_among(crew, TADAM_ADDS);
}

static void report(const struct tadam *t, const struct tadam_options *options, uint64_t n_trials)
{
	const struct tadam_progress progress = {
		.bits = code_in_bits(tadam_score(t)),
		.n_states = t->sums.n_states,
		.n_edges = t->sums.n_edges,
		.n_trials = n_trials,
	};

	if (options->progress != NULL)
		options->progress(options->context, &progress);
}

int tadam_begin_search(struct tadam *t, uint64_t *n_trials)
{
	t->robust = !t->frame->plain_guards;
	for (uint32_t e = 0; e < t->sums.n_edge_slots; e++)
		tadam_dirty_edge(t, e);
	tadam_settle(t);
	return t->sums.n_states > MANY_STATES ? tadam_fold_tree(t, n_trials) : 0;
}

int tadam_search(struct tadam *t, const struct tadam_options *options, uint64_t *n_trials)
{
	struct tadam_crew crew;
	int r = tadam_crew_open(&crew, options);

	if (r == 0)
		r = tadam_begin_search(t, n_trials);
	if (r == 0)
		r = tadam_crew_take(&crew, t);
	for (uint32_t round = 0; r == 0; round++) {
		if (options->max_rounds > 0 && round == options->max_rounds)
			break;
		report(t, options, *n_trials + crew.n_trials);
		r = round_of(&crew);
		if (r <= 0)
			break;
		r = 0;
	}
	*n_trials += crew.n_trials;
	tadam_crew_done(&crew);
	return r < 0 ? r : 0;
}
