/* SPDX-License-Identifier: Apache-2.0 */
/* The order in which automata list their edges, whatever else an edge has. */
#ifndef SOSIE_AUTOMATA_EDGE_ORDER_H
#define SOSIE_AUTOMATA_EDGE_ORDER_H

#include <stdint.h>

struct edge_place {
	uint32_t src, symbol, dst;
};

/* By source, symbol, destination; negative, 0 or positive. */
static inline int edge_order(struct edge_place a, struct edge_place b)
{
	if (a.src != b.src)
		return a.src < b.src ? -1 : 1;
	if (a.symbol != b.symbol)
		return a.symbol < b.symbol ? -1 : 1;
	return (a.dst > b.dst) - (a.dst < b.dst);
}

#endif
