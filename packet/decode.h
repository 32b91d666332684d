/* SPDX-License-Identifier: Apache-2.0 */
/*
 * From captured bytes to header fields: link layer, 802.1Q/802.1ad, IPv4, IPv6 with extension
 * headers, fragments, TCP, UDP, ICMP. Every length is checked; what is cut off by the snap length
 * is told by the headers' own lengths where they are there.
 */
#ifndef SOSIE_PACKET_DECODE_H
#define SOSIE_PACKET_DECODE_H

#include "base/addr.h"
#include "packet/capture.h"

enum decode_result {
	DECODE_IP,	  /* view is filled */
	DECODE_NOT_IP,	  /* ARP, LLDP ... */
	DECODE_MALFORMED, /* headers contradict themselves or are cut off before the addresses and
			     ports */
};

struct packet_view {
	struct ip_addr src, dst;
	uint8_t proto;
	uint8_t ttl;
	uint8_t tos;
	bool df;
	uint16_t ip_id;		  /* v4 */
	bool fragment;		  /* any fragment */
	uint16_t fragment_offset; /* bytes; above 0: no ports below */
	uint32_t fragment_id;
	uint32_t ip_bytes; /* length of the IP packet by its header */
	const uint8_t *ip; /* the IP packet, as far as it was captured */
	uint32_t n_ip;
	uint16_t src_port, dst_port; /* ICMP: type and code */
	uint8_t tcp_flags;
	uint32_t seq, ack;
	uint16_t window;
	uint32_t payload_bytes; /* above the transport header, by the IP length, whatever was
				   captured */
	const uint8_t *payload; /* what was captured of it */
	uint32_t n_payload;
	const uint8_t *tcp_options;
	uint32_t n_tcp_options;
	const uint8_t *src_mac, *dst_mac; /* Ethernet; else NULL */
	uint16_t vlan;			  /* innermost id; 0: none */
};

enum decode_result packet_decode(const struct capture_packet *packet, struct packet_view *ret_view);

#endif
