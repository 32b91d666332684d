/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Ground truth: the flow table of what was written, from the frames that were written. A flow that
 * the end of the run cuts off has the row of the part that is there. For a whole flow the row must
 * equal the record it was built from; that it does is checked here for every flow.
 */
#ifndef SOSIE_GEN_TRUTH_H
#define SOSIE_GEN_TRUTH_H

#include "flow/table.h"
#include "gen/batch.h"
#include "gen/model.h"

struct truth;

struct truth_options {
	const char *path;	   /* .csv, .jsonl, .log; "-": stdout */
	const struct model *model; /* borrowed: whose names the rows have */
};

int truth_new(const struct truth_options *options, struct truth **ret_truth, struct err *err);
void truth_freep(struct truth **truth); /* without commit: the file is not left behind */

/* Frames in the order written; flows: those whose first frame is among them, in order. */
int truth_frames(struct truth *truth, const struct packet_frame *frames, size_t n_frames,
		 const struct batch_flow *flows, struct err *err);
/* The end: open flows leave their rows, and all is written; what fails after it is only a rename.
 */
int truth_finish(struct truth *truth, struct err *err);
/* After truth_finish(): the file gets its name. */
int truth_commit(struct truth *truth, struct err *err);
uint64_t truth_n_rows(const struct truth *truth);
/* Whole flows whose frames did not add up to their record: a bug of ours, never silent. */
uint64_t truth_n_wrong(const struct truth *truth);

#endif
