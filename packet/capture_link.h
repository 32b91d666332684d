/* SPDX-License-Identifier: Apache-2.0 */
/* Which link types the decoder knows, and what the others are called. */
#ifndef SOSIE_PACKET_CAPTURE_LINK_H
#define SOSIE_PACKET_CAPTURE_LINK_H

#include <stdint.h>

enum { CAPTURE_LINK_TEXT_BYTES = 160 };

/*
 * The type as the decoder wants it: 12 and 14, which BSDs wrote for raw IP before 101 was agreed,
 * become LINKTYPE_RAW. -1: not supported.
 */
int capture_link_type(uint32_t file_link_type);

/* "link type 105 (IEEE802_11: 802.11)", with libpcap's name and description where it has one. */
const char *capture_link_text(uint32_t file_link_type, char ret_text[CAPTURE_LINK_TEXT_BYTES]);

#endif
