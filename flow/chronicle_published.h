/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Flows as the columns that the published FlowChronicle program mines, so that lengths compare:
 * protocol, both addresses, destination port, bytes and packets received and sent, flags, duration;
 * amounts as 0 or one of 40 quantile bins over the others, times in ticks of 10 ms. Unlike there,
 * both addresses share one dictionary. The learner of models has its own columns.
 */
#ifndef SOSIE_FLOW_CHRONICLE_PUBLISHED_H
#define SOSIE_FLOW_CHRONICLE_PUBLISHED_H

#include "flow/table.h"
#include "models/chronicle.h"

enum published_column {
	PUBLISHED_PROTO, /* the code is the protocol's number */
	PUBLISHED_SRC_IP,
	PUBLISHED_DST_IP,
	PUBLISHED_DST_PORT, /* codes by first appearance: ports[code] */
	PUBLISHED_IN_BYTES,
	PUBLISHED_IN_PACKETS,
	PUBLISHED_OUT_BYTES,
	PUBLISHED_OUT_PACKETS,
	PUBLISHED_FLAGS, /* the union of flags itself */
	PUBLISHED_DURATION,
	PUBLISHED_N,
};

enum {
	PUBLISHED_BINS = 40,
	PUBLISHED_TICK_NS = 10000000,
};

/* Names as in the experiments' tables, in order of the columns. */
extern const char *const published_names[PUBLISHED_N];

struct chronicle_published {
	struct chronicle_table table; /* into the arrays below */
	uint16_t *codes;	      /* PUBLISHED_N columns of n_rows */
	int64_t *ticks;
	struct ip_addr *addrs; /* by code of either address column */
	uint16_t *ports;       /* by code; ICMP: type * 256 + code */
	uint32_t n_addrs, n_ports;
};

/* flows in order of start (flow_table_sort). Returns 0, -ENOMEM, -EINVAL (no flows, or more than
 * 65,535 addresses). */
int chronicle_published_init(struct chronicle_published *published, const struct flow_table *flows,
			     struct err *err);
void chronicle_published_done(struct chronicle_published *published);

/* The code of a port; -1 when no flow has it. */
int published_port(const struct chronicle_published *published, uint16_t port);

#endif
