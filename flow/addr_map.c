/* SPDX-License-Identifier: Apache-2.0 */
#include "flow/addr_map.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/bytes.h"
#include "base/hash.h"
#include "base/mem.h"

enum { FIRST_SLOTS = 1024, LIMIT_ADDRESSES = 1 << 28 };

void addr_map_done(struct addr_map *map)
{
	free(map->addrs);
	free(map->slots);
	memset(map, 0, sizeof(*map));
}

static size_t slot_of(const struct addr_map *map, const struct ip_addr *addr)
{
	size_t s = (size_t)hash_bytes(addr->bytes, sizeof(addr->bytes), addr->version) &
		   (map->n_slots - 1);

	while (map->slots[s] != 0 && !ip_equal(&map->addrs[map->slots[s] - 1], addr))
		s = (s + 1) & (map->n_slots - 1);
	return s;
}

static int grow(struct addr_map *map)
{
	struct addr_map larger = *map;

	larger.n_slots = map->n_slots == 0 ? FIRST_SLOTS : map->n_slots * 2;
	larger.slots = mem_array(larger.n_slots, sizeof(*larger.slots));
	if (larger.slots == NULL)
		return -ENOMEM;
	for (size_t i = 0; i < map->n; i++)
		larger.slots[slot_of(&larger, &map->addrs[i])] = (uint32_t)i + 1;
	free(map->slots);
	*map = larger;
	return 0;
}

int addr_map_put(struct addr_map *map, const struct ip_addr *addr, uint32_t *ret_number)
{
	size_t s;

	if (map->n * 2 >= map->n_slots && grow(map) < 0)
		return -ENOMEM;
	s = slot_of(map, addr);
	if (map->slots[s] == 0) {
		if (mem_grow(&map->addrs, &map->capacity, map->n + 1, sizeof(*map->addrs),
			     LIMIT_ADDRESSES) < 0)
			return -ENOMEM;
		map->addrs[map->n++] = *addr;
		map->slots[s] = (uint32_t)map->n;
	}
	*ret_number = map->slots[s] - 1;
	return 0;
}

uint32_t addr_map_find(const struct addr_map *map, const struct ip_addr *addr)
{
	return map->n_slots == 0 ? UINT32_MAX : map->slots[slot_of(map, addr)] - 1;
}
