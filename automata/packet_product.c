/* SPDX-License-Identifier: Apache-2.0 */
#include "automata/packet_product.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "automata/fit.h"
#include "base/mem.h"

struct product {
	struct fit fit;
	uint16_t *number;    /* n_states << 8: of a (state, memory), 0 while unused */
	uint32_t *states;    /* after each packet of all flows */
	uint32_t *end_count; /* AUTOMATON_LIMIT_STATES */
};

static void product_done(struct product *p)
{
	free(p->number);
	free(p->states);
	free(p->end_count);
	free(p->fit.visits);
}

static uint32_t key_of(uint32_t state, const struct conn_track *track)
{
	return state << 8 | track->bits;
}

static void track_step(struct conn_track *track, uint8_t proto, const struct automaton_step *step)
{
	conn_track_step(track, proto, step->direction == STEP_BACKWARD, step->flags);
}

/* First pass: which pairs occur. */
static int mark(struct product *p, const struct automaton_word *word,
		const struct packet_structure *structure, uint32_t *states, struct err *err)
{
	struct conn_track track = { 0 };
	int r = structure->stop != NULL && atomic_load(structure->stop)
			? -EINTR
			: structure->trace(structure->context, word, states, err);

	for (size_t i = 0; i < word->n_steps && r == 0; i++) {
		track_step(&track, p->fit.proto, &word->steps[i]);
		p->number[key_of(states[i], &track)] = 1;
	}
	return r;
}

/* Numbers go by key, so that they do not depend on the order of the flows. The start is 0. */
static int number_pairs(struct product *p, uint32_t n_keys, struct err *err)
{
	p->fit.n_states = 1;
	for (uint32_t key = 0; key < n_keys; key++) {
		if (p->number[key] == 0)
			continue;
		if (p->fit.n_states == AUTOMATON_LIMIT_STATES)
			return err_set(err, -E2BIG, "%s: more than %d states", p->fit.service,
				       AUTOMATON_LIMIT_STATES);
		p->number[key] = (uint16_t)p->fit.n_states++;
	}
	return 0;
}

/* Second pass, in the same order: every packet is a visit of an edge. */
static void visit(struct product *p, const struct automaton_word *word)
{
	const uint32_t *states = p->states + p->fit.n_visits;
	struct conn_track track = { 0 };
	uint16_t at = 0;

	for (size_t i = 0; i < word->n_steps; i++) {
		const struct automaton_step *step = &word->steps[i];
		struct fit_visit *v = &p->fit.visits[p->fit.n_visits++];

		track_step(&track, p->fit.proto, step);
		v->symbol = automaton_symbol_of(p->fit.proto, step);
		v->gap_ns = i == 0 || step->gap_ns < 0 ? 0 : step->gap_ns;
		v->payload_bytes = step->payload_bytes;
		v->src = at;
		at = p->number[key_of(states[i], &track)];
		v->dst = at;
	}
	p->end_count[at]++;
}

static int product_open(struct product *p, const struct automaton_word *const *words,
			size_t n_words, uint32_t n_states, struct err *err)
{
	size_t n_packets = 0;

	for (size_t w = 0; w < n_words; w++) {
		n_packets += words[w]->n_steps;
		if (words[w]->n_steps > p->fit.max_packets)
			p->fit.max_packets = (uint32_t)words[w]->n_steps;
	}
	p->number = mem_array((size_t)n_states << 8, sizeof(*p->number));
	p->states = mem_array(n_packets, sizeof(*p->states));
	p->end_count = mem_array(AUTOMATON_LIMIT_STATES, sizeof(*p->end_count));
	p->fit.visits = mem_array(n_packets, sizeof(*p->fit.visits));
	if (p->number == NULL || p->states == NULL || p->end_count == NULL || p->fit.visits == NULL)
		return err_no_memory(err);
	p->fit.end_count = p->end_count;
	return 0;
}

int packet_product(const char *service, uint8_t proto, enum conn_state state,
		   const struct automaton_word *const *words, size_t n_words,
		   const struct packet_structure *structure, struct automaton **ret_automaton,
		   struct err *err)
{
	CLEANUP(product_done)
	struct product p = { .fit = { .service = service,
				      .proto = proto,
				      .state = state,
				      .n_words = (uint32_t)n_words } };
	size_t n_traced = 0; /* packets */
	int r = 0;

	if (structure->n_states > UINT16_MAX + 1)
		return err_set(err, -E2BIG, "%s: a structure of %u states", service,
			       structure->n_states);
	r = product_open(&p, words, n_words, structure->n_states, err);
	for (size_t w = 0; w < n_words && r == 0; w++) {
		r = mark(&p, words[w], structure, p.states + n_traced, err);
		n_traced += words[w]->n_steps;
	}
	if (r == 0)
		r = number_pairs(&p, structure->n_states << 8, err);
	for (size_t w = 0; w < n_words && r == 0; w++)
		visit(&p, words[w]);
	return r < 0 ? r : fit_automaton(&p.fit, ret_automaton, err);
}
