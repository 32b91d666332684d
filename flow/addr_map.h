/* SPDX-License-Identifier: Apache-2.0 */
/* Numbers addresses 0, 1, 2 ... in order of first appearance. */
#ifndef SOSIE_FLOW_ADDR_MAP_H
#define SOSIE_FLOW_ADDR_MAP_H

#include "base/addr.h"
#include <stddef.h>

struct addr_map {
	struct ip_addr *addrs; /* by number */
	size_t n, capacity;
	uint32_t *slots; /* number + 1, 0: free; at most half full */
	size_t n_slots;
};

void addr_map_done(struct addr_map *map);

/* The address's number, given now if it has none. -ENOMEM. */
int addr_map_put(struct addr_map *map, const struct ip_addr *addr, uint32_t *ret_number);

/* Its number, or UINT32_MAX. */
uint32_t addr_map_find(const struct addr_map *map, const struct ip_addr *addr);

#endif
