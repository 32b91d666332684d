/* SPDX-License-Identifier: Apache-2.0 */
/*
 * TADAM as a learner of packet automata. Words are symbols (direction, flags, payload or none) with
 * one value, the payload length on a log scale. What it finds is a structure of states: flows are
 * then traced through it, and each state is joined with the last packet's kind and the connection's
 * memory (packet_product.h). Edges keep the distributions of gaps and sizes that were seen, not the
 * guards.
 *
 * Gaps are no value of the words. With them states tell pauses from bursts, which a walk that draws
 * its path before the duration has a say cannot use (packet_product.h): it took five times as long
 * to learn the same.
 *
 * Noise (packets seen twice, swapped, or foreign to the structure) is read where it happens without
 * leaving the state, so that whole flows are learned. Omissions are not looked for: a capture that
 * lacks packets ends in another state, and such flows are left out already.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "automata/automaton_check.h"
#include "automata/packet_product.h"
#include "automata/registry.h"
#include "automata/tadam.h"
#include "base/detmath.h"
#include "base/mem.h"

enum {
	SYMBOLS = 1 << 11,
	SCALE = 1, /* steps of lengths to a factor of two */
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
	size_t n_words;
	uint32_t max_packets;
	struct word_set set;
	uint16_t id[SYMBOLS]; /* of a symbol in the set, + 1 */
	struct timed_automaton *structure;
	struct tadam_scorer *scorer;
	struct word_event *events; /* of the flow at hand */
	const atomic_bool *stop;
};

static void lesson_done(struct lesson *l)
{
	free(l->words);
	free(l->set.first);
	free(l->set.events);
	tadam_scorer_freep(&l->scorer);
	timed_automaton_freep(&l->structure);
	free(l->events);
}

static int32_t log_scale(int64_t x)
{
	return x <= 0 ? 0 : (int32_t)(SCALE * det_log2((double)x + 1) + 0.5);
}

static struct word_event event_of(struct lesson *l, const struct automaton_word *word, size_t i)
{
	const automaton_symbol symbol = automaton_symbol_of(l->proto, &word->steps[i]);

	return (struct word_event) {
		.symbol = (uint16_t)(l->id[symbol] - 1),
		.value = { log_scale(word->steps[i].payload_bytes), 0 },
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
	l->set.n_values = 1;
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
		.hasty = true,
		.max_rounds = MOST_ROUNDS,
		.stop = l->stop,
		.noise = TADAM_REEMISSION | TADAM_TRANSPOSITION | TADAM_ADDITION,
	};
	int r = make_set(l, err);

	if (r == 0)
		r = tadam_learn(&l->set, &options, &l->structure, err);
	return r == 0 ? tadam_scorer_new(l->structure, &l->scorer, err) : r;
}

/* The states that a flow's packets lead to. */
static int trace(void *context, const struct automaton_word *word, uint32_t *ret_states,
		 struct err *err)
{
	struct lesson *l = context;
	const struct word view = { l->events, (uint32_t)word->n_steps };
	const uint32_t *states;
	int r;

	for (size_t i = 0; i < word->n_steps; i++)
		l->events[i] = event_of(l, word, i);
	r = tadam_trace(l->scorer, &view, &states, err);
	if (r == 0)
		memcpy(ret_states, states, word->n_steps * sizeof(*states));
	return r;
}

static int make_product(struct lesson *l, struct automaton **ret_automaton, struct err *err)
{
	const struct packet_structure structure = { .trace = trace, .context = l, .stop = l->stop };

	l->events = mem_array(l->max_packets, sizeof(*l->events));
	if (l->events == NULL)
		return err_no_memory(err);
	return packet_product(l->service, l->proto, l->state, l->words, l->n_words, &structure,
			      ret_automaton, err);
}

static int learn(const char *service, uint8_t proto, enum conn_state state,
		 const struct automaton_word *words, size_t n_words, const atomic_bool *stop,
		 struct automaton **ret_automaton, struct err *err)
{
	struct lesson l = { .service = service, .proto = proto, .state = state, .stop = stop };
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
		r = make_product(&l, ret_automaton, err);
	lesson_done(&l);
	return r;
}

const struct automaton_learner_ops automaton_learner_tadam = {
	.name = "tadam",
	.summary = "timed states by minimum description length, joined with connection memory",
	.learn = learn,
};
