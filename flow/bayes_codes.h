/* SPDX-License-Identifier: Apache-2.0 */
/* A flow table as codes: what every family that learns Bayesian networks of flows begins with. */
#ifndef SOSIE_FLOW_BAYES_CODES_H
#define SOSIE_FLOW_BAYES_CODES_H

#include "flow/bayes.h"
#include "models/bayes_learn.h"

struct flow_codes {
	const struct flow_table *table;
	const struct host_set *hosts;
	uint32_t *rows; /* n indices into the table, ascending: the flows learned from */
	size_t n;
	uint16_t *codes[FLOW_N_COLUMNS]; /* n each, and the first BAYES_LAGS of them again */
	int64_t *values;		 /* n; scratch: of one column at a time */
};

/*
 * Fits kinds, labels and columns of flows to fit's table and encodes its rows; flows of a host with
 * itself are left out. codes is zeroed by the caller and flow_codes_done()'s also after an error.
 */
int flow_codes_fit(struct flow_codes *codes, struct bayes_flows *flows, const struct flow_fit *fit,
		   struct err *err);
void flow_codes_done(struct flow_codes *codes);

/*
 * The edges that every network of flows has, what makes a flow consistent: who and which state are
 * a kind's; how many packets goes with kind and state; payload with the packets that carry it; a
 * single packet lasts no time. Left to the climb, some amounts lost their kind to other columns:
 * forcing it took flows not learned from to 15.03 nats from 15.29 (office) and to 13.72 from 14.15
 * (home devices). live: only among these columns; NULL: all.
 */
void flow_force_edges(struct bayes_learn *learn, const bool *live);

/* Learns the network of flows (flows->n_lags) from its codes. */
int bayes_flows_learn(struct bayes_flows *flows, const struct flow_codes *codes,
		      const struct flow_fit *fit, struct err *err);

#endif
