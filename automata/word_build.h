/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Making sets of timed words: event by event with symbols by name, so that several texts can share
 * one alphabet, and by picking words from a set. Symbols are numbered as they first occur.
 */
#ifndef SOSIE_AUTOMATA_WORD_BUILD_H
#define SOSIE_AUTOMATA_WORD_BUILD_H

#include "automata/word.h"

enum {
	WORD_LIMIT_NAME_BYTES = 64,  /* of a symbol */
	WORD_LIMIT_EVENTS = 1 << 28, /* of a set */
	WORD_LIMIT_WORDS = 1 << 26,  /* of a set */
	WORD_LIMIT_LENGTH = 1 << 20, /* events of one word */
};

struct word_builder;

/* n_values: of every event, 0 to WORD_MAX_VALUES. */
int word_builder_new(uint32_t n_values, struct word_builder **ret_builder, struct err *err);
void word_builder_freep(struct word_builder **builder);

/*
 * Adds an event to the word at hand: its symbol is name (n_name bytes), its values are values[0]
 * .. values[n_values - 1]; NULL when there are none. Returns 0, -E2BIG beyond a limit above or
 * WORD_LIMIT_SYMBOLS, -ENOMEM.
 */
int word_builder_event(struct word_builder *builder, const char *name, size_t n_name,
		       const int32_t *values, struct err *err);
/* Ends the word at hand, which may be empty; label is the caller's, see word_builder_take. */
int word_builder_end(struct word_builder *builder, uint8_t label, struct err *err);

/* Forgets the events of the word at hand. */
void word_builder_drop(struct word_builder *builder);

size_t word_builder_n_words(const struct word_builder *builder);
uint32_t word_builder_n_values(const struct word_builder *builder);

/*
 * Moves what was built to *ret_set and, unless ret_labels is NULL, one label a word (the caller
 * frees) to *ret_labels; the builder is empty then and can only be freed. Events after the last end
 * are dropped.
 */
int word_builder_take(struct word_builder *builder, struct word_set *ret_set, uint8_t **ret_labels,
		      struct err *err);

/* A set of its own with the n words named, in that order, over all symbols of set. */
int word_set_pick(const struct word_set *set, const size_t *words, size_t n,
		  struct word_set *ret_set, struct err *err);

/* Each word once, in the order of length, then symbols, then values; *ret_weights, which the caller
 * frees, says how often it was there. */
int word_set_distinct(const struct word_set *set, struct word_set *ret_set, uint32_t **ret_weights,
		      struct err *err);

#endif
