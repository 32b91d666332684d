/* SPDX-License-Identifier: Apache-2.0 */
#include "packet/meter_fragments.h"

#include <string.h>

#include "base/hash.h"

/* What makes fragments one packet: addresses and id, and in IPv4 the protocol (RFC 791; in IPv6 the
 * first fragment alone knows it). */
static uint64_t fragment_hash(uint64_t seed, const struct packet_view *view)
{
	uint8_t named[2 * sizeof(struct ip_addr) + 5];

	memcpy(named, &view->src, sizeof(view->src));
	memcpy(named + sizeof(view->src), &view->dst, sizeof(view->dst));
	memcpy(named + 2 * sizeof(view->src), &view->fragment_id, 4);
	named[2 * sizeof(view->src) + 4] = view->src.version == 4 ? view->proto : 0;
	return hash_bytes(named, sizeof(named), seed);
}

void fragment_put(struct fragment_table *table, uint64_t seed, const struct packet_view *view,
		  int64_t time_ns, struct open_flow *flow, bool backward)
{
	uint64_t hash = fragment_hash(seed, view);
	struct fragment_place *set = table->places[hash & (FRAGMENT_SETS - 1)];
	size_t i;

	for (i = 0; i < FRAGMENT_WAYS - 1 && set[i].hash != hash; i++)
		;
	memmove(set + 1, set, i * sizeof(*set));
	set[0] = (struct fragment_place) { hash, flow, flow->ticket, time_ns, backward };
}

struct open_flow *fragment_find(const struct fragment_table *table, uint64_t seed,
				const struct packet_view *view, int64_t time_ns, bool *ret_backward)
{
	uint64_t hash = fragment_hash(seed, view);
	const struct fragment_place *set = table->places[hash & (FRAGMENT_SETS - 1)];

	for (size_t i = 0; i < FRAGMENT_WAYS; i++) {
		const struct fragment_place *place = &set[i];
		int64_t age;

		if (place->flow == NULL || place->hash != hash)
			continue;
		if (__builtin_sub_overflow(time_ns, place->time_ns, &age) ||
		    age > FRAGMENT_TIMEOUT_NS || age < -FRAGMENT_TIMEOUT_NS ||
		    place->flow->ticket != place->ticket)
			return NULL;
		*ret_backward = place->backward;
		return place->flow;
	}
	return NULL;
}
