/* SPDX-License-Identifier: Apache-2.0 */
/* Classic pcap through libpcap: both byte orders, micro- and nanoseconds, the 2.x variants. */
#ifndef SOSIE_PACKET_CAPTURE_PCAP_H
#define SOSIE_PACKET_CAPTURE_PCAP_H

#include "packet/capture.h"
#include "packet/capture_input.h"

struct capture_pcap;

/* Do these first bytes of a file belong to pcap? */
bool capture_pcap_magic(const uint8_t *bytes, size_t n_bytes);

/* Borrows the input. Refuses a link type that capture_link_type() does not know. */
int capture_pcap_open(struct capture_input *input, struct capture_pcap **ret_pcap, struct err *err);
int capture_pcap_next(struct capture_pcap *pcap, struct capture_packet *ret_packet,
		      struct err *err);
void capture_pcap_freep(struct capture_pcap **pcap);
uint64_t capture_pcap_position(const struct capture_pcap *pcap);

#endif
