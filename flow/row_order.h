/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Rows in order of flow start, from flows that end in any order. A finished row waits for the flows
 * that began before it; what waits is bounded. When the bound is met the flows still open in front
 * are given up: the waiting rows leave, and those flows' own rows leave when they end, counted
 * late.
 */
#ifndef SOSIE_FLOW_ROW_ORDER_H
#define SOSIE_FLOW_ROW_ORDER_H

#include "base/err.h"
#include <stddef.h>
#include <stdint.h>

/* The bound that the meter and the ground truth share, so that their rows come in one order. */
enum { ROW_ORDER_WAITING = 1 << 19 };

struct row_order;

typedef int row_order_emit_fn(void *context, const void *row);

/* Rows are row_bytes long and copied. limit_rows finished rows may wait. */
int row_order_new(size_t row_bytes, size_t limit_rows, row_order_emit_fn *emit, void *context,
		  struct row_order **ret_order, struct err *err);
void row_order_freep(struct row_order **order);

/* A flow begins; returns its ticket, counting from 0. UINT64_MAX: out of memory. */
uint64_t row_order_begin(struct row_order *order);
/* It ended with this row; row NULL: it leaves no row. Emits all that need wait no longer. Returns
 * emit's error. */
int row_order_end(struct row_order *order, uint64_t ticket, const void *row);
/* Emits what still waits (flows begun and not ended leave no row). */
int row_order_flush(struct row_order *order);
uint64_t row_order_n_late(const struct row_order *order);

#endif
