/* SPDX-License-Identifier: Apache-2.0 */
#include "flow/window.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

static_assert(WINDOW_LIMIT_RANGES * WINDOW_WEIGHT < 65536, "a sum times 2^32 times a width fits");

void window_set_done(struct window_set *set)
{
	free(set->profiles);
	memset(set, 0, sizeof(*set));
}

int window_key_compare(const struct window_key *a, const struct window_key *b)
{
	if (a->answers != b->answers)
		return a->answers ? 1 : -1;
	if (a->syn != b->syn)
		return a->syn < b->syn ? -1 : 1;
	return (a->scale > b->scale) - (a->scale < b->scale);
}

const struct window_profile *window_find(const struct window_set *set, const struct window_key *key)
{
	size_t low = 0, high = set->n;

	while (low < high) {
		size_t mid = low + (high - low) / 2;
		int order = window_key_compare(key, &set->profiles[mid].key);

		if (order == 0)
			return &set->profiles[mid];
		if (order < 0)
			high = mid;
		else
			low = mid + 1;
	}
	return NULL;
}

uint64_t window_class_bytes(uint32_t i_class)
{
	return i_class < 2 ? i_class : UINT64_C(16) << i_class;
}

const struct window_class *window_class_at(const struct window_profile *profile, uint32_t i_class)
{
	uint32_t i = i_class;

	while (i > 0 && profile->classes[i].n_ranges == 0)
		i--;
	while (i + 1 < WINDOW_N_CLASSES && profile->classes[i].n_ranges == 0)
		i++;
	return &profile->classes[i];
}

uint16_t window_draw(const struct window_class *c, uint32_t u)
{
	const uint64_t at = (uint64_t)u * c->total;
	uint64_t left = at >> 32;
	uint32_t i = 0, width;

	while (i + 1 < c->n_ranges && left >= c->ranges[i].weight)
		left -= c->ranges[i++].weight;
	width = (uint32_t)c->ranges[i].high - c->ranges[i].low + 1;
	if (width == 1)
		return c->ranges[i].low;
	left = left << 32 | (at & UINT32_MAX);
	return (uint16_t)(c->ranges[i].low + (left / c->ranges[i].weight * width >> 32));
}
