/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Automata whose edges have an interval of delays as guard: what TAG and RTI+ learn. Only the first
 * value of an event is looked at; others cost nothing.
 */
#ifndef SOSIE_AUTOMATA_GUARDED_H
#define SOSIE_AUTOMATA_GUARDED_H

#include "automata/timed_learner.h"

struct guarded_edge {
	uint32_t src, dst;
	uint32_t symbol;
	int32_t low, high; /* the guard, both ends inside */
	uint32_t count;	   /* > 0 */
};

struct guarded {
	struct timed_model base;
	uint32_t n_symbols, n_values, n_states, n_edges;
	struct guarded_edge *edges; /* sorted by (src, symbol, low, high, dst) */
	uint32_t *first_edge;	    /* n_states + 1 */
	uint32_t *end_count;	    /* n_states */
	/*
	 * With bins, delays are independent of the symbol given the state: bin b is from
	 * bin_low[b] to below bin_low[b + 1], and bin_count (n_states x n_bins) counts them. With
	 * none, delays are uniform in the edge's guard.
	 */
	uint32_t n_bins;
	int32_t *bin_low; /* n_bins + 1 */
	uint32_t *bin_count;
};

/* Room for so many, all zero. The caller fills edges, end_count and the bins, then calls
 * guarded_index, which sorts the edges. */
int guarded_new(const struct timed_learner_ops *ops, const struct word_set *words,
		uint32_t n_states, uint32_t n_edges, uint32_t n_bins, struct guarded **ret_guarded,
		struct err *err);
void guarded_index(struct guarded *guarded);
void guarded_freep(struct guarded **guarded);

/*
 * The functions of timed_learner_ops. A word follows, of the edges with its symbol, the one whose
 * guard holds the delay, else the nearest. Where there is none it is spelled out from there on: a
 * state seen n times keeps one of n + 1 chances for that, and so does an edge for delays outside
 * its guard (no bins). With bins each has half a count more, and so has what is beyond the last.
 */
int guarded_event_bits(const struct timed_model *model, struct word word, double *ret_bits,
		       struct err *err);
int guarded_event_shared_bits(const struct timed_model *model, struct word word, double *ret_bits,
			      struct err *err);
int guarded_language(const struct timed_model *model, struct language **ret_language,
		     struct err *err);
void guarded_free(struct timed_model *model);

/* The edge that event takes from state, or NULL. */
const struct guarded_edge *guarded_edge_for(const struct guarded *guarded, uint32_t state,
					    const struct word_event *event);

#endif
