/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/automata/toy.h"

#include "automata/fit.h"
#include "automata/walk.h"

#define F STEP_FORWARD
#define B STEP_BACKWARD
#define STEP(d, f, n)                                                                              \
	{                                                                                          \
		.direction = d, .flags = f, .payload_bytes = n, .gap_ns = 1000 + n                 \
	}

static const struct automaton_step polite[] = {
	STEP(F, TCP_SYN, 0),	       STEP(B, TCP_SYN | TCP_ACK, 0),  STEP(F, TCP_ACK, 0),
	STEP(F, TCP_PSH | TCP_ACK, 9), STEP(B, TCP_PSH | TCP_ACK, 99), STEP(F, TCP_ACK, 0),
	STEP(F, TCP_FIN | TCP_ACK, 0), STEP(B, TCP_FIN | TCP_ACK, 0),  STEP(F, TCP_ACK, 0),
};
/* The responder closes first; a SYN is sent twice; data flows after one FIN. */
static const struct automaton_step odd[] = {
	STEP(F, TCP_SYN, 0),	       STEP(F, TCP_SYN, 0),	      STEP(B, TCP_SYN | TCP_ACK, 0),
	STEP(F, TCP_ACK, 0),	       STEP(B, TCP_FIN | TCP_ACK, 0), STEP(F, TCP_PSH | TCP_ACK, 7),
	STEP(F, TCP_PSH | TCP_ACK, 8), STEP(B, TCP_ACK, 0),	      STEP(F, TCP_FIN | TCP_ACK, 0),
	STEP(B, TCP_ACK, 0),
};
static const struct automaton_step refused[] = {
	STEP(F, TCP_SYN, 0),
	STEP(B, TCP_RST | TCP_ACK, 0),
};
/* Ends in SF too, but a SYN after the FINs: two flows that the meter would have told apart. */
static const struct automaton_step reopened[] = {
	STEP(F, TCP_SYN, 0),	       STEP(B, TCP_SYN | TCP_ACK, 0), STEP(F, TCP_ACK, 0),
	STEP(F, TCP_FIN | TCP_ACK, 0), STEP(B, TCP_FIN | TCP_ACK, 0), STEP(F, TCP_SYN, 0),
};

#define WORD(x)                                                                                    \
	{                                                                                          \
		.steps = x, .n_steps = sizeof(x) / sizeof(*x)                                      \
	}

static struct automaton *learned(const struct automaton_word *words, size_t n)
{
	struct automaton *a = NULL;
	struct err err = { "" };

	if (automaton_learner_named("markov")->learn("svc", 6, CONN_SF, words, n, NULL, &a, &err) <
	    0)
		fail_msg("%s", err.text);
	return a;
}

static void test_paths_end_in_their_state(void **state)
{
	const struct automaton_word words[] = { WORD(polite), WORD(odd), WORD(polite) };
	struct automaton *a = learned(words, 3);
	struct rng rng;

	(void)state;
	assert_int_equal(a->n_words, 3);
	assert_int_equal(a->max_packets, 10);
	rng_init(&rng, 3, 0, 0, RNG_TEST);
	for (int k = 0; k < 20000; k++) {
		struct conn_track track = { 0 };
		uint32_t s = 0;

		for (;;) {
			uint64_t sum = a->end_count[s], at;
			const struct automaton_edge *e = &a->edges[a->first_edge[s]];
			uint8_t flags;

			for (uint32_t i = a->first_edge[s]; i < a->first_edge[s + 1]; i++)
				sum += a->edges[i].count;
			at = rng_below64(&rng, sum);
			if (at < a->end_count[s])
				break;
			for (at -= a->end_count[s]; at >= e->count; e++)
				at -= e->count;
			flags = automaton_symbol_flags(e->symbol);
			assert_false(conn_track_closing(&track) &&
				     (flags & (TCP_SYN | TCP_ACK)) == TCP_SYN);
			conn_track_step(&track, 6,
					automaton_symbol_direction(e->symbol) == STEP_BACKWARD,
					flags);
			s = e->dst;
		}
		assert_int_equal(conn_track_state(&track, 6), CONN_SF);
	}
	automaton_freep(&a);
}

