/* SPDX-License-Identifier: Apache-2.0 */
#include "packet/capture_pcapng.h"

#include <errno.h>
#include <inttypes.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "base/bytes.h"
#include "base/mem.h"
#include "packet/capture_block.h"
#include "packet/capture_clock.h"
#include "packet/capture_link.h"

enum {
	NG_OPTION_TSRESOL = 9,
	NG_OPTION_TSOFFSET = 14,

	/* Whole blocks without what varies. */
	NG_SECTION_BYTES = 28,
	NG_INTERFACE_BYTES = 20,
	NG_PACKET_BYTES = 32,
	NG_DATA_AT = 28,
	NG_SIMPLE_PACKET_BYTES = 16,
	NG_SIMPLE_DATA_AT = 12,

	NG_LIMIT_INTERFACES = 1 << 16,
};

struct interface {
	struct capture_clock clock;
	uint32_t snaplen;
	uint32_t file_link_type;
	int link_type; /* -1: not supported */
};

struct capture_pcapng {
	struct interface *interfaces; /* of this section */
	size_t n_interfaces, interfaces_room;
	struct capture_blocks blocks;
};

bool capture_pcapng_magic(const uint8_t *bytes, size_t n_bytes)
{
	return n_bytes >= 4 && le32_get(bytes) == CAPTURE_BLOCK_SECTION;
}

static int section_begin(struct capture_pcapng *ng, const struct capture_block *block,
			 struct err *err)
{
	unsigned int major, minor;

	if (block->n_bytes < NG_SECTION_BYTES)
		return capture_blocks_damaged(&ng->blocks, err,
					      "a section header of %u bytes; it has at least %d",
					      block->n_bytes, NG_SECTION_BYTES);
	major = capture_get16(&ng->blocks, block->bytes + 12);
	minor = capture_get16(&ng->blocks, block->bytes + 14);
	/* Some writers say 1.2 and mean 1.0 (4.1). */
	if (major != 1 || (minor != 0 && minor != 2))
		return capture_blocks_damaged(&ng->blocks, err,
					      "pcapng version %u.%u; 1.0 was expected", major,
					      minor);
	ng->n_interfaces = 0;
	return 0;
}

/* Reads if_tsresol and if_tsoffset from the options of an interface. */
static int clock_read(struct capture_pcapng *ng, const struct capture_block *block,
		      struct capture_clock *ret_clock, struct err *err)
{
	const uint8_t *p = block->bytes + NG_INTERFACE_BYTES - 4;
	size_t left = block->n_bytes - NG_INTERFACE_BYTES;
	uint8_t resolution = 6;
	int64_t offset_s = 0;

	while (left >= 4) {
		uint16_t code = capture_get16(&ng->blocks, p),
			 n = capture_get16(&ng->blocks, p + 2);
		size_t padded = ((size_t)n + 3) & ~(size_t)3;

		if (code == 0)
			break;
		if (padded > left - 4)
			return capture_blocks_damaged(&ng->blocks, err,
						      "option %u of %u bytes, where %zu are left",
						      code, n, left - 4);
		if (code == NG_OPTION_TSRESOL && n == 1)
			resolution = p[4];
		else if (code == NG_OPTION_TSOFFSET && n == 8)
			offset_s = (int64_t)capture_get64(&ng->blocks, p + 4);
		else if (code == NG_OPTION_TSRESOL || code == NG_OPTION_TSOFFSET)
			return capture_blocks_damaged(&ng->blocks, err,
						      "option %u of %u bytes; %d was expected",
						      code, n, code == NG_OPTION_TSRESOL ? 1 : 8);
		p += 4 + padded;
		left -= 4 + padded;
	}
	if (capture_clock_init(ret_clock, resolution, offset_s) < 0)
		return capture_blocks_damaged(&ng->blocks, err,
					      "a clock of %u^-%u s, finer than this program can "
					      "read",
					      resolution & 0x80 ? 2 : 10, resolution & 0x7f);
	return 0;
}

static int interface_add(struct capture_pcapng *ng, const struct capture_block *block,
			 struct err *err)
{
	struct interface interface = { .link_type = -1 };
	int r;

	if (block->n_bytes < NG_INTERFACE_BYTES)
		return capture_blocks_damaged(&ng->blocks, err,
					      "an interface description of %u bytes; it has at "
					      "least %d",
					      block->n_bytes, NG_INTERFACE_BYTES);
	interface.file_link_type = capture_get16(&ng->blocks, block->bytes + 8);
	interface.link_type = capture_link_type(interface.file_link_type);
	interface.snaplen = capture_get32(&ng->blocks, block->bytes + 12);
	r = clock_read(ng, block, &interface.clock, err);
	if (r < 0)
		return r;
	r = mem_grow(&ng->interfaces, &ng->interfaces_room, ng->n_interfaces + 1, sizeof(interface),
		     NG_LIMIT_INTERFACES);
	if (r == -E2BIG)
		return capture_blocks_damaged(&ng->blocks, err, "more than %d interfaces",
					      NG_LIMIT_INTERFACES);
	if (r < 0)
		return err_no_memory(err);
	ng->interfaces[ng->n_interfaces++] = interface;
	return 0;
}

/* Handles section headers and interfaces up to the next packet's block, which stays unconsumed. */
static int packet_block_next(struct capture_pcapng *ng, struct capture_block *ret_block,
			     struct err *err)
{
	for (;;) {
		int r = capture_blocks_peek(&ng->blocks, ret_block, err);

		if (r <= 0)
			return r;
		if (ret_block->type == CAPTURE_BLOCK_SECTION)
			r = section_begin(ng, ret_block, err);
		else if (ret_block->type == CAPTURE_BLOCK_INTERFACE)
			r = interface_add(ng, ret_block, err);
		else
			return 1;
		if (r < 0)
			return r;
		capture_blocks_consume(&ng->blocks, ret_block);
	}
}

