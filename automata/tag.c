/* SPDX-License-Identifier: Apache-2.0 */
#include "automata/tag.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>

#include "automata/tag_future.h"
#include "base/mem.h"

/* Where a search met states with one hash: the first and the last of them, as ranks. */
struct slot {
	uint64_t hash;
	uint32_t first, last;
	uint32_t search; /* the search that wrote it; others' are empty */
};

struct tag {
	struct tag_graph graph;
	struct tag_future future;
	uint32_t k;
	/* A breadth-first search; arrays of `room` states, slots of twice as many or more. */
	uint32_t room, n_slots, n_order, search;
	uint32_t *order; /* states by rank */
	uint32_t *next;	 /* the next rank with the same hash */
	uint32_t *seen;	 /* the search that met the state */
	struct slot *slots;
};

static void tag_done(struct tag *tag)
{
	tag_graph_done(&tag->graph);
	tag_future_done(&tag->future);
	free(tag->order);
	free(tag->next);
	free(tag->seen);
	free(tag->slots);
}

/* Begins a search at the start. 0 or -ENOMEM. */
static int search_begin(struct tag *tag)
{
	if (tag->graph.n_states > tag->room) {
		free(tag->order);
		free(tag->next);
		free(tag->seen);
		free(tag->slots);
		tag->room = tag->graph.n_states;
		for (tag->n_slots = 64; tag->n_slots / 2 < tag->room;)
			tag->n_slots *= 2;
		tag->order = mem_array(tag->room, sizeof(*tag->order));
		tag->next = mem_array(tag->room, sizeof(*tag->next));
		tag->seen = mem_array(tag->room, sizeof(*tag->seen));
		tag->slots = mem_array(tag->n_slots, sizeof(*tag->slots));
		if (tag->order == NULL || tag->next == NULL || tag->seen == NULL ||
		    tag->slots == NULL)
			return -ENOMEM;
	}
	tag->search++;
	tag->order[0] = 0;
	tag->seen[0] = tag->search;
	tag->n_order = 1;
	return 0;
}

/* Ranks the states that follow. */
static void search_expand(struct tag *tag, uint32_t state)
{
	uint32_t e = tag->graph.states[state].first_out;

	for (; e != TAG_NONE; e = tag->graph.edges[e].next_out) {
		const uint32_t dst = tag->graph.edges[e].dst;

		if (tag->seen[dst] != tag->search) {
			tag->seen[dst] = tag->search;
			tag->order[tag->n_order++] = dst;
		}
	}
}

/* The slot of a hash; its ranks are TAG_NONE when this search had none. */
static struct slot *slot_of(struct tag *tag, uint64_t hash)
{
	uint32_t i = (uint32_t)hash & (tag->n_slots - 1);

	while (tag->slots[i].search == tag->search && tag->slots[i].hash != hash)
		i = (i + 1) & (tag->n_slots - 1);
	if (tag->slots[i].search != tag->search)
		tag->slots[i] = (struct slot) { hash, TAG_NONE, TAG_NONE, tag->search };
	return &tag->slots[i];
}

/* Merges the first pair with equal futures (and overlap, when timed): the second of the two is as
 * near to the start as can be, then the first. Returns 1, 0 when there is none, or -ENOMEM. */
static int merge_first(struct tag *tag, bool timed)
{
	int r = search_begin(tag);

	for (uint32_t i = 0; r == 0 && i < tag->n_order; i++) {
		const uint32_t state = tag->order[i];
		struct slot *slot;
		uint64_t hash;

		r = tag_future_hash(&tag->future, &tag->graph, state, tag->k, &hash);
		if (r < 0)
			return r;
		slot = slot_of(tag, hash);
		for (uint32_t j = slot->first; j != TAG_NONE; j = tag->next[j]) {
			if (timed && !tag_graph_overlap(&tag->graph, tag->order[j], state))
				continue;
			r = tag_graph_merge(&tag->graph, tag->order[j], state, timed);
			return r < 0 ? r : 1;
		}
		tag->next[i] = TAG_NONE;
		if (slot->first == TAG_NONE)
			slot->first = i;
		else
			tag->next[slot->last] = i;
		slot->last = i;
		search_expand(tag, state);
	}
	return r;
}

