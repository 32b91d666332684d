/* SPDX-License-Identifier: Apache-2.0 */
#include "base/dist.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

__extension__ typedef unsigned __int128 uint128;
__extension__ typedef __int128 int128;

static int sum_weights(const uint64_t *weights, uint32_t n, uint64_t *ret_sum)
{
	uint64_t sum = 0;
	uint32_t i;

	for (i = 0; i < n; i++)
		if (__builtin_add_overflow(sum, weights[i], &sum))
			return -EINVAL;
	if (sum == 0 || sum > INT64_MAX)
		return -EINVAL;
	*ret_sum = sum;
	return 0;
}

/*
 * Vose's construction: each cell of height `sum` takes one light outcome and is topped up by one
 * heavy one. rest[i] is what is left of weight[i] * n; order is the light outcomes from the left
 * and the heavy ones from the right. All in integers: nothing is rounded but the thresholds.
 */
static void fill_cells(struct alias_table *table, uint128 *rest, uint32_t *order, uint64_t sum)
{
	uint32_t n = table->n, n_light = 0, first_heavy = n, i;

	for (i = 0; i < n; i++) {
		if (rest[i] < sum)
			order[n_light++] = i;
		else
			order[--first_heavy] = i;
	}
	/* The lights and heavies together never exceed n, so one array serves as two stacks. */
	while (n_light > 0 && first_heavy < n) {
		uint32_t light = order[--n_light];
		uint32_t heavy = order[first_heavy];

		table->threshold[light] = (uint32_t)((rest[light] << 32) / sum);
		table->alias[light] = heavy;
		rest[heavy] -= sum - rest[light];
		if (rest[heavy] < sum) {
			first_heavy++;
			order[n_light++] = heavy;
		}
	}
	/* What remains is exactly full: sums are exact, so no light one can be left over. */
	for (i = first_heavy; i < n; i++)
		table->alias[order[i]] = order[i];
}

int alias_init(struct alias_table *table, const uint64_t *weights, uint32_t n)
{
	CLEANUP(freep) uint128 *rest = NULL;
	CLEANUP(freep) uint32_t *order = NULL;
	uint64_t sum;
	uint32_t i;
	int r;

	memset(table, 0, sizeof(*table));
	r = sum_weights(weights, n, &sum);
	if (r < 0)
		return r;
	rest = mem_array(n, sizeof(*rest));
	order = mem_array(n, sizeof(*order));
	table->threshold = mem_array(n, sizeof(*table->threshold));
	table->alias = mem_array(n, sizeof(*table->alias));
	if (rest == NULL || order == NULL || table->threshold == NULL || table->alias == NULL) {
		alias_done(table);
		return -ENOMEM;
	}
	table->n = n;
	for (i = 0; i < n; i++)
		rest[i] = (uint128)weights[i] * n;
	fill_cells(table, rest, order, sum);
	return 0;
}

void alias_done(struct alias_table *table)
{
	free(table->threshold);
	free(table->alias);
	memset(table, 0, sizeof(*table));
}

uint32_t alias_draw(const struct alias_table *table, struct rng *rng)
{
	uint64_t u = rng_u64(rng);
	uint32_t cell = (uint32_t)((u >> 32) * table->n >> 32);

	return (uint32_t)u < table->threshold[cell] ? cell : table->alias[cell];
}

void quantile_fit(const int64_t *sorted, size_t n, int64_t *ret_knots, uint32_t n_knots)
{
	uint32_t k;

	if (n_knots == 1) {
		ret_knots[0] = sorted[(n - 1) / 2];
		return;
	}
	for (k = 0; k < n_knots; k++) {
		uint128 rank = (uint128)k * (n - 1) * 2 + (n_knots - 1);

		ret_knots[k] = sorted[(size_t)(rank / ((uint128)(n_knots - 1) * 2))];
	}
}
