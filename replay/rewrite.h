/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Changing frames on their way to a wire: what tcprewrite does to files. Links to Ethernet, MACs,
 * tags, addresses (also inside ARP, ICMP errors), ports, TTL, DSCP, marks, and frames that are too
 * long for the wire. Checksums are changed by as much as what they cover (RFC 1624): a wrong one
 * stays wrong, unless they are to be mended.
 *
 * Frames are hostile: nothing is read or written beyond them, and what cannot be understood passes
 * with what could be done.
 */
#ifndef SOSIE_REPLAY_REWRITE_H
#define SOSIE_REPLAY_REWRITE_H

#include "base/addr.h"
#include "packet/mark.h"
#include "replay/source.h"
#include <stdbool.h>

enum {
	REWRITE_SIDES = 2,
	REWRITE_MAX_MAPS = 256,
	REWRITE_ADDED_BYTES = 32, /* to a frame at most, by new links and tags */
};

enum rewrite_vlan { REWRITE_VLAN_KEEP, REWRITE_VLAN_ADD, REWRITE_VLAN_SET, REWRITE_VLAN_DEL };

/* What becomes of an IP packet longer than the MTU. */
enum rewrite_mtu {
	REWRITE_MTU_PASS,     /* nothing: the sink counts it */
	REWRITE_MTU_SEGMENT,  /* TCP: into segments, as a card would have done; others: dropped */
	REWRITE_MTU_FRAGMENT, /* into fragments (RFC 791, RFC 8200 4.5), DF or not */
	REWRITE_MTU_TRUNCATE, /* its end is cut off, lengths and checksums made right */
	REWRITE_MTU_DROP,
	REWRITE_MTU_N
};

/* The first n_bits of an address that begins with from become those of to. */
struct rewrite_map {
	struct ip_prefix from, to; /* of one version and length */
};

/* Ports from_first .. from_last become to_first .. in order. */
struct rewrite_ports {
	uint16_t from_first, from_last, to_first;
};

struct rewrite_macs {
	bool has_src, has_dst;
	uint8_t src[6], dst[6];
};

struct rewrite_options {
	struct rewrite_macs macs[REWRITE_SIDES]; /* by the side the frame leaves by */
	enum rewrite_vlan vlan;			 /* of the outermost tag */
	uint16_t vlan_id;
	size_t n_maps, n_ports;
	struct rewrite_map maps[REWRITE_MAX_MAPS]; /* the first that holds counts */
	struct rewrite_ports ports[REWRITE_MAX_MAPS];
	enum { REWRITE_TTL_KEEP, REWRITE_TTL_SET, REWRITE_TTL_ADD } ttl;
	int ttl_value; /* set: 1..255; add: -255..255, kept within 1..255 */
	int dscp;      /* 0..63; -1: kept */
	/* Wrong checksums of IPv4 headers, TCP, UDP, ICMP and ICMPv6 are made right first, where
	 * all that they cover is there: not of fragments, of what a snaplen cut, of what routing
	 * headers redirect, nor inside tunnels and ICMP errors. */
	bool fix_checksums;
	bool unique;  /* each loop has other addresses: the loop's number is added to both */
	uint32_t mtu; /* IP packet length; no meaning with REWRITE_MTU_PASS */
	enum rewrite_mtu mtu_policy;
	struct mark mark;
};

/* One value of a command line each, added to options. -EINVAL with a sentence. */
int rewrite_parse_mac(const char *text, struct rewrite_options *options, struct err *err);
int rewrite_parse_vlan(const char *text, struct rewrite_options *options, struct err *err);
int rewrite_parse_ip_map(const char *text, struct rewrite_options *options, struct err *err);
int rewrite_parse_port_map(const char *text, struct rewrite_options *options, struct err *err);
int rewrite_parse_ttl(const char *text, struct rewrite_options *options, struct err *err);

struct rewrite_counters {
	uint64_t n_frames;
	uint64_t n_segmented, n_fragmented, n_truncated, n_dropped; /* frames over the MTU */
	uint64_t n_fixed;   /* frames with a checksum that was wrong */
	uint64_t n_no_link; /* of a link type no Ethernet header can be made for: dropped */
};

struct rewrite;

/* Borrows options. */
int rewrite_new(const struct rewrite_options *options, struct rewrite **ret_rewrite,
		struct err *err);
void rewrite_freep(struct rewrite **rewrite);

/*
 * Calls put for each frame that this one becomes: none, one or more, Ethernet all. Returns 0 or
 * what put returned.
 */
int rewrite_frame(struct rewrite *rewrite, const struct source_frame *frame, uint8_t side,
		  int (*put)(void *context, const uint8_t *bytes, uint32_t n_bytes), void *context);
struct rewrite_counters rewrite_count(const struct rewrite *rewrite);

#endif
