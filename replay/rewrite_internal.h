/* SPDX-License-Identifier: Apache-2.0 */
/* The parts of the rewriter: each changes the frame in the buffer. */
#ifndef SOSIE_REPLAY_REWRITE_INTERNAL_H
#define SOSIE_REPLAY_REWRITE_INTERNAL_H

#include "replay/headers.h"
#include "replay/rewrite.h"

/* A frame that can be written to, with room before and behind it. */
struct rewrite_buffer {
	uint8_t *bytes; /* where the frame begins now */
	uint32_t n_bytes;
	uint32_t n_before; /* room before bytes */
};

struct rewrite_put {
	int (*put)(void *context, const uint8_t *bytes, uint32_t n_bytes);
	void *context;
};

/* Any link to Ethernet. False: there is no way. */
bool rewrite_to_ethernet(struct rewrite_buffer *frame, uint16_t link_type);
void rewrite_macs(const struct rewrite_macs *macs, struct rewrite_buffer *frame);
void rewrite_vlan(const struct rewrite_options *options, struct rewrite_buffer *frame);

/* Addresses, ports, TTL, DSCP, marks. loop: added to the addresses when unique. */
void rewrite_network(const struct rewrite_options *options, uint64_t loop, uint8_t *bytes,
		     const struct headers *headers);

/* Checksums that are wrong, of an IP header and of the transport's where all that they cover is
 * there. True: there was one. */
bool rewrite_fix_sums(uint8_t *ip, const struct headers *headers);
/* Sum anew, whatever there was: n is the header's length; the transport's, from its header on. */
void rewrite_sum_v4_header(uint8_t *ip, uint32_t n);
void rewrite_sum_transport(uint8_t *ip, const struct headers *headers, uint8_t *transport,
			   uint32_t n);

/* A frame whose IP packet is longer than the MTU, as the policy says; not for PASS. scratch holds
 * a frame. */
int rewrite_oversize(const struct rewrite_options *options, const struct rewrite_buffer *frame,
		     const struct headers *headers, uint8_t *scratch,
		     struct rewrite_counters *counters, const struct rewrite_put *put);

#endif
