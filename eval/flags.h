/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The TCP flags and headers of one capture, in one pass: what the packets hold, what the flows
 * amount to, and both by class, which is the flow's label or, without labels, its service. Memory
 * grows with the flows open at once, not with the capture.
 */
#ifndef SOSIE_EVAL_FLAGS_H
#define SOSIE_EVAL_FLAGS_H

#include "eval/correlation.h"
#include "eval/count.h"
#include "eval/flag_labels.h"
#include "eval/packets.h"
#include "eval/summary.h"

enum {
	EVAL_FLAGS_LIMIT_CLASSES = 256,	  /* the last one is all further ones together */
	EVAL_FLAGS_LIMIT_GRAMS = 1 << 20, /* different ones; further ones are left out, counted */
};

enum eval_flag_summary { /* of packets; the gap, us, is since the flow's packet before */
			 EVAL_PACKETS_HEADER_FWD,
			 EVAL_PACKETS_HEADER_BWD,
			 EVAL_PACKETS_PAYLOAD_FWD,
			 EVAL_PACKETS_PAYLOAD_BWD,
			 EVAL_PACKETS_GAP_FWD,
			 EVAL_PACKETS_GAP_BWD,
			 EVAL_PACKETS_WINDOW_FWD,
			 EVAL_PACKETS_WINDOW_BWD,
			 EVAL_N_FLAG_SUMMARIES
};
extern const char *const eval_flag_summary_names[EVAL_N_FLAG_SUMMARIES];

struct eval_flag_class {
	char name[FLOW_LABEL_BYTES];
	uint64_t n_flows, n_packets;
	uint64_t n_flags[EVAL_N_FLAGS]; /* packets with the flag */
	uint64_t n_grams;		/* of three words */
	struct eval_range features[EVAL_N_FLAG_FEATURES];
};

struct eval_flags {
	bool by_label;
	uint64_t n_packets, n_tcp; /* TCP: whole, or first fragments */
	uint64_t n_flows, n_tcp_flows, n_labelled;
	uint64_t bytes[256]; /* TCP packets by the byte of their flags */
	struct eval_summary packets[EVAL_N_FLAG_SUMMARIES]; /* scale 1 */
	struct eval_summary flows[EVAL_N_FLAG_FEATURES];    /* scale: eval_flag_feature_info's */
	struct eval_correlations correlations;
	struct eval_flag_class *classes; /* EVAL_FLAGS_LIMIT_CLASSES; in order of appearance */
	size_t n_classes;
	struct eval_counts bins; /* flows by feature << 16 | bin << 8 | class */
	/* class << 56 | words: of the first EVAL_OPENING_WORDS packets of each flow, or all of
	 * them; and of every EVAL_GRAM_WORDS in a row among its first EVAL_FLAG_WORDS */
	struct eval_counts openings, grams;
	uint64_t n_left_out; /* grams and openings above the limit */
};

/*
 * labels may be NULL; else a flow's class is its label, "-" where no row tells. *ret_flags is
 * eval_flags_freep's. Errors: the capture's; no TCP flows; labels of which none is of a TCP flow.
 */
int eval_flags_read(const char *path, const struct eval_labels *labels,
		    const struct eval_watch *watch, struct eval_flags **ret_flags, struct err *err);
void eval_flags_freep(struct eval_flags **flags);

#endif
