/* SPDX-License-Identifier: Apache-2.0 */
/* Step arrays of open flows, recycled by size class, so that a flow that begins finds one from a
 * flow that ended. */
#ifndef SOSIE_GEN_STEP_SHELF_H
#define SOSIE_GEN_STEP_SHELF_H

#include "automata/step.h"
#include <stddef.h>

enum { STEP_SHELF_CLASSES = 28 };

struct step_shelf {
	void *free[STEP_SHELF_CLASSES]; /* lists of arrays of 4 << class steps */
};

void step_shelf_init(struct step_shelf *pool);
void step_shelf_done(struct step_shelf *pool); /* frees what was put back; what is out is the
						caller's to put first */
struct automaton_step *step_shelf_get(struct step_shelf *pool,
				      uint32_t n_steps); /* NULL: out of memory */
void step_shelf_put(struct step_shelf *pool, struct automaton_step *steps,
		    uint32_t n_steps); /* NULL is fine */

#endif
