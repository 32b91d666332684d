/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The learner's working automaton. Everything a trial changes goes through the journal, so that it
 * can be taken back; what edges and states cost is cached with them and summed in integers, so that
 * the score follows every change by differences.
 *
 * Values seen on an edge are histograms that never change once made: a change makes a new one in
 * the arena. Words hold the moves that explain them; an edge merged into another leaves its name in
 * `alias`, so a trial need not touch the words.
 */
#ifndef SOSIE_AUTOMATA_TADAM_INTERNAL_H
#define SOSIE_AUTOMATA_TADAM_INTERNAL_H

#include "automata/code_length.h"
#include "automata/tadam.h"

#define TADAM_NONE UINT32_MAX

struct tadam_item {
	int32_t value;
	uint32_t weight;
};

struct tadam_hist {
	uint32_t n;		   /* distinct values */
	uint64_t weight;	   /* sum of the items' */
	struct tadam_item items[]; /* ascending */
};

struct tadam_edge {
	uint32_t src, dst, symbol;
	uint32_t next_out, prev_out, next_in, prev_in; /* lists of src and dst */
	bool alive, dirty;
	int64_t n_uses;					/* how often it was taken, omissions too */
	const struct tadam_hist *hist[WORD_MAX_VALUES]; /* NULL: no values */
	double mean[WORD_MAX_VALUES], variance[WORD_MAX_VALUES];
	double inverse_deviation[WORD_MAX_VALUES];
	int64_t guard_data, guard_model; /* cost of the values, and of mean and variance */
};

struct tadam_state {
	uint32_t first_out, first_in;
	bool alive, dirty;
	int64_t cost; /* of choosing among its edges */
};

/* A distinct word. */
struct tadam_word {
	const struct word_event *events;
	uint32_t n_events;
	uint32_t weight;
	const struct align_move *moves; /* NULL: spelled out */
	uint32_t n_moves;
	bool noisy;
	int64_t spelled; /* cost of spelling it out */
};

/* Sums that a trial changes. */
struct tadam_sums {
	uint32_t n_edge_slots, n_state_slots; /* ever used */
	uint32_t n_edges, n_states;	      /* alive */
	int64_t guard_data, guard_model, choice, foreign, spelled;
	int64_t n_kind[ALIGN_N_KINDS];
	int64_t n_spelled_words;
	uint32_t n_dirty_edges, n_dirty_states;
};

struct tadam_block;
struct tadam_arena {
	struct tadam_block *first, *current;
};
struct tadam_mark { /* where a trial began */
	struct tadam_block *block;
	size_t used, n_entries, n_bytes;
	bool was_on;
};

struct tadam_entry {
	void *target;
	uint32_t n_bytes, offset;
};
struct tadam_journal {
	bool on;
	struct tadam_entry *entries;
	char *bytes;
	size_t n_entries, entries_capacity, n_bytes, bytes_capacity;
};

/* A visit that comes or goes: values join or leave the edge's histograms, uses its count. */
struct tadam_change {
	uint32_t edge;
	int32_t value[WORD_MAX_VALUES];
	int32_t weight; /* of the values; 0: none */
	int32_t uses;
};

/* What does not change in a learning; shared by the threads' copies. */
struct tadam_frame {
	const struct word_set *set;
	uint32_t n_symbols, n_values; /* end not counted */
	uint64_t n_words;	      /* with repetitions */
	bool compat, plain_guards;    /* as in struct tadam_options */
	bool negative;		      /* some value is below 0: means cost a sign */
	uint32_t noise;
	const atomic_bool *stop; /* or NULL */
	struct code_normal normal;
	struct code_counts counts;
	double log2_symbols;
	const int64_t *foreign; /* what the set's events cost as additions, or NULL: worked out */
};

/* What a value costs on an edge, as long as its guard is the same. */
enum { TADAM_VALUE_SLOTS = 1 << 12 };
struct tadam_value {
	double mean, inverse_deviation;
	int32_t value;
	int64_t cost;
};

