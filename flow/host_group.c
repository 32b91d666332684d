/* SPDX-License-Identifier: Apache-2.0 */
/* From the IANA registries of IPv4 and IPv6 multicast addresses. */
#include "flow/host_group.h"

#include <stddef.h>
#include <string.h>

static const struct {
	const char *name;
	uint8_t version;
	uint8_t bytes[16];
} groups[] = {
	{ "unspecified", 4, { 0 } },
	{ "broadcast", 4, { 255, 255, 255, 255 } },
	{ "all-hosts", 4, { 224, 0, 0, 1 } },
	{ "all-routers", 4, { 224, 0, 0, 2 } },
	{ "ospf-routers", 4, { 224, 0, 0, 5 } },
	{ "ospf-designated", 4, { 224, 0, 0, 6 } },
	{ "rip-routers", 4, { 224, 0, 0, 9 } },
	{ "eigrp-routers", 4, { 224, 0, 0, 10 } },
	{ "pim-routers", 4, { 224, 0, 0, 13 } },
	{ "vrrp", 4, { 224, 0, 0, 18 } },
	{ "igmp-routers", 4, { 224, 0, 0, 22 } },
	{ "hsrp", 4, { 224, 0, 0, 102 } },
	{ "ptp-delay", 4, { 224, 0, 0, 107 } },
	{ "mdns", 4, { 224, 0, 0, 251 } },
	{ "llmnr", 4, { 224, 0, 0, 252 } },
	{ "ntp-group", 4, { 224, 0, 1, 1 } },
	{ "slp", 4, { 224, 0, 1, 22 } },
	{ "slp-discovery", 4, { 224, 0, 1, 35 } },
	{ "ptp", 4, { 224, 0, 1, 129 } },
	{ "coap", 4, { 224, 0, 1, 187 } },
	{ "ssdp", 4, { 239, 255, 255, 250 } },
	{ "slp-admin", 4, { 239, 255, 255, 253 } },
	{ "unspecified-v6", 6, { 0 } },
	{ "node-all-nodes", 6, { 0xff, 1, [15] = 1 } },
	{ "all-nodes", 6, { 0xff, 2, [15] = 1 } },
	{ "all-routers-v6", 6, { 0xff, 2, [15] = 2 } },
	{ "ospf-routers-v6", 6, { 0xff, 2, [15] = 5 } },
	{ "ospf-designated-v6", 6, { 0xff, 2, [15] = 6 } },
	{ "rip-routers-v6", 6, { 0xff, 2, [15] = 9 } },
	{ "ssdp-link-v6", 6, { 0xff, 2, [15] = 0x0c } },
	{ "pim-routers-v6", 6, { 0xff, 2, [15] = 0x0d } },
	{ "vrrp-v6", 6, { 0xff, 2, [15] = 0x12 } },
	{ "mld-routers", 6, { 0xff, 2, [15] = 0x16 } },
	{ "mdns-v6", 6, { 0xff, 2, [15] = 0xfb } },
	{ "coap-v6", 6, { 0xff, 2, [15] = 0xfd } },
	{ "ptp-peer-v6", 6, { 0xff, 2, [15] = 0x6b } },
	{ "dhcp-agents", 6, { 0xff, 2, [13] = 1, [15] = 2 } },
	{ "llmnr-v6", 6, { 0xff, 2, [13] = 1, [15] = 3 } },
	{ "ssdp-site-v6", 6, { 0xff, 5, [15] = 0x0c } },
	{ "dhcp-servers", 6, { 0xff, 5, [13] = 1, [15] = 3 } },
	{ "mdns-site-v6", 6, { 0xff, 5, [15] = 0xfb } },
};

const char *host_group_name(const struct ip_addr *addr)
{
	for (size_t i = 0; i < sizeof(groups) / sizeof(*groups); i++)
		if (groups[i].version == addr->version &&
		    memcmp(groups[i].bytes, addr->bytes, 16) == 0)
			return groups[i].name;
	return NULL;
}

bool host_group_named(const char *name, struct ip_addr *ret_addr)
{
	for (size_t i = 0; i < sizeof(groups) / sizeof(*groups); i++) {
		if (strcmp(groups[i].name, name) != 0)
			continue;
		*ret_addr = (struct ip_addr) { .version = groups[i].version };
		memcpy(ret_addr->bytes, groups[i].bytes, 16);
		return true;
	}
	return false;
}

bool host_group_is_solicited_node(const struct ip_addr *addr)
{
	static const uint8_t head[13] = { 0xff, 2, [11] = 1, [12] = 0xff };

	return addr->version == 6 && memcmp(addr->bytes, head, sizeof(head)) == 0;
}
