/* SPDX-License-Identifier: Apache-2.0 */
#include "gen/step_pool.h"

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

	while (c + 1 < STEP_POOL_CLASSES && (uint64_t)LEAST_STEPS << c < n_steps)
		c++;
	return c;
}

void step_pool_init(struct step_pool *pool)
{
	memset(pool, 0, sizeof(*pool));
}

void step_pool_done(struct step_pool *pool)
{
	for (int c = 0; c < STEP_POOL_CLASSES; c++) {
		while (pool->free[c] != NULL) {
			void *next;

			memcpy(&next, pool->free[c], sizeof(next));
			free(pool->free[c]);
			pool->free[c] = next;
		}
	}
}

struct automaton_step *step_pool_get(struct step_pool *pool, uint32_t n_steps)
{
	const int c = class_of(n_steps);
	void *steps = pool->free[c];

	if (steps == NULL)
		return malloc(((size_t)LEAST_STEPS << c) * sizeof(struct automaton_step));
	memcpy(&pool->free[c], steps, sizeof(pool->free[c]));
	return steps;
}

void step_pool_put(struct step_pool *pool, struct automaton_step *steps, uint32_t n_steps)
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
