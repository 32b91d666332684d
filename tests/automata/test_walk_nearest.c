/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/automata/toy.h"

#include "automata/walk_internal.h"

static void expect(const struct walk *w, uint64_t f, uint64_t b, uint64_t want_f, uint64_t want_b)
{
	uint64_t g = f, c = b;
	bool moved = walk_nearest(w, &g, &c);

	if (g != want_f || c != want_b)
		fail_msg("%lu, %lu: got %lu, %lu, not %lu, %lu", (unsigned long)f, (unsigned long)b,
			 (unsigned long)g, (unsigned long)c, (unsigned long)want_f,
			 (unsigned long)want_b);
	assert_int_equal(moved, g != f || c != b);
}

/* One answer to one question, once. */
static void test_acyclic(void **state)
{
	struct automaton *a = toy(3, "2, 1", "[0,1,0,1,1,0], [1,2,1,1,1,0]");
	CLEANUP(walk_freep) struct walk *w = NULL;

	(void)state;
	assert_int_equal(walk_new(a, &w, NULL), 0);
	assert_false(w->cyclic);
	expect(w, 1, 1, 1, 1);
	expect(w, 0, 0, 1, 1);
	expect(w, 2, 1, 1, 1);
	expect(w, 50, 3, 1, 1);
	expect(w, 500, 500, 1, 1);
	expect(w, 1000000, 3, 1, 1);
	expect(w, UINT64_MAX, UINT64_MAX, 1, 1);
	automaton_freep(&a);
}

static void test_alternation(void **state)
{
	struct automaton *a = toy(3, "2, 10", "[0,1,0,10,1,0], [1,2,1,20,1,0], [2,1,0,10,1,0]");
	CLEANUP(walk_freep) struct walk *w = NULL;

	(void)state;
	assert_int_equal(walk_new_sized(a, 30, &w, NULL), 0);
	expect(w, 5, 5, 5, 5);
	/* (5, 5) and (6, 6) are one packet off; the shorter is more probable. */
	expect(w, 5, 6, 5, 5);
	expect(w, 20, 14, 14, 14);
	expect(w, 400, 400, 400, 400);
	expect(w, 400, 397, 397, 397);
	expect(w, 5000, 5000, 5000, 5000);
	expect(w, 100000, 100000, 100000, 100000);
	expect(w, 100000, 99990, 99990, 99990);
	/* Far outside what loops can do: onto their ray. */
	expect(w, 100000, 40000, 40000, 40000);
	automaton_freep(&a);
}

/* Three forward for each two backward, then one more of either. */
static void test_lattice(void **state)
{
	struct automaton *a = toy(6, "0, 1, 5, 1",
				  "[0,1,0,9,1,0], [0,5,1,1,1,0], [1,2,0,1,1,0], [2,3,0,1,1,0], "
				  "[3,4,1,1,1,0], [4,0,1,1,1,0]");
	CLEANUP(walk_freep) struct walk *w = NULL;

	(void)state;
	assert_int_equal(walk_new_sized(a, 24, &w, NULL), 0);
	assert_true(w->cycle[0][0] == 3 && w->cycle[0][1] == 2);
	expect(w, 300, 200, 300, 200);
	expect(w, 300, 201, 300, 201);
	expect(w, 300, 199, 300, 200);
	expect(w, 30000, 20000, 30000, 20000);
	expect(w, 30000, 20001, 30000, 20001);
	expect(w, 30001, 20001, 30000, 20001);
	assert_int_equal(walk_feasible(w, 30000, 20001), 1);
	assert_int_equal(walk_feasible(w, 30000, 20002), 0);
	assert_int_equal(walk_feasible(w, 3000, 2001), 1);
	assert_int_equal(walk_feasible(w, 3001, 2001), 0);
	automaton_freep(&a);
}

/* Against the table: what is nearest must be nearest by trying all. */
static void test_against_all(void **state)
{
	struct automaton *a = toy(6, "0, 1, 5, 1",
				  "[0,1,0,9,1,0], [0,5,1,1,1,0], [1,2,0,1,1,0], [2,3,0,1,1,0], "
				  "[3,4,1,1,1,0], [4,0,1,1,1,0]");
	CLEANUP(walk_freep) struct walk *large = NULL, *small = NULL;

	(void)state;
	assert_int_equal(walk_new_sized(a, 130, &large, NULL), 0);
	assert_int_equal(walk_new_sized(a, 24, &small, NULL), 0);
	for (uint64_t f = 0; f <= 50; f++) {
		for (uint64_t b = 0; b <= 50; b++) {
			uint64_t g[2] = { f, f }, c[2] = { b, b }, best = UINT64_MAX;

			for (uint32_t x = 0; x <= 60; x++) {
				for (uint32_t y = 0; y <= 60; y++) {
					uint64_t d =
						(x > f ? x - f : f - x) + (y > b ? y - b : b - y);

					if (d < best && isfinite(walk_log2_mass(large, x, y)))
						best = d;
				}
			}
			walk_nearest(large, &g[0], &c[0]);
			walk_nearest(small, &g[1], &c[1]);
			for (int k = 0; k < 2; k++) {
				uint64_t d = (g[k] > f ? g[k] - f : f - g[k]) +
					     (c[k] > b ? c[k] - b : b - c[k]);

				assert_int_equal(d, best);
				assert_true(isfinite(
					walk_log2_mass(large, (uint32_t)g[k], (uint32_t)c[k])));
			}
		}
	}
	automaton_freep(&a);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_acyclic),
		cmocka_unit_test(test_alternation),
		cmocka_unit_test(test_lattice),
		cmocka_unit_test(test_against_all),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
