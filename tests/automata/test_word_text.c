/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "automata/word_text.h"
#include "base/mem.h"

static struct word_builder *builder(uint32_t n_values)
{
	struct word_builder *b = NULL;
	struct err err = { "" };

	if (word_builder_new(n_values, &b, &err) < 0)
		fail_msg("%s", err.text);
	return b;
}

static struct word_set words_of(const char *text)
{
	struct word_builder *b = builder(word_text_n_values(text));
	struct word_set set = { 0 };
	struct err err = { "" };

	if (word_text_read("text", text, 0, b, &err) < 0 ||
	    word_builder_take(b, &set, NULL, &err) < 0)
		fail_msg("%s", err.text);
	word_builder_freep(&b);
	return set;
}

/* The sentence that refuses the text. */
static void assert_refused(const char *text, uint32_t n_values, const char *sentence)
{
	struct word_builder *b = builder(n_values);
	struct err err = { "" };

	assert_true(word_text_read("text", text, 0, b, &err) < 0);
	assert_string_equal(err.text, sentence);
	word_builder_freep(&b);
}

static void assert_event(struct word word, size_t i, const struct word_set *set, const char *symbol,
			 int32_t first, int32_t second)
{
	assert_true(i < word.n_events);
	assert_string_equal(set->symbols[word.events[i].symbol], symbol);
	assert_int_equal(word.events[i].value[0], first);
	assert_int_equal(word.events[i].value[1], second);
}

static void test_tokens(void **state)
{
	struct word_set set = words_of("a:43 s:12\n\n  s:7\ta:0 $:0\r\nb:999999999 $\n$\n");

	(void)state;
	assert_int_equal(set.n_values, 1);
	assert_int_equal(set.n_words, 4);
	assert_int_equal(set.n_symbols, 3);
	assert_string_equal(set.symbols[0], "a");
	assert_event(word_at(&set, 0), 0, &set, "a", 43, 0);
	assert_event(word_at(&set, 0), 1, &set, "s", 12, 0);
	assert_int_equal(word_at(&set, 1).n_events, 2);
	assert_event(word_at(&set, 1), 1, &set, "a", 0, 0);
	assert_event(word_at(&set, 2), 0, &set, "b", 999999999, 0);
	assert_int_equal(word_at(&set, 3).n_events, 0);
	word_set_done(&set);
}

static void test_event_ids_and_pairs(void **state)
{
	struct word_set ids = words_of("5 5 22 \n22 5"), pairs = words_of("x:1:2 y:3:4");

	(void)state;
	assert_int_equal(ids.n_values, 0);
	assert_int_equal(ids.n_words, 2);
	assert_int_equal(ids.n_symbols, 2);
	assert_event(word_at(&ids, 1), 0, &ids, "22", 0, 0);
	assert_int_equal(pairs.n_values, 2);
	assert_event(word_at(&pairs, 0), 1, &pairs, "y", 3, 4);
	word_set_done(&ids);
	word_set_done(&pairs);
}

static void test_refusals(void **state)
{
	char longest[WORD_LIMIT_NAME_BYTES + 2];

	(void)state;
	assert_refused("a:1\nb:\n", 1, "text:2: '' is not a value of 1 to 9 digits");
	assert_refused("a:1 b\n", 1, "text:1: 'b' has 0 values, the others have 1");
	assert_refused("a:1:2\n", 1, "text:1: 'a:1:2' has more than 1 values");
	assert_refused("a:-1\n", 1, "text:1: '-1' is not a value of 1 to 9 digits");
	assert_refused("a:1x\n", 1, "text:1: 'a:1x': symbol:value expected");
	assert_refused("a:1234567890\n", 1, "text:1: '1234567890' is not a value of 1 to 9 digits");
	assert_refused("\n\n$ a:1\n", 1, "text:3: an event after the end '$'");
	assert_refused(":1\n", 1, "text:1: a symbol of 0 characters, 1 to 64 are allowed");
	memset(longest, 'x', sizeof(longest) - 1);
	longest[sizeof(longest) - 1] = '\0';
	assert_refused(longest, 0, "text:1: a symbol of 65 characters, 1 to 64 are allowed");
}

/* What was read before a refusal stays; what was read of the refused word does not. */
static void test_after_a_refusal(void **state)
{
	struct word_builder *b = builder(0);
	struct word_set set = { 0 };
	struct err err = { "" };

	(void)state;
	assert_true(word_text_read("text", "a b\nc d:1\n", 0, b, &err) < 0);
	assert_int_equal(word_text_read("text", "e\n", 0, b, &err), 0);
	assert_int_equal(word_builder_take(b, &set, NULL, &err), 0);
	assert_int_equal(set.n_words, 2);
	assert_int_equal(word_at(&set, 1).n_events, 1);
	assert_event(word_at(&set, 1), 0, &set, "e", 0, 0);
	word_set_done(&set);
	word_builder_freep(&b);
}

