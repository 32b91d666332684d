/* SPDX-License-Identifier: Apache-2.0 */
#include "automata/word_build.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/hash.h"
#include "base/mem.h"

enum { SLOTS_FIRST = 64 };
#define SLOT_EMPTY UINT32_MAX

struct word_builder {
	struct word_set set;
	size_t n_events, first_capacity, events_capacity, symbols_capacity;
	uint8_t *labels; /* one a word */
	size_t labels_capacity;
	uint32_t *slots; /* n_slots, a power of two: symbols by the hash of their names */
	uint32_t n_slots;
};

int word_builder_new(uint32_t n_values, struct word_builder **ret_builder, struct err *err)
{
	CLEANUP(word_builder_freep) struct word_builder *b = mem_array(1, sizeof(*b));

	if (n_values > WORD_MAX_VALUES)
		return err_set(err, -EINVAL, "%u values an event, at most %d are possible",
			       n_values, WORD_MAX_VALUES);
	if (b == NULL)
		return err_no_memory(err);
	b->set.n_values = n_values;
	b->n_slots = SLOTS_FIRST;
	b->slots = mem_array(b->n_slots, sizeof(*b->slots));
	if (b->slots == NULL ||
	    mem_grow(&b->set.first, &b->first_capacity, 1, sizeof(*b->set.first), 1) < 0)
		return err_no_memory(err);
	memset(b->slots, 0xff, b->n_slots * sizeof(*b->slots));
	b->set.first[0] = 0;
	*ret_builder = take(&b);
	return 0;
}

void word_builder_freep(struct word_builder **builder)
{
	if (*builder == NULL)
		return;
	word_set_done(&(*builder)->set);
	free((*builder)->labels);
	free((*builder)->slots);
	free(*builder);
	*builder = NULL;
}

size_t word_builder_n_words(const struct word_builder *builder)
{
	return builder->set.n_words;
}

uint32_t word_builder_n_values(const struct word_builder *builder)
{
	return builder->set.n_values;
}

void word_builder_drop(struct word_builder *builder)
{
	builder->n_events = builder->set.first[builder->set.n_words];
}

/* The slot that holds the name, or the empty one where it belongs. */
static uint32_t *slot_of(struct word_builder *b, const char *name, size_t n_name)
{
	uint32_t i = (uint32_t)hash_bytes(name, n_name, 0) & (b->n_slots - 1);

	while (b->slots[i] != SLOT_EMPTY) {
		const char *known = b->set.symbols[b->slots[i]];

		if (strlen(known) == n_name && memcmp(known, name, n_name) == 0)
			break;
		i = (i + 1) & (b->n_slots - 1);
	}
	return &b->slots[i];
}

static int slots_grow(struct word_builder *b)
{
	uint32_t *larger = mem_array((size_t)b->n_slots * 2, sizeof(*larger));

	if (larger == NULL)
		return -ENOMEM;
	free(b->slots);
	b->slots = larger;
	b->n_slots *= 2;
	memset(b->slots, 0xff, b->n_slots * sizeof(*b->slots));
	for (uint32_t s = 0; s < b->set.n_symbols; s++)
		*slot_of(b, b->set.symbols[s], strlen(b->set.symbols[s])) = s;
	return 0;
}

static int symbol_of(struct word_builder *b, const char *name, size_t n_name, uint16_t *ret_symbol,
		     struct err *err)
{
	uint32_t *slot = slot_of(b, name, n_name);
	char *copy;

	if (*slot != SLOT_EMPTY) {
		*ret_symbol = (uint16_t)*slot;
		return 0;
	}
	if (n_name == 0 || n_name > WORD_LIMIT_NAME_BYTES)
		return err_set(err, -E2BIG, "a symbol of %zu characters, 1 to %d are allowed",
			       n_name, WORD_LIMIT_NAME_BYTES);
	if (b->set.n_symbols == WORD_LIMIT_SYMBOLS)
		return err_set(err, -E2BIG, "more than %d symbols", WORD_LIMIT_SYMBOLS);
	if (mem_grow(&b->set.symbols, &b->symbols_capacity, b->set.n_symbols + 1,
		     sizeof(*b->set.symbols), WORD_LIMIT_SYMBOLS) < 0)
		return err_no_memory(err);
	copy = strndup(name, n_name);
	if (copy == NULL)
		return err_no_memory(err);
	*ret_symbol = (uint16_t)b->set.n_symbols;
	*slot = b->set.n_symbols;
	b->set.symbols[b->set.n_symbols++] = copy;
	if (b->set.n_symbols * 2 > b->n_slots && slots_grow(b) < 0)
		return err_no_memory(err);
	return 0;
}

int word_builder_event(struct word_builder *builder, const char *name, size_t n_name,
		       const int32_t *values, struct err *err)
{
	struct word_set *set = &builder->set;
	struct word_event event = { 0 };
	int r;

	if (builder->n_events - set->first[set->n_words] >= WORD_LIMIT_LENGTH)
		return err_set(err, -E2BIG, "a word of more than %d events", WORD_LIMIT_LENGTH);
	r = symbol_of(builder, name, n_name, &event.symbol, err);
	if (r < 0)
		return r;
	for (uint32_t i = 0; i < set->n_values; i++)
		event.value[i] = values[i];
	r = mem_grow(&set->events, &builder->events_capacity, builder->n_events + 1,
		     sizeof(*set->events), WORD_LIMIT_EVENTS);
	if (r == -E2BIG)
		return err_set(err, r, "more than %d events", WORD_LIMIT_EVENTS);
	if (r < 0)
		return err_no_memory(err);
	set->events[builder->n_events++] = event;
	return 0;
}

