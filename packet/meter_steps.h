/* SPDX-License-Identifier: Apache-2.0 */
/* The steps of the open flows, in chunks that grow with the flow and are used again. */
#ifndef SOSIE_PACKET_METER_STEPS_H
#define SOSIE_PACKET_METER_STEPS_H

#include "automata/step.h"
#include "base/arena.h"
#include "base/err.h"
#include <stddef.h>

struct step_chunk;

struct step_list {
	struct step_chunk *first, *last;
	uint32_t n_steps;
};

enum { STEP_SIZES = 5 }; /* chunks of 8, 32, 128, 512, 2048 steps */

struct step_pool {
	struct arena chunks;
	struct step_chunk *spare[STEP_SIZES];
	struct automaton_step *together; /* for step_list_gather() */
	size_t together_capacity;
};

void step_pool_init(struct step_pool *pool);
void step_pool_done(struct step_pool *pool);

int step_list_append(struct step_list *list, struct step_pool *pool,
		     const struct automaton_step *step, struct err *err);
/* All steps in one array, until the next call. */
int step_list_gather(const struct step_list *list, struct step_pool *pool,
		     const struct automaton_step **ret_steps, struct err *err);
void step_list_clear(struct step_list *list, struct step_pool *pool);

#endif
