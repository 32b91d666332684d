/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Hosts: who takes part in flows. Learned hosts are anonymous: a scope, a role, a stack; their
 * addresses are made up from the plan of 10.0.0.0/8 and 2001:db8:1::/64 inside, 198.18.0.0/15 (RFC
 * 2544) and 2001:db8:ffff::/48 (RFC 3849) outside, unless the user asked to keep them.
 */
#ifndef SOSIE_FLOW_HOST_H
#define SOSIE_FLOW_HOST_H

#include "base/addr.h"
#include "conf/conf.h"
#include "flow/table.h"
#include "flow/window.h"
#include <stdio.h>

enum host_scope {
	HOST_LOCAL,    /* inside the prefixes called local */
	HOST_INTERNET, /* anywhere else */
	HOST_GROUP,    /* multicast, broadcast, unspecified: never a machine */
	HOST_N_SCOPES
};

/* How a host's IP and TCP look on the wire; zeroed fields mean "not present". */
struct host_stack {
	uint8_t ttl;	    /* as seen at the capture point */
	bool df;	    /* don't fragment set on TCP */
	bool ip_id_zero;    /* id 0 where DF is set (Linux SYN-ACK, many others); else a counter per
			       flow */
	uint16_t window;    /* of the SYN */
	uint16_t answer[2]; /* of a SYN that answers, without and with timestamps in force (which
			       take 12 bytes of each segment); 0: as window */
	uint16_t mss;	    /* option 2, 0: absent */
	int8_t window_scale; /* option 3, -1: absent */
	bool sack;	     /* option 4 */
	bool timestamps;     /* option 8: 12 more bytes on every segment when both ends have it */
	uint16_t port_low, port_high; /* ephemeral ports */
};

struct host {
	char name[40];
	char role[24]; /* "client", "server", "peer", "gateway", a group's name, or what the plan
			  says */
	enum host_scope scope;
	struct ip_addr addr;
	bool made_up;  /* addr is: hosts.conf says it by number, so that a model holds no address */
	uint32_t span; /* addresses it stands for: addr and the span - 1 after it; 1 but for pooled
			  hosts */
	uint8_t mac[6];
	double weight; /* plan: how much of what it may do it does, relative to the others */
	struct host_stack stack;
};

struct host_set {
	struct host *hosts;
	size_t n_hosts;
	struct window_set windows; /* what hosts with such stacks do after the SYN */
};

enum { HOST_LIMIT = 60000 };

void host_set_done(struct host_set *set);
const char *host_scope_name(enum host_scope scope);
int host_scope_parse(const char *name); /* the scope, or -1 */

/* Address number i (below host->span) of a host. */
struct ip_addr host_address(const struct host *host, uint32_t i);

/* The MAC frames to a group have: RFC 1112 and RFC 2464 for multicast, else ff:ff:ff:ff:ff:ff. */
void host_group_mac(const struct ip_addr *addr, uint8_t ret_mac[6]);

/* The stacks of common systems: "linux", "windows", "mac", "iot"; NULL for another name. */
const struct host_stack *host_stack_named(const char *os);

/*
 * hosts.conf: `stacks = ( { ttl = 64; ... }, ... ); windows = ( ... ); hosts = ( { name, role,
 * scope, address, span, mac, stack = index }, ... );`. Load checks every field and refuses names or
 * addresses that stand twice, with file:line.
 */
int host_set_load(const struct conf *conf, struct host_set *ret_set, struct err *err);
int host_set_save(const struct host_set *set, FILE *out);

/* What was seen of an address's stack while a capture was read (packet/ fills it; all fields
 * optional). */
struct host_seen {
	struct ip_addr addr;
	struct host_stack stack;
};

struct host_fit {
	const struct ip_prefix *local;
	size_t n_local;
	bool on_link; /* local as well: IPv6 /64s whose addresses took part in neighbour discovery,
			 which routers never forward (RFC 4861, hop limit 255) */
	bool keep_addresses;
	size_t limit; /* hosts kept apart per scope; rarer ones are pooled into "others" hosts of
			 the same scope (0: 1000; at most 15000, and that with keep_addresses) */
	const struct host_seen *seen; /* sorted by address */
	size_t n_seen;
};

/*
 * Makes the hosts of a table and writes their indices into the rows' src_host and dst_host. Hosts
 * stand in order of first appearance, pooled ones after them. A host's role is "server" when two
 * thirds of its answered flows came to it, "client" when two thirds began with it, else "peer".
 * Groups keep no address either: well-known ones get theirs by name, others 239.192.0.N, ff18::N
 * and ff02::1:ff00:N.
 */
int host_set_fit(struct flow_table *table, const struct host_fit *fit, struct host_set *ret_set,
		 struct err *err);

#endif
