/* SPDX-License-Identifier: Apache-2.0 */
/*
 * TADAM as a learner of packet automata. Words are symbols (direction, flags, payload or none) with
 * two values, the gap and the payload length, both on a log scale: with them the learner tells
 * handshakes from data and pauses from bursts. What it finds is a structure of states; flows are
 * then traced through it, and each state is joined with the connection's memory (base/conn.h), so
 * that every path ends in the end state it was learned for, as the 2-testable learner does. Edges
 * keep the distributions of gaps and sizes that were seen, not the guards.
 *
 * Noise (packets seen twice, swapped, or foreign to the structure) is read where it happens without
 * leaving the state, so that whole flows are learned. Omissions are not looked for: a capture that
 * lacks packets ends in another state, and such flows are left out already.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "automata/automaton_check.h"
#include "automata/fit.h"
#include "automata/registry.h"
#include "automata/tadam.h"
#include "base/detmath.h"
#include "base/mem.h"

enum {
	SYMBOLS = 1 << 11,
	SCALE = 1, /* steps of gaps and lengths to a factor of two */
	MOST_ROUNDS = 40,
	/* The structure is learned from every n-th flow, so that there are about so many packets at
	 * most, and from the beginning and the end of long ones. All flows count on the edges. */
	LEARN_PACKETS = 3000,
	LONG_HALF = 96,
};

struct lesson {
	const char *service;
	uint8_t proto;
	enum conn_state state;
	const struct automaton_word **words; /* that fit */
	size_t n_words, n_packets;
	uint32_t max_packets;
	struct word_set set;
	uint16_t id[SYMBOLS]; /* of a symbol in the set, + 1 */
	struct timed_automaton *structure;
	struct tadam_scorer *scorer;
	uint16_t *product; /* (state, memory): number + 1 */
	struct fit_visit *visits;
	uint32_t *end_count;
	uint32_t n_states;
};

static void lesson_done(struct lesson *l)
{
	free(l->words);
	free(l->set.first);
	free(l->set.events);
	tadam_scorer_freep(&l->scorer);
	timed_automaton_freep(&l->structure);
	free(l->product);
	free(l->visits);
	free(l->end_count);
}

static int32_t log_scale(int64_t x)
{
	return x <= 0 ? 0 : (int32_t)(SCALE * det_log2((double)x + 1) + 0.5);
}

static int64_t gap_of(const struct automaton_word *word, size_t i)
{
	return i == 0 || word->steps[i].gap_ns < 0 ? 0 : word->steps[i].gap_ns;
}

static struct word_event event_of(struct lesson *l, const struct automaton_word *word, size_t i)
{
	const automaton_symbol symbol = automaton_symbol_of(l->proto, &word->steps[i]);

	return (struct word_event) {
		.symbol = (uint16_t)(l->id[symbol] - 1),
		.value = { log_scale(gap_of(word, i) / 1000),
			   log_scale(word->steps[i].payload_bytes) },
	};
}

static void choose_words(struct lesson *l, const struct automaton_word *words, size_t n_words)
{
	bool seen[SYMBOLS] = { false };

	for (size_t w = 0; w < n_words; w++) {
		const struct automaton_word *word = &words[w];

		if (!automaton_word_fits(word, l->proto, l->state))
			continue;
		l->words[l->n_words++] = word;
		l->n_packets += word->n_steps;
		if (word->n_steps > l->max_packets)
			l->max_packets = (uint32_t)word->n_steps;
		for (size_t i = 0; i < word->n_steps; i++)
			seen[automaton_symbol_of(l->proto, &word->steps[i])] = true;
	}
	for (uint32_t s = 0; s < SYMBOLS; s++) {
		if (seen[s])
			l->id[s] = (uint16_t)++l->set.n_symbols;
	}
}

static size_t short_length(const struct automaton_word *word)
{
	return word->n_steps < 2 * LONG_HALF ? word->n_steps : 2 * LONG_HALF;
}

/* The words that the structure is learned from. */
static int make_set(struct lesson *l, struct err *err)
{
	size_t total = 0, stride, n = 0;

	for (size_t w = 0; w < l->n_words; w++)
		total += short_length(l->words[w]);
	stride = (total + LEARN_PACKETS - 1) / LEARN_PACKETS;
	l->set.n_values = 2;
	l->set.first = mem_array(l->n_words + 1, sizeof(*l->set.first));
	l->set.events = mem_array(total, sizeof(*l->set.events));
	if (l->set.first == NULL || l->set.events == NULL)
		return err_no_memory(err);
	for (size_t w = 0; w < l->n_words; w += stride) {
		const struct automaton_word *word = l->words[w];
		const size_t length = short_length(word);

		for (size_t i = 0; i < length; i++) {
			const size_t from_end = word->n_steps - length;

			l->set.events[n++] = event_of(l, word, i < LONG_HALF ? i : i + from_end);
		}
		l->set.first[++l->set.n_words] = (uint32_t)n;
	}
	return 0;
}

static int learn_structure(struct lesson *l, struct err *err)
{
	const struct tadam_options options = {
		.inits = TADAM_STATE_SYMBOL,
		.whole_edges = true,
		.max_rounds = MOST_ROUNDS,
		.noise = TADAM_REEMISSION | TADAM_TRANSPOSITION | TADAM_ADDITION,
	};
	int r = make_set(l, err);

	if (r == 0)
		r = tadam_learn(&l->set, &options, &l->structure, err);
	return r == 0 ? tadam_scorer_new(l->structure, &l->scorer, err) : r;
}

