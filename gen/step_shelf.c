/* SPDX-License-Identifier: Apache-2.0 */
#include "gen/step_shelf.h"

#include <stdlib.h>
#include <string.h>

enum {
	LEAST_STEPS = 4,
	KEPT_CLASSES =
		12, /* arrays above 16,384 steps go back to the system: few flows need them */
};

static int class_of(uint32_t n_steps)
{
	int c = 0;

	while (c + 1 < STEP_SHELF_CLASSES && (uint64_t)LEAST_STEPS << c < n_steps)
		c++;
	return c;
}

void step_shelf_init(struct step_shelf *pool)
{
	memset(pool, 0, sizeof(*pool));
}

void step_shelf_done(struct step_shelf *pool)
{
	for (int c = 0; c < STEP_SHELF_CLASSES; c++) {
		while (pool->free[c] != NULL) {
			void *next;

			memcpy(&next, pool->free[c], sizeof(next));
			free(pool->free[c]);
			pool->free[c] = next;
		}
	}
}

struct automaton_step *step_shelf_get(struct step_shelf *pool, uint32_t n_steps)
{
	const int c = class_of(n_steps);
	void *steps = pool->free[c];

	if (steps == NULL)
		return malloc(((size_t)LEAST_STEPS << c) * sizeof(struct automaton_step));
	memcpy(&pool->free[c], steps, sizeof(pool->free[c]));
	return steps;
}

void step_shelf_put(struct step_shelf *pool, struct automaton_step *steps, uint32_t n_steps)
{
	const int c = class_of(n_steps);

	if (steps == NULL)
		return;
	if (c > KEPT_CLASSES) {
		free(steps);
		return;
	}
	memcpy(steps, &pool->free[c], sizeof(pool->free[c]));
	pool->free[c] = steps;
}