static int merge_all(struct tag *tag, bool timed)
{
	int r;

	do {
		r = merge_first(tag, timed);
	} while (r > 0);
	return r;
}

/* All states in order. */
static int breadth_first(struct tag *tag)
{
	int r = search_begin(tag);

	for (uint32_t i = 0; r == 0 && i < tag->n_order; i++)
		search_expand(tag, tag->order[i]);
	return r;
}

static int tag_export(struct tag *tag, struct guarded **ret_guarded, struct err *err)
{
	const struct tag_graph *g = &tag->graph;
	CLEANUP(freep) uint32_t *number = mem_array(g->n_states, sizeof(*number));
	struct guarded *guarded;
	uint32_t n_edges = 0;
	int r;

	if (number == NULL || breadth_first(tag) < 0)
		return err_no_memory(err);
	for (uint32_t i = 0; i < tag->n_order; i++) {
		uint32_t e = g->states[tag->order[i]].first_out;

		number[tag->order[i]] = i;
		for (; e != TAG_NONE; e = g->edges[e].next_out)
			n_edges++;
	}
	r = guarded_new(&timed_learner_tag, g->words, tag->n_order, n_edges, 0, &guarded, err);
	if (r < 0)
		return r;
	n_edges = 0;
	for (uint32_t i = 0; i < tag->n_order; i++) {
		const struct tag_state *state = &g->states[tag->order[i]];

		guarded->end_count[i] = state->end_count;
		for (uint32_t e = state->first_out; e != TAG_NONE; e = g->edges[e].next_out) {
			const struct tag_edge *edge = &g->edges[e];

			guarded->edges[n_edges++] = (struct guarded_edge) {
				i,	   number[edge->dst], edge->symbol,
				edge->low, edge->high,	      edge->count,
			};
		}
	}
	guarded_index(guarded);
	*ret_guarded = guarded;
	return 0;
}

/* Merges and splits until neither applies. Every split is paid for by an event, so that merges
 * which undo splits cannot go on for ever. */
static int merge_and_split(struct tag *tag)
{
	uint32_t splits_left = tag->graph.n_events;
	int r = merge_all(tag, false);

	while (r == 0) {
		const int64_t n = tag_graph_split(&tag->graph, splits_left);

		if (n <= 0)
			return (int)n;
		splits_left -= (uint32_t)n;
		r = merge_all(tag, true);
	}
	return r;
}

int tag_learn(const struct word_set *words, uint32_t k, struct guarded **ret_guarded,
	      struct err *err)
{
	CLEANUP(tag_done) struct tag tag = { .k = k };
	int r;

	if (words->n_words == 0)
		return err_set(err, -EINVAL, "tag: no words to learn from");
	if (k < 1 || k > TAG_LIMIT_K)
		return err_set(err, -EINVAL, "tag: k = %u is not within 1 to %d", k, TAG_LIMIT_K);
	r = tag_graph_init(&tag.graph, words);
	if (r == 0)
		r = merge_and_split(&tag);
	if (r < 0)
		return err_no_memory(err);
	return tag_export(&tag, ret_guarded, err);
}

static int learn(const struct word_set *words, struct timed_model **ret_model, struct err *err)
{
	struct guarded *guarded;
	int r = tag_learn(words, TAG_DEFAULT_K, &guarded, err);

	if (r == 0)
		*ret_model = &guarded->base;
	return r;
}

const struct timed_learner_ops timed_learner_tag = {
	.name = "tag",
	.summary = "merges states with equal futures, splits them by delays (TAG)",
	.learn = learn,
	.event_bits = guarded_event_bits,
	.event_shared_bits = guarded_event_shared_bits,
	.language = guarded_language,
	.free = guarded_free,
};
