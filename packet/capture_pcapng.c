/* SPDX-License-Identifier: Apache-2.0 */
#include "packet/capture_pcapng.h"

#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/bytes.h"
#include "base/mem.h"
#include "packet/capture_clock.h"
#include "packet/capture_link.h"

enum {
	NG_SECTION = 0x0a0d0d0a,
	NG_INTERFACE = 1,
	NG_PACKET = 2, /* obsolete */
	NG_SIMPLE_PACKET = 3,
	NG_ENHANCED_PACKET = 6,
	NG_BYTE_ORDER = 0x1a2b3c4d,

	NG_OPTION_TSRESOL = 9,
	NG_OPTION_TSOFFSET = 14,

	NG_FRAME_BYTES = 12, /* of every block: type, length, body, length again */
	NG_SECTION_BYTES = 28,
	NG_INTERFACE_BYTES = 20,
	NG_PACKET_BYTES = 32,
	NG_SIMPLE_PACKET_BYTES = 16,

	NG_WINDOW_BYTES = 2 << 20, /* a block we read fits: a packet of 1 MiB and its options */
	NG_READ_BYTES = 256 * 1024,
	NG_LIMIT_INTERFACES = 1 << 16,
};

struct interface {
	struct capture_clock clock;
	uint32_t snaplen;
	uint32_t file_link_type;
	int link_type; /* -1: not supported */
};

struct capture_pcapng {
	struct capture_input *input;
	uint64_t position; /* of window[begin] in the uncompressed file */
	size_t begin, end; /* what is in the window */
	bool big_endian;
	struct interface *interfaces; /* of this section */
	size_t n_interfaces, interfaces_room;
	uint8_t window[NG_WINDOW_BYTES];
};

/* A block that is whole in the window. */
struct block {
	uint32_t type, n_bytes;
	const uint8_t *bytes;
};

bool capture_pcapng_magic(const uint8_t *bytes, size_t n_bytes)
{
	return n_bytes >= 4 && le32_get(bytes) == NG_SECTION;
}

static uint16_t get16(const struct capture_pcapng *ng, const uint8_t *p)
{
	return ng->big_endian ? be16_get(p) : le16_get(p);
}

static uint32_t get32(const struct capture_pcapng *ng, const uint8_t *p)
{
	return ng->big_endian ? be32_get(p) : le32_get(p);
}

static uint64_t get64(const struct capture_pcapng *ng, const uint8_t *p)
{
	return ng->big_endian ? be64_get(p) : (uint64_t)le32_get(p + 4) << 32 | le32_get(p);
}

/* "'x.pcapng': damaged at byte 120: <what>" */
__attribute__((format(printf, 3, 4))) static int damaged(const struct capture_pcapng *ng,
							 struct err *err, const char *fmt, ...)
{
	char what[256];
	va_list args;

	va_start(args, fmt);
	vsnprintf(what, sizeof(what), fmt, args);
	va_end(args);
	return err_set(err, -EBADMSG, "'%s': damaged at byte %" PRIu64 ": %s",
		       capture_input_name(ng->input), ng->position, what);
}

/* Brings n_bytes into the window, or all that is left: how many are there, or -errno. */
static ssize_t window_fill(struct capture_pcapng *ng, size_t n_bytes, struct err *err)
{
	if (ng->end - ng->begin >= n_bytes)
		return (ssize_t)(ng->end - ng->begin);
	/* What is left is less than a block: moving it costs less than letting the window slide
	 * over memory that no cache holds. */
	memmove(ng->window, ng->window + ng->begin, ng->end - ng->begin);
	ng->end -= ng->begin;
	ng->begin = 0;
	while (ng->end < n_bytes) {
		size_t room = NG_WINDOW_BYTES - ng->end;
		ssize_t n = capture_input_read(ng->input, ng->window + ng->end,
					       room < NG_READ_BYTES ? room : NG_READ_BYTES, err);

		if (n < 0)
			return n;
		if (n == 0)
			break;
		ng->end += (size_t)n;
	}
	return (ssize_t)ng->end;
}

static void window_consume(struct capture_pcapng *ng, size_t n_bytes)
{
	ng->begin += n_bytes;
	ng->position += n_bytes;
}