/* The interface of a packet, which must be described and supported. */
static const struct interface *interface_of(const struct capture_pcapng *ng, uint32_t i,
					    int *ret_code, struct err *err)
{
	char text[CAPTURE_LINK_TEXT_BYTES];

	if (i >= ng->n_interfaces) {
		*ret_code =
			capture_blocks_damaged(&ng->blocks, err,
					       "a packet of interface %u, where %zu are described",
					       i, ng->n_interfaces);
		return NULL;
	}
	if (ng->interfaces[i].link_type < 0) {
		*ret_code = err_set(err, -EPROTONOSUPPORT,
				    "'%s': the packet at byte %" PRIu64
				    " is of interface %u: %s is not supported",
				    capture_input_name(ng->blocks.input), ng->blocks.position, i,
				    capture_link_text(ng->interfaces[i].file_link_type, text));
		return NULL;
	}
	return &ng->interfaces[i];
}

static int length_check(const struct capture_pcapng *ng, const struct capture_block *block,
			uint32_t n_captured, size_t n_overhead, struct err *err)
{
	if (n_captured > CAPTURE_LIMIT_PACKET_BYTES)
		return capture_blocks_damaged(&ng->blocks, err,
					      "an absurd captured length, %u (the limit is %d)",
					      n_captured, CAPTURE_LIMIT_PACKET_BYTES);
	if (n_captured > block->n_bytes - n_overhead)
		return capture_blocks_damaged(&ng->blocks, err,
					      "captured length %u in a block of %u bytes",
					      n_captured, block->n_bytes);
	return 0;
}

/* Enhanced and obsolete packet blocks differ in the width of the interface only. */
static int packet_read(const struct capture_pcapng *ng, const struct capture_block *block,
		       struct capture_packet *ret_packet, struct err *err)
{
	const uint8_t *b = block->bytes;
	const struct interface *interface;
	struct capture_packet packet;
	int r;

	if (block->n_bytes < NG_PACKET_BYTES)
		return capture_blocks_damaged(&ng->blocks, err,
					      "a packet block of %u bytes; it has at least %d",
					      block->n_bytes, NG_PACKET_BYTES);
	packet.interface = block->type == CAPTURE_BLOCK_PACKET ? capture_get16(&ng->blocks, b + 8)
							       : capture_get32(&ng->blocks, b + 8);
	packet.n_captured = capture_get32(&ng->blocks, b + 20);
	packet.n_original = capture_get32(&ng->blocks, b + 24);
	packet.offset = ng->blocks.position;
	packet.data_offset = packet.offset + NG_DATA_AT;
	packet.bytes = b + NG_DATA_AT;
	r = length_check(ng, block, packet.n_captured, NG_PACKET_BYTES, err);
	if (r < 0)
		return r;
	interface = interface_of(ng, packet.interface, &r, err);
	if (interface == NULL)
		return r;
	packet.link_type = (uint16_t)interface->link_type;
	r = capture_clock_ns(&interface->clock,
			     (uint64_t)capture_get32(&ng->blocks, b + 12) << 32 |
				     capture_get32(&ng->blocks, b + 16),
			     &packet.time_ns);
	if (r < 0)
		return capture_blocks_damaged(&ng->blocks, err,
					      "a time outside the years 1678 to 2262");
	*ret_packet = packet;
	return 1;
}

static int simple_packet_read(const struct capture_pcapng *ng, const struct capture_block *block,
			      struct capture_packet *ret_packet, struct err *err)
{
	const struct interface *interface;
	uint32_t n_captured, n_original;
	int r;

	if (block->n_bytes < NG_SIMPLE_PACKET_BYTES)
		return capture_blocks_damaged(&ng->blocks, err,
					      "a simple packet block of %u bytes; it has at least "
					      "%d",
					      block->n_bytes, NG_SIMPLE_PACKET_BYTES);
	interface = interface_of(ng, 0, &r, err);
	if (interface == NULL)
		return r;
	n_original = capture_get32(&ng->blocks, block->bytes + 8);
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
		.offset = ng->blocks.position,
		.data_offset = ng->blocks.position + NG_SIMPLE_DATA_AT,
		.bytes = block->bytes + NG_SIMPLE_DATA_AT,
	};
	return 1;
}

int capture_pcapng_next(struct capture_pcapng *ng, struct capture_packet *ret_packet,
			struct err *err)
{
	struct capture_block block;
	int r = packet_block_next(ng, &block, err);

	if (r <= 0)
		return r;
	if (block.type == CAPTURE_BLOCK_SIMPLE_PACKET)
		r = simple_packet_read(ng, &block, ret_packet, err);
	else
		r = packet_read(ng, &block, ret_packet, err);
	if (r > 0)
		capture_blocks_consume(&ng->blocks, &block);
	return r;
}

int capture_pcapng_open(struct capture_input *input, struct capture_pcapng **ret_pcapng,
			struct err *err)
{
	CLEANUP(capture_pcapng_freep) struct capture_pcapng *ng = malloc(sizeof(*ng));
	char text[CAPTURE_LINK_TEXT_BYTES];
	struct capture_block block;
	size_t n_known = 0;
	int r;

	if (ng == NULL)
		return err_no_memory(err);
	memset(ng, 0, offsetof(struct capture_pcapng, blocks));
	capture_blocks_init(&ng->blocks, input);
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
	return ng->blocks.position;
}