/* The states that a flow's packets lead to; events is room for its packets. */
static int trace(struct lesson *l, const struct automaton_word *word, struct word_event *events,
		 const uint32_t **ret_states, struct err *err)
{
	const struct word view = { events, (uint32_t)word->n_steps };

	for (size_t i = 0; i < word->n_steps; i++)
		events[i] = event_of(l, word, i);
	return tadam_trace(l->scorer, &view, ret_states, err);
}

/* Every packet as a visit between joined states, numbered as they are met and later in order. */
static int visit(struct lesson *l, struct word_event *events, struct err *err)
{
	struct fit_visit *visit = l->visits;

	for (size_t w = 0; w < l->n_words; w++) {
		const struct automaton_word *word = l->words[w];
		struct conn_track track = { 0 };
		const uint32_t *states;
		uint32_t key = 0;
		int r = trace(l, word, events, &states, err);

		if (r < 0)
			return r;
		for (size_t i = 0; i < word->n_steps; i++, visit++) {
			const struct automaton_step *step = &word->steps[i];

			conn_track_step(&track, l->proto, step->direction == STEP_BACKWARD,
					step->flags);
			*visit = (struct fit_visit) {
				.gap_ns = gap_of(word, i),
				.payload_bytes = step->payload_bytes,
				.symbol = automaton_symbol_of(l->proto, step),
			};
			if (i > 0)
				visit->src = l->product[key];
			key = states[i] << 8 | track.bits;
			if (l->product[key] == 0) {
				if (l->n_states == AUTOMATON_LIMIT_STATES)
					return err_set(err, -E2BIG, "%s: more than %d states",
						       l->service, AUTOMATON_LIMIT_STATES);
				l->product[key] = (uint16_t)l->n_states++;
			}
			visit->dst = l->product[key];
		}
		l->end_count[l->product[key]]++;
	}
	return 0;
}

/* Numbers states by their keys, so that they do not depend on the order of the words. */
static int renumber(struct lesson *l, struct err *err)
{
	CLEANUP(freep) uint16_t *number = mem_array(l->n_states, sizeof(*number));
	CLEANUP(freep) uint32_t *old_end = mem_array(l->n_states, sizeof(*old_end));
	uint16_t n = 1;

	if (number == NULL || old_end == NULL)
		return err_no_memory(err);
	for (uint32_t key = 0; key < l->structure->n_states << 8; key++) {
		if (l->product[key] != 0)
			number[l->product[key]] = n++;
	}
	memcpy(old_end, l->end_count, l->n_states * sizeof(*old_end));
	for (uint32_t s = 1; s < l->n_states; s++)
		l->end_count[number[s]] = old_end[s];
	for (size_t i = 0; i < l->n_packets; i++) {
		l->visits[i].src = number[l->visits[i].src];
		l->visits[i].dst = number[l->visits[i].dst];
	}
	return 0;
}

static int fit_product(struct lesson *l, struct automaton **ret_automaton, struct err *err)
{
	CLEANUP(freep) struct word_event *events = mem_array(l->max_packets, sizeof(*events));
	struct fit fit;
	int r;

	l->product = mem_array((size_t)l->structure->n_states << 8, sizeof(*l->product));
	l->visits = mem_array(l->n_packets, sizeof(*l->visits));
	l->end_count = mem_array(AUTOMATON_LIMIT_STATES, sizeof(*l->end_count));
	if (events == NULL || l->product == NULL || l->visits == NULL || l->end_count == NULL)
		return err_no_memory(err);
	l->n_states = 1; /* the start, which no packet leads to */
	r = visit(l, events, err);
	if (r == 0)
		r = renumber(l, err);
	if (r < 0)
		return r;
	fit = (struct fit) {
		.service = l->service,
		.proto = l->proto,
		.state = l->state,
		.n_words = (uint32_t)l->n_words,
		.max_packets = l->max_packets,
		.n_states = l->n_states,
		.end_count = l->end_count,
		.visits = l->visits,
		.n_visits = l->n_packets,
	};
	return fit_automaton(&fit, ret_automaton, err);
}

static int learn(const char *service, uint8_t proto, enum conn_state state,
		 const struct automaton_word *words, size_t n_words,
		 struct automaton **ret_automaton, struct err *err)
{
	struct lesson l = { .service = service, .proto = proto, .state = state };
	int r = 0;

	l.words = mem_array(n_words, sizeof(*l.words));
	if (l.words == NULL)
		return err_no_memory(err);
	choose_words(&l, words, n_words);
	if (l.n_words == 0)
		r = err_set(err, -EINVAL, "%s: none of %zu flows ends in state %s", service,
			    n_words, conn_state_name(state));
	if (r == 0)
		r = learn_structure(&l, err);
	if (r == 0)
		r = fit_product(&l, ret_automaton, err);
	lesson_done(&l);
	return r;
}

const struct automaton_learner_ops automaton_learner_tadam = {
	.name = "tadam",
	.summary = "timed states by minimum description length, joined with connection memory",
	.learn = learn,
};
