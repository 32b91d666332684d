/* SPDX-License-Identifier: Apache-2.0 */
/* Who the addresses of a table become: the second half of host_set_fit(). */
#ifndef SOSIE_FLOW_HOST_NAME_H
#define SOSIE_FLOW_HOST_NAME_H

#include "flow/addr_map.h"
#include "flow/host.h"

enum host_role { ROLE_CLIENT, ROLE_SERVER, ROLE_PEER, N_ROLES };

/* What an address does in the table. */
struct host_use {
	struct ip_addr addr;
	uint64_t n_flows;    /* at either end */
	uint64_t n_begun;    /* as originator */
	uint64_t n_answered; /* as responder that answered */
	enum host_scope scope;
	enum host_role role;
	bool directed; /* taken for a subnet's broadcast address */
	uint32_t pool; /* 0: a host of its own; else the name of its pool */
	uint16_t host; /* its index, once named */
	struct host_stack stack;
};

struct host_uses {
	struct addr_map map;
	struct addr_map on_link; /* first halves of v6 addresses seen in neighbour discovery */
	struct host_use *items;	 /* by number in map */
	size_t n;
};

/* Makes the hosts and sets every use's host. 0 or -ENOMEM. */
int host_name_all(struct host_uses *uses, bool keep_addresses, struct host_set *ret_set);

#endif
