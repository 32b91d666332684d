/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Sessions: what a client does next. FlowChronicle draws occurrences of patterns independently of
 * each other; but people and machines do one thing after another, which is most of what there is
 * in time beyond a pattern. Here an occurrence is followed by another one of the same client, or by
 * the session's end, as a Markov chain over combinations of kinds: given the one before and the
 * client, then given the one before alone (a context seen n times with d outcomes gives way in d of
 * n + d draws); and so is the time between the two starts.
 */
#ifndef SOSIE_FLOW_CHRONICLE_SESSION_H
#define SOSIE_FLOW_CHRONICLE_SESSION_H

#include "flow/bayes_codes.h"
#include "flow/chronicle_draw.h"

enum session_variable {
	SESSION_NEXT, /* 0: the end; else a variant + 1 */
	SESSION_GAP,
	SESSION_N_NODES,
	SESSION_BEFORE = SESSION_N_NODES, /* inputs: the variant before + 1, its client */
	SESSION_CLIENT,
	SESSION_N_VARIABLES,
};

/* An occurrence, while learning. */
struct session_event {
	int64_t start_ns;
	struct ip_addr client;
	uint16_t host;
	uint32_t variant, row; /* row of the table that begins it */
	uint32_t n_rows;       /* flows in it */
	bool begins;	       /* a session */
};

/*
 * Numbers the variants of all patterns: n_listed of them as a text lists them (indices of patterns
 * or PATTERN_NONE, and how many variants each has), then the others. -ENOMEM, -E2BIG (more than
 * codes).
 */
int flow_sessions_number(struct chronicle_flows *flows, const uint16_t *listed,
			 const uint32_t *n_variants, uint32_t n_listed);

/*
 * Learns from all occurrences, and the patterns' starts; sorts them and says of each whether it
 * begins a session.
 */
int flow_sessions_learn(struct chronicle_flows *flows, struct session_event *events, size_t n,
			struct err *err);

/* What follows, given the last occurrence and its client: from `flow`. False: the session ends. */
bool flow_sessions_next(const struct chronicle_flows *flows, uint32_t before, uint16_t client,
			struct rng *flow, uint32_t *ret_variant, int64_t *ret_gap_ns);

/* Takes variants away that have no count any more. */
int flow_sessions_mask(struct chronicle_flows *flows, struct err *err);

void flow_sessions_done(struct flow_sessions *sessions);
int flow_sessions_save(const struct chronicle_flows *flows, FILE *out);
int flow_sessions_load(struct chronicle_flows *flows, const struct conf *conf, struct err *err);

#endif
