/* SPDX-License-Identifier: Apache-2.0 */
/* Groups everybody knows, by name: an address of these tells nothing of a network. */
#ifndef SOSIE_FLOW_HOST_GROUP_H
#define SOSIE_FLOW_HOST_GROUP_H

#include "base/addr.h"

/* The group's name ("mdns", "all-nodes", "broadcast" ...), static; NULL when it is not well known.
 */
const char *host_group_name(const struct ip_addr *addr);

/* The address of a group by its name; false for no such name. */
bool host_group_named(const char *name, struct ip_addr *ret_addr);

/* ff02::1:ffxx:xxxx, RFC 4291 section 2.7.1: holds the last 24 bits of a host's address. */
bool host_group_is_solicited_node(const struct ip_addr *addr);

#endif
