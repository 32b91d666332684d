/* SPDX-License-Identifier: Apache-2.0 */
#include "packet/capture_block.h"

#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

enum {
	BYTE_ORDER_MAGIC = 0x1a2b3c4d,
	FRAME_BYTES = 12, /* of every block: type, length, body, length again */
	READ_BYTES = 256 * 1024,
};

void capture_blocks_init(struct capture_blocks *blocks, struct capture_input *input)
{
	memset(blocks, 0, offsetof(struct capture_blocks, window));
	blocks->input = input;
}

int capture_blocks_damaged(const struct capture_blocks *blocks, struct err *err, const char *fmt,
			   ...)
{
	char what[256];
	va_list args;

	va_start(args, fmt);
	vsnprintf(what, sizeof(what), fmt, args);
	va_end(args);
	return err_set(err, -EBADMSG, "'%s': damaged at byte %" PRIu64 ": %s",
		       capture_input_name(blocks->input), blocks->position, what);
}

/* Brings n_bytes into the window, or all that is left: how many are there, or -errno. */
static ssize_t window_fill(struct capture_blocks *blocks, size_t n_bytes, struct err *err)
{
	if (blocks->end - blocks->begin >= n_bytes)
		return (ssize_t)(blocks->end - blocks->begin);
	/* What is left is less than a block: moving it costs less than letting the window slide
	 * over memory that no cache holds. */
	memmove(blocks->window, blocks->window + blocks->begin, blocks->end - blocks->begin);
	blocks->end -= blocks->begin;
	blocks->begin = 0;
	while (blocks->end < n_bytes) {
		size_t room = CAPTURE_WINDOW_BYTES - blocks->end;
		ssize_t n = capture_input_read(blocks->input, blocks->window + blocks->end,
					       room < READ_BYTES ? room : READ_BYTES, err);

		if (n < 0)
			return n;
		if (n == 0)
			break;
		blocks->end += (size_t)n;
	}
	return (ssize_t)blocks->end;
}

static void window_consume(struct capture_blocks *blocks, size_t n_bytes)
{
	blocks->begin += n_bytes;
	blocks->position += n_bytes;
}

static int block_mismatch(const struct capture_blocks *blocks, uint32_t n_block, uint32_t n_again,
			  struct err *err)
{
	return capture_blocks_damaged(blocks, err, "a block of %u bytes that ends with length %u",
				      n_block, n_again);
}

/* A block larger than the window, of a type that is not read. */
static int skip_large(struct capture_blocks *blocks, uint32_t n_block, struct err *err)
{
	uint64_t start = blocks->position;
	uint32_t left = n_block;

	while (left > 4) {
		uint32_t n_wanted = left - 4 < READ_BYTES ? left - 4 : READ_BYTES;
		ssize_t n = window_fill(blocks, n_wanted, err);

		if (n < 0)
			return (int)n;
		if (n == 0)
			break;
		if (n > n_wanted)
			n = n_wanted;
		left -= (uint32_t)n;
		window_consume(blocks, (size_t)n);
	}
	if (left == 4) {
		ssize_t n = window_fill(blocks, 4, err);

		if (n < 0)
			return (int)n;
		left -= n < 4 ? (uint32_t)n : 4;
	}
	if (left == 0) {
		uint32_t n_again = capture_get32(blocks, blocks->window + blocks->begin);

		if (n_again == n_block) {
			window_consume(blocks, 4);
			return 0;
		}
		blocks->position = start;
		return block_mismatch(blocks, n_block, n_again, err);
	}
	blocks->position = start;
	return capture_blocks_damaged(blocks, err, "a block of %u bytes, %u of them beyond the end",
				      n_block, left);
}

/* A section header says in which order its own length is. */
static int byte_order_read(struct capture_blocks *blocks, const uint8_t *magic, struct err *err)
{
	if (le32_get(magic) == BYTE_ORDER_MAGIC)
		blocks->big_endian = false;
	else if (be32_get(magic) == BYTE_ORDER_MAGIC)
		blocks->big_endian = true;
	else
		return capture_blocks_damaged(blocks, err,
					      "a section header with byte order %02x%02x%02x%02x, "
					      "not 1a2b3c4d or 4d3c2b1a",
					      magic[0], magic[1], magic[2], magic[3]);
	return 0;
}

static bool type_is_read(uint32_t type)
{
	return type == CAPTURE_BLOCK_SECTION || type == CAPTURE_BLOCK_INTERFACE ||
	       type == CAPTURE_BLOCK_PACKET || type == CAPTURE_BLOCK_SIMPLE_PACKET ||
	       type == CAPTURE_BLOCK_ENHANCED_PACKET;
}

int capture_blocks_peek(struct capture_blocks *blocks, struct capture_block *ret_block,
			struct err *err)
{
	for (;;) {
		ssize_t n = window_fill(blocks, FRAME_BYTES, err);
		const uint8_t *bytes = blocks->window + blocks->begin;
		uint32_t type, n_block;
		int r;

		if (n <= 0)
			return (int)n;
		if (n < FRAME_BYTES)
			return capture_blocks_damaged(blocks, err,
						      "%zd bytes, where a block has at least %d", n,
						      FRAME_BYTES);
		type = capture_get32(blocks, bytes);
		if (type == CAPTURE_BLOCK_SECTION) {
			r = byte_order_read(blocks, bytes + 8, err);
			if (r < 0)
				return r;
		}
		n_block = capture_get32(blocks, bytes + 4);
		if (n_block < FRAME_BYTES || n_block % 4 != 0)
			return capture_blocks_damaged(blocks, err,
						      "block length %u; a multiple of 4 from %d "
						      "was expected",
						      n_block, FRAME_BYTES);
		if (n_block > CAPTURE_WINDOW_BYTES && !type_is_read(type)) {
			r = skip_large(blocks, n_block, err);
			if (r < 0)
				return r;
			continue;
		}
		if (n_block > CAPTURE_WINDOW_BYTES)
			return capture_blocks_damaged(blocks, err,
						      "an absurd block length, %u (the limit is "
						      "%d)",
						      n_block, CAPTURE_WINDOW_BYTES);
		n = window_fill(blocks, n_block, err);
		if (n < 0)
			return (int)n;
		if ((size_t)n < n_block)
			return capture_blocks_damaged(blocks, err,
						      "a block of %u bytes, %zu of them beyond the "
						      "end",
						      n_block, n_block - (size_t)n);
		bytes = blocks->window + blocks->begin;
		if (capture_get32(blocks, bytes + n_block - 4) != n_block)
			return block_mismatch(blocks, n_block,
					      capture_get32(blocks, bytes + n_block - 4), err);
		if (type_is_read(type)) {
			*ret_block = (struct capture_block) { type, n_block, bytes };
			return 1;
		}
		window_consume(blocks, n_block);
	}
}

void capture_blocks_consume(struct capture_blocks *blocks, const struct capture_block *block)
{
	window_consume(blocks, block->n_bytes);
}