static void test_words_that_do_not_fit(void **state)
{
	const struct automaton_word words[] = {
		WORD(refused), WORD(polite), WORD(reopened), { .steps = polite, .n_steps = 4 }
	};
	struct automaton *a = learned(words, 4);
	struct err err = { "" };

	(void)state;
	assert_int_equal(a->n_words, 1);
	assert_int_equal(a->max_packets, 9);
	automaton_freep(&a);
	assert_int_equal(automaton_learner_named("markov")->learn("svc", 6, CONN_SF, words, 1, NULL,
								  &a, &err),
			 -EINVAL);
	assert_non_null(strstr(err.text, "svc: none of 1 flows ends in state SF"));
	assert_null(automaton_learner_named("nobody"));
}

/* The automaton does not depend on the order of the words. */
static void test_order_does_not_show(void **state)
{
	const struct automaton_word one[] = { WORD(polite), WORD(odd), WORD(odd) };
	const struct automaton_word other[] = { WORD(odd), WORD(odd), WORD(polite) };
	struct automaton *a = learned(one, 3), *b = learned(other, 3);
	char *text[2] = { NULL, NULL };

	(void)state;
	for (int i = 0; i < 2; i++) {
		size_t n;
		FILE *out = open_memstream(&text[i], &n);

		assert_int_equal(automaton_save(i == 0 ? a : b, out), 0);
		fclose(out);
	}
	assert_string_equal(text[0], text[1]);
	free(text[0]);
	free(text[1]);
	automaton_freep(&a);
	automaton_freep(&b);
}

/* Every flow learned from can be drawn: its counts have a path, of the probability that its kind
 * of packets has. */
static void test_own_counts_are_feasible(void **state)
{
	const struct automaton_word words[] = { WORD(polite), WORD(odd) };
	struct automaton *a = learned(words, 2);
	struct walk *w = NULL;

	(void)state;
	assert_int_equal(walk_new(a, &w, NULL), 0);
	assert_true(walk_log2_mass(w, 6, 3) >= -8);
	assert_true(walk_log2_mass(w, 6, 4) >= -8);
	walk_freep(&w);
	automaton_freep(&a);
}

static void test_knots(void **state)
{
	int64_t values[1000], knots[FIT_KNOTS_MAX];

	(void)state;
	for (int k = 0; k < 1000; k++)
		values[k] = 700;
	assert_int_equal(fit_knots(values, 1000, knots), 1);
	assert_int_equal(knots[0], 700);
	/* A straight line needs its ends only. */
	for (int k = 0; k < 1000; k++)
		values[k] = 1000 + 10 * k;
	assert_int_equal(fit_knots(values, 1000, knots), 2);
	assert_int_equal(knots[0], 1000);
	assert_int_equal(knots[1], 10990);
	for (int k = 0; k < 1000; k++)
		values[k] = (int64_t)k * k * k;
	assert_int_equal(fit_knots(values, 1000, knots), 33);
	assert_int_equal(knots[32], INT64_C(999) * 999 * 999);
	assert_int_equal(fit_knots(values, 2, knots), 1);
	assert_int_equal(fit_knots(values, 3, knots), 2);
	assert_int_equal(fit_knots(values, 6, knots), 3);
}

static void test_gaps_are_clipped_and_rounded(void **state)
{
	struct automaton_step steps[] = { STEP(F, TCP_SYN, 0), STEP(B, TCP_RST | TCP_ACK, 0) };
	const struct automaton_word word = WORD(steps);
	struct automaton *a = NULL;

	(void)state;
	steps[0].gap_ns = 5555;
	steps[1].gap_ns = -3;
	assert_int_equal(automaton_learner_named("markov")->learn("svc", 6, CONN_REJ, &word, 1,
								  NULL, &a, NULL),
			 0);
	assert_int_equal(a->n_edges, 2);
	assert_int_equal(a->edges[0].gap.knots[0], 0);
	assert_int_equal(a->edges[1].gap.knots[0], 0);
	automaton_freep(&a);
	steps[1].gap_ns = 123456;
	assert_int_equal(automaton_learner_named("markov")->learn("svc", 6, CONN_REJ, &word, 1,
								  NULL, &a, NULL),
			 0);
	assert_int_equal(a->edges[1].gap.knots[0], 123000);
	automaton_freep(&a);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_paths_end_in_their_state),
		cmocka_unit_test(test_words_that_do_not_fit),
		cmocka_unit_test(test_order_does_not_show),
		cmocka_unit_test(test_own_counts_are_feasible),
		cmocka_unit_test(test_knots),
		cmocka_unit_test(test_gaps_are_clipped_and_rounded),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
