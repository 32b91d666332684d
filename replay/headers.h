/* SPDX-License-Identifier: Apache-2.0 */
/* Where the headers of an Ethernet frame stand, as far as they are there. */
#ifndef SOSIE_REPLAY_HEADERS_H
#define SOSIE_REPLAY_HEADERS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { HEADERS_ARP = 1 /* of version: not IP, but ARP for IPv4 */ };

/* Offsets from the frame's beginning. Whatever they point at is within the frame. */
struct headers {
	uint32_t n_tags;
	uint32_t net_at;    /* the network header; 0: there is none that is known */
	uint8_t version;    /* 4, 6, HEADERS_ARP; 0: another */
	uint32_t net_bytes; /* IP header, with options or extension headers */
	uint32_t ip_bytes;  /* IP packet by its header (0: by the frame), no more than is there */
	uint32_t v6_fragment_at; /* fragment header; 0: none */
	uint8_t proto;
	bool fragment;	    /* any fragment */
	bool first;	    /* no fragment, or the first: a transport header begins there */
	bool has_transport; /* proto's header begins at net_at + net_bytes: the first fragment, or
			       none; its fixed part (TCP 20, UDP 8, ICMP 8) is there */
};

/* An IP packet alone; offsets from its beginning. False: no IP header. */
bool headers_of_ip(const uint8_t *bytes, size_t n_bytes, struct headers *ret_headers);
/* False: no Ethernet header. */
bool headers_of_frame(const uint8_t *bytes, size_t n_bytes, struct headers *ret_headers);

#endif
