/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/automata/toy.h"

#include "automata/fit.h"

enum { TCP = 6, N_VISITS = 40, SYN = 2, ACK = 0x10 };

static automaton_symbol symbol_of(uint8_t flags)
{
	return automaton_symbol_of(TCP, &(struct automaton_step) { .flags = flags });
}

/* A start, and two states that a second packet leads to after short and after long gaps. */
static struct automaton *fitted(uint32_t pool)
{
	static const uint32_t ends[] = { 0, 0, N_VISITS / 2, N_VISITS / 2 };
	struct fit_visit visits[2 * N_VISITS];
	struct fit fit = { .service = "svc",
			   .proto = TCP,
			   .state = CONN_S0,
			   .n_words = N_VISITS,
			   .max_packets = 2,
			   .n_states = 4,
			   .end_count = ends,
			   .visits = visits,
			   .n_visits = 2 * N_VISITS };
	struct automaton *a = NULL;
	struct err err = { "" };

	for (uint16_t k = 0; k < N_VISITS; k++) {
		visits[2 * k] = (struct fit_visit) { .dst = 1, .symbol = symbol_of(SYN) };
		visits[2 * k + 1] = (struct fit_visit) {
			.gap_ns = k % 2 == 0 ? 1000 + k : 1000000 + 1000 * k,
			.src = 1,
			.dst = (uint16_t)(2 + k % 2),
			.symbol = symbol_of(ACK),
			.gap_pool = pool,
		};
	}
	if (fit_automaton(&fit, &a, &err) < 0)
		fail_msg("%s", err.text);
	return a;
}

static void test_gaps_of_a_pool_are_shared(void **state)
{
	struct automaton *a = fitted(7);
	const struct quantile_table *x = &a->edges[1].gap, *y = &a->edges[2].gap;

	(void)state;
	assert_int_equal(a->n_edges, 3);
	assert_int_equal(a->edges[1].count, N_VISITS / 2);
	assert_int_equal(x->n_knots, y->n_knots);
	assert_memory_equal(x->knots, y->knots, x->n_knots * sizeof(*x->knots));
	assert_int_equal(x->knots[0], 1000);
	assert_int_equal(x->knots[x->n_knots - 1], 1040000); /* of 1039000, three digits */
	automaton_freep(&a);
}

static void test_gaps_without_a_pool_are_their_edges(void **state)
{
	struct automaton *a = fitted(0);
	const struct quantile_table *x = &a->edges[1].gap, *y = &a->edges[2].gap;

	(void)state;
	assert_true(x->knots[x->n_knots - 1] < 1100);
	assert_true(y->knots[0] >= 1000000);
	automaton_freep(&a);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_gaps_of_a_pool_are_shared),
		cmocka_unit_test(test_gaps_without_a_pool_are_their_edges),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
