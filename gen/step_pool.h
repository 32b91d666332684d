/* SPDX-License-Identifier: Apache-2.0 */
/* Step arrays of open flows, recycled by size class, so that a flow that begins finds one from a
 * flow that ended. */
#ifndef SOSIE_GEN_STEP_POOL_H
#define SOSIE_GEN_STEP_POOL_H

#include "automata/step.h"
#include <stddef.h>

enum { STEP_POOL_CLASSES = 28 };

struct step_pool {
	void *free[STEP_POOL_CLASSES]; /* lists of arrays of 4 << class steps */
};

void step_pool_init(struct step_pool *pool);
void step_pool_done(struct step_pool *pool); /* frees what was put back; what is out is the caller's
						to put first */
struct automaton_step *step_pool_get(struct step_pool *pool,
				     uint32_t n_steps); /* NULL: out of memory */
void step_pool_put(struct step_pool *pool, struct automaton_step *steps,
		   uint32_t n_steps); /* NULL is fine */

#endif
