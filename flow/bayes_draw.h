/* SPDX-License-Identifier: Apache-2.0 */
/* From codes to a record, step by step; for families that draw codes in their own way. */
#ifndef SOSIE_FLOW_BAYES_DRAW_H
#define SOSIE_FLOW_BAYES_DRAW_H

#include "flow/bayes.h"

/* Draws who and where of a flow whose kind is drawn, and fills hosts, addresses and ports of r.
 * False: the network has no two hosts for it. */
bool flow_set_tuple(const struct bayes_flows *flows, uint16_t *codes, struct rng *tuple,
		    struct flow_record *r);

/* Addresses of the hosts that r names, two different ones where there are two. */
void flow_set_addresses(const struct bayes_flows *flows, struct rng *tuple, struct flow_record *r);
/* plan_port: the server's by the network plan, or 0. */
void flow_set_ports(const struct bayes_flows *flows, const uint16_t *codes, uint16_t plan_port,
		    struct rng *tuple, struct flow_record *r);
/* State, packets, payload, duration, label. */
void flow_set_rest(const struct bayes_flows *flows, const uint16_t *codes, struct rng *flow,
		   struct flow_record *r);
/* Protocol and service; the ports are known. */
void flow_set_service(const struct bayes_flows *flows, const uint16_t *codes,
		      struct flow_record *r);

#endif
