/* SPDX-License-Identifier: Apache-2.0 */
/* A network plan as its file says it, each key checked for itself; for network_plan.c and
 * network_make.c. */
#ifndef SOSIE_FLOW_NETWORK_PLAN_H
#define SOSIE_FLOW_NETWORK_PLAN_H

#include "flow/network_impl.h"

enum { PLAN_LIMIT_PREFIXES = 64 };

struct plan_service {
	char name[FLOW_SERVICE_BYTES];
	uint16_t port; /* 0: the usual one */
};

/* One entry of hosts. */
struct machine {
	const config_setting_t *node;
	char name[40], role[24];
	uint8_t mac[6];
	bool has_mac;
	bool says_uses; /* else: everything, or nothing for a server */
	double weight;
	const struct host_stack *stack;
	struct ip_addr *addresses;
	uint32_t n_addresses;
	struct plan_service *uses, *serves;
	uint32_t n_uses, n_serves;
};

/* A plan as written. */
struct plan {
	const struct conf *conf;
	struct ip_prefix local[PLAN_LIMIT_PREFIXES];
	size_t n_local;
	struct machine *machines;
	size_t n_machines;
	bool internet;
	uint8_t gateway[6];
};

/* Fills a zeroed plan; plan_done() also after it failed. Borrows conf. */
int plan_load(const struct conf *conf, struct plan *plan, struct err *err);
void plan_done(struct plan *plan);

/* A v4 prefix's directed broadcast address. */
struct ip_addr plan_broadcast(const struct ip_prefix *prefix);

#endif
