/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a comparison looks like: distributions of one column on both sides, on the same bars or
 * bins, ready to be drawn. Side 0 is the real one, 1 the synthetic.
 */
#ifndef SOSIE_EVAL_PORTRAIT_H
#define SOSIE_EVAL_PORTRAIT_H

#include "eval/count.h"
#include "flow/table.h"

enum eval_bars_column {
	EVAL_BARS_SERVICE, /* with the protocol: "dns/udp" */
	EVAL_BARS_PROTO,
	EVAL_BARS_STATE,
	EVAL_BARS_FLAGS,
	EVAL_BARS_DST_PORT,
	EVAL_N_BARS
};

enum { EVAL_BARS_LIMIT = 14, EVAL_BAR_LABEL_BYTES = 40 };

struct eval_bar {
	char label[EVAL_BAR_LABEL_BYTES]; /* as the file has it: to be escaped */
	double share[2];		  /* of the side's flows */
	bool is_one; /* one value, and example a row with it; false: "others" */
	struct flow_record example;
};

struct eval_bars {
	size_t n;
	struct eval_bar bars[EVAL_BARS_LIMIT + 1]; /* the most frequent; last may be "others" */
};

/* By the mean share of both sides, ties by value. Errors: -ENOMEM. */
int eval_bars_of(const struct flow_table *const tables[2], enum eval_bars_column column,
		 struct eval_bars *ret_bars, struct err *err);

enum eval_curve_column {
	EVAL_CURVE_DURATION,  /* us */
	EVAL_CURVE_FWD_BYTES, /* IP bytes */
	EVAL_CURVE_BWD_BYTES,
	EVAL_CURVE_FWD_PACKETS,
	EVAL_CURVE_BWD_PACKETS,
	EVAL_CURVE_BYTES, /* both ways */
	EVAL_CURVE_PACKETS,
	EVAL_CURVE_START_GAP, /* us from one start to the next; tables in order of start */
	EVAL_N_CURVES
};

enum { EVAL_CURVE_BINS = 256 };

/* Bin i holds values from edge[i] to below edge[i + 1]; no bin below low or from high on is used.
 */
struct eval_curve {
	size_t low, high;
	double edge[EVAL_CURVE_BINS + 1];
	double share[2][EVAL_CURVE_BINS];
	double n[2]; /* values on each side; 0: the side's shares are 0 */
};

/* On quarter octaves (eval_quarter_octave): even steps on a logarithmic axis. */
void eval_curve_of(const struct flow_table *const tables[2], enum eval_curve_column column,
		   struct eval_curve *ret_curve);
/* Of a histogram whose keys are group << shift | quarter octave: the keys of one group. */
void eval_curve_of_octaves(const struct eval_counts *const counts[2], unsigned int shift,
			   uint64_t group, struct eval_curve *ret_curve);
/* Of a histogram whose keys are numbers, on even bins of this width; all beyond is in the last. */
void eval_curve_of_numbers(const struct eval_counts *const counts[2], uint64_t width, size_t n_bins,
			   struct eval_curve *ret_curve);

enum { EVAL_RATE_BINS = 160 };

/* Flows begun per second, since each side's own first. */
struct eval_rate {
	size_t n[2];  /* whole bins that the side covers */
	double bin_s; /* 1, 2, 5, 10, 30 s and so on */
	double hz[2][EVAL_RATE_BINS];
};

/* Tables in order of start, neither empty. */
void eval_rate_of(const struct flow_table *const tables[2], struct eval_rate *ret_rate);

#endif
