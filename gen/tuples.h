/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which tuples are taken, until when. A tuple is kept as a 64-bit hash of its flow_key: a false
 * alarm (once in 10^19 / open flows) moves a port, it does no harm.
 */
#ifndef SOSIE_GEN_TUPLES_H
#define SOSIE_GEN_TUPLES_H

#include "base/err.h"
#include "flow/record.h"
#include <stddef.h>

struct tuple_slot {
	uint64_t hash; /* 0: empty */
	int64_t free_ns;
};

struct tuples {
	struct tuple_slot *slots;
	size_t n_slots; /* a power of two */
	size_t n_used;
	int64_t now_ns; /* slots free before it may be forgotten */
};

int tuples_init(struct tuples *tuples, struct err *err);
void tuples_done(struct tuples *tuples);

/* The instant from which the record's tuple may begin a flow again; INT64_MIN: it is free now. */
int64_t tuples_free_at(const struct tuples *tuples, const struct flow_record *record);
/* Takes the tuple for the record's life and its idle timeout. */
int tuples_take(struct tuples *tuples, const struct flow_record *record, struct err *err);

#endif
