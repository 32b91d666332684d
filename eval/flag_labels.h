/* SPDX-License-Identifier: Apache-2.0 */
/* Labels for the flows of a capture, from a flow table that tells of the same traffic. */
#ifndef SOSIE_EVAL_FLAG_LABELS_H
#define SOSIE_EVAL_FLAG_LABELS_H

#include "flow/table.h"

/* How far a row may be from a flow, for whoever made the table ended flows by other rules or has
 * coarser times. */
#define EVAL_LABEL_SLACK_NS (INT64_C(1) * 1000000000)

/* Rows of one key that are looked at before and after a flow's start. */
enum { EVAL_LABEL_ROWS = 64 };

struct eval_labels {
	struct flow_table table;
	struct eval_label_place {
		uint64_t hash;
		size_t row;
	} * places; /* by hash, then row: the table is in order of start */
};

/* The table is held whole. A table in which no row has a label is an error. */
int eval_labels_read(const char *path, struct eval_labels *ret_labels, struct err *err);
void eval_labels_done(struct eval_labels *labels);

/*
 * The label of the row with the flow's addresses, ports (either way round) and protocol whose start
 * is nearest, among those that overlap with the flow give or take EVAL_LABEL_SLACK_NS; the earlier
 * of two as near. NULL: there is none in EVAL_LABEL_ROWS rows either way.
 */
const char *eval_label_of(const struct eval_labels *labels, const struct flow_record *flow);

#endif
