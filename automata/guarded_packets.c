/* SPDX-License-Identifier: Apache-2.0 */
/*
 * TAG and RTI+ as learners of packet automata. Words are packets' symbols with the gap on a log
 * scale; what is learned from them is joined with the last packet's kind and the connection's
 * memory (packet_product.h). Edges
 * keep the distributions of gaps and sizes that were seen.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "automata/automaton_check.h"
#include "automata/packet_product.h"
#include "automata/registry.h"
#include "automata/rti.h"
#include "automata/tag.h"
#include "base/detmath.h"
#include "base/mem.h"

enum {
	SYMBOLS = 1 << 11,
	NO_SYMBOL = UINT16_MAX,
	/* The structure is learned from every n-th flow, so that there are about so many packets at
	 * most, and from the first of long ones. All flows count on the edges. */
	LEARN_PACKETS = 3000,
	LONGEST = 192,
};

struct lesson {
	const char *service;
	uint8_t proto;
	enum conn_state state;
	const struct automaton_word **words; /* that fit, in an order of their own */
	size_t n_words;
	struct word_set set;
	uint16_t id[SYMBOLS]; /* of a symbol in the set */
	struct guarded *structure;
};

static void lesson_done(struct lesson *l)
{
	free(l->words);
	free(l->set.first);
	free(l->set.events);
	guarded_freep(&l->structure);
}

static struct word_event event_of(const struct lesson *l, const struct automaton_word *word,
				  size_t i)
{
	const int64_t gap_ns = i == 0 || word->steps[i].gap_ns < 0 ? 0 : word->steps[i].gap_ns;
	const int64_t gap_us = gap_ns / 1000;

	return (struct word_event) {
		.symbol = l->id[automaton_symbol_of(l->proto, &word->steps[i])],
		.value = { (int32_t)(det_log2((double)gap_us + 1) + 0.5), 0 },
	};
}

/* By length, then by all that counts here: the learners must not see the order of the flows. */
static int compare_words(const void *left, const void *right, void *context)
{
	const struct automaton_word *a = *(const struct automaton_word *const *)left;
	const struct automaton_word *b = *(const struct automaton_word *const *)right;
	const struct lesson *l = context;

	if (a->n_steps != b->n_steps)
		return a->n_steps < b->n_steps ? -1 : 1;
	for (size_t i = 0; i < a->n_steps; i++) {
		const struct word_event x = event_of(l, a, i), y = event_of(l, b, i);

		if (x.symbol != y.symbol)
			return x.symbol < y.symbol ? -1 : 1;
		if (x.value[0] != y.value[0])
			return x.value[0] < y.value[0] ? -1 : 1;
	}
	return 0;
}

static int choose_words(struct lesson *l, const struct automaton_word *words, size_t n_words,
			struct err *err)
{
	bool seen[SYMBOLS] = { false };

	l->words = mem_array(n_words, sizeof(*l->words));
	if (l->words == NULL)
		return err_no_memory(err);
	for (size_t w = 0; w < n_words; w++) {
		if (!automaton_word_fits(&words[w], l->proto, l->state))
			continue;
		l->words[l->n_words++] = &words[w];
		for (size_t i = 0; i < words[w].n_steps; i++)
			seen[automaton_symbol_of(l->proto, &words[w].steps[i])] = true;
	}
	if (l->n_words == 0)
		return err_set(err, -EINVAL, "%s: none of %zu flows ends in state %s", l->service,
			       n_words, conn_state_name(l->state));
	for (uint32_t s = 0; s < SYMBOLS; s++)
		l->id[s] = seen[s] ? (uint16_t)l->set.n_symbols++ : NO_SYMBOL;
	qsort_r(l->words, l->n_words, sizeof(*l->words), compare_words, l);
	return 0;
}

/* The words that the structure is learned from. */
static int make_set(struct lesson *l, struct err *err)
{
	size_t total = 0, n = 0, stride;

	for (size_t w = 0; w < l->n_words; w++)
		total += l->words[w]->n_steps < LONGEST ? l->words[w]->n_steps : LONGEST;
	stride = 1 + total / (LEARN_PACKETS + 1);
	l->set.n_values = 1;
	l->set.first = mem_array(l->n_words + 1, sizeof(*l->set.first));
	l->set.events =
		mem_array(LEARN_PACKETS + total / stride + LONGEST + 1, sizeof(*l->set.events));
	if (l->set.first == NULL || l->set.events == NULL)
		return err_no_memory(err);
	for (size_t w = 0; w < l->n_words; w += stride) {
		for (size_t i = 0; i < l->words[w]->n_steps && i < LONGEST; i++)
			l->set.events[n++] = event_of(l, l->words[w], i);
		l->set.first[++l->set.n_words] = (uint32_t)n;
	}
	return 0;
}

/* A packet that the structure does not know there is read without leaving the state. */
static int trace(void *context, const struct automaton_word *word, uint32_t *ret_states,
		 struct err *err)
{
	const struct lesson *l = context;
	uint32_t at = 0;

	(void)err;
	for (size_t i = 0; i < word->n_steps; i++) {
		const struct word_event event = event_of(l, word, i);
		const struct guarded_edge *edge = guarded_edge_for(l->structure, at, &event);

		if (edge != NULL)
			at = edge->dst;
		ret_states[i] = at;
	}
	return 0;
}

static int learn(struct lesson *l, const struct automaton_word *words, size_t n_words, bool tag,
		 const atomic_bool *stop, struct automaton **ret_automaton, struct err *err)
{
	struct packet_structure structure = { .trace = trace, .context = l, .stop = stop };
	int r = choose_words(l, words, n_words, err);

	if (r == 0)
		r = make_set(l, err);
	if (r == 0)
		r = tag ? tag_learn(&l->set, TAG_DEFAULT_K, &l->structure, err)
			: rti_learn(&l->set, &RTI_DEFAULT_OPTIONS, &l->structure, err);
	if (r < 0)
		return r;
	return packet_product(l->service, l->proto, l->state, l->words, l->n_words, &structure,
			      ret_automaton, err);
}

static int learn_tag(const char *service, uint8_t proto, enum conn_state state,
		     const struct automaton_word *words, size_t n_words, const atomic_bool *stop,
		     struct automaton **ret_automaton, struct err *err)
{
	CLEANUP(lesson_done) struct lesson l = { service, proto, state, .n_words = 0 };

	return learn(&l, words, n_words, true, stop, ret_automaton, err);
}

static int learn_rti(const char *service, uint8_t proto, enum conn_state state,
		     const struct automaton_word *words, size_t n_words, const atomic_bool *stop,
		     struct automaton **ret_automaton, struct err *err)
{
	CLEANUP(lesson_done) struct lesson l = { service, proto, state, .n_words = 0 };

	return learn(&l, words, n_words, false, stop, ret_automaton, err);
}

const struct automaton_learner_ops automaton_learner_tag = {
	.name = "tag",
	.summary = "states with equal futures, joined with connection memory (TAG)",
	.learn = learn_tag,
};

const struct automaton_learner_ops automaton_learner_rti = {
	.name = "rti",
	.summary = "states by likelihood-ratio tests, joined with connection memory (RTI+)",
	.learn = learn_rti,
};
