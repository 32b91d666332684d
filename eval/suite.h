/* SPDX-License-Identifier: Apache-2.0 */
/*
 * All metrics of one comparison. Those of samples are repeated over seeded draws, on several
 * threads; a draw's values depend on its number only, so the number of threads does not show.
 */
#ifndef SOSIE_EVAL_SUITE_H
#define SOSIE_EVAL_SUITE_H

#include "eval/crew.h"
#include "eval/dkc.h"
#include "eval/judge.h"
#include "eval/packets.h"
#include "eval/sample.h"

enum eval_metric {
	EVAL_DENSITY,
	EVAL_COVERAGE,
	EVAL_CMD,
	EVAL_PCD,
	EVAL_EMD,
	EVAL_JSD,
	EVAL_DKC,
	EVAL_MD,
	EVAL_DCR,
	EVAL_COPIES,
	EVAL_ACF,
	EVAL_GAPS,
	EVAL_LIFT,
	EVAL_PACKETS, /* the packet metrics follow in the order of enum eval_packet_metric */
	EVAL_N_METRICS = EVAL_PACKETS + EVAL_N_PACKET
};

struct eval_metric_info {
	const char *key;  /* "density": in JSON */
	const char *name; /* "Density" */
	const char *goal; /* "higher", "lower", "0.5" ... */
	const char
		*what; /* of the table in which it stands: "flows", "privacy", "time", "packets" */
};
const struct eval_metric_info *eval_metric_info(enum eval_metric metric);

struct eval_side {
	const char *name; /* the file's, for messages */
	struct flow_table table;
	struct eval_packets packets;
	bool is_capture;
};
void eval_side_done(struct eval_side *side);

struct eval_options {
	size_t n_rows;	  /* of a draw */
	uint32_t n_draws; /* 1 or more */
	uint64_t seed;
	unsigned int n_threads; /* 0: as many as there are cores */
	const struct eval_rules *published_rules, *corrected_rules;
	const struct eval_local *local; /* what is inside, for judges */
	struct eval_watch watch;	/* look may be NULL */
};

enum { EVAL_LIMIT_ROWS = 1000000, EVAL_LIMIT_DRAWS = 10000 };

struct eval_line {
	struct eval_value published, corrected; /* n 0: not defined here */
};

/*
 * train may be NULL; without it there are no MD, DCR and copies. Sorts the tables by start.
 * ret_judges may be NULL: no classifiers; else it needs eval_judges_done. Errors: a side with fewer
 * than two rows, -EINTR or what look returned, -ENOMEM.
 */
int eval_suite(struct eval_side *real, struct eval_side *synth, struct eval_side *train,
	       const struct eval_options *options, struct eval_line ret_lines[EVAL_N_METRICS],
	       struct eval_judges *ret_judges, struct err *err);

#endif
