/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <pthread.h>
#include <stdbool.h>
#include <time.h>
#include <unistd.h>

#include "base/ns.h"
#include "base/ring.h"

enum { N_ITEMS = 200000 };

struct side {
	struct ring *ring;
	unsigned int pause_every; /* 0: never */
	bool ok;
	size_t n;
};

static void rest(const struct side *side, size_t i)
{
	const struct timespec pause = { .tv_nsec = 200000 };

	if (side->pause_every != 0 && i % side->pause_every == 0)
		nanosleep(&pause, NULL);
}

static void *produce(void *arg)
{
	struct side *side = arg;
	size_t i;

	for (i = 1; i <= side->n; i++) {
		rest(side, i);
		if (!ring_push(side->ring, (void *)i))
			return NULL;
	}
	ring_close(side->ring);
	side->ok = true;
	return NULL;
}

static void *consume(void *arg)
{
	struct side *side = arg;
	size_t next = 1, item;

	while ((item = (size_t)ring_pop(side->ring)) != 0) {
		rest(side, item);
		if (item != next)
			return NULL; /* ok stays false */
		next++;
	}
	side->n = next - 1;
	side->ok = true;
	return NULL;
}

static void transfer(size_t capacity, size_t n, unsigned int slow_producer,
		     unsigned int slow_consumer)
{
	struct side p = { .pause_every = slow_producer, .n = n };
	struct side c = { .pause_every = slow_consumer };
	pthread_t threads[2];

	assert_int_equal(ring_new(capacity, &p.ring, NULL), 0);
	c.ring = p.ring;
	assert_int_equal(pthread_create(&threads[0], NULL, produce, &p), 0);
	assert_int_equal(pthread_create(&threads[1], NULL, consume, &c), 0);
	pthread_join(threads[0], NULL);
	pthread_join(threads[1], NULL);
	assert_true(p.ok && c.ok);
	assert_int_equal(c.n, n);
	ring_freep(&p.ring);
	assert_null(p.ring);
}

static void items_pass_in_order(void **state)
{
	(void)state;
	transfer(1, N_ITEMS / 10, 0, 0);
	transfer(2, N_ITEMS / 10, 0, 0);
	transfer(64, N_ITEMS, 0, 0);
	transfer(4096, N_ITEMS, 0, 0);
}

/* Either side waits for the other many times over, so each wake-up is met asleep. */
static void a_slow_side_is_waited_for(void **state)
{
	(void)state;
	transfer(4, 4000, 10, 0);
	transfer(4, 4000, 0, 10);
	transfer(1, 500, 3, 7);
}

/* Who sleeps uses no CPU: 200 ms of waiting cost less than 50 ms of it. */
static void *push_late(void *arg)
{
	const struct timespec pause = { .tv_nsec = 200000000 };

	nanosleep(&pause, NULL);
	ring_push(arg, arg);
	return NULL;
}

static void waiting_sleeps(void **state)
{
	struct ring *ring;
	pthread_t thread;
	int64_t cpu;

	(void)state;
	assert_int_equal(ring_new(8, &ring, NULL), 0);
	assert_int_equal(pthread_create(&thread, NULL, push_late, ring), 0);
	cpu = ns_process_cpu();
	assert_ptr_equal(ring_pop(ring), ring);
	assert_true(ns_process_cpu() - cpu < 50 * NS_PER_MS);
	pthread_join(thread, NULL);
	ring_freep(&ring);
}

static void *close_late(void *arg)
{
	const struct timespec pause = { .tv_nsec = 20000000 };

	nanosleep(&pause, NULL);
	ring_close(arg);
	return NULL;
}

static void closing_wakes_both_sides(void **state)
{
	pthread_t thread;
	struct ring *ring;
	int x, y;

	(void)state;
	assert_int_equal(ring_new(1, &ring, NULL), 0);
	assert_int_equal(pthread_create(&thread, NULL, close_late, ring), 0);
	assert_null(ring_pop(ring)); /* asleep on an empty ring */
	pthread_join(thread, NULL);
	assert_false(ring_push(ring, &x));
	ring_freep(&ring);

	assert_int_equal(ring_new(1, &ring, NULL), 0);
	assert_true(ring_push(ring, &x));
	assert_int_equal(pthread_create(&thread, NULL, close_late, ring), 0);
	assert_false(ring_push(ring, &y)); /* asleep on a full ring */
	pthread_join(thread, NULL);
	assert_ptr_equal(ring_pop(ring), &x); /* drained after the close */
	assert_null(ring_pop(ring));
	assert_null(ring_try_pop(ring));
	ring_close(ring);
	ring_freep(&ring);
	ring_freep(&ring);
}

static void alone(void **state)
{
	struct ring *ring = NULL;
	struct err err = { "" };
	int items[8], i, round;

	(void)state;
	assert_int_equal(ring_new(0, &ring, &err), -EINVAL);
	assert_int_equal(ring_new(3, &ring, &err), -EINVAL);
	assert_int_equal(ring_new((size_t)1 << 62, &ring, &err), -ENOMEM);
	assert_null(ring);
	assert_int_equal(ring_new(8, &ring, &err), 0);
	for (round = 0; round < 5; round++) {
		assert_null(ring_try_pop(ring));
		for (i = 0; i < 8; i++)
			assert_true(ring_push(ring, &items[i]));
		for (i = 0; i < 8; i++)
			assert_ptr_equal(ring_try_pop(ring), &items[i]);
	}
	ring_freep(&ring);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(alone),
		cmocka_unit_test(items_pass_in_order),
		cmocka_unit_test(a_slow_side_is_waited_for),
		cmocka_unit_test(waiting_sleeps),
		cmocka_unit_test(closing_wakes_both_sides),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
