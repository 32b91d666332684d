/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A home: a pattern with the windows it covers and the counts of its network over them, kept so
 * that the change of its length by losing (or, for the empty pattern, taking back) some windows
 * costs time for those windows only.
 */
#ifndef SOSIE_MODELS_CHRONICLE_HOME_H
#define SOSIE_MODELS_CHRONICLE_HOME_H

#include "models/chronicle/family.h"

/* Cells are the (parents' configuration, value) pairs seen when the home was built. */
struct home_node {
	uint8_t node, column;
	uint32_t home, version; /* a home's id; how often its counts were changed */
	uint32_t n_configs, n_cells, n_values;
	uint32_t n_present; /* values with a count */
	uint32_t *cell;	    /* of each window */
	uint32_t *cell_config, *cell_value, *cell_count;
	uint32_t *config_count, *value_count;
	double bits;
};

struct home {
	struct chronicle_pattern shape; /* with windows: n_windows of n_rows each */
	uint32_t id;
	uint32_t n_counted; /* windows in the counts; the empty pattern: its uncovered rows */
	double delay_bits;
	uint32_t n_nodes;
	struct home_node *nodes;
};

/* A thread's room for counting the windows of some lists in one node. An array's entry is 0 where
 * untouched, else twice the change plus 1; all 0 between nodes. */
struct tally {
	int32_t *cells, *configs, *values;
	uint32_t *touched_cells, *touched_configs, *touched_values;
	uint32_t n_cells, n_configs, n_values;
	struct tally_sum *sums; /* of whole nodes for other numbers of values; a cache */
};

int tally_init(struct tally *tally, size_t n);
void tally_done(struct tally *tally);

/*
 * A home of the pattern, whose structure is final; its windows are taken over, also when it fails.
 * Returns 0 or -ENOMEM.
 */
int home_new(const struct lengths *lengths, const struct chronicle_table *table,
	     struct grouper *grouper, struct chronicle_pattern *pattern, struct home **ret_home);
void home_free(struct home *home);

/* Begin with tally_add for each list of windows, sign +1 or -1; tally_close; then what is asked of
 * it; tally_clear. */
void tally_add(struct tally *tally, const struct home_node *node, const uint32_t *windows, size_t n,
	       int32_t sign);
void tally_close(struct tally *tally, const struct home_node *node);
void tally_clear(struct tally *tally);

/* The length of a node after the change. */
double tally_after(struct tally *tally, const struct lengths *lengths,
		   const struct home_node *node);

/* The length of the windows tallied (all with +1) alone, under the same structure.
 * tally->n_values tells how many values they have. */
double tally_alone(const struct tally *tally, const struct lengths *lengths,
		   const struct home_node *node);

/* Makes the change. */
void tally_apply(struct tally *tally, const struct lengths *lengths, struct home_node *node);

/* Bits of the delays within one window. */
double window_delay_bits(const struct lengths *lengths, const struct chronicle_table *table,
			 const uint32_t *window, uint32_t n_rows);

/* Of the windows with their instants, delays and number; 0 when there are none. */
double home_data_bits(const struct lengths *lengths, const struct home *home);

#endif
