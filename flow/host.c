/* SPDX-License-Identifier: Apache-2.0 */
#include "flow/host.h"

#include <stdlib.h>
#include <string.h>

#include "base/bytes.h"

void host_set_done(struct host_set *set)
{
	free(set->hosts);
	window_set_done(&set->windows);
	memset(set, 0, sizeof(*set));
}

static const char *const scope_names[HOST_N_SCOPES] = { "local", "internet", "group" };

const char *host_scope_name(enum host_scope scope)
{
	return scope_names[scope];
}

int host_scope_parse(const char *name)
{
	for (int i = 0; i < HOST_N_SCOPES; i++)
		if (strcmp(scope_names[i], name) == 0)
			return i;
	return -1;
}

struct ip_addr host_address(const struct host *host, uint32_t i)
{
	struct ip_addr a = host->addr;

	if (a.version == 4)
		be32_put(a.bytes, be32_get(a.bytes) + i);
	else if (a.version == 6)
		be64_put(a.bytes + 8, be64_get(a.bytes + 8) + i);
	return a;
}

void host_group_mac(const struct ip_addr *addr, uint8_t ret_mac[6])
{
	static const uint8_t broadcast[6] = { 0xff, 0xff, 0xff, 0xff, 0xff, 0xff };

	memcpy(ret_mac, broadcast, 6);
	if (!ip_is_multicast(addr))
		return;
	if (addr->version == 4) {
		ret_mac[0] = 0x01;
		ret_mac[1] = 0x00;
		ret_mac[2] = 0x5e;
		ret_mac[3] = addr->bytes[1] & 0x7f;
		memcpy(ret_mac + 4, addr->bytes + 2, 2);
	} else {
		ret_mac[0] = ret_mac[1] = 0x33;
		memcpy(ret_mac + 2, addr->bytes + 12, 4);
	}
}

/*
 * What the SYNs of these systems look like at the sender, with their usual MTU of 1500 (defaults of
 * Linux 5 and 6, Windows 10 and 11, macOS 12 and later, lwIP 2 as small devices use it).
 */
static const struct {
	const char *os;
	struct host_stack stack;
} stacks[] = {
	{ "linux",
	  { .ttl = 64,
	    .df = true,
	    .window = 64240,
	    .mss = 1460,
	    .window_scale = 7,
	    .sack = true,
	    .timestamps = true,
	    .port_low = 32768,
	    .port_high = 60999 } },
	{ "windows",
	  { .ttl = 128,
	    .df = true,
	    .window = 64240,
	    .mss = 1460,
	    .window_scale = 8,
	    .sack = true,
	    .timestamps = false,
	    .port_low = 49152,
	    .port_high = 65535 } },
	{ "mac",
	  { .ttl = 64,
	    .df = true,
	    .ip_id_zero = true,
	    .window = 65535,
	    .mss = 1460,
	    .window_scale = 6,
	    .sack = true,
	    .timestamps = true,
	    .port_low = 49152,
	    .port_high = 65535 } },
	{ "iot",
	  { .ttl = 255,
	    .df = false,
	    .window = 5840,
	    .mss = 1460,
	    .window_scale = -1,
	    .sack = false,
	    .timestamps = false,
	    .port_low = 49152,
	    .port_high = 65535 } },
};

const struct host_stack *host_stack_named(const char *os)
{
	for (size_t i = 0; i < sizeof(stacks) / sizeof(*stacks); i++)
		if (strcmp(stacks[i].os, os) == 0)
			return &stacks[i].stack;
	return NULL;
}
