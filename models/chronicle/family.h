/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Counting how often codes go together in a set of windows: the windows' cells as dense values,
 * and the grouping of windows by what two columns say.
 */
#ifndef SOSIE_MODELS_CHRONICLE_FAMILY_H
#define SOSIE_MODELS_CHRONICLE_FAMILY_H

#include "models/chronicle/lengths.h"

/* The free and binding cells of a pattern over its windows, each cell's codes numbered by first
 * appearance. */
struct sample {
	uint32_t n; /* windows */
	uint32_t n_nodes;
	uint8_t nodes[CHRONICLE_MAX_NODES];	/* row * n_columns + column, ascending */
	int16_t i_node[CHRONICLE_MAX_NODES];	/* its place in nodes, or -1 */
	uint32_t n_values[CHRONICLE_MAX_NODES]; /* of nodes[i] */
	uint32_t *values;			/* of node i: values + i * n */
};

/* Groups of windows: open addressing, or a plain array where the pairs are few. */
struct grouper {
	struct group_slot *slots;
	size_t n_slots; /* a power of two */
	uint32_t epoch;
	uint32_t *counts; /* of the groups found last */
	size_t n_counts;
	uint32_t *map, *marks; /* of 2^16 codes: their values, good where marked with mark */
	uint32_t mark;
};

void sample_done(struct sample *sample);

/*
 * Reads the cells that are nodes (free or binding) of n windows, pattern->windows. Returns 0 or
 * -ENOMEM.
 */
int sample_init(struct sample *sample, const struct chronicle_table *table,
		const struct chronicle_pattern *pattern, struct grouper *grouper);

static inline const uint32_t *sample_values(const struct sample *sample, uint32_t i)
{
	return sample->values + (size_t)i * sample->n;
}

/* Room for the groups of n windows. Returns 0 or -ENOMEM. */
int grouper_init(struct grouper *grouper, size_t n);
void grouper_done(struct grouper *grouper);

/*
 * Numbers the pairs (a[i], b[i]) by first appearance and counts them in grouper->counts. a may be
 * NULL: one group of all. Values of a are below n_a, of b below n_b. ret_groups may be NULL or a.
 * Returns how many pairs there are.
 */
uint32_t grouper_pairs(struct grouper *grouper, uint32_t n, const uint32_t *a, uint32_t n_a,
		       const uint32_t *b, uint32_t n_b, uint32_t *ret_groups);

#endif
