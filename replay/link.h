/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A network interface as the kernel sees it, through rtnetlink: what it is, and its own counters,
 * which say what truly left.
 */
#ifndef SOSIE_REPLAY_LINK_H
#define SOSIE_REPLAY_LINK_H

#include "base/err.h"
#include <net/if.h>
#include <stdbool.h>
#include <stdint.h>

struct link_info {
	char name[IFNAMSIZ];
	int index;
	uint16_t arp_type; /* ARPHRD_ETHER ... */
	uint32_t mtu;
	bool is_up, has_carrier;
	uint8_t mac[6];
	uint32_t n_tx_queues;
	char kind[16];	/* "veth", "tun" ...; "" for a card */
	char qdisc[16]; /* "noqueue", "pfifo_fast" ... */
	uint64_t tx_packets, tx_bytes, tx_dropped, tx_errors;
	uint64_t rx_packets, rx_dropped;
};

struct link; /* a netlink socket in the interface's namespace, and its index */

/* -ENODEV: no such interface (the sentence lists those there are). */
int link_open(const char *interface, const char *netns, struct link **ret_link, struct err *err);
/* Asks the kernel now. -ENODEV: it is gone. */
int link_read(struct link *link, struct link_info *ret_info, struct err *err);
/* -ENETDOWN: what is sent there gets nowhere, for it is down or has no carrier. */
int link_check(const struct link_info *info, struct err *err);
/* Is it gone for good? One that is being removed goes down first: asks again for up to 50 ms. */
bool link_is_gone(struct link *link);
void link_freep(struct link **link);

#endif
