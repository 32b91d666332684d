/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Flows as rows of features, for classifiers that tell real from synthetic and for those that learn
 * what traffic is.
 *
 * No clock and no identity is among them: which network it was or when would tell the sides apart
 * though the traffic were the same, and a model that keeps no addresses must not be called wrong
 * for it. Nor is anything that grows with the length of a table.
 *
 *	feature			kind	what
 *	proto			code	IP protocol number
 *	service			code	the service's name
 *	state			code	connection state
 *	ip_version		code	4 or 6
 *	src_scope, dst_scope	code	inside, outside, or a group (multicast, broadcast)
 *	src_port, dst_port	code	class of port: 0, to 1023, to 32767, to 49151, above; ICMP:
 *0 fin ... cwr		number	0 or 1: that TCP flag was seen duration		number	log2(1 + ms)
 *	fwd_, bwd_packets	number	log2(1 + n)
 *	fwd_, bwd_bytes		number	log2(1 + n)
 *	fwd_, bwd_payload	number	log2(1 + n)
 *	fwd_, bwd_mean		number	log2(1 + bytes per packet)
 *	pace			number	log2(1 + mean gap of the packets in us)
 *	client_, server_, pair_gap	number	log2(1 + ms) since the start of the flow before of
 *the same client, server, both; a minute when it is longer ago client_, server_, pair_flows
 *number	log2(1 + n) of such flows in the minute before
 *	last_service		code	of the client's flow before, within a minute; may be missing
 *	last_state		code	the same flow's state
 *	last_server		code	whether it went to the same server
 *	last_open		code	whether it had not ended yet
 *
 * and of each of a flow's first ten packets, missing where the flow has fewer:
 *
 *	direction		number	0 by the originator
 *	size			number	IP packet length
 *	gap			number	since the packet before, us by quarter octaves
 *	flags			number	TCP flags as on the wire; ICMP: 0
 *	window			number	TCP window as on the wire
 */
#ifndef SOSIE_EVAL_FEATURES_H
#define SOSIE_EVAL_FEATURES_H

#include "eval/context.h"
#include "eval/packets.h"

enum eval_feature {
	EVAL_F_PROTO,
	EVAL_F_SERVICE,
	EVAL_F_STATE,
	EVAL_F_IP_VERSION,
	EVAL_F_SRC_SCOPE,
	EVAL_F_DST_SCOPE,
	EVAL_F_SRC_PORT,
	EVAL_F_DST_PORT,
	EVAL_F_FIN, /* eight flags, in the order of their bits */
	EVAL_F_DURATION = EVAL_F_FIN + 8,
	EVAL_F_FWD_PACKETS,
	EVAL_F_BWD_PACKETS,
	EVAL_F_FWD_BYTES,
	EVAL_F_BWD_BYTES,
	EVAL_F_FWD_PAYLOAD,
	EVAL_F_BWD_PAYLOAD,
	EVAL_F_FWD_MEAN,
	EVAL_F_BWD_MEAN,
	EVAL_F_PACE,
	EVAL_F_CLIENT_GAP, /* two, in the order of enum eval_party */
	EVAL_F_CLIENT_FLOWS = EVAL_F_CLIENT_GAP + EVAL_N_PARTIES,
	EVAL_F_LAST_SERVICE = EVAL_F_CLIENT_FLOWS + EVAL_N_PARTIES,
	EVAL_F_LAST_STATE,
	EVAL_F_LAST_SERVER,
	EVAL_F_LAST_OPEN,
	EVAL_N_FLOW_FEATURES,
	EVAL_N_HEAD_FEATURES = 5, /* of a packet */
	EVAL_N_FEATURES = EVAL_N_FLOW_FEATURES + EVAL_HEAD_PACKETS * EVAL_N_HEAD_FEATURES
};

/* The order of a code's values means nothing. */
bool eval_feature_is_code(enum eval_feature feature);

/* What counts as inside on either side: private and link-local addresses, those that models make up
 * (flow/host.h), and what the user adds. */
enum { EVAL_LIMIT_LOCAL = 64 };
struct eval_local {
	struct ip_prefix prefixes[EVAL_LIMIT_LOCAL];
	size_t n;
};
/* texts (n) are prefixes to add; may be NULL. */
int eval_local_init(struct eval_local *local, const char *const *texts, size_t n, struct err *err);

struct eval_source {
	const struct flow_table *table; /* sorted by start */
	const struct eval_rows *rows;
	const struct eval_context *context;
	const struct eval_heads *heads; /* one for each row of the table; NULL: no packets */
	const struct eval_local *local;
};

struct eval_matrix {
	size_t n_rows, n_columns;
	float *values; /* n_rows by n_columns; NaN: missing */
};
int eval_matrix_init(struct eval_matrix *matrix, size_t n_rows, size_t n_columns, struct err *err);
void eval_matrix_done(struct eval_matrix *matrix);

/* Features of row i of the table: EVAL_N_FEATURES of them, or EVAL_N_FLOW_FEATURES without heads.
 */
void eval_features(const struct eval_source *source, uint32_t i, float *ret_values);

#endif
