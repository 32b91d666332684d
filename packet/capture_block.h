/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The blocks of a pcapng file (draft-ietf-opsawg-pcapng, 3.1), in the byte order of their section,
 * through a window in which a block is whole. Types that no one reads are skipped, whatever their
 * size.
 */
#ifndef SOSIE_PACKET_CAPTURE_BLOCK_H
#define SOSIE_PACKET_CAPTURE_BLOCK_H

#include "base/bytes.h"
#include "base/err.h"
#include "packet/capture_input.h"
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum capture_block_type {
	CAPTURE_BLOCK_SECTION = 0x0a0d0d0a,
	CAPTURE_BLOCK_INTERFACE = 1,
	CAPTURE_BLOCK_PACKET = 2, /* obsolete */
	CAPTURE_BLOCK_SIMPLE_PACKET = 3,
	CAPTURE_BLOCK_ENHANCED_PACKET = 6,
};

/* A block that is read fits: a packet of 1 MiB and as much of options. */
enum { CAPTURE_WINDOW_BYTES = 2 << 20 };

struct capture_block {
	uint32_t type, n_bytes;
	const uint8_t *bytes; /* from the type on to the second length; until the next block */
};

struct capture_blocks {
	struct capture_input *input; /* borrowed */
	uint64_t position;	     /* of window[begin] in the uncompressed file */
	size_t begin, end;	     /* what is in the window */
	bool big_endian;	     /* this section */
	uint8_t window[CAPTURE_WINDOW_BYTES];
};

/* Leaves the window untouched: pages that are never used cost nothing. */
void capture_blocks_init(struct capture_blocks *blocks, struct capture_input *input);
/* Looks at the next block of the types above: 1; 0: the end; -errno. It stays the next. */
int capture_blocks_peek(struct capture_blocks *blocks, struct capture_block *ret_block,
			struct err *err);
/* Goes beyond the block looked at. */
void capture_blocks_consume(struct capture_blocks *blocks, const struct capture_block *block);
/* -EBADMSG and "'x.pcapng': damaged at byte 120: <fmt>", of the block looked at. */
int capture_blocks_damaged(const struct capture_blocks *blocks, struct err *err, const char *fmt,
			   ...) __attribute__((format(printf, 3, 4)));

static inline uint16_t capture_get16(const struct capture_blocks *blocks, const uint8_t *p)
{
	return blocks->big_endian ? be16_get(p) : le16_get(p);
}

static inline uint32_t capture_get32(const struct capture_blocks *blocks, const uint8_t *p)
{
	return blocks->big_endian ? be32_get(p) : le32_get(p);
}

static inline uint64_t capture_get64(const struct capture_blocks *blocks, const uint8_t *p)
{
	return blocks->big_endian ? be64_get(p) : (uint64_t)le32_get(p + 4) << 32 | le32_get(p);
}

#endif
