/* SPDX-License-Identifier: Apache-2.0 */
/* The packet learner: what its automata promise, on flows made up in the manner of a mail server.
 */
#include "tests/automata/toy.h"

#include "automata/walk.h"
#include "base/conn.h"

enum { N_FLOWS = 120, LIMIT_STEPS = 60, TCP = 6 };

struct flows {
	struct automaton_word words[N_FLOWS];
	struct automaton_step steps[N_FLOWS][LIMIT_STEPS];
};

static void put(struct flows *f, size_t flow, uint8_t direction, uint8_t flags, uint32_t payload,
		int64_t gap_ns)
{
	f->steps[flow][f->words[flow].n_steps++] = (struct automaton_step) {
		.direction = direction, .flags = flags, .payload_bytes = payload, .gap_ns = gap_ns
	};
}

/* Greeting, commands and answers, one message, the end; now and then a packet comes twice. */
static void make(struct flows *f, uint64_t seed)
{
	struct rng rng;

	memset(f, 0, sizeof(*f));
	rng_init(&rng, seed, 0, 0, RNG_TEST);
	for (size_t k = 0; k < N_FLOWS; k++) {
		uint32_t n_commands = 2 + rng_below(&rng, 4);

		f->words[k].steps = f->steps[k];
		put(f, k, STEP_FORWARD, TCP_SYN, 0, 0);
		put(f, k, STEP_BACKWARD, TCP_SYN | TCP_ACK, 0, 200000);
		put(f, k, STEP_FORWARD, TCP_ACK, 0, 50000);
		while (n_commands-- > 0) {
			put(f, k, STEP_BACKWARD, TCP_PSH | TCP_ACK, 20 + rng_below(&rng, 40),
			    1000000 + rng_below(&rng, 3000000));
			if (rng_below(&rng, 20) == 0)
				put(f, k, STEP_BACKWARD, TCP_PSH | TCP_ACK, 30, 200000000);
			put(f, k, STEP_FORWARD, TCP_PSH | TCP_ACK, 6 + rng_below(&rng, 20),
			    10000000 + rng_below(&rng, 9000000));
		}
		put(f, k, STEP_FORWARD, TCP_FIN | TCP_ACK, 0, 100000);
		put(f, k, STEP_BACKWARD, TCP_FIN | TCP_ACK, 0, 100000);
		put(f, k, STEP_FORWARD, TCP_ACK, 0, 100000);
	}
}

static struct automaton *learned(const struct automaton_word *words, size_t n)
{
	struct automaton *a = NULL;
	struct err err = { "" };

	if (automaton_learner_named("tadam")->learn("smtp", TCP, CONN_SF, words, n, NULL, &a,
						    &err) < 0)
		fail_msg("%s", err.text);
	return a;
}

static void test_paths_end_in_their_state(void **state)
{
	static struct flows f;
	struct automaton *a;
	struct rng rng;

	(void)state;
	make(&f, 1);
	a = learned(f.words, N_FLOWS);
	assert_int_equal(a->n_words, N_FLOWS);
	rng_init(&rng, 3, 0, 0, RNG_TEST);
	for (int k = 0; k < 20000; k++) {
		struct conn_track track = { 0 };
		uint32_t s = 0;

		for (;;) {
			const struct automaton_edge *e = &a->edges[a->first_edge[s]];
			uint64_t sum = a->end_count[s], at;

			for (uint32_t i = a->first_edge[s]; i < a->first_edge[s + 1]; i++)
				sum += a->edges[i].count;
			at = rng_below64(&rng, sum);
			if (at < a->end_count[s])
				break;
			for (at -= a->end_count[s]; at >= e->count; e++)
				at -= e->count;
			conn_track_step(&track, TCP,
					automaton_symbol_direction(e->symbol) == STEP_BACKWARD,
					automaton_symbol_flags(e->symbol));
			s = e->dst;
		}
		assert_int_equal(conn_track_state(&track, TCP), CONN_SF);
	}
	automaton_freep(&a);
}

/* Every flow learned from has a path with its counts, repeated packets and all. */
static void test_own_counts_are_feasible(void **state)
{
	static struct flows f;
	struct automaton *a;
	struct walk *w = NULL;

	(void)state;
	make(&f, 2);
	a = learned(f.words, N_FLOWS);
	assert_int_equal(walk_new(a, &w, NULL), 0);
	for (size_t k = 0; k < N_FLOWS; k++) {
		uint32_t n[2] = { 0 };

		for (size_t i = 0; i < f.words[k].n_steps; i++)
			n[f.words[k].steps[i].direction]++;
		assert_true(walk_log2_mass(w, n[STEP_FORWARD], n[STEP_BACKWARD]) > -40);
	}
	walk_freep(&w);
	automaton_freep(&a);
}

/* So that gaps and sizes are those after that packet, whatever the structure has merged. */
static void test_states_know_the_last_packet(void **state)
{
	static struct flows f;
	struct automaton *a;

	(void)state;
	make(&f, 5);
	a = learned(f.words, N_FLOWS);
	for (uint32_t i = 0; i < a->n_edges; i++) {
		for (uint32_t k = 0; k < i; k++) {
			if (a->edges[k].dst == a->edges[i].dst)
				assert_int_equal(a->edges[k].symbol, a->edges[i].symbol);
		}
	}
	automaton_freep(&a);
}

static char *text_of(const struct automaton *a)
{
	char *text = NULL;
	size_t n;
	FILE *out = open_memstream(&text, &n);

	assert_int_equal(automaton_save(a, out), 0);
	fclose(out);
	return text;
}

static void test_order_does_not_show(void **state)
{
	static struct flows f;
	static struct automaton_word turned[N_FLOWS];
	struct automaton *a, *b;
	char *one, *other;

	(void)state;
	make(&f, 3);
	for (size_t k = 0; k < N_FLOWS; k++)
		turned[k] = f.words[N_FLOWS - 1 - k];
	a = learned(f.words, N_FLOWS);
	b = learned(turned, N_FLOWS);
	one = text_of(a);
	other = text_of(b);
	assert_string_equal(one, other);
	free(one);
	free(other);
	automaton_freep(&a);
	automaton_freep(&b);
}

static void test_words_that_do_not_fit(void **state)
{
	static struct flows f;
	struct automaton_word cut[2];
	struct automaton *a = NULL;
	struct err err = { "" };

	(void)state;
	make(&f, 4);
	cut[0] = f.words[0];
	cut[1] = f.words[1];
	cut[1].n_steps -= 2; /* no FIN of the responder */
	a = learned(cut, 2);
	assert_int_equal(a->n_words, 1);
	automaton_freep(&a);
	assert_int_equal(automaton_learner_named("tadam")->learn("smtp", TCP, CONN_SF, cut + 1, 1,
								 NULL, &a, &err),
			 -EINVAL);
	assert_non_null(strstr(err.text, "smtp: none of 1 flows ends in state SF"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_paths_end_in_their_state),
		cmocka_unit_test(test_own_counts_are_feasible),
		cmocka_unit_test(test_states_know_the_last_packet),
		cmocka_unit_test(test_order_does_not_show),
		cmocka_unit_test(test_words_that_do_not_fit),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
