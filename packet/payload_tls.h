/* SPDX-License-Identifier: Apache-2.0 */
/* Records of TLS (RFC 8446, section 5.1), for who makes them and who looks for them. */
#ifndef SOSIE_PACKET_PAYLOAD_TLS_H
#define SOSIE_PACKET_PAYLOAD_TLS_H

#include <stdbool.h>
#include <stdint.h>

enum { TLS_CHANGE = 20, TLS_ALERT, TLS_HANDSHAKE, TLS_DATA };

enum {
	TLS_MAJOR = 3,
	TLS_MINOR_LIMIT = 4,
	TLS_HEAD = 5,			/* bytes: type, version, length */
	TLS_CIPHER_LIMIT = 16384 + 2048 /* bytes, before version 1.3 */
};

/* Do the bytes of a segment begin a record? */
static inline bool tls_begins_record(const uint8_t *bytes, uint32_t n)
{
	return n >= TLS_HEAD && bytes[0] >= TLS_CHANGE && bytes[0] <= TLS_DATA &&
	       bytes[1] == TLS_MAJOR && bytes[2] <= TLS_MINOR_LIMIT &&
	       (bytes[3] << 8 | bytes[4]) <= TLS_CIPHER_LIMIT;
}

#endif
