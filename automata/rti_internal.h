/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The automaton RTI+ works on. Red states are settled: they know counts and ways out. Blue states
 * hang on one way out of a red one, and know the words' tails that arrive there; the tree below
 * them is implied.
 */
#ifndef SOSIE_AUTOMATA_RTI_INTERNAL_H
#define SOSIE_AUTOMATA_RTI_INTERNAL_H

#include "automata/rti.h"
#include <stdbool.h>

#define RTI_NONE UINT32_MAX

/* What is left of a word: events[event .. end); the one before event led here. */
struct rti_tail {
	uint32_t event, end;
};

struct rti_tails {
	struct rti_tail *at;
	size_t n, capacity;
};

/* A way out of a red state, with guard. */
struct rti_way {
	uint32_t symbol, dst, count;
	int32_t low, high;
	uint32_t next; /* of the same state */
};

struct rti_state {
	bool red;
	uint32_t way_in; /* blue: the way that leads here, and the state it leaves */
	uint32_t parent;
	struct rti_tails tails; /* blue */
	uint32_t *counts;	/* red: n_categories of them, see rti_count */
	uint32_t n;		/* red: tails that came by */
	uint32_t first_way;	/* red */
};

struct rti {
	const struct word_set *words;
	struct rti_options options;
	uint32_t n_symbols, n_bins; /* n_bins 0: no delays */
	uint32_t n_categories;	    /* of one state: the symbols, the end, the bins */
	int32_t *bin_low;	    /* n_bins + 1 */
	uint8_t *bin_of;	    /* an event's bin */
	struct rti_state *states;
	struct rti_way *ways;
	uint32_t n_states, n_ways;
	size_t states_capacity, ways_capacity;
	double *n_log_n; /* n_logs of them: n ln n */
	size_t n_logs;
	double log_alpha;
};

/* Counts a tail's next symbol (or end) and, if there is one, its next delay. */
static inline void rti_count(const struct rti *rti, uint32_t *counts, const struct rti_tail *tail)
{
	if (tail->event == tail->end) {
		counts[rti->n_symbols]++;
		return;
	}
	counts[rti->words->events[tail->event].symbol]++;
	if (rti->n_bins > 0)
		counts[rti->n_symbols + 1 + rti->bin_of[tail->event]]++;
}

int rti_tails_add(struct rti_tails *tails, struct rti_tail tail);

/* The way that the tail's next event takes out of a red state, or RTI_NONE. */
uint32_t rti_way_for(const struct rti *rti, uint32_t state, const struct rti_tail *tail);

/* Evidence that two samples differ: a likelihood ratio and its degrees of freedom. */
struct rti_evidence {
	double ratio;
	uint32_t df;
};
/* Of the counts of two states: none when either has less than min_data. */
struct rti_evidence rti_compare(const struct rti *rti, const uint32_t *a, uint32_t n_a,
				const uint32_t *b, uint32_t n_b);

/* ln p of the blue state's tree folded into the red one. 0 or -ENOMEM. */
int rti_test_merge(const struct rti *rti, uint32_t red, uint32_t blue, double *ret_log_p);

/* The split of the blue state's tails by delay that differs most: delays to *ret_high go one way.
 * *ret_log_p is 0 when there is none. Sorts the tails by delay. 0 or -ENOMEM. */
int rti_test_split(const struct rti *rti, uint32_t blue, int32_t *ret_high, double *ret_log_p);

/* What was learned: red states, and one sink for all that is left in blue ones. */
int rti_export(const struct rti *rti, struct guarded **ret_guarded, struct err *err);

#endif
