/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Timed words: what the learners of timed automata learn from, whatever the symbols are (packets,
 * log events). An event is a symbol and up to two integers (a delay, a length); every word ends,
 * which is not written.
 */
#ifndef SOSIE_AUTOMATA_WORD_H
#define SOSIE_AUTOMATA_WORD_H

#include "base/err.h"
#include <stddef.h>
#include <stdint.h>

enum { WORD_MAX_VALUES = 2, WORD_LIMIT_SYMBOLS = 65535 };

struct word_event {
	uint16_t symbol; /* below n_symbols of the set */
	int32_t value[WORD_MAX_VALUES];
};

struct word {
	const struct word_event *events;
	uint32_t n_events; /* 0: the empty word */
};

struct word_set {
	uint32_t n_symbols;
	char **symbols;	   /* their names, n_symbols of them */
	uint32_t n_values; /* of an event: 0 (untimed), 1 or 2 */
	size_t n_words;
	uint32_t *first; /* n_words + 1: word w is events[first[w]] .. */
	struct word_event *events;
};

void word_set_done(struct word_set *set);

static inline struct word word_at(const struct word_set *set, size_t w)
{
	return (struct word) { set->events + set->first[w], set->first[w + 1] - set->first[w] };
}

#endif
