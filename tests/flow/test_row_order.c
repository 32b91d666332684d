/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <stdlib.h>

#include "base/rng.h"
#include "flow/row_order.h"

struct seen {
	uint64_t rows[4096];
	size_t n;
	int fail; /* returned for the next row when not 0 */
};

static int emit(void *context, const void *row)
{
	struct seen *seen = context;

	if (seen->fail != 0)
		return seen->fail;
	assert_true(seen->n < 4096);
	seen->rows[seen->n++] = *(const uint64_t *)row;
	return 0;
}

static struct row_order *order_new(struct seen *seen, size_t limit)
{
	struct row_order *order = NULL;

	seen->n = 0;
	seen->fail = 0;
	assert_int_equal(row_order_new(sizeof(uint64_t), limit, emit, seen, &order, NULL), 0);
	return order;
}

static void end(struct row_order *order, uint64_t ticket)
{
	assert_int_equal(row_order_end(order, ticket, &ticket), 0);
}

static void waits_for_the_older(void **state)
{
	struct seen seen;
	struct row_order *order = order_new(&seen, 100);

	(void)state;
	for (uint64_t i = 0; i < 4; i++)
		assert_int_equal(row_order_begin(order), i);
	end(order, 2);
	end(order, 1);
	assert_int_equal(seen.n, 0);
	end(order, 0);
	assert_int_equal(seen.n, 3);
	end(order, 3);
	assert_int_equal(seen.n, 4);
	for (uint64_t i = 0; i < 4; i++)
		assert_int_equal(seen.rows[i], i);
	assert_int_equal(row_order_n_late(order), 0);
	row_order_freep(&order);
	assert_null(order);
}

static void no_row_lets_pass(void **state)
{
	struct seen seen;
	struct row_order *order = order_new(&seen, 100);

	(void)state;
	for (int i = 0; i < 3; i++)
		row_order_begin(order);
	end(order, 2);
	assert_int_equal(row_order_end(order, 0, NULL), 0);
	assert_int_equal(seen.n, 0);
	assert_int_equal(row_order_end(order, 1, NULL), 0);
	assert_int_equal(seen.n, 1);
	assert_int_equal(seen.rows[0], 2);
	row_order_freep(&order);
}

static void bound_gives_up_the_oldest_open(void **state)
{
	struct seen seen;
	struct row_order *order = order_new(&seen, 3);

	(void)state;
	for (int i = 0; i < 6; i++)
		row_order_begin(order);
	end(order, 1);
	end(order, 2);
	end(order, 3);
	assert_int_equal(seen.n, 0);
	end(order, 4); /* a fourth may not wait: 0 is given up */
	assert_int_equal(seen.n, 4);
	assert_int_equal(row_order_n_late(order), 0);
	end(order, 0);
	assert_int_equal(seen.n, 5);
	assert_int_equal(seen.rows[4], 0);
	assert_int_equal(row_order_n_late(order), 1);
	end(order, 5);
	assert_int_equal(row_order_n_late(order), 1);
	row_order_freep(&order);
}

static void flush_and_unknown_tickets(void **state)
{
	struct seen seen;
	struct row_order *order = order_new(&seen, 10);
	uint64_t row = 77;

	(void)state;
	for (int i = 0; i < 4; i++)
		row_order_begin(order);
	end(order, 1);
	end(order, 3);
	assert_int_equal(row_order_end(order, 4, &row), -EINVAL);
	assert_int_equal(row_order_flush(order), 0);
	assert_int_equal(seen.n, 2);
	assert_int_equal(seen.rows[0], 1);
	assert_int_equal(seen.rows[1], 3);
	row_order_freep(&order);
}

static void error_of_emit_comes_back(void **state)
{
	struct seen seen;
	struct row_order *order = order_new(&seen, 10);
	uint64_t row = 0;

	(void)state;
	row_order_begin(order);
	row_order_begin(order);
	end(order, 1);
	seen.fail = -ENOSPC;
	assert_int_equal(row_order_end(order, 0, &row), -ENOSPC);
	row_order_freep(&order);
}

/* Any order of ending gives the order of beginning, through many turns of the ring. */
static void random_ends(void **state)
{
	static uint64_t open[4096];
	struct seen seen;
	struct row_order *order = order_new(&seen, SIZE_MAX);
	uint64_t n_begun = 0;
	size_t n_open = 0;
	struct rng rng;

	(void)state;
	rng_init(&rng, 3, 0, 0, RNG_TEST);
	while (n_begun < 4096 || n_open > 0) {
		if (n_begun < 4096 && (n_open == 0 || rng_below(&rng, 100) < 52)) {
			open[n_open++] = row_order_begin(order);
			n_begun++;
		} else {
			size_t i = rng_below(&rng, (uint32_t)n_open);

			end(order, open[i]);
			open[i] = open[--n_open];
		}
	}
	assert_int_equal(seen.n, 4096);
	for (uint64_t i = 0; i < 4096; i++)
		assert_int_equal(seen.rows[i], i);
	row_order_freep(&order);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(waits_for_the_older),
		cmocka_unit_test(no_row_lets_pass),
		cmocka_unit_test(bound_gives_up_the_oldest_open),
		cmocka_unit_test(flush_and_unknown_tickets),
		cmocka_unit_test(error_of_emit_comes_back),
		cmocka_unit_test(random_ends),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
