/* SPDX-License-Identifier: Apache-2.0 */
/* What words contribute to the automaton, and their alignment with it. */
#include "automata/tadam_internal.h"

#include <errno.h>
#include <string.h>

#include "base/detmath.h"
#include "base/mem.h"

enum { REALIGN_ROUNDS = 4, LIMIT_EDGES = 1 << 24 };

/* Of a value that no guard may read: more than any other way to read it. */
#define STRICT_COST ((int64_t)256 * CODE_BIT)

static void put_move(struct tadam *t, const struct tadam_word *word, const struct align_move *move,
		     int32_t weight)
{
	const bool valued = move->kind != ALIGN_OMISSION && move->event < word->n_events;

	if (move->kind < ALIGN_N_KINDS)
		t->sums.n_kind[move->kind] += weight;
	if (move->kind == ALIGN_ADDITION)
		t->sums.foreign += weight * tadam_foreign(t->frame, &word->events[move->event]);
	else
		tadam_change(t, tadam_alias(t, move->edge),
			     valued ? &word->events[move->event] : NULL, valued ? weight : 0,
			     move->kind == ALIGN_REEMISSION ? 0 : weight);
}

void tadam_put_word(struct tadam *t, uint32_t word, int sign)
{
	const struct tadam_word *w = &t->words[word];
	const int32_t weight = sign * (int32_t)w->weight;

	if (w->moves == NULL) {
		t->sums.spelled += weight * w->spelled;
		t->sums.n_spelled_words += weight;
		return;
	}
	for (uint32_t i = 0; i < w->n_moves; i++)
		put_move(t, w, &w->moves[i], weight);
}

void tadam_explain(struct tadam *t, uint32_t word, const struct align_move *moves, size_t n_moves)
{
	struct tadam_word *w = &t->words[word];
	struct align_move *copy = NULL;

	if (moves != NULL) {
		copy = tadam_alloc(t, n_moves * sizeof(*copy));
		if (copy == NULL)
			return;
		memcpy(copy, moves, n_moves * sizeof(*copy));
	}
	tadam_save(t, w, sizeof(*w));
	w->moves = copy;
	w->n_moves = (uint32_t)n_moves;
	w->noisy = moves == NULL;
	for (size_t i = 0; i < n_moves && moves != NULL; i++)
		w->noisy |= moves[i].kind != ALIGN_CLEAN;
}

/* One value, from the table where it was worked out lately. Zeroed slots have no deviation that an
 * edge could have. */
static int64_t one_value_cost(const struct tadam *t, uint32_t edge, uint32_t k, int32_t value)
{
	const struct tadam_edge *e = &t->edges[edge];
	const uint32_t hash = (edge * WORD_MAX_VALUES + k) * 0x9e3779b1u + (uint32_t)value * 7;
	struct tadam_value *slot = &t->values[hash % TADAM_VALUE_SLOTS];

	if (slot->mean != e->mean[k] || slot->inverse_deviation != e->inverse_deviation[k] ||
	    slot->value != value)
		*slot = (struct tadam_value) { e->mean[k], e->inverse_deviation[k], value,
					       code_normal_value(&t->frame->normal, e->mean[k],
								 e->inverse_deviation[k], value) };
	if (t->strict && slot->cost >= code_of_bits(-det_log2(CODE_LEAST_MASS)))
		return STRICT_COST;
	return slot->cost;
}

static int64_t value_cost(const void *context, uint32_t name, const struct word_event *event)
{
	const struct tadam *t = context;
	int64_t cost = 0;

	for (uint32_t k = 0; k < t->frame->n_values; k++)
		cost += one_value_cost(t, name, k, event->value[k]);
	return cost;
}

static int64_t foreign_cost(const void *context, const struct word_event *event)
{
	return tadam_foreign(((const struct tadam *)context)->frame, event);
}

