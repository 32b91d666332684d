/* SPDX-License-Identifier: Apache-2.0 */
#include "automata/packet_product.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "automata/fit.h"
#include "base/mem.h"

struct product {
	struct fit fit;
	uint64_t *keys;	  /* of the state after each packet, in the order of visits */
	uint64_t *joined; /* the keys that occur, ascending: state s is joined[s - 1] */
	uint64_t *bases;  /* likewise, without the structure */
	size_t n_joined, n_bases;
	uint32_t *states; /* of the flow at hand */
	uint32_t *end_count;
};

static void product_done(struct product *p)
{
	free(p->keys);
	free(p->joined);
	free(p->bases);
	free(p->states);
	free(p->end_count);
	free(p->fit.visits);
}

enum { STRUCTURE_SHIFT = 24 }; /* of a key: below are symbol and memory */
#define BASE_MASK ((UINT64_C(1) << STRUCTURE_SHIFT) - 1)

static int compare_key(const void *left, const void *right)
{
	const uint64_t *a = left, *b = right;

	return (*a > *b) - (*a < *b);
}

/* Every packet is a visit, and a key: what it was, what the structure and the connection's memory
 * make of all packets so far. */
static int read_word(struct product *p, const struct automaton_word *word,
		     const struct packet_structure *structure, struct err *err)
{
	struct conn_track track = { 0 };
	int r = structure->stop != NULL && atomic_load(structure->stop)
			? -EINTR
			: structure->trace(structure->context, word, p->states, err);

	for (size_t i = 0; i < word->n_steps && r == 0; i++) {
		const struct automaton_step *step = &word->steps[i];
		struct fit_visit *v = &p->fit.visits[p->fit.n_visits];

		conn_track_step(&track, p->fit.proto, step->direction == STEP_BACKWARD,
				step->flags);
		v->symbol = automaton_symbol_of(p->fit.proto, step);
		v->gap_ns = i == 0 || step->gap_ns < 0 ? 0 : step->gap_ns;
		v->payload_bytes = step->payload_bytes;
		p->keys[p->fit.n_visits++] = (uint64_t)p->states[i] << STRUCTURE_SHIFT |
					     (uint64_t)v->symbol << 8 | track.bits;
	}
	return r;
}

/* Sorts n keys and drops those that repeat; returns how many are left. */
static size_t sort_unique(uint64_t *keys, size_t n)
{
	size_t n_left = 0;

	qsort(keys, n, sizeof(*keys), compare_key);
	for (size_t i = 0; i < n; i++) {
		if (n_left == 0 || keys[n_left - 1] != keys[i])
			keys[n_left++] = keys[i];
	}
	return n_left;
}

/* The keys that occur. Numbers go by key, so that they do not depend on the order of the flows. */
static void join(struct product *p)
{
	memcpy(p->joined, p->keys, p->fit.n_visits * sizeof(*p->keys));
	p->n_joined = sort_unique(p->joined, p->fit.n_visits);
	for (size_t i = 0; i < p->n_joined; i++)
		p->bases[i] = p->joined[i] & BASE_MASK;
	p->n_bases = sort_unique(p->bases, p->n_joined);
}

/* Structures too large for the format: what is left without them always fits. */
static void forget_structure(struct product *p)
{
	for (size_t i = 0; i < p->fit.n_visits; i++)
		p->keys[i] &= BASE_MASK;
	join(p);
}

/* Where a key stands among n, from 1 on. */
static uint32_t place_of(const uint64_t *keys, size_t n, uint64_t key)
{
	const uint64_t *found = bsearch(&key, keys, n, sizeof(key), compare_key);

	return (uint32_t)(found - keys) + 1;
}

/* The start is 0. */
static void number_visits(struct product *p, const struct automaton_word *const *words,
			  size_t n_words)
{
	struct fit_visit *v = p->fit.visits;
	const uint64_t *key = p->keys;

	for (size_t w = 0; w < n_words; w++) {
		uint32_t at = 0, base = 0;

		for (size_t i = 0; i < words[w]->n_steps; i++, v++, key++) {
			const uint32_t next_base = place_of(p->bases, p->n_bases, *key & BASE_MASK);

			v->src = (uint16_t)at;
			at = place_of(p->joined, p->n_joined, *key);
			v->dst = (uint16_t)at;
			v->gap_pool = base * (uint32_t)(p->n_bases + 1) + next_base;
			base = next_base;
		}
		p->end_count[at]++;
	}
}

static int product_open(struct product *p, const struct automaton_word *const *words,
			size_t n_words, struct err *err)
{
	size_t n_packets = 0;

	for (size_t w = 0; w < n_words; w++) {
		n_packets += words[w]->n_steps;
		if (words[w]->n_steps > p->fit.max_packets)
			p->fit.max_packets = (uint32_t)words[w]->n_steps;
	}
	p->keys = mem_array(n_packets, sizeof(*p->keys));
	p->joined = mem_array(n_packets, sizeof(*p->joined));
	p->bases = mem_array(n_packets, sizeof(*p->bases));
	p->states = mem_array(p->fit.max_packets, sizeof(*p->states));
	p->end_count = mem_array(AUTOMATON_LIMIT_STATES, sizeof(*p->end_count));
	p->fit.visits = mem_array(n_packets, sizeof(*p->fit.visits));
	if (p->keys == NULL || p->joined == NULL || p->bases == NULL || p->states == NULL ||
	    p->end_count == NULL || p->fit.visits == NULL)
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
	int r = product_open(&p, words, n_words, err);

	for (size_t w = 0; w < n_words && r == 0; w++)
		r = read_word(&p, words[w], structure, err);
	if (r < 0)
		return r;
	join(&p);
	if (p.n_joined >= AUTOMATON_LIMIT_STATES)
		forget_structure(&p);
	if (p.n_joined >= AUTOMATON_LIMIT_STATES)
		return err_set(err, -E2BIG, "%s: more than %d states", service,
			       AUTOMATON_LIMIT_STATES);
	p.fit.n_states = (uint32_t)p.n_joined + 1;
	number_visits(&p, words, n_words);
	return fit_automaton(&p.fit, ret_automaton, err);
}