/* A block larger than the window, of a type we do not read. */
static int block_skip_large(struct capture_pcapng *ng, uint32_t n_block, struct err *err)
{
	uint64_t start = ng->position;
	uint32_t left = n_block;

	while (left > 0) {
		ssize_t n = window_fill(ng, left < NG_READ_BYTES ? left : NG_READ_BYTES, err);

		if (n < 0)
			return (int)n;
		if ((size_t)n > left)
			n = left;
		if (n == 0) {
			ng->position = start;
			return damaged(ng, err, "a block of %u bytes, %u of them beyond the end",
				       n_block, left);
		}
		left -= (uint32_t)n;
		/* Without its last 4 bytes, until all the rest is gone. */
		if (left == 0 && n >= 4 && get32(ng, ng->window + ng->begin + n - 4) != n_block) {
			ng->position = start;
			return damaged(ng, err, "a block of %u bytes that does not end so",
				       n_block);
		}
		window_consume(ng, (size_t)n);
	}
	return 0;
}

/* A section header says in which order its own length is. */
static int byte_order_read(struct capture_pcapng *ng, const uint8_t *magic, struct err *err)
{
	if (le32_get(magic) == NG_BYTE_ORDER)
		ng->big_endian = false;
	else if (be32_get(magic) == NG_BYTE_ORDER)
		ng->big_endian = true;
	else
		return damaged(ng, err,
			       "a section header with byte order %02x%02x%02x%02x, not 1a2b3c4d or "
			       "4d3c2b1a",
			       magic[0], magic[1], magic[2], magic[3]);
	return 0;
}

static bool block_is_read(uint32_t type)
{
	return type == NG_SECTION || type == NG_INTERFACE || type == NG_PACKET ||
	       type == NG_SIMPLE_PACKET || type == NG_ENHANCED_PACKET;
}

/* Looks at the next block of a type we read, unconsumed: 1; 0: the end; -errno. */
static int block_next(struct capture_pcapng *ng, struct block *ret_block, struct err *err)
{
	for (;;) {
		ssize_t n = window_fill(ng, NG_FRAME_BYTES, err);
		const uint8_t *bytes = ng->window + ng->begin;
		uint32_t type, n_block;
		int r;

		if (n <= 0)
			return (int)n;
		if (n < NG_FRAME_BYTES)
			return damaged(ng, err, "%zd bytes, where a block has at least %d", n,
				       NG_FRAME_BYTES);
		type = get32(ng, bytes);
		if (type == NG_SECTION) {
			r = byte_order_read(ng, bytes + 8, err);
			if (r < 0)
				return r;
		}
		n_block = get32(ng, bytes + 4);
		if (n_block < NG_FRAME_BYTES || n_block % 4 != 0)
			return damaged(ng, err,
				       "block length %u; a multiple of 4 from %d was expected",
				       n_block, NG_FRAME_BYTES);
		if (n_block > NG_WINDOW_BYTES && !block_is_read(type)) {
			r = block_skip_large(ng, n_block, err);
			if (r < 0)
				return r;
			continue;
		}
		if (n_block > NG_WINDOW_BYTES)
			return damaged(ng, err, "an absurd block length, %u (the limit is %d)",
				       n_block, NG_WINDOW_BYTES);
		n = window_fill(ng, n_block, err);
		if (n < 0)
			return (int)n;
		if ((size_t)n < n_block)
			return damaged(ng, err, "a block of %u bytes, %zu of them beyond the end",
				       n_block, n_block - (size_t)n);
		bytes = ng->window + ng->begin;
		if (get32(ng, bytes + n_block - 4) != n_block)
			return damaged(ng, err, "a block of %u bytes that ends with length %u",
				       n_block, get32(ng, bytes + n_block - 4));
		if (block_is_read(type)) {
			*ret_block = (struct block) { type, n_block, bytes };
			return 1;
		}
		window_consume(ng, n_block);
	}
}

static int section_begin(struct capture_pcapng *ng, const struct block *block, struct err *err)
{
	unsigned int major, minor;

	if (block->n_bytes < NG_SECTION_BYTES)
		return damaged(ng, err, "a section header of %u bytes; it has at least %d",
			       block->n_bytes, NG_SECTION_BYTES);
	major = get16(ng, block->bytes + 12);
	minor = get16(ng, block->bytes + 14);
	/* Some writers say 1.2 and mean 1.0 (4.1). */
	if (major != 1 || (minor != 0 && minor != 2))
		return damaged(ng, err, "pcapng version %u.%u; 1.0 was expected", major, minor);
	ng->n_interfaces = 0;
	return 0;
}

