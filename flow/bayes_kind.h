/* SPDX-License-Identifier: Apache-2.0 */
/* Kinds of flows: what a flow is, before who and how much. */
#ifndef SOSIE_FLOW_BAYES_KIND_H
#define SOSIE_FLOW_BAYES_KIND_H

#include "flow/bayes.h"

/*
 * The kinds of n rows (indices into the table), most frequent first, and the kind of each. A
 * destination port has kinds of its own when its service has a name or when 1 flow in 2,000 (8 at
 * least) goes there; others share kinds and keep their port in FLOW_DST_PORT. Kinds beyond
 * BAYES_LIMIT_KINDS lose service and port as well. Returns 0 or -ENOMEM; the caller frees
 * *ret_kinds.
 */
int flow_kinds_fit(const struct flow_table *table, const uint32_t *rows, size_t n,
		   const struct host_set *hosts, struct flow_kind **ret_kinds,
		   uint32_t *ret_n_kinds, uint16_t *ret_codes, struct err *err);

/* May the network have flows of this kind? */
bool flow_kind_allowed(const struct flow_kind *kind, const struct network *network);

/* "tcp/443 https local>internet v4" */
enum { FLOW_KIND_TEXT_BYTES = 96 };
const char *flow_kind_format(const struct flow_kind *kind, char ret_text[FLOW_KIND_TEXT_BYTES]);

static inline bool flow_proto_is_icmp(uint8_t proto)
{
	return proto == 1 || proto == 58;
}

static inline bool flow_proto_has_ports(uint8_t proto)
{
	return proto == 6 || proto == 17;
}

#endif