int tadam_build_machine(struct tadam *t, bool hopeful)
{
	uint32_t n = 0;
	int r = mem_grow(&t->align_edges, &t->align_edges_capacity, t->sums.n_edge_slots,
			 sizeof(*t->align_edges), LIMIT_EDGES);

	if (r == 0 && t->values == NULL)
		t->values = mem_array(TADAM_VALUE_SLOTS, sizeof(*t->values));
	if (r < 0 || t->values == NULL)
		return -ENOMEM;
	for (uint32_t e = 0; e < t->sums.n_edge_slots; e++) {
		const struct tadam_edge *edge = &t->edges[e];

		if (edge->alive && edge->n_uses > 0)
			t->align_edges[n++] =
				(struct align_edge) { edge->src, edge->dst, edge->symbol, e,
						      tadam_edge_cost(t, edge) };
	}
	t->machine.start = TADAM_START;
	t->machine.value_cost = value_cost;
	t->machine.foreign_cost = foreign_cost;
	t->machine.context = t;
	tadam_kind_costs(t, hopeful, t->machine.kind_cost);
	return align_machine_build(&t->machine, t->align_edges, n, t->sums.n_state_slots,
				   t->frame->n_symbols);
}

int tadam_align_word(struct tadam *t, uint32_t word, int64_t *ret_cost, size_t *ret_n_moves)
{
	const struct tadam_word *w = &t->words[word];
	const struct word view = { w->events, w->n_events };
	int r = align_word(&t->machine, &t->scratch, &view, w->spelled, ret_cost, ret_n_moves);

	if (r != -ENOENT && r != -E2BIG)
		return r;
	*ret_cost = w->spelled;
	*ret_n_moves = 0;
	return 0;
}

int tadam_explain_anew(struct tadam *t, const uint32_t *words, size_t n)
{
	int r = tadam_build_machine(t, true);

	for (size_t i = 0; i < n && r == 0; i++) {
		size_t n_moves = 0;
		int64_t cost;

		r = tadam_align_word(t, words[i], &cost, &n_moves);
		if (r < 0)
			break;
		tadam_put_word(t, words[i], -1);
		tadam_explain(t, words[i], n_moves > 0 ? t->scratch.moves : NULL, n_moves);
		tadam_put_word(t, words[i], 1);
	}
	return r;
}

static bool same_moves(const struct tadam *t, const struct tadam_word *w, size_t n_moves)
{
	if (w->moves == NULL || w->n_moves != n_moves)
		return false;
	for (size_t i = 0; i < n_moves; i++) {
		const struct align_move *a = &w->moves[i], *b = &t->scratch.moves[i];

		if (a->kind != b->kind || a->event != b->event ||
		    (a->kind != ALIGN_ADDITION && tadam_alias(t, a->edge) != b->edge))
			return false;
	}
	return true;
}

/* One round: every noisy word by its cheapest alignment. Returns how many changed or -errno. */
static int realign_once(struct tadam *t, bool hopeful)
{
	int n_changed = 0;
	int r = tadam_build_machine(t, hopeful);

	for (uint32_t w = 0; w < t->n_words && r == 0; w++) {
		size_t n_moves = 0;
		int64_t cost;

		if (!t->words[w].noisy)
			continue;
		r = tadam_align_word(t, w, &cost, &n_moves);
		if (r < 0 || (n_moves == 0 ? t->words[w].moves == NULL
					   : same_moves(t, &t->words[w], n_moves)))
			continue;
		tadam_put_word(t, w, -1);
		tadam_explain(t, w, n_moves > 0 ? t->scratch.moves : NULL, n_moves);
		tadam_put_word(t, w, 1);
		n_changed++;
	}
	tadam_flush(t);
	tadam_settle(t);
	return r < 0 ? r : t->error < 0 ? t->error : n_changed;
}

int tadam_realign(struct tadam *t)
{
	int64_t score = tadam_score(t);
	bool hopeful = true;

	for (int round = 0; round < REALIGN_ROUNDS; round++) {
		const struct tadam_mark mark = tadam_begin(t);
		int r = realign_once(t, hopeful);

		if (r > 0 && tadam_score(t) < score) {
			score = tadam_score(t);
			tadam_commit(t, mark);
			continue;
		}
		tadam_undo(t, mark);
		if (r < 0 || !hopeful)
			return r < 0 ? r : 0;
		hopeful = false;
	}
	return 0;
}
