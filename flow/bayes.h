/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Flows as rows of a discrete Bayesian network: what the families `independent` (each flow for
 * itself) and `sequence` (each given the five before it) share.
 *
 * The root is the kind: protocol, service, port, IP version and the scopes at both ends. Hosts and
 * ports always depend on it, so conditioning on a network plan is exact: the kinds the network does
 * not allow lose their counts, the rest is renormalised, and all else follows as it was learned.
 */
#ifndef SOSIE_FLOW_BAYES_H
#define SOSIE_FLOW_BAYES_H

#include "flow/model.h"
#include "models/bayes_net.h"
#include "models/column.h"

enum flow_column {
	FLOW_KIND,
	FLOW_SRC_HOST, /* index of the learned host; so FLOW_DST_HOST */
	FLOW_DST_HOST,
	FLOW_SRC_PORT, /* 0: ephemeral, or the kind tells it */
	FLOW_DST_PORT, /* 0: the kind tells it */
	FLOW_STATE,
	FLOW_FWD_PACKETS,
	FLOW_BWD_PACKETS,
	FLOW_FWD_PAYLOAD, /* bytes */
	FLOW_BWD_PAYLOAD,
	FLOW_DURATION, /* ns */
	FLOW_LABEL,
	FLOW_N_COLUMNS
};

enum {
	BAYES_LAGS = 5,
	BAYES_LIMIT_KINDS = 500, /* of a fit; rarer ones are pooled */
	BAYES_LIMIT_LABELS = 255,
	BAYES_MAX_LAGS = 7, /* a chronicle's pattern has 8 rows */
	FLOW_VARIABLES = FLOW_N_COLUMNS * (1 + BAYES_MAX_LAGS),
};

struct flow_kind {
	uint8_t proto;
	uint8_t version;  /* 4, 6 */
	uint8_t src, dst; /* enum host_scope */
	bool by_port;	  /* pooled: the service is what the ports drawn say */
	bool reversed;	  /* src is the service's side: its port is src_port */
	int32_t port;	  /* dst_port; ICMP: type << 8 | code; -1: FLOW_DST_PORT tells */
	char service[FLOW_SERVICE_BYTES];
};

/* The state of both families; their ops->state_bytes. */
struct bayes_flows {
	uint32_t n_lags; /* 0 or BAYES_LAGS */
	uint64_t n_flows;
	uint32_t n_kinds, n_labels;
	struct flow_kind *kinds;
	char (*labels)[FLOW_LABEL_BYTES];
	struct column columns[FLOW_N_COLUMNS]; /* FLOW_SRC_PORT, FLOW_DST_PORT and from
						  FLOW_FWD_PACKETS to FLOW_DURATION; else empty */
	struct bayes_net net;		       /* nodes as enum flow_column; then lagged inputs */
	const struct host_set *hosts;	       /* learned hosts, borrowed */
	const struct network *network;	       /* bound, borrowed; NULL before */
};

/* What a run of `sequence` remembers: [0] the latest occurrence. */
struct bayes_memory {
	uint64_t window;
	uint32_t occurrence;
	uint32_t n; /* occurrences seen, at most 1 + BAYES_LAGS */
	uint16_t codes[1 + BAYES_LAGS][FLOW_N_COLUMNS];
};

static inline bool flow_column_is_integer(int column)
{
	return column == FLOW_SRC_PORT || column == FLOW_DST_PORT ||
	       (column >= FLOW_FWD_PACKETS && column <= FLOW_DURATION);
}

/* Drawn from RNG_TUPLE, right after the kind, and again when the planner found them taken. */
static inline bool flow_column_is_tuple(int column)
{
	return column >= FLOW_SRC_HOST && column <= FLOW_DST_PORT;
}

/* Variable of a column `lag` flows earlier. */
static inline uint32_t flow_variable(int column, uint32_t lag)
{
	return lag * FLOW_N_COLUMNS + (uint32_t)column;
}

/* Names of all variables: "kind", "src_host" ... then "kind@1" ... */
const char *const *flow_variable_names(void);

/* How many codes a column has; from kinds, labels, hosts and codecs. */
uint32_t bayes_flows_n_codes(const struct bayes_flows *flows, int column);

void bayes_flows_done(struct bayes_flows *flows);

/* fit() of either family; n_lags is 0 or BAYES_LAGS. */
int bayes_flows_fit(struct bayes_flows *flows, uint32_t n_lags, const struct flow_fit *fit,
		    struct err *err);
int bayes_flows_load(struct bayes_flows *flows, uint32_t n_lags, const struct conf *conf,
		     const struct host_set *hosts, struct err *err);
/* The same but for unknown keys, which are the caller's: other families have more. */
int bayes_flows_load_parts(struct bayes_flows *flows, uint32_t n_lags, const struct conf *conf,
			   const struct host_set *hosts, struct err *err);
int bayes_flows_save(const struct bayes_flows *flows, FILE *out);
int bayes_flows_bind(struct bayes_flows *flows, const struct network *network, struct err *err);
size_t bayes_flows_expand(const struct bayes_flows *flows, struct bayes_memory *memory,
			  const struct flow_start *start, uint64_t seed, uint32_t attempt,
			  struct flow_record *ret_record);
int bayes_flows_explain(const struct bayes_flows *flows, const struct host_set *hosts, FILE *out,
			bool json);

/* Its tables without the words before them. */
int bayes_flows_explain_tables(const struct bayes_flows *flows, const struct host_set *hosts,
			       FILE *out);

/*
 * Draws the codes of one flow, columns 0 .. FLOW_N_COLUMNS - 1 of codes (FLOW_VARIABLES of them;
 * the lagged ones are given, BAYES_NO_CODE where there was no flow): the kind and all that is no
 * tuple from `flow`, the tuple from `tuple`.
 */
void bayes_flows_draw_kind(const struct bayes_flows *flows, uint16_t *codes, struct rng *flow);
void bayes_flows_draw_tuple(const struct bayes_flows *flows, uint16_t *codes, struct rng *tuple);
void bayes_flows_draw_rest(const struct bayes_flows *flows, uint16_t *codes, struct rng *flow);

#endif
