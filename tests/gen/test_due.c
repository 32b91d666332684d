/* SPDX-License-Identifier: Apache-2.0 */
#include "gen/due.h"

#include <stdbool.h>
#include <stdlib.h>

#include "base/rng.h"
#include "tests/unit.h"

enum { N = 5000 };

static int compare(const void *a, const void *b)
{
	const struct due *x = a, *y = b;

	if (x->time_ns != y->time_ns)
		return x->time_ns < y->time_ns ? -1 : 1;
	return (x->flow_id > y->flow_id) - (x->flow_id < y->flow_id);
}

/* Many equal times, so that the order by flow id counts. */
static void comes_out_sorted(void **state)
{
	struct due_queue queue = { 0 };
	struct due *all = calloc(N, sizeof(*all));
	struct err err = { "" };
	struct rng rng;

	(void)state;
	rng_init(&rng, 1, 0, 0, RNG_TEST);
	for (uint32_t i = 0; i < N; i++) {
		all[i] = (struct due) { rng_below(&rng, 300), rng_u64(&rng), i };
		assert_int_equal(due_queue_push(&queue, all[i].time_ns, all[i].flow_id, i, &err),
				 0);
	}
	qsort(all, N, sizeof(*all), compare);
	for (uint32_t i = 0; i < N; i++) {
		const struct due *first = due_queue_first(&queue);

		assert_non_null(first);
		assert_int_equal(first->slot, all[i].slot);
		due_queue_pop(&queue);
	}
	assert_null(due_queue_first(&queue));
	due_queue_done(&queue);
	free(all);
}

/* Replacing the first must equal popping it and pushing it again. */
static void replacing_equals_pop_and_push(void **state)
{
	struct due_queue a = { 0 }, b = { 0 };
	struct err err = { "" };
	struct rng rng;

	(void)state;
	rng_init(&rng, 2, 0, 0, RNG_TEST);
	for (uint32_t i = 0; i < 100; i++) {
		assert_int_equal(due_queue_push(&a, i % 7, i, i, &err), 0);
		assert_int_equal(due_queue_push(&b, i % 7, i, i, &err), 0);
	}
	for (int i = 0; i < 20000; i++) {
		const struct due x = *due_queue_first(&a), y = *due_queue_first(&b);
		const int64_t next = x.time_ns + rng_below(&rng, 50);

		assert_int_equal(x.slot, y.slot);
		assert_int_equal(x.time_ns, y.time_ns);
		due_queue_replace_first(&a, next);
		due_queue_pop(&b);
		assert_int_equal(due_queue_push(&b, next, y.flow_id, y.slot, &err), 0);
	}
	due_queue_done(&a);
	due_queue_done(&b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(comes_out_sorted),
		cmocka_unit_test(replacing_equals_pop_and_push),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