int word_builder_end(struct word_builder *builder, uint8_t label, struct err *err)
{
	struct word_set *set = &builder->set;
	int r = mem_grow(&builder->labels, &builder->labels_capacity, set->n_words + 1,
			 sizeof(*builder->labels), WORD_LIMIT_WORDS);

	if (r == 0)
		r = mem_grow(&set->first, &builder->first_capacity, set->n_words + 2,
			     sizeof(*set->first), WORD_LIMIT_WORDS + 1);
	if (r == -E2BIG)
		return err_set(err, r, "more than %d words", WORD_LIMIT_WORDS);
	if (r < 0)
		return err_no_memory(err);
	builder->labels[set->n_words++] = label;
	set->first[set->n_words] = (uint32_t)builder->n_events;
	return 0;
}

int word_builder_take(struct word_builder *builder, struct word_set *ret_set, uint8_t **ret_labels,
		      struct err *err)
{
	/* An empty set has arrays too, so that nobody need ask for NULL. */
	if (mem_grow(&builder->set.symbols, &builder->symbols_capacity, 1,
		     sizeof(*builder->set.symbols), WORD_LIMIT_SYMBOLS) < 0 ||
	    mem_grow(&builder->set.events, &builder->events_capacity, 1,
		     sizeof(*builder->set.events), WORD_LIMIT_EVENTS) < 0 ||
	    mem_grow(&builder->labels, &builder->labels_capacity, 1, sizeof(*builder->labels),
		     WORD_LIMIT_WORDS) < 0)
		return err_no_memory(err);
	*ret_set = builder->set;
	builder->set = (struct word_set) { 0 };
	if (ret_labels != NULL)
		*ret_labels = take(&builder->labels);
	return 0;
}

static int copy_symbols(const struct word_set *set, struct word_set *copy)
{
	copy->symbols = mem_array(set->n_symbols, sizeof(*copy->symbols));
	if (copy->symbols == NULL)
		return -ENOMEM;
	for (; copy->n_symbols < set->n_symbols; copy->n_symbols++) {
		copy->symbols[copy->n_symbols] = strdup(set->symbols[copy->n_symbols]);
		if (copy->symbols[copy->n_symbols] == NULL)
			return -ENOMEM;
	}
	return 0;
}

int word_set_pick(const struct word_set *set, const size_t *words, size_t n,
		  struct word_set *ret_set, struct err *err)
{
	CLEANUP(word_set_done) struct word_set picked = { .n_values = set->n_values };
	uint64_t n_events = 0;

	for (size_t i = 0; i < n; i++)
		n_events += word_at(set, words[i]).n_events;
	if (n > WORD_LIMIT_WORDS || n_events > WORD_LIMIT_EVENTS)
		return err_set(err, -E2BIG, "%zu words and %lu events: at most %d and %d", n,
			       (unsigned long)n_events, WORD_LIMIT_WORDS, WORD_LIMIT_EVENTS);
	picked.first = mem_array(n + 1, sizeof(*picked.first));
	picked.events = mem_array(n_events, sizeof(*picked.events));
	if (picked.first == NULL || picked.events == NULL || copy_symbols(set, &picked) < 0)
		return err_no_memory(err);
	for (size_t i = 0; i < n; i++) {
		struct word word = word_at(set, words[i]);

		if (word.n_events > 0)
			memcpy(picked.events + picked.first[i], word.events,
			       word.n_events * sizeof(*word.events));
		picked.first[i + 1] = picked.first[i] + word.n_events;
	}
	picked.n_words = n;
	*ret_set = picked;
	picked = (struct word_set) { 0 };
	return 0;
}

static int compare_words(const void *left, const void *right, void *context)
{
	const size_t i = *(const size_t *)left, j = *(const size_t *)right;
	const struct word_set *set = context;
	const struct word a = word_at(set, i), b = word_at(set, j);

	if (a.n_events != b.n_events)
		return a.n_events < b.n_events ? -1 : 1;
	for (uint32_t e = 0; e < a.n_events; e++) {
		if (a.events[e].symbol != b.events[e].symbol)
			return a.events[e].symbol < b.events[e].symbol ? -1 : 1;
		for (uint32_t v = 0; v < set->n_values; v++) {
			if (a.events[e].value[v] != b.events[e].value[v])
				return a.events[e].value[v] < b.events[e].value[v] ? -1 : 1;
		}
	}
	return 0;
}

int word_set_distinct(const struct word_set *set, struct word_set *ret_set, uint32_t **ret_weights,
		      struct err *err)
{
	CLEANUP(freep) size_t *order = mem_array(set->n_words, sizeof(*order));
	CLEANUP(freep) uint32_t *weights = mem_array(set->n_words, sizeof(*weights));
	size_t n = 0;
	int r;

	if (order == NULL || weights == NULL)
		return err_no_memory(err);
	for (size_t w = 0; w < set->n_words; w++)
		order[w] = w;
	/* Words that compare as equal are equal: ties do no harm. */
	qsort_r(order, set->n_words, sizeof(*order), compare_words, (void *)(uintptr_t)set);
	for (size_t i = 0; i < set->n_words; i++) {
		if (n == 0 || compare_words(&order[n - 1], &order[i], (void *)(uintptr_t)set) != 0)
			order[n++] = order[i];
		weights[n - 1]++;
	}
	r = word_set_pick(set, order, n, ret_set, err);
	if (r == 0)
		*ret_weights = take(&weights);
	return r;
}
