/* SPDX-License-Identifier: Apache-2.0 */
/*
 * From what was seen on edges to an automaton: counts, and quantile knots for gaps and sizes with
 * as few numbers as the data deserve. Every learner ends here.
 */
#ifndef SOSIE_AUTOMATA_FIT_H
#define SOSIE_AUTOMATA_FIT_H

#include "automata/automaton.h"

/* One packet read by one edge. */
struct fit_visit {
	int64_t gap_ns; /* 0 or more */
	uint32_t payload_bytes;
	uint16_t src, dst;
	automaton_symbol symbol;
	uint32_t gap_pool; /* 0: none. All visits of an edge have one pool, or none */
};

enum {
	FIT_KNOTS_MAX = 33,
	FIT_VISITS_PER_KNOT = 3,
	FIT_DIGITS = 3, /* significant digits kept of a gap: half a percent, far below what the
			   quantiles of a finite sample are worth */
};

/*
 * visits (n_visits) are sorted here by (src, dst, symbol, gap, size): one edge per (src, dst,
 * symbol). end_count (n_states) is copied. The result depends on what visits hold, not on their
 * order.
 *
 * Edges whose visits name one gap_pool share the distribution of all gaps of the pool.
 */
struct fit {
	const char *service;
	uint8_t proto;
	enum conn_state state;
	uint32_t n_words, max_packets, n_states;
	const uint32_t *end_count;
	struct fit_visit *visits;
	size_t n_visits;
};
int fit_automaton(const struct fit *fit, struct automaton **ret_automaton, struct err *err);

/* Knots for n values sorted ascending, at most FIT_KNOTS_MAX; returns how many. */
uint32_t fit_knots(const int64_t *sorted, size_t n, int64_t ret_knots[FIT_KNOTS_MAX]);

#endif
