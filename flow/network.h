/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The network traffic is made for: the model's own hosts, or those of a plan (libconfig):
 *
 *	local = [ "192.168.10.0/24", "2001:db8:10::/64" ];
 *	gateway = "02:00:00:00:00:01";
 *	internet = true;
 *	hosts = (
 *		{ name = "alice"; addresses = [ "192.168.10.20", "2001:db8:10::20" ];
 *		  mac = "02:..."; os = "linux"; role = "user"; weight = 2.0; uses = [ "https", "dns"
 *]; }, { name = "srv"; addresses = [ "192.168.10.2" ]; serves = [ "dns", "ssh:2222" ]; }
 *	);
 *
 * local: the prefixes inside; the first of v4 gives the broadcast address. gateway: the MAC of
 * everything outside. internet: does anything exist outside? `uses` absent: all services, for hosts
 * that serve none; servers that do not say use none. Contradictions (an address twice or outside
 * the prefixes, a service used that nobody serves while there is no internet ...) are refused with
 * file:line.
 *
 * What a plan rules is TCP and UDP services between machines. Every machine sends and answers ICMP
 * and other protocols, and sends to groups (mDNS, DHCP's broadcast): that is plumbing, not use.
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

/* The first hosts are the plan's local ones, one for each address (those of one machine share name
 * and MAC); then the model's internet hosts and groups. */
const struct host *network_hosts(const struct network *network, size_t *ret_n);
bool network_is_plan(const struct network *network);
void network_gateway_mac(const struct network *network, uint8_t ret_mac[6]);

/*
 * May flows of this service go from scope to scope of this IP version? Always, without a plan. True
 * only when network_map() finds hosts for both sides.
 */
bool network_allows(const struct network *network, const char *service, uint8_t proto,
		    enum host_scope src, enum host_scope dst, uint8_t version);

/*
 * The network host that stands for a learned host (index into the model's set) in a flow of this
 * service; as_client tells which side. Without a plan: itself. With one, a local host becomes a
 * draw by weight among those allowed that have an address of its IP version, never the machine of
 * `other` (the flow's other side, an index into network_hosts(); FLOW_NO_HOST: not known yet; map
 * groups before machines). *ret_port: the plan's port for the service where it gives one (dst
 * side), else untouched. Returns the host, or FLOW_NO_HOST where nobody is left.
 */
uint16_t network_map(const struct network *network, uint16_t learned, const char *service,
		     uint8_t proto, bool as_client, uint16_t other, struct rng *rng,
		     uint16_t *ret_port);

/* What a host does in one flow; with_group: the other end is a group, so it is plumbing. */
struct network_role {
	const char *service;
	uint8_t proto;
	bool as_client, with_group;
};

/*
 * How many local hosts of this IP version may play all of these roles; *ret_machine is the machine
 * of the first. Without a plan any host may: 0, and *ret_machine stays.
 */
size_t network_cast_count(const struct network *network, const struct network_role *roles,
			  size_t n_roles, uint8_t version, uint32_t *ret_machine);

/*
 * network_map() for a host that takes part in several flows: one draw by weight among the hosts
 * that may play all roles, and are of no machine of the n_others hosts it speaks with. The plan's
 * port for role i goes to ret_ports[i] where it gives one. FLOW_NO_HOST: nobody is left.
 */
uint16_t network_cast(const struct network *network, uint16_t learned,
		      const struct network_role *roles, size_t n_roles, const uint16_t *others,
		      size_t n_others, struct rng *rng, uint16_t *ret_ports);

/* An address of a network host: its own, or for a pooled one a draw among those it stands for. */
struct ip_addr network_address(const struct network *network, uint16_t host, struct rng *rng);

#endif
