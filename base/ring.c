/* SPDX-License-Identifier: Apache-2.0 */
/*
 * head counts items pushed, tail items popped; each is written by one side only and stands on its
 * own cache line beside that side's last view of the other, so a side reads the other's line only
 * when it seems full or empty.
 *
 * Sleeping: the sleeper raises its flag, looks once more, then waits on the flag. The other side
 * publishes its index, then looks at the flag. Both use sequential consistency, so at least one of
 * them sees the other's store and no wake-up is lost.
 */
#include "base/ring.h"

#include <errno.h>
#include <linux/futex.h>
#include <stdalign.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <unistd.h>

enum { CACHE_LINE = 64, N_SPINS = 64 };

struct ring {
	alignas(CACHE_LINE) atomic_size_t head;
	size_t tail_seen;
	alignas(CACHE_LINE) atomic_size_t tail;
	size_t head_seen;
	alignas(CACHE_LINE) _Atomic uint32_t producer_sleeps;
	_Atomic uint32_t consumer_sleeps;
	atomic_bool closed;
	alignas(CACHE_LINE) size_t capacity;
	void *slots[];
};

int ring_new(size_t capacity, struct ring **ret_ring, struct err *err)
{
	struct ring *ring = NULL;
	size_t n_bytes;

	if (capacity == 0 || (capacity & (capacity - 1)) != 0)
		return err_set(err, -EINVAL, "a ring of %zu: a power of two was expected",
			       capacity);
	if (capacity > (SIZE_MAX - sizeof(*ring) - CACHE_LINE) / sizeof(void *))
		return err_no_memory(err);
	n_bytes = sizeof(*ring) + capacity * sizeof(void *);
	n_bytes = (n_bytes + CACHE_LINE - 1) & ~(size_t)(CACHE_LINE - 1);
	ring = aligned_alloc(CACHE_LINE, n_bytes);
	if (ring == NULL)
		return err_no_memory(err);
	atomic_init(&ring->head, 0);
	atomic_init(&ring->tail, 0);
	atomic_init(&ring->producer_sleeps, 0);
	atomic_init(&ring->consumer_sleeps, 0);
	atomic_init(&ring->closed, false);
	ring->tail_seen = 0;
	ring->head_seen = 0;
	ring->capacity = capacity;
	*ret_ring = ring;
	return 0;
}

void ring_freep(struct ring **ring)
{
	free(*ring);
	*ring = NULL;
}

static void sleep_on(_Atomic uint32_t *flag)
{
	/* Returns at once when the flag is down already; a spurious return is fine: callers loop.
	 */
	syscall(SYS_futex, flag, FUTEX_WAIT_PRIVATE, 1, NULL, NULL, 0);
}

static void wake(_Atomic uint32_t *flag)
{
	if (atomic_load(flag) == 0)
		return;
	atomic_store(flag, 0);
	syscall(SYS_futex, flag, FUTEX_WAKE_PRIVATE, 1, NULL, NULL, 0);
}

static void pause_briefly(void)
{
#if defined(__x86_64__) || defined(__i386__)
	__builtin_ia32_pause();
#endif
}

static bool is_full(struct ring *ring, size_t head)
{
	if (head - ring->tail_seen < ring->capacity)
		return false;
	ring->tail_seen = atomic_load(&ring->tail);
	return head - ring->tail_seen >= ring->capacity;
}

static bool is_empty(struct ring *ring, size_t tail)
{
	if (ring->head_seen != tail)
		return false;
	ring->head_seen = atomic_load(&ring->head);
	return ring->head_seen == tail;
}

bool ring_push(struct ring *ring, void *item)
{
	size_t head = atomic_load_explicit(&ring->head, memory_order_relaxed);
	unsigned int n_tries;

	for (n_tries = 0; is_full(ring, head); n_tries++) {
		if (atomic_load(&ring->closed))
			return false;
		if (n_tries < N_SPINS) {
			pause_briefly();
			continue;
		}
		atomic_store(&ring->producer_sleeps, 1);
		if (is_full(ring, head) && !atomic_load(&ring->closed))
			sleep_on(&ring->producer_sleeps);
		atomic_store(&ring->producer_sleeps, 0);
	}
	if (atomic_load(&ring->closed))
		return false;
	ring->slots[head & (ring->capacity - 1)] = item;
	atomic_store(&ring->head, head + 1);
	wake(&ring->consumer_sleeps);
	return true;
}

void *ring_try_pop(struct ring *ring)
{
	size_t tail = atomic_load_explicit(&ring->tail, memory_order_relaxed);
	void *item;

	if (is_empty(ring, tail))
		return NULL;
	item = ring->slots[tail & (ring->capacity - 1)];
	atomic_store(&ring->tail, tail + 1);
	wake(&ring->producer_sleeps);
	return item;
}

void *ring_pop(struct ring *ring)
{
	size_t tail = atomic_load_explicit(&ring->tail, memory_order_relaxed);
	unsigned int n_tries;

	for (n_tries = 0; is_empty(ring, tail); n_tries++) {
		/* Closed first, then empty once more: what was pushed before the close is drained.
		 */
		if (atomic_load(&ring->closed) && is_empty(ring, tail))
			return NULL;
		if (n_tries < N_SPINS) {
			pause_briefly();
			continue;
		}
		atomic_store(&ring->consumer_sleeps, 1);
		if (is_empty(ring, tail) && !atomic_load(&ring->closed))
			sleep_on(&ring->consumer_sleeps);
		atomic_store(&ring->consumer_sleeps, 0);
	}
	return ring_try_pop(ring);
}

void ring_close(struct ring *ring)
{
	atomic_store(&ring->closed, true);
	wake(&ring->producer_sleeps);
	wake(&ring->consumer_sleeps);
}
