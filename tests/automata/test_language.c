/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit.h"

#include <errno.h>
#include <math.h>

#include "automata/language.h"

/* One state over two symbols: reads 0 with p, 1 with q, else ends. */
static struct language *coin(double p, double q)
{
	struct language *l;
	struct err err = { "" };

	if (language_new(2, 1, 2, &l, &err) < 0)
		fail_msg("%s", err.text);
	l->edges[0] = (struct language_edge) { 0, 0, 1, q };
	l->edges[1] = (struct language_edge) { 0, 0, 0, p };
	l->end[0] = 1 - p - q;
	assert_int_equal(language_index(l, &err), 0);
	assert_int_equal(l->edges[0].symbol, 0);
	return l;
}

static struct language_distance compared(const struct language *a, const struct language *b,
					 uint32_t depth, double floor)
{
	struct language_distance distance;
	struct err err = { "" };

	if (language_compare(a, b, depth, floor, &distance, &err) < 0)
		fail_msg("%s", err.text);
	return distance;
}

static void test_same(void **state)
{
	struct language *a = coin(0.3, 0.3);
	struct language_distance d = compared(a, a, 8, 1e-9);

	(void)state;
	assert_true(d.js < 1e-12);
	assert_true(fabs(d.jaccard - 1) < 1e-12);
	language_freep(&a);
}

/* Cut after one symbol there are three outcomes: the end, 0, 1. */
static void test_by_hand(void **state)
{
	struct language *a = coin(0.5, 0), *b = coin(0, 0.25);
	struct language_distance d = compared(a, b, 1, 1e-9);
	const double expected = 0.25 * log2(0.5 / 0.25) + 0.125 * log2(0.25 / 0.125) +
				0.25 * log2(0.5 / 0.625) + 0.375 * log2(0.75 / 0.625);

	(void)state;
	assert_true(fabs(d.js - expected) < 1e-12);
	assert_true(fabs(d.jaccard - 1.0 / 3) < 1e-12);
	language_freep(&a);
	language_freep(&b);
}

/* Words that only one can say, from the first symbol on: one bit. */
static void test_disjoint(void **state)
{
	struct language *a = coin(1, 0), *b = coin(0, 1);
	struct language_distance d = compared(a, b, 5, 1e-9);

	(void)state;
	assert_true(fabs(d.js - 1) < 1e-12);
	assert_true(d.jaccard < 1e-12);
	language_freep(&a);
	language_freep(&b);
}

/* A second state that does the same changes nothing, and neither does not being deterministic. */
static void test_equal_languages(void **state)
{
	struct language *a = coin(0.4, 0.4), *b;
	struct err err = { "" };

	(void)state;
	assert_int_equal(language_new(2, 2, 6, &b, &err), 0);
	b->edges[0] = (struct language_edge) { 0, 1, 0, 0.1 };
	b->edges[1] = (struct language_edge) { 0, 0, 0, 0.3 };
	b->edges[2] = (struct language_edge) { 0, 1, 1, 0.4 };
	b->edges[3] = (struct language_edge) { 1, 0, 0, 0.2 };
	b->edges[4] = (struct language_edge) { 1, 1, 0, 0.2 };
	b->edges[5] = (struct language_edge) { 1, 0, 1, 0.4 };
	b->end[0] = b->end[1] = 0.2;
	assert_int_equal(language_index(b, &err), 0);
	assert_true(compared(a, b, 8, 1e-9).js < 1e-12);
	language_freep(&a);
	language_freep(&b);
}

/* A coarse floor tells less apart: never more divergence, by no more than rest. */
static void test_floor(void **state)
{
	struct language *a = coin(0.45, 0.45), *b = coin(0.6, 0.3);
	struct language_distance fine = compared(a, b, 8, 1e-9);
	struct language_distance coarse = compared(a, b, 8, 1e-2);

	(void)state;
	assert_true(fine.rest < 1e-12 && coarse.rest > 0);
	assert_true(coarse.js <= fine.js + 1e-12);
	assert_true(coarse.js >= fine.js - coarse.rest);
	language_freep(&a);
	language_freep(&b);
}

static void test_refusals(void **state)
{
	struct language *a = coin(0.45, 0.45), *b;
	struct language_distance d;
	struct err err = { "" };

	(void)state;
	assert_int_equal(language_new(3, 1, 1, &b, &err), 0);
	b->edges[0] = (struct language_edge) { 0, 1, 0, 0.5 };
	assert_int_equal(language_index(b, &err), -EINVAL);
	b->edges[0].dst = 0;
	assert_int_equal(language_index(b, &err), 0);
	assert_int_equal(language_compare(a, b, 8, 1e-5, &d, &err), -EINVAL);
	assert_int_equal(language_compare(a, a, 0, 1e-5, &d, &err), -EINVAL);
	assert_int_equal(language_compare(a, a, LANGUAGE_MAX_DEPTH + 1, 1e-5, &d, &err), -EINVAL);
	language_freep(&a);
	language_freep(&b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_same),	 cmocka_unit_test(test_by_hand),
		cmocka_unit_test(test_disjoint), cmocka_unit_test(test_equal_languages),
		cmocka_unit_test(test_floor),	 cmocka_unit_test(test_refusals),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
