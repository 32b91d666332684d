/* SPDX-License-Identifier: Apache-2.0 */
/* Puts fields one after another; what does not fit in is counted and not written. */
#ifndef SOSIE_PACKET_PAYLOAD_WRITER_H
#define SOSIE_PACKET_PAYLOAD_WRITER_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

struct writer {
	uint8_t *bytes;
	uint32_t n; /* may pass room */
	uint32_t room;
};

static inline void put_bytes(struct writer *w, const void *bytes, uint32_t n)
{
	if (w->n < w->room)
		memcpy(w->bytes + w->n, bytes, n < w->room - w->n ? n : w->room - w->n);
	w->n += n;
}

static inline void put_repeat(struct writer *w, uint8_t value, uint32_t n)
{
	if (w->n < w->room)
		memset(w->bytes + w->n, value, n < w->room - w->n ? n : w->room - w->n);
	w->n += n;
}

static inline void put_u8(struct writer *w, uint32_t v)
{
	if (w->n < w->room)
		w->bytes[w->n] = (uint8_t)v;
	w->n++;
}

static inline void put_be16(struct writer *w, uint32_t v)
{
	put_u8(w, v >> 8);
	put_u8(w, v);
}

static inline void put_be24(struct writer *w, uint32_t v)
{
	put_u8(w, v >> 16);
	put_be16(w, v);
}

static inline void put_be32(struct writer *w, uint32_t v)
{
	put_be16(w, v >> 16);
	put_be16(w, v);
}

static inline void put_be64(struct writer *w, uint64_t v)
{
	put_be32(w, (uint32_t)(v >> 32));
	put_be32(w, (uint32_t)v);
}

static inline void put_le16(struct writer *w, uint32_t v)
{
	put_u8(w, v);
	put_u8(w, v >> 8);
}

static inline void put_le32(struct writer *w, uint32_t v)
{
	put_le16(w, v);
	put_le16(w, v >> 16);
}

static inline void put_text(struct writer *w, const char *text)
{
	put_bytes(w, text, (uint32_t)strlen(text));
}

static inline void put_decimal(struct writer *w, uint64_t v)
{
	char digits[20];
	uint32_t n = 0;

	do {
		digits[sizeof(digits) - ++n] = (char)('0' + v % 10);
		v /= 10;
	} while (v > 0);
	put_bytes(w, digits + sizeof(digits) - n, n);
}

#endif
