/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Probabilistic timed automata over packet headers: one for each (service, end state).
 *
 * State 0 is the start. Every edge reads one packet: a symbol, with the distribution of its gap and
 * of its payload size. A state may end the flow with a count of its own. Probabilities are counts
 * over the sum of the state's counts: integers, so a file is exact.
 */
#ifndef SOSIE_AUTOMATA_AUTOMATON_H
#define SOSIE_AUTOMATA_AUTOMATON_H

#include "automata/habit.h"
#include "automata/sketch.h"
#include "automata/step.h"
#include "base/conn.h"
#include "base/dist.h"
#include "conf/conf.h"
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>

enum {
	AUTOMATON_LIMIT_STATES = 4096,
	AUTOMATON_LIMIT_EDGES = 65534, /* packet/noise.h has a use for the numbers above */
	AUTOMATON_SERVICE_BYTES = 24,
};

/* direction, TCP flags and whether there is payload; text ">SA" "<PA+" ("+": payload; no flags:
 * ">." or ">.+"). */
typedef uint16_t automaton_symbol;
automaton_symbol automaton_symbol_of(uint8_t proto, const struct automaton_step *step);
static inline uint8_t automaton_symbol_direction(automaton_symbol s)
{
	return s >> 9 & 1;
}
static inline bool automaton_symbol_payload(automaton_symbol s)
{
	return s >> 8 & 1;
}
static inline uint8_t automaton_symbol_flags(automaton_symbol s)
{
	return (uint8_t)s;
}
enum { AUTOMATON_SYMBOL_TEXT_BYTES = 14 };
const char *automaton_symbol_format(automaton_symbol symbol,
				    char ret_text[AUTOMATON_SYMBOL_TEXT_BYTES]);
int automaton_symbol_parse(const char *text, automaton_symbol *ret_symbol);

struct automaton_edge {
	uint16_t src, dst; /* states */
	automaton_symbol symbol;
	uint32_t count;		    /* > 0 */
	struct quantile_table gap;  /* ns */
	struct quantile_table size; /* payload bytes; n_knots 0 when the symbol has none */
};

struct automaton {
	char service[AUTOMATON_SERVICE_BYTES]; /* as in records; "-" for services without a name */
	uint8_t proto;
	uint8_t state;	      /* enum conn_state the flows end in */
	uint32_t n_words;     /* flows learned from */
	uint32_t max_packets; /* longest of them */
	uint16_t n_states;
	uint16_t n_edges;
	struct automaton_edge *edges; /* sorted by src */
	uint32_t *first_edge; /* n_states + 1: edges of state s are [first_edge[s], first_edge[s +
				 1]) */
	uint32_t *end_count;  /* n_states: how often a flow ended there */
	int64_t *knots;	      /* all edges' knots */
	struct sketch_table *sketches; /* of the flows' first payloads; NULL: not known */
	struct habit_table *habits;    /* of all the service's payloads, settled; NULL: not here */
};

void automaton_freep(struct automaton **automaton);

/*
 * The text form. Load validates: states in range, counts above 0, every state reachable from the
 * start and able to end, knots ascending, sizes within 1..65535, symbols of one protocol, and that
 * every path ends in `state` is the learner's business, not the file's. Errors are file:line.
 */
int automaton_load(const struct conf *conf, struct automaton **ret_automaton, struct err *err);
int automaton_save(const struct automaton *automaton, FILE *out);
/* For people and for Graphviz. */
int automaton_explain(const struct automaton *automaton, FILE *out);
int automaton_dot(const struct automaton *automaton, FILE *out);

/* One flow's packets. */
struct automaton_word {
	const struct automaton_step *steps;
	size_t n_steps;
};

struct automaton_learner_ops {
	const char *name; /* --automata */
	const char *summary;
	/* Learns from n words, all of one service, protocol and end state, n >= 1, each of 1 step
	 * or more. When *stop (may be NULL) becomes true, what takes long ends with -EINTR. */
	int (*learn)(const char *service, uint8_t proto, enum conn_state state,
		     const struct automaton_word *words, size_t n_words, const atomic_bool *stop,
		     struct automaton **ret_automaton, struct err *err);
};
const struct automaton_learner_ops *automaton_learner_named(const char *name);
const struct automaton_learner_ops *const *automaton_learners(void); /* NULL after the last */

#endif
