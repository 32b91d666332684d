/* SPDX-License-Identifier: Apache-2.0 */
/* What build.c is made of: one writer for each header. */
#ifndef SOSIE_PACKET_HEADERS_H
#define SOSIE_PACKET_HEADERS_H

#include "packet/build.h"

/* One step on its way to a frame. */
struct header_step {
	const struct automaton_step *steps;
	uint32_t n_steps, i;
	int64_t time_ns;
};

/* eth.c: the MAC of a host as frames show it. */
void eth_mac(const struct host *host, const struct ip_addr *addr,
	     const struct build_options *options, uint8_t ret_mac[6]);
void eth_write(const struct build_flow *flow, uint8_t direction, uint8_t *ret_bytes);

/* ip.c */
uint32_t ip_header_bytes(const struct flow_record *record);
/* n_body: bytes after the header. Counts the IPv4 id up. */
void ip_write(struct build_flow *flow, uint8_t direction, uint8_t type, uint32_t n_body,
	      uint8_t *ret_bytes);
/* The pseudo header's part of the transport checksum. */
uint64_t ip_pseudo_sum(const struct flow_record *record, uint32_t n_body);

/* tcp.c: length of the header of a segment with these flags, options included. */
uint32_t tcp_header_bytes(const struct build_flow *flow, uint8_t direction, uint8_t flags);
/* Header without checksum; moves the sequence numbers on. */
void tcp_write(struct build_flow *flow, const struct header_step *step, uint8_t *ret_bytes);

/* The header of a segment that was sent, again: n_before bytes of its payload are left out. The
 * acknowledgement and the time are of now. Checksum as tcp_write. */
void tcp_repeat(struct build_flow *flow, const struct header_step *step, uint32_t n_before,
		uint8_t *ret_bytes);

/*
 * tcp_window.c: which windows the sides will have; what the field of step i says, before the step
 * moves any number on. ack: the step's.
 */
void tcp_window_init(struct build_flow *flow, const struct flow_start *start);
void tcp_window_settle(struct build_flow *flow);
uint16_t tcp_window_take(struct build_flow *flow, const struct header_step *step, uint32_t ack);
bool tcp_is_pure_ack(const struct automaton_step *step);

/* icmp.c: type, code and the four bytes after the checksum, which is left 0. */
void icmp_write(const struct build_flow *flow, const struct header_step *step, uint8_t *ret_bytes);
/* Sequence number of an echo request or its reply at step i, for header and body alike. */
uint16_t icmp_echo_number(const struct automaton_step *steps, uint32_t i);
uint8_t icmp_code(const struct flow_record *record, uint8_t type);

#endif
