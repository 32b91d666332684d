/* SPDX-License-Identifier: Apache-2.0 */
/* sosie probe: what an interface can do, and what would limit a run on it. */
#include <errno.h>
#include <stdio.h>

#include "base/json.h"
#include "conf/option.h"
#include "gen/cmd.h"
#include "gen/wire.h"
#include "replay/pacer.h"
#include "replay/probe.h"

struct settings {
	bool json;
};

static const struct option_spec specs[] = {
	{ .name = "json",
	  .type = OPTION_FLAG,
	  .offset = offsetof(struct settings, json),
	  .help = "JSON, not lines" },
};
enum { N_SPECS = sizeof(specs) / sizeof(specs[0]) };

static const char usage[] = "sosie probe IFACE[@NETNS] [OPTION...]";
static const char about[] =
	"Looks at an interface: MTU, carrier, queues, offloads, XDP, which sinks work there, and "
	"what would limit a run. Sends nothing and changes nothing.";

/* Frames per second that fill a link of so many Mbit/s. */
static double line_rate(uint32_t mbps, uint32_t frame_bytes)
{
	return mbps * 1e6 / (8.0 * (frame_bytes + PACE_WIRE_BYTES));
}

static void print_sinks(const struct probe *p)
{
	printf("sink af_packet  %s\n", p->af_packet == 0 ? "works" : p->af_packet_why);
	if (sink_named("dpdk") == NULL)
		printf("sink dpdk       not in this build (packages libdpdk-dev, libbpf-dev, "
		       "libxdp-dev)\n");
	else
		printf("sink dpdk       through net_af_xdp; needs CAP_NET_RAW, CAP_NET_ADMIN and "
		       "CAP_BPF\n");
}

static void print_limits(const struct probe *p)
{
	if (p->speed_mbps > 0)
		printf("line rate       %.0f frames/s of 60 bytes, %.0f of %u\n",
		       line_rate(p->speed_mbps, PACE_WIRE_MIN),
		       line_rate(p->speed_mbps, p->link.mtu + 14), p->link.mtu + 14);
	printf("to expect       af_packet 0.6 to 1.3 million frames/s and core, whatever their "
	       "size; dpdk over AF_XDP 1.3 to 2 times that (measured on veth)\n");
	if (p->xdp == PROBE_XDP_GENERIC)
		printf("                XDP here copies every frame: expect less of dpdk\n");
	if (p->has_offload[PROBE_GRO] && p->offload[PROBE_GRO])
		printf("                generic-receive-offload is on: what is captured here may "
		       "be larger than what was sent\n");
}

static void print_text(const struct probe *p)
{
	const struct link_info *l = &p->link;

	printf("interface       %s (%s%s%s)\n", l->name, l->kind[0] != '\0' ? l->kind : "device",
	       p->driver[0] != '\0' ? ", driver " : "", p->driver);
	printf("state           %s, %s\n", l->is_up ? "up" : "DOWN",
	       l->has_carrier ? "carrier" : "NO CARRIER");
	printf("mtu             %u\n", l->mtu);
	printf("mac             %02x:%02x:%02x:%02x:%02x:%02x\n", l->mac[0], l->mac[1], l->mac[2],
	       l->mac[3], l->mac[4], l->mac[5]);
	if (p->speed_mbps > 0)
		printf("speed           %u Mbit/s\n", p->speed_mbps);
	else
		printf("speed           not told\n");
	printf("queues          %u to send\n", l->n_tx_queues);
	printf("qdisc           %s\n", l->qdisc[0] != '\0' ? l->qdisc : "none");
	for (int i = 0; i < PROBE_N_OFFLOADS; i++)
		if (p->has_offload[i])
			printf("%-15s %s %s\n", i == 0 ? "offloads" : "",
			       probe_offload_name((enum probe_offload)i),
			       p->offload[i] ? "on" : "off");
	printf("xdp             %s\n", probe_xdp_text(p->xdp));
	print_sinks(p);
	print_limits(p);
}

static void print_member(const char *key, const char *text)
{
	printf("\"%s\":", key);
	json_put_string(stdout, text);
	putchar(',');
}

static void print_json(const struct probe *p)
{
	static const char *const xdp[] = { "unknown", "generic", "native", "zero-copy" };
	const struct link_info *l = &p->link;

	printf("{");
	print_member("interface", l->name);
	print_member("kind", l->kind);
	print_member("driver", p->driver);
	print_member("qdisc", l->qdisc);
	printf("\"up\":%s,\"carrier\":%s,\"mtu\":%u,\"speed_mbps\":%u,\"tx_queues\":%u,\"xdp\":\"%"
	       "s\","
	       "\"offloads\":{",
	       l->is_up ? "true" : "false", l->has_carrier ? "true" : "false", l->mtu,
	       p->speed_mbps, l->n_tx_queues, xdp[p->xdp]);
	for (int i = 0, n = 0; i < PROBE_N_OFFLOADS; i++)
		if (p->has_offload[i])
			printf("%s\"%s\":%s", n++ > 0 ? "," : "",
			       probe_offload_name((enum probe_offload)i),
			       p->offload[i] ? "true" : "false");
	printf("},\"sinks\":{\"af_packet\":%s,\"dpdk\":%s}}\n",
	       p->af_packet == 0 ? "true" : "false", sink_named("dpdk") != NULL ? "true" : "false");
}

static int probe(const char *text, bool json)
{
	struct sink_options port = { .interface = NULL };
	char name[WIRE_NAME_BYTES];
	struct err err = { "" };
	struct probe p;
	int r = wire_interface(text, name, &port, &err);

	if (r < 0) {
		fprintf(stderr, "sosie probe: %s\n", err.text);
		return 2;
	}
	r = probe_interface(port.interface, port.netns, &p, &err);
	if (r < 0) {
		fprintf(stderr, "sosie probe: %s\n", err.text);
		return 1;
	}
	(json ? print_json : print_text)(&p);
	return fflush(stdout) == 0 ? 0 : 1;
}

static const struct verb verb = { "probe", specs, N_SPECS, usage, about };

int cmd_probe(int argc, char **argv)
{
	static const struct settings defaults = { false };
	struct settings settings = defaults;
	struct option_strings operands = { NULL, 0, 0 };
	struct err err = { "" };
	int r = option_parse(specs, N_SPECS, argc, argv, &settings, &operands, NULL, &err);
	int status;

	if (r == 0 && operands.n != 1)
		r = err_set(&err, -EINVAL, "one interface was expected");
	status = verb_answer(&verb, r, &defaults, &err);
	if (status == VERB_WORKS)
		status = probe(operands.items[0], settings.json);
	option_strings_done(&operands);
	return status;
}
