/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The 2-testable learner: one state for each pair of last symbol and connection memory (base/conn.h
 * keeps it in one byte). Carrying the memory makes the automaton end every path in the state it was
 * learned for, and never send a SYN after a FIN or RST, because what may follow is what was seen to
 * follow in that same memory.
 */
#include "automata/registry.h"

#include <errno.h>
#include <string.h>

#include "automata/automaton_check.h"
#include "automata/fit.h"
#include "base/mem.h"

enum {
	KEY_NONE = 0,
	KEY_FIRST = 1, /* keys of states after a packet: 1 + (symbol << 8 | memory) */
	KEY_LIMIT = KEY_FIRST + (1 << 19),
};

struct markov {
	uint16_t *state_of; /* KEY_LIMIT: the state of a key, 0 (the start) while unused */
	uint32_t *end_count;
	struct fit_visit *visits;
	size_t n_visits;
	uint32_t n_states, n_words, max_packets;
};

static uint32_t key_of(automaton_symbol symbol, const struct conn_track *track)
{
	return KEY_FIRST + ((uint32_t)symbol << 8 | track->bits);
}

/* First pass: which keys occur, how many words and packets there are. */
static void markov_count(struct markov *m, uint8_t proto, enum conn_state state,
			 const struct automaton_word *words, size_t n_words)
{
	for (size_t w = 0; w < n_words; w++) {
		struct conn_track track = { 0 };

		if (!automaton_word_fits(&words[w], proto, state))
			continue;
		for (size_t i = 0; i < words[w].n_steps; i++) {
			const struct automaton_step *step = &words[w].steps[i];

			conn_track_step(&track, proto, step->direction == STEP_BACKWARD,
					step->flags);
			m->state_of[key_of(automaton_symbol_of(proto, step), &track)] = 1;
		}
		m->n_visits += words[w].n_steps;
		m->n_words++;
		if (words[w].n_steps > m->max_packets)
			m->max_packets = (uint32_t)words[w].n_steps;
	}
	/* Numbers go by key, so that they do not depend on the order of the words. */
	m->n_states = 1;
	for (uint32_t key = 0; key < KEY_LIMIT; key++) {
		if (m->state_of[key] != 0 && m->n_states <= AUTOMATON_LIMIT_STATES)
			m->state_of[key] = (uint16_t)m->n_states++;
	}
}

/* Second pass: every packet is a visit of an edge. */
static void markov_visit(struct markov *m, uint8_t proto, enum conn_state state,
			 const struct automaton_word *words, size_t n_words)
{
	struct fit_visit *visit = m->visits;

	for (size_t w = 0; w < n_words; w++) {
		struct conn_track track = { 0 };
		uint16_t at = 0;

		if (!automaton_word_fits(&words[w], proto, state))
			continue;
		for (size_t i = 0; i < words[w].n_steps; i++, visit++) {
			const struct automaton_step *step = &words[w].steps[i];

			conn_track_step(&track, proto, step->direction == STEP_BACKWARD,
					step->flags);
			visit->symbol = automaton_symbol_of(proto, step);
			visit->gap_ns = i == 0 || step->gap_ns < 0 ? 0 : step->gap_ns;
			visit->payload_bytes = step->payload_bytes;
			visit->src = at;
			at = m->state_of[key_of(visit->symbol, &track)];
			visit->dst = at;
		}
		m->end_count[at]++;
	}
}

static int markov_learn(const char *service, uint8_t proto, enum conn_state state,
			const struct automaton_word *words, size_t n_words, const atomic_bool *stop,
			struct automaton **ret_automaton, struct err *err)
{
	CLEANUP(freep) uint16_t *state_of = mem_array(KEY_LIMIT, sizeof(*state_of));
	CLEANUP(freep) uint32_t *end_count = NULL;
	CLEANUP(freep) struct fit_visit *visits = NULL;
	struct markov m = { .state_of = state_of };
	struct fit fit;

	(void)stop; /* two passes over the packets: soon done */
	if (state_of == NULL)
		return err_no_memory(err);
	markov_count(&m, proto, state, words, n_words);
	if (m.n_words == 0)
		return err_set(err, -EINVAL, "%s: none of %zu flows ends in state %s", service,
			       n_words, conn_state_name(state));
	if (m.n_states > AUTOMATON_LIMIT_STATES)
		return err_set(err, -E2BIG, "%s: more than %d states", service,
			       AUTOMATON_LIMIT_STATES);
	m.visits = visits = mem_array(m.n_visits, sizeof(*visits));
	m.end_count = end_count = mem_array(m.n_states, sizeof(*end_count));
	if (visits == NULL || end_count == NULL)
		return err_no_memory(err);
	markov_visit(&m, proto, state, words, n_words);
	fit = (struct fit) {
		.service = service,
		.proto = proto,
		.state = state,
		.n_words = m.n_words,
		.max_packets = m.max_packets,
		.n_states = m.n_states,
		.end_count = end_count,
		.visits = visits,
		.n_visits = m.n_visits,
	};
	return fit_automaton(&fit, ret_automaton, err);
}

const struct automaton_learner_ops automaton_learner_markov = {
	.name = "markov",
	.summary = "one state per last packet kind and connection memory (2-testable)",
	.learn = markov_learn,
};
