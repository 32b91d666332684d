/* SPDX-License-Identifier: Apache-2.0 */
/* Any text as a network plan and as hosts.conf: refused, or a network that can be used. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "flow/network.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void use(const struct network *network)
{
	static const char *const services[] = { "dns", "https", "-", "ping" };
	const struct host *hosts;
	size_t n_hosts;
	struct rng rng;

	rng_init(&rng, 1, 0, 0, RNG_TEST);
	hosts = network_hosts(network, &n_hosts);
	for (uint16_t learned = 0; learned < 4; learned++)
		for (int s = 0; s < 4; s++) {
			uint16_t port = 0;
			uint16_t a = network_map(network, learned, services[s], s == 3 ? 1 : 17,
						 true, FLOW_NO_HOST, &rng, &port);
			uint16_t b;

			network_allows(network, services[s], 6, HOST_LOCAL, HOST_LOCAL, 4);
			if (a == FLOW_NO_HOST)
				continue;
			b = network_map(network, learned, services[s], s == 3 ? 1 : 17, false, a,
					&rng, &port);
			if (a >= n_hosts || (b != FLOW_NO_HOST && b >= n_hosts))
				abort();
			if (hosts[a].scope == HOST_LOCAL && a == b)
				abort(); /* a machine met itself */
			network_address(network, a, &rng);
		}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct host learned[4] = {
		{ .name = "client", .role = "client", .span = 1, .addr = ip_from_v4(0x0a000001) },
		{ .name = "server", .role = "server", .span = 1, .addr = ip_from_v4(0x0a000002) },
		{ .name = "out",
		  .scope = HOST_INTERNET,
		  .span = 9,
		  .addr = ip_from_v4(0xc6120001) },
		{ .name = "group", .scope = HOST_GROUP, .span = 1, .addr = ip_from_v4(0xe00000fb) },
	};
	const struct host_set set = { .hosts = learned, .n_hosts = 4 };
	struct network *network = NULL;
	struct host_set loaded = { 0 };
	char *text = malloc(size + 1);
	struct conf *conf = NULL;
	struct err err = { "" };

	if (text == NULL)
		return 0;
	memcpy(text, data, size);
	text[size] = '\0';
	if (conf_parse("fuzz", text, &conf, &err) == 0) {
		if (network_from_plan(conf, &set, &network, &err) == 0)
			use(network);
		if (host_set_load(conf, &loaded, &err) == 0)
			host_set_done(&loaded);
	}
	network_freep(&network);
	conf_freep(&conf);
	free(text);
	return 0;
}
