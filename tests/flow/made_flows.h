/* SPDX-License-Identifier: Apache-2.0 */
/* A table of flows made up by a small program: for tests and benchmarks of flow models. */
#ifndef SOSIE_TESTS_FLOW_MADE_FLOWS_H
#define SOSIE_TESTS_FLOW_MADE_FLOWS_H

#include <stdio.h>
#include <string.h>

#include "base/conn.h"
#include "base/ns.h"
#include "base/rng.h"
#include "flow/service.h"
#include "flow/table.h"

/* One of n clients inside asks a resolver, then the web, and sends some broadcasts. */
static inline struct flow_record made_flow(struct rng *rng, int i, uint32_t n_clients)
{
	const uint32_t what = rng_below(rng, 100), client = rng_below(rng, n_clients);
	struct flow_record r;

	memset(&r, 0, sizeof(r));
	r.start_ns = (int64_t)i * NS_PER_MS;
	r.src = ip_from_v4(UINT32_C(0xc0a80a64) + client); /* 192.168.10.100 and on */
	r.src_port = (uint16_t)(32768 + rng_below(rng, 28000));
	snprintf(r.label, sizeof(r.label), "%s", rng_below(rng, 50) == 0 ? "beacon" : "-");
	r.src_host = r.dst_host = FLOW_NO_HOST;
	r.proto = 17;
	if (what < 50) { /* DNS, sometimes unanswered */
		r.dst = ip_from_v4(UINT32_C(0xc0a80a02));
		r.dst_port = 53;
		r.fwd_packets = 1;
		r.fwd_payload = 28 + rng_below(rng, 20);
		r.bwd_packets = rng_below(rng, 20) != 0;
		r.bwd_payload = r.bwd_packets * (40 + rng_below(rng, 200));
		r.duration_ns = (int64_t)r.bwd_packets * (1000 + rng_below(rng, 1000000));
	} else if (what < 85) { /* the web; who goes where hangs together */
		r.proto = 6;
		r.dst = ip_from_v4(UINT32_C(0xcb007100) + client % 7 + rng_below(rng, 2));
		r.dst_port = rng_below(rng, 5) == 0 ? 80 : 443;
		r.fwd_packets = 5 + rng_below(rng, 30);
		r.bwd_packets = r.fwd_packets + rng_below(rng, 5);
		r.fwd_payload = r.fwd_packets * 100 + rng_below(rng, 50);
		r.bwd_payload = r.bwd_packets * 700 + rng_below(rng, 5000);
		r.duration_ns = (int64_t)r.fwd_packets * (1000000 + rng_below(rng, 90000000));
	} else if (what < 92) { /* SSH inside, and refused attempts */
		r.proto = 6;
		r.dst = ip_from_v4(UINT32_C(0xc0a80a03));
		r.dst_port = 22;
		r.fwd_packets = 1 + rng_below(rng, 2) * 20;
		r.bwd_packets = r.fwd_packets;
		r.fwd_payload = r.fwd_packets > 1 ? 3000 : 0;
		r.bwd_payload = r.fwd_packets > 1 ? 4000 : 0;
		r.duration_ns = 100000 + rng_below(rng, 1000);
	} else if (what < 96) { /* NetBIOS to the subnet, from port 137 */
		r.dst = ip_from_v4(UINT32_C(0xc0a80aff));
		r.src_port = r.dst_port = 137;
		r.fwd_packets = 1 + rng_below(rng, 3);
		r.fwd_payload = r.fwd_packets * 50;
		r.duration_ns = (int64_t)(r.fwd_packets - 1) * 750 * NS_PER_MS;
	} else if (what < 98) { /* ping */
		r.proto = 1;
		r.dst = ip_from_v4(UINT32_C(0xc0a80a02));
		r.src_port = 8;
		r.fwd_packets = r.bwd_packets = 4;
		r.fwd_payload = r.bwd_payload = 4 * 56;
		r.duration_ns = 3 * NS_PER_S + rng_below(rng, 1000);
	} else { /* something of its own on high ports */
		r.dst = ip_from_v4(UINT32_C(0xcb007200) + rng_below(rng, 200));
		r.dst_port = (uint16_t)(40000 + rng_below(rng, 20000));
		r.fwd_packets = 1 + rng_below(rng, 4);
		r.fwd_payload = r.fwd_packets * 33;
		r.duration_ns = (int64_t)(r.fwd_packets - 1) * NS_PER_S;
	}
	r.state = r.bwd_packets == 0		       ? CONN_S0
		  : r.proto == 6 && r.fwd_packets == 1 ? CONN_REJ
						       : CONN_SF;
	snprintf(r.service, sizeof(r.service), "%s", service_name(r.proto, r.src_port, r.dst_port));
	return r;
}

/* 0 or -ENOMEM. */
static inline int made_flows(struct flow_table *table, int n, uint32_t n_clients, uint64_t seed)
{
	struct err err = { "" };
	struct rng rng;

	rng_init(&rng, seed, 0, 0, RNG_TEST);
	for (int i = 0; i < n; i++) {
		struct flow_record r = made_flow(&rng, i, n_clients);
		int e = flow_table_append(table, &r, &err);

		if (e < 0)
			return e;
	}
	return 0;
}

#endif
