/* SPDX-License-Identifier: Apache-2.0 */
/* What an interface can do for a run, beyond what link.h tells: driver, speed, offloads, XDP. Looks
 * only; changes nothing. */
#ifndef SOSIE_REPLAY_PROBE_H
#define SOSIE_REPLAY_PROBE_H

#include "replay/link.h"

/* Offloads that change what is on the wire, or what a receiver sees. */
enum probe_offload {
	PROBE_TX_CHECKSUM,
	PROBE_SCATTER_GATHER,
	PROBE_TSO,
	PROBE_GSO,
	PROBE_GRO,
	PROBE_N_OFFLOADS
};

/* What a driver says it can do with XDP programs and AF_XDP sockets (kernel 6.3 and later). */
enum probe_xdp {
	PROBE_XDP_UNKNOWN, /* the kernel does not tell */
	PROBE_XDP_GENERIC, /* the driver knows nothing of it: the kernel's own, copying, path */
	PROBE_XDP_NATIVE,
	PROBE_XDP_ZEROCOPY,
};

struct probe {
	struct link_info link;
	char driver[32];
	uint32_t speed_mbps; /* 0: not told (virtual interfaces) */
	bool has_offload[PROBE_N_OFFLOADS], offload[PROBE_N_OFFLOADS];
	enum probe_xdp xdp;
	int af_packet;		 /* 0: a packet socket can be opened there; else -errno */
	char af_packet_why[200]; /* the sentence */
};

const char *probe_offload_name(enum probe_offload offload); /* as ethtool(8) -k has it */
const char *probe_xdp_text(enum probe_xdp xdp);

int probe_interface(const char *interface, const char *netns, struct probe *ret_probe,
		    struct err *err);

#endif