struct tadam {
	const struct tadam_frame *frame;
	struct tadam_edge *edges;
	uint32_t *alias; /* n edge slots: itself, or what it was merged into */
	struct tadam_state *states;
	uint32_t edges_capacity, states_capacity;
	struct tadam_sums sums;
	uint32_t *dirty_edges, *dirty_states;
	struct tadam_word *words;
	uint32_t n_words;
	uint32_t *first_user, *users; /* words by edge, from tadam_rebuild() */
	size_t users_capacity, first_user_capacity;
	struct tadam_arena arena;
	struct tadam_journal journal;
	struct tadam_change *changes;
	size_t n_changes, changes_capacity;
	struct align_machine machine;
	struct align_scratch scratch;
	struct tadam_value
		*values; /* TADAM_VALUE_SLOTS, found by edge and value; made when needed */
	struct align_edge *align_edges;
	size_t align_edges_capacity;
	uint32_t *stack; /* states whose edges may clash */
	size_t n_stack, stack_capacity;
	bool robust;	    /* guards may leave outliers out */
	bool strict;	    /* while trimming: no guard reads what is far out */
	const uint8_t *red; /* by state, or NULL: of two that merge, a red one keeps its number */
	int error;	    /* sticky: out of memory or out of slots */
};

/* tadam_store.c: memory and the journal. */
void *tadam_alloc(struct tadam *t, size_t n_bytes); /* NULL sets t->error */
void tadam_arena_done(struct tadam_arena *arena);
void tadam_save(struct tadam *t, void *target, uint32_t n_bytes); /* before it changes */
/* Between begin and undo or commit the automaton may be changed; undo restores every bit. Pairs
 * nest; only the outermost commit lets go of the past. */
struct tadam_mark tadam_begin(struct tadam *t);
void tadam_undo(struct tadam *t, struct tadam_mark mark);
void tadam_commit(struct tadam *t, struct tadam_mark mark);
void tadam_done(struct tadam *t);

/* tadam_graph.c: states, edges. */
uint32_t tadam_add_state(struct tadam *t);
uint32_t tadam_add_edge(struct tadam *t, uint32_t src, uint32_t dst, uint32_t symbol);
void tadam_kill_edge(struct tadam *t, uint32_t edge);
void tadam_kill_state(struct tadam *t, uint32_t state);
void tadam_move_edge(struct tadam *t, uint32_t edge, uint32_t src, uint32_t dst);
void tadam_dirty_edge(struct tadam *t, uint32_t edge);
void tadam_dirty_state(struct tadam *t, uint32_t state);
int tadam_reserve(struct tadam *t, uint64_t n_edges, uint64_t n_states); /* more of each */
static inline bool tadam_stopped(const struct tadam *t)
{
	return t->frame->stop != NULL && atomic_load(t->frame->stop);
}
static inline uint32_t tadam_alias(const struct tadam *t, uint32_t edge)
{
	while (t->alias[edge] != edge)
		edge = t->alias[edge];
	return edge;
}

/* tadam_hist.c */
const struct tadam_hist *tadam_hist_merge(struct tadam *t, const struct tadam_hist *a,
					  const struct tadam_hist *b);
/* Applies and empties t->changes; edges without uses and values die, and their states after them.
 */
void tadam_flush(struct tadam *t);
void tadam_change(struct tadam *t, uint32_t edge, const struct word_event *event, int32_t weight,
		  int32_t uses);

/* tadam_guard.c: makes guard_data, guard_model, mean .. of an edge from its histograms. */
void tadam_cost_edge(const struct tadam *t, struct tadam_edge *edge);

/* tadam_score.c */
void tadam_settle(struct tadam *t); /* brings the cached costs up to date */
int64_t tadam_score(const struct tadam *t);
double tadam_model_bits(const struct tadam *t);
int64_t tadam_edge_cost(const struct tadam *t, const struct tadam_edge *edge); /* -log2 p */
void tadam_kind_costs(const struct tadam *t, bool hopeful, int64_t ret_costs[ALIGN_N_KINDS]);
int64_t tadam_foreign(const struct tadam_frame *frame, const struct word_event *event);

/* tadam_words.c: what words contribute. */
void tadam_put_word(struct tadam *t, uint32_t word, int sign); /* +1 adds, -1 takes away */
/* Explains a word anew; moves are copied. NULL: spelled out. It must have been taken away. */
void tadam_explain(struct tadam *t, uint32_t word, const struct align_move *moves, size_t n_moves);
/* The alignment machine of the automaton as it is. hopeful: with noise as cheap as if each kind
 * were an event in forty at least; a kind not yet seen would never be tried otherwise. */
