/* SPDX-License-Identifier: Apache-2.0 */
/* What a network is made of; for network.c and network_plan.c alone. */
#ifndef SOSIE_FLOW_NETWORK_IMPL_H
#define SOSIE_FLOW_NETWORK_IMPL_H

#include "flow/network.h"

enum { NETWORK_LIMIT_MACHINES = 16384, NETWORK_LIMIT_LIST = 256 };

/* Who may be one side of a flow, by weight. */
struct candidates {
	uint16_t *hosts;
	uint16_t *ports; /* 0: the service's usual port */
	uint64_t *sums;	 /* running sums of the weights */
	uint32_t n, capacity;
};

/* Candidates by IP version: [0] v4, [1] v6. */
struct network_service {
	char name[FLOW_SERVICE_BYTES];
	struct candidates clients[2], servers[2];
};

struct network {
	const struct host_set *set; /* the model's, borrowed */
	bool is_plan, internet;
	uint8_t gateway[6];
	struct host *hosts; /* plan: all hosts of the network; else NULL, they are the set's */
	size_t n_hosts, n_local;
	uint16_t *machine; /* plan: of each host, equal for addresses of one machine */
	uint16_t *learned; /* plan: the network host of each of the set's; FLOW_NO_HOST: local */
	struct network_service *services; /* plan: n_services by name, then the two below */
	uint32_t n_services;
	/* services[n_services]: any service the plan does not name.
	 * services[n_services + 1]: plumbing, see network.h. */
};

/* The service of this name; for other protocols than TCP and UDP, plumbing. */
const struct network_service *network_service_find(const struct network *n, const char *name,
						   uint8_t proto);
const struct network_service *network_plumbing(const struct network *n);

/* Index of the candidate whose share of [0, sum of weights) holds x. */
uint32_t candidates_find(const struct candidates *c, uint64_t x);

/* Appends; -ENOMEM. */
int candidates_add(struct candidates *c, uint16_t host, uint16_t port, double weight);

#endif
