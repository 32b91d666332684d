/* SPDX-License-Identifier: Apache-2.0 */
/* Captures put together byte by byte, independently of the writer, for the tests of readers. */
#ifndef SOSIE_TESTS_PACKET_CAPTURE_BYTES_H
#define SOSIE_TESTS_PACKET_CAPTURE_BYTES_H

#include "base/bytes.h"
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

struct bytes {
	uint8_t *at;
	size_t n, room;
	bool big; /* byte order of what is put */
};

static inline void bytes_put(struct bytes *b, const void *p, size_t n)
{
	if (b->room - b->n < n) {
		b->room = 2 * (b->n + n);
		b->at = realloc(b->at, b->room);
		if (b->at == NULL)
			abort();
	}
	if (n > 0)
		memcpy(b->at + b->n, p, n);
	b->n += n;
}

static inline void bytes_zeros(struct bytes *b, size_t n)
{
	while (n-- > 0)
		bytes_put(b, "", 1);
}

static inline void bytes_put16(struct bytes *b, uint16_t v)
{
	uint8_t p[2];

	if (b->big)
		be16_put(p, v);
	else
		le16_put(p, v);
	bytes_put(b, p, 2);
}

static inline void bytes_put32(struct bytes *b, uint32_t v)
{
	uint8_t p[4];

	if (b->big)
		be32_put(p, v);
	else
		le32_put(p, v);
	bytes_put(b, p, 4);
}

static inline void bytes_set32(struct bytes *b, size_t at, uint32_t v)
{
	if (b->big)
		be32_put(b->at + at, v);
	else
		le32_put(b->at + at, v);
}

static inline void bytes_done(struct bytes *b)
{
	free(b->at);
	*b = (struct bytes) { .big = false };
}

static inline void pcap_start(struct bytes *b, uint32_t magic, uint32_t snaplen, uint32_t link)
{
	bytes_put32(b, magic);
	bytes_put16(b, 2);
	bytes_put16(b, 4);
	bytes_put32(b, 0);
	bytes_put32(b, 0);
	bytes_put32(b, snaplen);
	bytes_put32(b, link);
}

static inline void pcap_record(struct bytes *b, uint32_t s, uint32_t fraction, const char *text,
			       uint32_t n_original)
{
	bytes_put32(b, s);
	bytes_put32(b, fraction);
	bytes_put32(b, (uint32_t)strlen(text));
	bytes_put32(b, n_original);
	bytes_put(b, text, strlen(text));
}

/* Any block: body is padded to 4 bytes. */
static inline void ng_block(struct bytes *b, uint32_t type, const struct bytes *body)
{
	size_t n_padding = -body->n & 3;
	uint32_t n = (uint32_t)(12 + body->n + n_padding);

	bytes_put32(b, type);
	bytes_put32(b, n);
	bytes_put(b, body->at, body->n);
	bytes_zeros(b, n_padding);
	bytes_put32(b, n);
}

static inline void ng_section(struct bytes *b)
{
	struct bytes body = { .big = b->big };

	bytes_put32(&body, 0x1a2b3c4d);
	bytes_put16(&body, 1);
	bytes_put16(&body, 0);
	bytes_put32(&body, UINT32_MAX);
	bytes_put32(&body, UINT32_MAX);
	ng_block(b, 0x0a0d0d0a, &body);
	bytes_done(&body);
}

/* options: already encoded; NULL: none. */
static inline void ng_interface(struct bytes *b, uint16_t link, uint32_t snaplen,
				const struct bytes *options)
{
	struct bytes body = { .big = b->big };

	bytes_put16(&body, link);
	bytes_put16(&body, 0);
	bytes_put32(&body, snaplen);
	if (options != NULL)
		bytes_put(&body, options->at, options->n);
	ng_block(b, 1, &body);
	bytes_done(&body);
}

/* An interface with a comment, if_tsresol and if_tsoffset. */
static inline void ng_interface_clock(struct bytes *b, uint16_t link, uint8_t resolution,
				      int64_t offset_s)
{
	struct bytes o = { .big = b->big };

	bytes_put16(&o, 1); /* opt_comment */
	bytes_put16(&o, 5);
	bytes_put(&o, "clock\0\0\0", 8);
	bytes_put16(&o, 9);
	bytes_put16(&o, 1);
	bytes_put(&o, &resolution, 1);
	bytes_zeros(&o, 3);
	bytes_put16(&o, 14);
	bytes_put16(&o, 8);
	if (o.big) {
		bytes_put32(&o, (uint32_t)((uint64_t)offset_s >> 32));
		bytes_put32(&o, (uint32_t)offset_s);
	} else {
		bytes_put32(&o, (uint32_t)offset_s);
		bytes_put32(&o, (uint32_t)((uint64_t)offset_s >> 32));
	}
	bytes_zeros(&o, 4);
	ng_interface(b, link, 0, &o);
	bytes_done(&o);
}

static inline void ng_packet(struct bytes *b, uint32_t interface, uint64_t ticks, const char *text,
			     uint32_t n_original)
{
	struct bytes body = { .big = b->big };

	bytes_put32(&body, interface);
	bytes_put32(&body, (uint32_t)(ticks >> 32));
	bytes_put32(&body, (uint32_t)ticks);
	bytes_put32(&body, (uint32_t)strlen(text));
	bytes_put32(&body, n_original);
	bytes_put(&body, text, strlen(text));
	ng_block(b, 6, &body);
	bytes_done(&body);
}

#endif
