/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/automata/toy.h"

#include "automata/classify.h"

enum { PROTO_TCP = 6 };

/* All services have one automaton: one packet each way. Only payloads tell them apart. */
static void add(struct automaton_bank *bank, const char *service, const char *payload,
		uint32_t n_words)
{
	struct automaton *a =
		toy_named(service, 3, 9, "2, 100", "[0,1,2,100,1,0,10], [1,2,3,100,1,1000,10]");
	struct sketch sketch = { 0 };

	a->n_words = n_words;
	if (payload != NULL) {
		a->sketches = mem_array(1, sizeof(*a->sketches));
		assert_non_null(a->sketches);
		sketch_make((const uint8_t *)payload, 10, 10, &sketch);
		for (uint32_t i = 0; i < n_words; i++)
			sketch_table_add(a->sketches, &sketch, 1);
	}
	assert_int_equal(automaton_bank_add(bank, a, NULL), 0);
}

static const struct automaton_step steps[] = {
	{ .payload_bytes = 10, .flags = TCP_PSH | TCP_ACK },
	{ .gap_ns = 1000,
	  .payload_bytes = 10,
	  .direction = STEP_BACKWARD,
	  .flags = TCP_PSH | TCP_ACK },
};

/* The service of a flow that begins with the payload; NULL: nobody's. */
static const char *asked(const struct automaton_bank *bank, uint8_t proto, const char *payload,
			 double *ret_bits)
{
	CLEANUP(freep) struct score_scale *scale = mem_array(1, sizeof(*scale));
	CLEANUP(classifier_freep) struct classifier *classifier = NULL;
	struct word_event events[2];
	const struct word word = { events, 2 };
	struct sketch sketch = { 0 };
	int i;

	score_scale_init(scale);
	assert_int_equal(classifier_new(bank, scale, &classifier, NULL), 0);
	score_events(scale, proto, steps, 2, events);
	sketch_make((const uint8_t *)payload, 10, 10, &sketch);
	i = classifier_ask(classifier, proto, &word, &sketch, 1, ret_bits);
	return i < 0 ? NULL : bank->automata[i]->service;
}

static void test_payloads_tell(void **state)
{
	struct automaton_bank bank = { 0 };
	double own, other;

	(void)state;
	add(&bank, "binary", "\1\0\3\0\5\0\7\0\1\0", 50);
	add(&bank, "text", "HELLO you\n", 50);
	add(&bank, "-", "**********", 50);
	assert_string_equal(asked(&bank, PROTO_TCP, "THERE are\n", &own), "text");
	assert_string_equal(asked(&bank, PROTO_TCP, "\2\0\2\0\6\0\7\0\3\0", &other), "binary");
	/* Seen by a service without a name only: it is somebody's, in more bits. */
	assert_non_null(asked(&bank, PROTO_TCP, "**********", &other));
	assert_true(other > own + 5);
	assert_null(asked(&bank, 17, "THERE are\n", &own));
	automaton_bank_done(&bank);
}

/* A rare service must explain more; with equal payloads the frequent one is likely. */
static void test_prior(void **state)
{
	struct automaton_bank bank = { 0 };
	double bits;

	(void)state;
	add(&bank, "rare", "HELLO you\n", 2);
	add(&bank, "usual", "HELLO you\n", 200);
	assert_string_equal(asked(&bank, PROTO_TCP, "HELLO you\n", &bits), "usual");
	automaton_bank_done(&bank);
}

/* Models without sketches, or with some, still say something. */
static void test_no_sketches(void **state)
{
	struct automaton_bank bank = { 0 };
	double bits;

	(void)state;
	assert_null(asked(&bank, PROTO_TCP, "HELLO you\n", &bits));
	add(&bank, "usual", NULL, 60);
	add(&bank, "rare", NULL, 40);
	assert_string_equal(asked(&bank, PROTO_TCP, "HELLO you\n", &bits), "usual");
	add(&bank, "text", "HELLO you\n", 50);
	assert_string_equal(asked(&bank, PROTO_TCP, "HELLO you\n", &bits), "text");
	automaton_bank_done(&bank);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_payloads_tell),
		cmocka_unit_test(test_prior),
		cmocka_unit_test(test_no_sketches),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