/* Reads if_tsresol and if_tsoffset from the options of an interface. */
static int clock_read(struct capture_pcapng *ng, const struct block *block,
		      struct capture_clock *ret_clock, struct err *err)
{
	const uint8_t *p = block->bytes + NG_INTERFACE_BYTES - 4;
	size_t left = block->n_bytes - NG_INTERFACE_BYTES;
	uint8_t resolution = 6;
	int64_t offset_s = 0;

	while (left >= 4) {
		uint16_t code = get16(ng, p), n = get16(ng, p + 2);
		size_t padded = ((size_t)n + 3) & ~(size_t)3;

		if (code == 0)
			break;
		if (padded > left - 4)
			return damaged(ng, err, "option %u of %u bytes, where %zu are left", code,
				       n, left - 4);
		if (code == NG_OPTION_TSRESOL && n == 1)
			resolution = p[4];
		else if (code == NG_OPTION_TSOFFSET && n == 8)
			offset_s = (int64_t)get64(ng, p + 4);
		else if (code == NG_OPTION_TSRESOL || code == NG_OPTION_TSOFFSET)
			return damaged(ng, err, "option %u of %u bytes; %d was expected", code, n,
				       code == NG_OPTION_TSRESOL ? 1 : 8);
		p += 4 + padded;
		left -= 4 + padded;
	}
	if (capture_clock_init(ret_clock, resolution, offset_s) < 0)
		return damaged(ng, err, "a clock of %u^-%u s, finer than this program can read",
			       resolution & 0x80 ? 2 : 10, resolution & 0x7f);
	return 0;
}

static int interface_add(struct capture_pcapng *ng, const struct block *block, struct err *err)
{
	struct interface interface = { .link_type = -1 };
	int r;

	if (block->n_bytes < NG_INTERFACE_BYTES)
		return damaged(ng, err, "an interface description of %u bytes; it has at least %d",
			       block->n_bytes, NG_INTERFACE_BYTES);
	interface.file_link_type = get16(ng, block->bytes + 8);
	interface.link_type = capture_link_type(interface.file_link_type);
	interface.snaplen = get32(ng, block->bytes + 12);
	r = clock_read(ng, block, &interface.clock, err);
	if (r < 0)
		return r;
	r = mem_grow(&ng->interfaces, &ng->interfaces_room, ng->n_interfaces + 1, sizeof(interface),
		     NG_LIMIT_INTERFACES);
	if (r == -E2BIG)
		return damaged(ng, err, "more than %d interfaces", NG_LIMIT_INTERFACES);
	if (r < 0)
		return err_no_memory(err);
	ng->interfaces[ng->n_interfaces++] = interface;
	return 0;
}

/* Handles section headers and interfaces up to the next packet's block, which stays unconsumed. */
static int packet_block_next(struct capture_pcapng *ng, struct block *ret_block, struct err *err)
{
	for (;;) {
		int r = block_next(ng, ret_block, err);

		if (r <= 0)
			return r;
		if (ret_block->type == NG_SECTION)
			r = section_begin(ng, ret_block, err);
		else if (ret_block->type == NG_INTERFACE)
			r = interface_add(ng, ret_block, err);
		else
			return 1;
		if (r < 0)
			return r;
		window_consume(ng, ret_block->n_bytes);
	}
}

/* The interface of a packet, which must be described and supported. */
static const struct interface *interface_of(const struct capture_pcapng *ng, uint32_t i,
					    int *ret_code, struct err *err)
{
	char text[CAPTURE_LINK_TEXT_BYTES];

	if (i >= ng->n_interfaces) {
		*ret_code = damaged(ng, err, "a packet of interface %u, where %zu are described", i,
				    ng->n_interfaces);
		return NULL;
	}
	if (ng->interfaces[i].link_type < 0) {
		*ret_code = err_set(err, -EPROTONOSUPPORT,
				    "'%s': the packet at byte %" PRIu64
				    " is of interface %u: %s is not supported",
				    capture_input_name(ng->input), ng->position, i,
				    capture_link_text(ng->interfaces[i].file_link_type, text));
		return NULL;
	}
	return &ng->interfaces[i];
}

static int length_check(const struct capture_pcapng *ng, const struct block *block,
			uint32_t n_captured, size_t n_overhead, struct err *err)
{
	if (n_captured > CAPTURE_LIMIT_PACKET_BYTES)
		return damaged(ng, err, "an absurd captured length, %u (the limit is %d)",
			       n_captured, CAPTURE_LIMIT_PACKET_BYTES);
	if (n_captured > block->n_bytes - n_overhead)
		return damaged(ng, err, "captured length %u in a block of %u bytes", n_captured,
			       block->n_bytes);
	return 0;
}

