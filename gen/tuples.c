/* SPDX-License-Identifier: Apache-2.0 */
#include "gen/tuples.h"

#include <errno.h>
#include <stdlib.h>

#include "base/mem.h"
#include "flow/key.h"

enum { FIRST_SLOTS = 4096 };

int tuples_init(struct tuples *tuples, struct err *err)
{
	*tuples = (struct tuples) { .n_slots = FIRST_SLOTS, .now_ns = INT64_MIN };
	tuples->slots = mem_array(FIRST_SLOTS, sizeof(*tuples->slots));
	return tuples->slots == NULL ? err_no_memory(err) : 0;
}

void tuples_done(struct tuples *tuples)
{
	free(tuples->slots);
	tuples->slots = NULL;
}

static uint64_t hash_of(const struct flow_record *record)
{
	struct flow_key key;
	uint64_t hash;

	flow_key_make(&record->src, record->src_port, &record->dst, record->dst_port, record->proto,
		      &key);
	hash = flow_key_hash(&key, 0);
	return hash == 0 ? 1 : hash;
}

/* The slot of hash, or the empty one where it would go. */
static struct tuple_slot *find(const struct tuples *tuples, uint64_t hash)
{
	size_t i = hash & (tuples->n_slots - 1);

	while (tuples->slots[i].hash != 0 && tuples->slots[i].hash != hash)
		i = (i + 1) & (tuples->n_slots - 1);
	return &tuples->slots[i];
}

int64_t tuples_free_at(const struct tuples *tuples, const struct flow_record *record)
{
	const struct tuple_slot *slot = find(tuples, hash_of(record));

	return slot->hash == 0 || slot->free_ns <= record->start_ns ? INT64_MIN : slot->free_ns;
}

/* Forgets what is free again and makes room for as much as is left. */
static int rebuild(struct tuples *tuples, struct err *err)
{
	struct tuples next = *tuples;
	size_t n_live = 0;

	for (size_t i = 0; i < tuples->n_slots; i++)
		n_live += tuples->slots[i].hash != 0 && tuples->slots[i].free_ns > tuples->now_ns;
	next.n_slots = FIRST_SLOTS;
	while (next.n_slots < n_live * 3)
		next.n_slots *= 2;
	next.slots = mem_array(next.n_slots, sizeof(*next.slots));
	if (next.slots == NULL)
		return err_no_memory(err);
	next.n_used = n_live;
	for (size_t i = 0; i < tuples->n_slots; i++)
		if (tuples->slots[i].hash != 0 && tuples->slots[i].free_ns > tuples->now_ns)
			*find(&next, tuples->slots[i].hash) = tuples->slots[i];
	free(tuples->slots);
	*tuples = next;
	return 0;
}

int tuples_take(struct tuples *tuples, const struct flow_record *record, struct err *err)
{
	const uint64_t hash = hash_of(record);
	struct tuple_slot *slot;

	if (tuples->n_used * 10 >= tuples->n_slots * 7) {
		int r = rebuild(tuples, err);

		if (r < 0)
			return r;
	}
	slot = find(tuples, hash);
	tuples->n_used += slot->hash == 0;
	slot->hash = hash;
	slot->free_ns = record->start_ns + record->duration_ns + flow_timeout_ns(record->proto) + 1;
	return 0;
}