/* Many symbols: the table of names grows, numbers stay in order of first occurrence. */
static void test_many_symbols(void **state)
{
	struct word_builder *b = builder(0);
	struct word_set set = { 0 };
	struct err err = { "" };
	char name[16];

	(void)state;
	for (int pass = 0; pass < 2; pass++) {
		for (uint32_t i = 0; i < 5000; i++) {
			size_t n = (size_t)snprintf(name, sizeof(name), "s%u", i * 7);

			assert_int_equal(word_builder_event(b, name, n, NULL, &err), 0);
		}
		assert_int_equal(word_builder_end(b, 0, &err), 0);
	}
	assert_int_equal(word_builder_take(b, &set, NULL, &err), 0);
	assert_int_equal(set.n_symbols, 5000);
	for (uint32_t i = 0; i < 5000; i++)
		assert_int_equal(word_at(&set, 1).events[i].symbol, i);
	word_set_done(&set);
	word_builder_freep(&b);
}

static const char traces[] = "BlockId,Label,Type,Features,TimeInterval,Latency\n"
			     "blk_-1,Success,,\"[E5,E22,E5]\",\"[0.0, 1.0, 12.9]\",13\r\n"
			     "blk_2,Fail,21,\"['E22', E5]\",[7],7\n"
			     "\n"
			     "blk_3,Fail,3,[],[],0\n";

static void test_traces(void **state)
{
	struct word_builder *b = builder(1);
	CLEANUP(freep) uint8_t *labels = NULL;
	struct word_set set = { 0 };
	struct err err = { "" };

	(void)state;
	if (word_traces_read("traces", traces, b, &err) < 0)
		fail_msg("%s", err.text);
	assert_int_equal(word_builder_take(b, &set, &labels, &err), 0);
	assert_int_equal(set.n_words, 3);
	assert_memory_equal(labels, "\0\1\1", 3);
	assert_event(word_at(&set, 0), 0, &set, "E5", 0, 0);
	assert_event(word_at(&set, 0), 1, &set, "E22", 1, 0);
	assert_event(word_at(&set, 0), 2, &set, "E5", 12, 0);
	/* One interval fewer than events: the first event has none before it. */
	assert_event(word_at(&set, 1), 0, &set, "E22", 0, 0);
	assert_event(word_at(&set, 1), 1, &set, "E5", 7, 0);
	assert_int_equal(word_at(&set, 2).n_events, 0);
	word_set_done(&set);
	word_builder_freep(&b);
}

static void assert_trace_refused(const char *row, const char *sentence)
{
	struct word_builder *b = builder(1);
	struct err err = { "" };
	char text[512];

	snprintf(text, sizeof(text), "BlockId,Label,Type,Features,TimeInterval,Latency\n%s\n", row);
	assert_true(word_traces_read("t", text, b, &err) < 0);
	assert_string_equal(err.text, sentence);
	assert_int_equal(word_builder_n_words(b), 0);
	word_builder_freep(&b);
}

static void test_traces_refused(void **state)
{
	struct word_builder *b = builder(1), *untimed = builder(0);
	struct err err = { "" };

	(void)state;
	assert_trace_refused("blk_1,Success,1,\"[E1]\"", "t:2: 4 columns, not 6");
	assert_trace_refused("blk_1,Good,1,\"[E1]\",\"[0]\",1",
			     "t:2: Label: Success or Fail expected, not 'Good'");
	assert_trace_refused("b,Fail,1,\"[E1,E2,E3]\",\"[0]\",1",
			     "t:2: 1 intervals for 3 events: as many, or one fewer, expected");
	assert_trace_refused("b,Fail,1,\"[E1,E2]\",\"[0.0,-1.0]\",1",
			     "t:2: TimeInterval: '-1.0' is not a number of seconds");
	assert_trace_refused("b,Fail,1,\"[E1]\",\"[1e3]\",1",
			     "t:2: TimeInterval: '1e3' is not a number of seconds");
	assert_trace_refused("b,Fail,1,\"[E1]\"x,\"[0]\",1", "t:2: 4 columns, not 6");
	assert_true(word_traces_read("t", "BlockId,Label\n", b, &err) < 0);
	assert_true(word_traces_read("t", traces, untimed, &err) < 0);
	word_builder_freep(&b);
	word_builder_freep(&untimed);
}

static void test_pick(void **state)
{
	struct word_set set = words_of("a:1\nb:2 a:3\nc:4\n"), picked = { 0 };
	const size_t which[] = { 2, 1, 1 };
	struct err err = { "" };

	(void)state;
	assert_int_equal(word_set_pick(&set, which, 3, &picked, &err), 0);
	word_set_done(&set);
	assert_int_equal(picked.n_words, 3);
	assert_int_equal(picked.n_symbols, 3);
	assert_event(word_at(&picked, 0), 0, &picked, "c", 4, 0);
	assert_event(word_at(&picked, 2), 1, &picked, "a", 3, 0);
	word_set_done(&picked);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_tokens),	       cmocka_unit_test(test_event_ids_and_pairs),
		cmocka_unit_test(test_refusals),       cmocka_unit_test(test_after_a_refusal),
		cmocka_unit_test(test_many_symbols),   cmocka_unit_test(test_traces),
		cmocka_unit_test(test_traces_refused), cmocka_unit_test(test_pick),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
