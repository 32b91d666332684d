/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A ring of the tickets from the oldest one still open to the newest. A finished row is copied into
 * a pool slot and its slot's number stands in the ring. When too many wait, the head gives up the
 * flows that are still open in front: they will leave late, by themselves, when they end.
 */
#include "flow/row_order.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

#define SLOT_OPEN   UINT32_MAX
#define SLOT_NONE   (UINT32_MAX - 1) /* ended without a row */
#define LIMIT_SLOTS (UINT32_MAX - 2)

struct row_order {
	size_t row_bytes;
	size_t limit_rows;
	row_order_emit_fn *emit;
	void *context;

	uint32_t *ring; /* by ticket & (n_ring - 1): a slot, or SLOT_* */
	size_t n_ring;
	uint64_t head, next; /* tickets in the ring: [head, next) */
	size_t n_waiting;    /* ended, in the ring */
	uint64_t n_late;

	uint8_t *slots;
	size_t n_slots, slots_capacity;
	uint32_t *spare; /* slots to reuse */
	size_t n_spare, spare_capacity;
};

int row_order_new(size_t row_bytes, size_t limit_rows, row_order_emit_fn *emit, void *context,
		  struct row_order **ret_order, struct err *err)
{
	struct row_order *order = calloc(1, sizeof(*order));

	if (order == NULL)
		return err_no_memory(err);
	order->row_bytes = row_bytes;
	order->limit_rows = limit_rows < 1 ? 1 : limit_rows;
	order->emit = emit;
	order->context = context;
	order->n_ring = 1024;
	order->ring = mem_array(order->n_ring, sizeof(*order->ring));
	if (order->ring == NULL) {
		row_order_freep(&order);
		return err_no_memory(err);
	}
	*ret_order = order;
	return 0;
}

void row_order_freep(struct row_order **order)
{
	if (*order == NULL)
		return;
	free((*order)->ring);
	free((*order)->slots);
	free((*order)->spare);
	free(*order);
	*order = NULL;
}

static uint32_t *cell(struct row_order *order, uint64_t ticket)
{
	return &order->ring[ticket & (order->n_ring - 1)];
}

static int ring_double(struct row_order *order)
{
	uint32_t *ring = mem_array(order->n_ring * 2, sizeof(*ring));

	if (ring == NULL)
		return -ENOMEM;
	for (uint64_t t = order->head; t < order->next; t++)
		ring[t & (order->n_ring * 2 - 1)] = *cell(order, t);
	free(order->ring);
	order->ring = ring;
	order->n_ring *= 2;
	return 0;
}

uint64_t row_order_begin(struct row_order *order)
{
	if (order->next - order->head == order->n_ring && ring_double(order) < 0)
		return UINT64_MAX;
	*cell(order, order->next) = SLOT_OPEN;
	return order->next++;
}

/* Copies the row into a slot. */
static int slot_take(struct row_order *order, const void *row, uint32_t *ret_slot)
{
	uint32_t slot;
	int r;

	if (order->n_spare > 0) {
		slot = order->spare[--order->n_spare];
	} else {
		r = mem_grow(&order->slots, &order->slots_capacity, order->n_slots + 1,
			     order->row_bytes, LIMIT_SLOTS);
		if (r < 0)
			return r;
		/* Room to give every slot back, so that giving back cannot fail. */
		r = mem_grow(&order->spare, &order->spare_capacity, order->slots_capacity,
			     sizeof(*order->spare), (size_t)LIMIT_SLOTS * 2);
		if (r < 0)
			return r;
		slot = (uint32_t)order->n_slots++;
	}
	memcpy(order->slots + slot * order->row_bytes, row, order->row_bytes);
	*ret_slot = slot;
	return 0;
}

/* Takes the head ticket out of the ring and emits its row if it has one. */
static int head_leave(struct row_order *order)
{
	uint32_t slot = *cell(order, order->head);
	int r = 0;

	order->head++;
	if (slot == SLOT_OPEN)
		return 0;
	order->n_waiting--;
	if (slot == SLOT_NONE)
		return 0;
	/* The row is copied neither by emit nor moved by it: emit may not call back into the order.
	 */
	r = order->emit(order->context, order->slots + slot * order->row_bytes);
	order->spare[order->n_spare++] = slot;
	return r;
}

int row_order_end(struct row_order *order, uint64_t ticket, const void *row)
{
	uint32_t slot = SLOT_NONE;
	int r;

	if (ticket >= order->next)
		return -EINVAL;
	if (ticket < order->head) {
		if (row == NULL)
			return 0;
		order->n_late++;
		return order->emit(order->context, row);
	}
	if (row != NULL) {
		if (ticket == order->head) {
			/* Nobody is in front: it need not be stored. */
			order->head++;
			r = order->emit(order->context, row);
			goto drain;
		}
		r = slot_take(order, row, &slot);
		if (r < 0)
			return r;
	}
	*cell(order, ticket) = slot;
	order->n_waiting++;
	r = 0;
drain:
	while (r == 0 && order->head < order->next &&
	       (*cell(order, order->head) != SLOT_OPEN || order->n_waiting > order->limit_rows))
		r = head_leave(order);
	return r;
}

int row_order_flush(struct row_order *order)
{
	int r = 0;

	while (r == 0 && order->head < order->next)
		r = head_leave(order);
	return r;
}

uint64_t row_order_n_late(const struct row_order *order)
{
	return order->n_late;
}
