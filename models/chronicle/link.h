/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Two-sided windows: one of A, then one of B, perhaps with an address in common.
 *
 * What a link saves is the second instant: log2 T bits less the delay's. That alone would chain any
 * rows whatever, since in this code instants are dear, so a link must also be more than chance:
 * were the rows exchanged in time, the second side would follow within h ticks in a fraction q of
 * cases; it does in k of n. By Chernoff's bound that happens by chance with probability at most
 * 2^-(n KL(k/n || q)), and a link needs LINK_CHANCE_BITS in that exponent. The h with the most of
 * them limits its windows' delays.
 */
#ifndef SOSIE_MODELS_CHRONICLE_LINK_H
#define SOSIE_MODELS_CHRONICLE_LINK_H

#include "models/chronicle/candidate.h"
#include "models/chronicle/restrict.h"

enum {
	LINK_CHANCE_BITS = 40,
	LINK_DELAYS = 96, /* bounds tried: 0, 1, 2, 3, 4, 6, 8, 12 ... */
};

struct link_clock {
	uint32_t n;
	int64_t delays[LINK_DELAYS];
	double follow[LINK_DELAYS]; /* how many rows follow a row within this delay, on average */
};

/* horizon: the longest delay; 0: none. */
void link_clock_init(struct link_clock *clock, const struct chronicle_table *table,
		     int64_t horizon_ticks);

struct link_event {
	uint32_t row;  /* A: the window's last; B: its first */
	uint32_t unit; /* the row, or the window of the side's home */
};

/* A thread's room for working on one link; the links found are here until the next. */
struct linker {
	struct link_event *events[2]; /* by side, ascending */
	uint32_t n_events[2];
	uint32_t *heads, *counts[2]; /* by key: the latest A that waits + 1; how many of each */
	uint32_t *next;		     /* of each A: the one that waits behind it + 1 */
	uint32_t *used;		     /* first rows of B's that end a window, marked by epoch */
	uint32_t epoch;
	uint32_t *partners; /* of each A, in order of first rows: B's unit + 1 */
	uint32_t *units[2]; /* of each window: the unit of A and that of B */
	uint32_t n_windows;
	uint32_t *windows; /* n_windows of n_rows rows, ascending by the first */
	uint32_t n_rows;
	int64_t max_delay; /* from A to B */
	double evidence;   /* bits */
};

int linker_init(struct linker *linker, const struct chronicle_table *table);
void linker_done(struct linker *linker);

/* Finds the windows of a LINK; none where the evidence is too little. Each B, in order, takes the
 * latest free A before it with its key and no further back than the delay. */
void link_windows(const struct cover *cover, const struct postings *postings,
		  const struct link_clock *clock, const struct candidate *candidate,
		  struct linker *linker);

/* Once the windows are found: its gain with both sides' networks. -ENOMEM or 0. */
int link_estimate(const struct cover *cover, struct tester *tester,
		  const struct candidate *candidate, const struct linker *linker, double *ret_gain);

/* Its shape and windows, for cover_form. */
int link_form(const struct cover *cover, const struct candidate *candidate,
	      const struct linker *linker, struct chronicle_pattern *ret);

#endif
