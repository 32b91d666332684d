/* SPDX-License-Identifier: Apache-2.0 */
/* One occurrence of a pattern as codes, before it meets a network. */
#ifndef SOSIE_FLOW_CHRONICLE_DRAW_H
#define SOSIE_FLOW_CHRONICLE_DRAW_H

#include "flow/chronicle.h"

struct packed_follow;
struct packed_pattern;

struct pattern_draw {
	uint32_t i_pattern, n_rows;
	const struct packed_pattern *packed; /* flow/chronicle_pack.h */
	uint16_t pinned[2]; /* the first row's ends, where a session says them, or BAYES_NO_CODE */
	struct ip_addr pins[2];		       /* and their addresses */
	uint16_t bound[PATTERN_MAX_VARIABLES]; /* the variables' hosts */
	int64_t offset_ns[CHRONICLE_MAX_ROWS]; /* since the occurrence's start, ascending */
	/* Row r has its columns at pattern_codes(draw, r), those before it behind. */
	uint16_t codes[CHRONICLE_MAX_ROWS * FLOW_N_COLUMNS];
};

/* The codes of a row as its network wants them: flow_variable(). */
static inline uint16_t *pattern_codes(struct pattern_draw *draw, uint32_t row)
{
	return draw->codes + (draw->n_rows - 1 - row) * FLOW_N_COLUMNS;
}

/* Which pattern begins a session at this time: the first draw from `flow`. */
uint32_t chronicle_draw_pattern(const struct chronicle_flows *flows, int64_t start_ns,
				struct rng *flow);
/* How many rows pattern i has. */
uint32_t chronicle_draw_rows(const struct chronicle_flows *flows, uint32_t i_pattern);
/* The kinds of pattern i's rows, from `flow`; nothing is pinned. */
void chronicle_draw_kinds(const struct chronicle_flows *flows, uint32_t i_pattern,
			  struct pattern_draw *draw, struct rng *flow);
/* Hosts and ports of all rows, from `tuple`; may be called again for others. */
void chronicle_draw_tuples(const struct chronicle_flows *flows, struct pattern_draw *draw,
			   struct rng *tuple);
/* Delays and all other columns, from `flow`. */
void chronicle_draw_rest(const struct chronicle_flows *flows, struct pattern_draw *draw,
			 struct rng *flow);
/* What follows from a place of it (a row, or PATTERN_LATER), or NULL. */
const struct packed_follow *chronicle_draw_follow(const struct chronicle_flows *flows,
						  const struct pattern_draw *draw, uint32_t place,
						  struct rng *flow);

#endif
