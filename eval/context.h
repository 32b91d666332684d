/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a flow's surroundings are: earlier flows of its client, and of those to the same server.
 * Nothing further back than a minute counts, so that how long a table is does not show but in its
 * first minute. Nor do other clients: how many flows a server had in a minute is all but a name of
 * that minute, by which flows of different sessions would know one another.
 */
#ifndef SOSIE_EVAL_CONTEXT_H
#define SOSIE_EVAL_CONTEXT_H

#include "eval/rows.h"

#define EVAL_CONTEXT_NS (INT64_C(60) * 1000000000)

enum eval_party { EVAL_CLIENT, EVAL_PAIR, EVAL_N_PARTIES };

#define EVAL_NO_ROW UINT32_MAX

struct eval_context {
	uint32_t *n_before[EVAL_N_PARTIES]; /* flows of the same in the minute before */
	uint32_t *before[EVAL_N_PARTIES];   /* the last of them, or EVAL_NO_ROW */
};

/* table is sorted by start; rows are its own. ret_context needs eval_context_done. */
int eval_context_make(const struct flow_table *table, const struct eval_rows *rows,
		      struct eval_context *ret_context, struct err *err);
void eval_context_done(struct eval_context *context);

/*
 * Sessions: flows of one side and client address within half a minute of the first. ret_sessions[t]
 * has a number for each row of tables[t].
 *
 * Flows of a session are much alike, and must not be parted: a judge that saw one of them knows the
 * next, and calls two halves of one network different (parted flow by flow the area is 0.59 for the
 * first and the second half of an office's capture, and 0.525 for two hours of one model). Much
 * longer sessions are few, and what is left for learning is then short of just what is asked about:
 * by sessions of ten minutes the same are 0.30 and 0.465; by these 0.48 and 0.51.
 */
#define EVAL_SESSION_NS (INT64_C(30) * 1000000000)

int eval_sessions(const struct flow_table *const tables[2], const struct eval_rows rows[2],
		  uint32_t *const ret_sessions[2], struct err *err);

#endif