/* Enhanced and obsolete packet blocks differ in the width of the interface only. */
static int packet_read(const struct capture_pcapng *ng, const struct block *block,
		       struct capture_packet *ret_packet, struct err *err)
{
	const uint8_t *b = block->bytes;
	const struct interface *interface;
	struct capture_packet packet;
	int r;

	if (block->n_bytes < NG_PACKET_BYTES)
		return damaged(ng, err, "a packet block of %u bytes; it has at least %d",
			       block->n_bytes, NG_PACKET_BYTES);
	packet.interface = block->type == NG_PACKET ? get16(ng, b + 8) : get32(ng, b + 8);
	packet.n_captured = get32(ng, b + 20);
	packet.n_original = get32(ng, b + 24);
	packet.offset = ng->position;
	packet.bytes = b + 28;
	r = length_check(ng, block, packet.n_captured, NG_PACKET_BYTES, err);
	if (r < 0)
		return r;
	interface = interface_of(ng, packet.interface, &r, err);
	if (interface == NULL)
		return r;
	packet.link_type = (uint16_t)interface->link_type;
	r = capture_clock_ns(&interface->clock,
			     (uint64_t)get32(ng, b + 12) << 32 | get32(ng, b + 16),
			     &packet.time_ns);
	if (r < 0)
		return damaged(ng, err, "a time outside the years 1678 to 2262");
	*ret_packet = packet;
	return 1;
}

static int simple_packet_read(const struct capture_pcapng *ng, const struct block *block,
			      struct capture_packet *ret_packet, struct err *err)
{
	const struct interface *interface;
	uint32_t n_captured, n_original;
	int r;

	if (block->n_bytes < NG_SIMPLE_PACKET_BYTES)
		return damaged(ng, err, "a simple packet block of %u bytes; it has at least %d",
			       block->n_bytes, NG_SIMPLE_PACKET_BYTES);
	interface = interface_of(ng, 0, &r, err);
	if (interface == NULL)
		return r;
	n_original = get32(ng, block->bytes + 8);
	n_captured = n_original;
	if (interface->snaplen != 0 && n_captured > interface->snaplen)
		n_captured = interface->snaplen;
	r = length_check(ng, block, n_captured, NG_SIMPLE_PACKET_BYTES, err);
	if (r < 0)
		return r;
	*ret_packet = (struct capture_packet) {
		.n_captured = n_captured,
		.n_original = n_original,
		.link_type = (uint16_t)interface->link_type,
		.offset = ng->position,
		.bytes = block->bytes + 12,
	};
	return 1;
}

int capture_pcapng_next(struct capture_pcapng *ng, struct capture_packet *ret_packet,
			struct err *err)
{
	struct block block;
	int r = packet_block_next(ng, &block, err);

	if (r <= 0)
		return r;
	if (block.type == NG_SIMPLE_PACKET)
		r = simple_packet_read(ng, &block, ret_packet, err);
	else
		r = packet_read(ng, &block, ret_packet, err);
	if (r > 0)
		window_consume(ng, block.n_bytes);
	return r;
}

int capture_pcapng_open(struct capture_input *input, struct capture_pcapng **ret_pcapng,
			struct err *err)
{
	CLEANUP(capture_pcapng_freep) struct capture_pcapng *ng = malloc(sizeof(*ng));
	char text[CAPTURE_LINK_TEXT_BYTES];
	struct block block;
	size_t n_known = 0;
	int r;

	if (ng == NULL)
		return err_no_memory(err);
	/* Not the window: untouched pages of it cost nothing. */
	memset(ng, 0, offsetof(struct capture_pcapng, window));
	ng->input = input;
	r = packet_block_next(ng, &block, err);
	if (r < 0)
		return r;
	for (size_t i = 0; i < ng->n_interfaces; i++)
		n_known += ng->interfaces[i].link_type >= 0;
	if (n_known == 0 && ng->n_interfaces > 0)
		return err_set(err, -EPROTONOSUPPORT, "'%s': %s is not supported",
			       capture_input_name(input),
			       capture_link_text(ng->interfaces[0].file_link_type, text));
	*ret_pcapng = take(&ng);
	return 0;
}

void capture_pcapng_freep(struct capture_pcapng **pcapng)
{
	struct capture_pcapng *ng = take(pcapng);

	if (ng == NULL)
		return;
	free(ng->interfaces);
	free(ng);
}

uint64_t capture_pcapng_position(const struct capture_pcapng *ng)
{
	return ng->position;
}
