/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The flow record: one bidirectional flow, the unit that models learn and draw. src is the
 * originator: the sender of the SYN in TCP, else the first sender. Columns and their meaning are
 * those of the flow table.
 */
#ifndef SOSIE_FLOW_RECORD_H
#define SOSIE_FLOW_RECORD_H

#include "base/addr.h"
#include "base/conn.h"
#include "base/rng.h"
#include <stdint.h>

enum {
	FLOW_SERVICE_BYTES = 24, /* with the NUL; longer names in foreign tables are cut */
	FLOW_LABEL_BYTES = 32,
	FLOW_NO_HOST = UINT16_MAX, /* src_host, dst_host: not resolved */
};

/* A flow ends after this long without a packet. */
#define FLOW_TIMEOUT_TCP_NS   (INT64_C(300) * 1000000000)
#define FLOW_TIMEOUT_OTHER_NS (INT64_C(60) * 1000000000)

/* An instant at which something begins, and the name of the random streams that tell what. */
struct flow_start {
	int64_t start_ns;
	uint64_t window;     /* start_ns / window length, since 1970 */
	uint32_t occurrence; /* within the window */
	uint32_t part;	     /* record within the occurrence: 0 for its first */
};

struct flow_record {
	int64_t start_ns;
	int64_t duration_ns; /* last packet minus first */
	struct ip_addr src, dst;
	uint16_t src_port, dst_port; /* ICMP: type and code; 0 for protocols without ports */
	uint16_t src_host, dst_host; /* index into struct network's hosts, or FLOW_NO_HOST */
	uint16_t pattern;	     /* of the flow model, from 1 on; 0: none */
	uint8_t proto;		     /* IP protocol number; 1 and 58 are ICMP */
	uint8_t state;		     /* enum conn_state */
	uint8_t flags;		     /* union of TCP flags, both directions */
	uint64_t fwd_packets, bwd_packets;
	uint64_t fwd_bytes, bwd_bytes; /* IP packet lengths */
	uint64_t fwd_payload,
		bwd_payload; /* above TCP/UDP/ICMP headers (above IP for other protocols) */
	char service[FLOW_SERVICE_BYTES]; /* "-" when not known */
	char label[FLOW_LABEL_BYTES];	  /* "-" when there is none */
};

/* The stream of one record for one purpose. */
void flow_rng_init(struct rng *rng, uint64_t seed, const struct flow_start *start,
		   enum rng_purpose purpose);

/* The idle timeout that applies to a protocol. */
int64_t flow_timeout_ns(uint8_t proto);

#endif
