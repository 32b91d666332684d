/* SPDX-License-Identifier: Apache-2.0 */
/* TAG and RTI+ as packet learners: what their automata promise, on made flows of queries. */
#include "tests/automata/toy.h"

#include "automata/walk.h"
#include "base/conn.h"

enum { N_FLOWS = 200, LIMIT_STEPS = 60, TCP = 6 };

struct flows {
	struct automaton_word words[N_FLOWS];
	struct automaton_step steps[N_FLOWS][LIMIT_STEPS];
};

static void put(struct flows *f, size_t flow, uint8_t direction, uint8_t flags, uint32_t payload,
		int64_t gap_ns)
{
	struct automaton_step *step = &f->steps[flow][f->words[flow].n_steps++];

	*step = (struct automaton_step) {
		.gap_ns = gap_ns, .payload_bytes = payload, .direction = direction, .flags = flags
	};
}

/* Queries and answers of some packets each; either side closes, after a pause or at once. */
static void make(struct flows *f, uint64_t seed)
{
	struct rng rng;

	memset(f, 0, sizeof(*f));
	rng_init(&rng, seed, 0, 0, RNG_TEST);
	for (size_t k = 0; k < N_FLOWS; k++) {
		const bool server_closes = rng_below(&rng, 2) == 0;
		uint32_t n_queries = 1 + rng_below(&rng, 4);

		f->words[k].steps = f->steps[k];
		put(f, k, STEP_FORWARD, TCP_SYN, 0, 0);
		if (rng_below(&rng, 10) == 0)
			put(f, k, STEP_FORWARD, TCP_SYN, 0, 1000000000);
		put(f, k, STEP_BACKWARD, TCP_SYN | TCP_ACK, 0, 200000);
		put(f, k, STEP_FORWARD, TCP_ACK, 0, 50000);
		while (n_queries-- > 0) {
			uint32_t n_answers = 1 + rng_below(&rng, 4);

			put(f, k, STEP_FORWARD, TCP_PSH | TCP_ACK, 40 + rng_below(&rng, 20),
			    rng_below(&rng, 2) == 0 ? 100000 : 3000000000);
			while (n_answers-- > 0)
				put(f, k, STEP_BACKWARD, TCP_PSH | TCP_ACK, 1000, 300000);
			put(f, k, STEP_FORWARD, TCP_ACK, 0, 40000);
		}
		put(f, k, server_closes ? STEP_BACKWARD : STEP_FORWARD, TCP_FIN | TCP_ACK, 0,
		    server_closes ? 5000000000 : 100000);
		put(f, k, server_closes ? STEP_FORWARD : STEP_BACKWARD, TCP_FIN | TCP_ACK, 0,
		    100000);
		put(f, k, server_closes ? STEP_BACKWARD : STEP_FORWARD, TCP_ACK, 0, 100000);
	}
}

static struct automaton *learned(const char *learner, const struct automaton_word *words, size_t n)
{
	struct automaton *a = NULL;
	struct err err = { "" };

	if (automaton_learner_named(learner)->learn("svc", TCP, CONN_SF, words, n, NULL, &a, &err) <
	    0)
		fail_msg("%s: %s", learner, err.text);
	return a;
}

/* One path by the counts; the end state it ends in. */
static enum conn_state draw_end(const struct automaton *a, struct rng *rng)
{
	struct conn_track track = { 0 };
	uint32_t s = 0;

	for (;;) {
		const struct automaton_edge *e = &a->edges[a->first_edge[s]];
		uint64_t sum = a->end_count[s], at;

		for (uint32_t i = a->first_edge[s]; i < a->first_edge[s + 1]; i++)
			sum += a->edges[i].count;
		at = rng_below64(rng, sum);
		if (at < a->end_count[s])
			return conn_track_state(&track, TCP);
		for (at -= a->end_count[s]; at >= e->count; e++)
			at -= e->count;
		conn_track_step(&track, TCP, automaton_symbol_direction(e->symbol) == STEP_BACKWARD,
				automaton_symbol_flags(e->symbol));
		s = e->dst;
	}
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

static void check_learner(const char *learner)
{
	static struct flows f;
	static struct automaton_word turned[N_FLOWS];
	struct automaton *a, *b;
	struct walk *w = NULL;
	char *one, *other;
	struct rng rng;

	make(&f, 1);
	for (size_t k = 0; k < N_FLOWS; k++)
		turned[k] = f.words[N_FLOWS - 1 - k];
	a = learned(learner, f.words, N_FLOWS);
	b = learned(learner, turned, N_FLOWS);
	/* Every path ends in the end state. */
	rng_init(&rng, 3, 0, 0, RNG_TEST);
	for (int k = 0; k < 20000; k++)
		assert_int_equal(draw_end(a, &rng), CONN_SF);
	/* The order of the flows does not show. */
	one = text_of(a);
	other = text_of(b);
	assert_string_equal(one, other);
	/* Every flow learned from has a path with its counts. */
	assert_int_equal(a->n_words, N_FLOWS);
	assert_int_equal(walk_new(a, &w, NULL), 0);
	for (size_t k = 0; k < N_FLOWS; k++) {
		uint32_t n[2] = { 0 };

		for (size_t i = 0; i < f.words[k].n_steps; i++)
			n[f.words[k].steps[i].direction]++;
		assert_true(walk_log2_mass(w, n[STEP_FORWARD], n[STEP_BACKWARD]) > -40);
	}
	walk_freep(&w);
	free(one);
	free(other);
	automaton_freep(&a);
	automaton_freep(&b);
}

static void test_tag(void **state)
{
	(void)state;
	check_learner("tag");
}

static void test_rti(void **state)
{
	(void)state;
	check_learner("rti");
}

/* More packets than the structure is learned from, flows longer than it looks at: all count. */
static void test_many_and_long(void **state)
{
	static struct automaton_step steps[1000];
	struct automaton_word words[100];
	const char *const learners[] = { "tag", "rti" };

	(void)state;
	for (size_t i = 0; i < 1000; i++)
		steps[i] = (struct automaton_step) { .gap_ns = 1000 * (int64_t)(1 + i % 7),
						     .payload_bytes = 10,
						     .direction = i % 3 == 0 };
	for (size_t w = 0; w < 100; w++)
		words[w] = (struct automaton_word) { .steps = steps, .n_steps = 901 + w };
	for (size_t i = 0; i < 2; i++) {
		struct automaton *a = NULL;
		struct err err = { "" };
		uint64_t n = 0;

		/* UDP. */
		if (automaton_learner_named(learners[i])
			    ->learn("svc", 17, CONN_SF, words, 100, NULL, &a, &err) < 0)
			fail_msg("%s", err.text);
		for (uint32_t e = 0; e < a->n_edges; e++)
			n += a->edges[e].count;
		assert_int_equal(n, 100 * 901 + 99 * 100 / 2);
		assert_int_equal(a->max_packets, 1000);
		automaton_freep(&a);
	}
}

static void test_words_that_do_not_fit(void **state)
{
	static struct flows f;
	struct automaton_word cut;
	struct automaton *a = NULL;
	struct err err = { "" };

	(void)state;
	make(&f, 4);
	cut = f.words[0];
	cut.n_steps -= 2; /* one FIN only */
	assert_int_equal(automaton_learner_named("rti")->learn("svc", TCP, CONN_SF, &cut, 1, NULL,
							       &a, &err),
			 -EINVAL);
	assert_string_equal(err.text, "svc: none of 1 flows ends in state SF");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_tag),
		cmocka_unit_test(test_rti),
		cmocka_unit_test(test_many_and_long),
		cmocka_unit_test(test_words_that_do_not_fit),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
