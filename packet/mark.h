/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Marks: how generated and replayed packets are told from all others, and how that is undone. The
 * one place that knows the bits.
 *
 * IPv4: the reserved bit of the flags field ("evil bit", RFC 3514), with the header's checksum
 * changed incrementally (RFC 1624). IPv6 has no such bit: a pattern in some bits of the flow label
 * (RFC 6437), which is under no checksum. Clearing gives an IPv4 header back as it was; of a label
 * the bits of the mask become 0, because what they were is not known any more.
 */
#ifndef SOSIE_PACKET_MARK_H
#define SOSIE_PACKET_MARK_H

#include "base/err.h"
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct mark {
	bool on;
	uint32_t label, label_mask; /* 20 bits each; label lies within the mask; mask 0: IPv6
				       packets bear no mark */
};

/* 12 of 20 bits: by chance one in 4,096 of random labels looks marked; 8 bits still tell flows
 * apart. */
#define MARK_LABEL	0xe7100u
#define MARK_LABEL_MASK 0xfff00u

/* "none", "evil-bit", "evil-bit:LABEL/MASK" (numbers of 20 bits, hexadecimal after 0x). */
int mark_parse(const char *text, struct mark *ret_mark, struct err *err);

/* The IP header at ip, of which n bytes are there. False: nothing there that could bear a mark. */
bool mark_set(const struct mark *mark, uint8_t *ip, size_t n);
/* False: it bore none. */
bool mark_clear(const struct mark *mark, uint8_t *ip, size_t n);
bool mark_is_set(const struct mark *mark, const uint8_t *ip, size_t n);

#endif
