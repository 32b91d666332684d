/* SPDX-License-Identifier: Apache-2.0 */
/*
 * pcapng (draft-ietf-opsawg-pcapng): sections of either byte order, any number of interfaces, each
 * with its link type and clock; enhanced, simple and (obsolete) packet blocks. Other blocks are
 * skipped. A simple packet carries no time: it gets 0.
 */
#ifndef SOSIE_PACKET_CAPTURE_PCAPNG_H
#define SOSIE_PACKET_CAPTURE_PCAPNG_H

#include "packet/capture.h"
#include "packet/capture_input.h"

struct capture_pcapng;

bool capture_pcapng_magic(const uint8_t *bytes, size_t n_bytes);

/*
 * Borrows the input. Reads up to the first packet; refuses when there are interfaces until there
 * and none has a link type that capture_link_type() knows.
 */
int capture_pcapng_open(struct capture_input *input, struct capture_pcapng **ret_pcapng,
			struct err *err);
int capture_pcapng_next(struct capture_pcapng *pcapng, struct capture_packet *ret_packet,
			struct err *err);
void capture_pcapng_freep(struct capture_pcapng **pcapng);
uint64_t capture_pcapng_position(const struct capture_pcapng *pcapng);

#endif
