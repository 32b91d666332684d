/* SPDX-License-Identifier: Apache-2.0 */
/* What the tests of the learners share: words from a text, and checks of what was learned. */
#ifndef SOSIE_TESTS_AUTOMATA_LEARN_WORDS_H
#define SOSIE_TESTS_AUTOMATA_LEARN_WORDS_H

#include "tests/unit.h"

#include "automata/guarded.h"
#include "automata/word_text.h"

static inline struct word_set words_of(const char *text)
{
	struct word_builder *b = NULL;
	struct word_set set = { 0 };
	struct err err = { "" };

	if (word_builder_new(word_text_n_values(text), &b, &err) < 0 ||
	    word_text_read("text", text, 0, b, &err) < 0 ||
	    word_builder_take(b, &set, NULL, &err) < 0)
		fail_msg("%s", err.text);
	word_builder_freep(&b);
	return set;
}

/* Every event went somewhere, every word ended. */
static inline void assert_counts(const struct guarded *g, const struct word_set *words)
{
	uint64_t n_visits = 0, n_ends = 0;

	for (uint32_t e = 0; e < g->n_edges; e++) {
		assert_true(g->edges[e].count > 0);
		assert_true(g->edges[e].low <= g->edges[e].high);
		n_visits += g->edges[e].count;
	}
	for (uint32_t s = 0; s < g->n_states; s++)
		n_ends += g->end_count[s];
	assert_int_equal(n_visits, words->first[words->n_words]);
	assert_int_equal(n_ends, words->n_words);
}

#endif
