/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The network traffic is made for: the model's own hosts, or those of a plan (libconfig):
 *
 *	local = [ "192.168.10.0/24" ];        the first v4 and v6 prefix give the broadcast
 *addresses gateway = "02:00:00:00:00:01";        MAC of everything outside internet = true; does
 *anything exist outside? hosts = ( { name = "alice"; addresses = [ "192.168.10.20", "2001:db8::20"
 *]; mac = "02:..."; os = "linux"; role = "user"; weight = 2.0; uses = [ "https", "dns" ]; serves =
 *[ ]; }, { name = "srv"; addresses = [ "192.168.10.2" ]; serves = [ "dns", "ssh:2222" ]; } );
 *
 * Contradictions (an address twice, outside the prefixes, a service used that nobody serves and the
 *internet does not exist ...) are refused with file:line. `uses` absent: everything that is served
 *(inside or outside); servers that name none use none.
 */
#ifndef SOSIE_FLOW_NETWORK_H
#define SOSIE_FLOW_NETWORK_H

#include "base/rng.h"
#include "flow/host.h"

struct network;

/* The model's own network: hosts as learned. Borrows set. */
int network_from_hosts(const struct host_set *set, struct network **ret_network, struct err *err);
/* A plan. The model's hosts outside (internet, groups) come from set, its local ones from the plan.
 * Borrows set. */
int network_from_plan(const struct conf *conf, const struct host_set *set,
		      struct network **ret_network, struct err *err);
void network_freep(struct network **network);

const struct host *network_hosts(const struct network *network, size_t *ret_n);
bool network_is_plan(const struct network *network);
void network_gateway_mac(const struct network *network, uint8_t ret_mac[6]);

/* May flows of this service go from scope to scope of this IP version? Always, without a plan. */
bool network_allows(const struct network *network, const char *service, uint8_t proto,
		    enum host_scope src, enum host_scope dst, uint8_t version);

/*
 * The network host that stands for a learned host (index into the model's set) in a flow of this
 * service; as_client tells which side. Without a plan: itself. With one: a draw by weight among
 * those allowed, never `other` (the flow's other side; FLOW_NO_HOST: none). *ret_port: the plan's
 * port for the service where it gives one (dst side), else untouched. Returns the host, or
 * FLOW_NO_HOST.
 */
uint16_t network_map(const struct network *network, uint16_t learned, const char *service,
		     uint8_t proto, bool as_client, uint16_t other, struct rng *rng,
		     uint16_t *ret_port);

#endif