int tadam_build_machine(struct tadam *t, bool hopeful);
/* Explains n words anew by the automaton as it is. */
int tadam_explain_anew(struct tadam *t, const uint32_t *words, size_t n);
/* The moves are in t->scratch; none, at the price of spelling it out: it cannot be aligned. */
int tadam_align_word(struct tadam *t, uint32_t word, int64_t *ret_cost, size_t *ret_n_moves);
int tadam_realign(struct tadam *t); /* noisy words anew, as long as that helps; 0 or -errno */

/* tadam_init.c */
int tadam_start(struct tadam *t, const struct tadam_frame *frame, uint32_t init);
/* Renumbers what is alive, applies aliases to the words and lists words by edge. t is empty or an
 * older clone. The maps (by old slot; TADAM_NONE: dead) may be NULL. */
int tadam_clone(struct tadam *t, const struct tadam *from, uint32_t *ret_states,
		uint32_t *ret_edges);
int tadam_rebuild(struct tadam *t, uint32_t *ret_states, uint32_t *ret_edges);

/* Operations. Applied between tadam_begin() and undo or commit; they leave the score settled.
 * Return 0, -ENOENT (nothing to do), -errno. */
enum tadam_fold { TADAM_FOLD_NONE, TADAM_FOLD_TIMED, TADAM_FOLD_FULL };
enum tadam_kind {
	TADAM_MERGE,
	TADAM_SPLIT,
	TADAM_SPLIT_EDGE,
	TADAM_MERGE_EDGES,
	TADAM_DELETE,
	TADAM_PRUNE,
	TADAM_ADD,
	TADAM_REDIRECT,
	TADAM_TRIM
};
struct tadam_operation {
	uint8_t kind, fold;
	uint16_t symbol; /* of TADAM_ADD */
	uint32_t a, b;
};
int tadam_merge(struct tadam *t, uint32_t a, uint32_t b, enum tadam_fold fold);
int tadam_merge_edges(struct tadam *t, uint32_t a, uint32_t b);
int tadam_split(struct tadam *t, uint32_t state);
int tadam_split_edge(struct tadam *t, uint32_t edge);
int tadam_delete(struct tadam *t, uint32_t edge);
int tadam_prune(struct tadam *t, uint32_t permille); /* all edges rarer than that in their state */
int tadam_add(struct tadam *t, uint32_t src, uint32_t dst, uint32_t symbol);
int tadam_trim(struct tadam *t, uint32_t edge); /* TADAM_NONE: all that it helps */
int tadam_redirect(struct tadam *t, uint32_t edge, uint32_t dst);

/* What is foreign or repeated most often, in which state: candidates for tadam_add(), at most
 * TADAM_ODDITIES of them, each seen TADAM_LEAST_ODD times or more. */
enum { TADAM_ODDITIES = 12, TADAM_LEAST_ODD = 3 };
struct tadam_oddity {
	uint32_t state, symbol;
};
int tadam_oddities(const struct tadam *t, struct tadam_oddity *ret_oddities, uint32_t *ret_n);

/* tadam_search.c */
/* Makes room for an operation's new edges and states; outside of trials only. */
int tadam_room(struct tadam *t, const struct tadam_operation *operation);
int tadam_apply(struct tadam *t, const struct tadam_operation *operation);
/* Does an operation, noisy words aligned anew, if the score is then at most that: 1; else all is as
 * it was: 0, or -errno. The caller rebuilds. */
int tadam_do(struct tadam *t, const struct tadam_operation *operation, int64_t most);
/* What the score would be, with the words that are noisy already aligned anew or not. */
int tadam_try(struct tadam *t, const struct tadam_operation *operation, bool realign,
	      int64_t *ret_score);
/* Folds a prefix tree into the states that the words need at first sight, in the order of how often
 * they are seen: for trees too large to try all pairs. */
int tadam_fold_tree(struct tadam *t, uint64_t *n_trials);
/* What comes before the first round. */
int tadam_begin_search(struct tadam *t, uint64_t *n_trials);
int tadam_search(struct tadam *t, const struct tadam_options *options, uint64_t *n_trials);

/* tadam_retry.c: replaces t by shorter ones, if it finds any, until its budget is spent. init is
 * what other beginnings begin from. */
int tadam_retry(struct tadam *t, const struct tadam_options *options, uint32_t init,
		uint64_t *n_trials);

#endif
