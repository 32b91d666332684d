/* SPDX-License-Identifier: Apache-2.0 */
#include "flow/host_made.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/bytes.h"
#include "flow/host_group.h"

/*
 * The blocks that host_name.c takes addresses from. In v4 a number is what follows the head's bits;
 * in v6, where heads have 48 bits, "name-S-N" is subnet S and identifier N; solicited-node groups
 * have 24 bits of number.
 */
static const struct block {
	const char *name;
	uint8_t version;
	uint8_t n_bits; /* of the head */
	uint8_t head[16];
} blocks[] = {
	{ "inside", 4, 8, { 10 } },
	{ "inside-link", 4, 16, { 169, 254 } },
	{ "outside", 4, 15, { 198, 18 } },
	{ "group", 4, 14, { 239, 192 } },
	{ "inside6", 6, 48, { 0x20, 0x01, 0x0d, 0xb8, 0, 1 } },
	{ "inside6-link", 6, 48, { 0xfe, 0x80 } },
	{ "outside6", 6, 48, { 0x20, 0x01, 0x0d, 0xb8, 0xff, 0xff } },
	{ "group6", 6, 48, { 0xff, 0x18 } },
	{ "solicited-node", 6, 104, { 0xff, 2, [11] = 1, [12] = 0xff } },
};
enum { N_BLOCKS = sizeof(blocks) / sizeof(blocks[0]) };

static bool in_block(const struct block *b, const struct ip_addr *addr)
{
	struct ip_prefix prefix = { .n_bits = b->n_bits, .addr = { .version = b->version } };

	memcpy(prefix.addr.bytes, b->head, sizeof(b->head));
	return ip_prefix_holds(&prefix, addr);
}

bool host_made_format(const struct ip_addr *addr, char ret_text[HOST_MADE_TEXT_BYTES])
{
	const char *group = host_group_name(addr);

	if (group != NULL) {
		snprintf(ret_text, HOST_MADE_TEXT_BYTES, "%s", group);
		return true;
	}
	for (int i = 0; i < N_BLOCKS; i++) {
		const struct block *b = &blocks[i];

		if (!in_block(b, addr))
			continue;
		if (b->version == 4)
			snprintf(ret_text, HOST_MADE_TEXT_BYTES, "%s-%" PRIu32, b->name,
				 be32_get(addr->bytes) & (UINT32_MAX >> b->n_bits));
		else if (b->n_bits == 104)
			snprintf(ret_text, HOST_MADE_TEXT_BYTES, "%s-%" PRIu32, b->name,
				 be32_get(addr->bytes + 12) & 0xffffff);
		else
			snprintf(ret_text, HOST_MADE_TEXT_BYTES, "%s-%u-%" PRIu64, b->name,
				 be16_get(addr->bytes + 6), be64_get(addr->bytes + 8));
		return true;
	}
	return false;
}

/* A decimal number up to max that ends the text or is followed by '-'; *text moves past it. */
static int parse_number(const char **text, uint64_t max, uint64_t *ret_number)
{
	uint64_t n = 0;
	const char *c = *text;

	if (*c < '0' || *c > '9')
		return -EINVAL;
	for (; *c >= '0' && *c <= '9'; c++) {
		const uint64_t digit = (uint64_t)(*c - '0');

		if (n > (max - digit) / 10)
			return -EINVAL;
		n = n * 10 + digit;
	}
	*text = c;
	*ret_number = n;
	return 0;
}

static int parse_in_block(const struct block *b, const char *numbers, struct ip_addr *ret_addr)
{
	struct ip_addr addr = { .version = b->version };
	uint64_t subnet = 0, n;
	const bool short_number = b->version == 4 || b->n_bits == 104;
	const uint64_t max = b->version == 4	? UINT32_MAX >> b->n_bits
			     : b->n_bits == 104 ? 0xffffff
						: UINT64_MAX;

	memcpy(addr.bytes, b->head, sizeof(b->head));
	if (!short_number && (parse_number(&numbers, UINT16_MAX, &subnet) < 0 || *numbers++ != '-'))
		return -EINVAL;
	if (parse_number(&numbers, max, &n) < 0 || *numbers != '\0')
		return -EINVAL;
	if (b->version == 4) {
		be32_put(addr.bytes, be32_get(addr.bytes) | (uint32_t)n);
	} else if (short_number) {
		be32_put(addr.bytes + 12, be32_get(addr.bytes + 12) | (uint32_t)n);
	} else {
		be16_put(addr.bytes + 6, (uint16_t)subnet);
		be64_put(addr.bytes + 8, n);
	}
	*ret_addr = addr;
	return 0;
}

int host_made_parse(const char *text, struct ip_addr *ret_addr)
{
	if (host_group_named(text, ret_addr))
		return 0;
	for (int i = 0; i < N_BLOCKS; i++) {
		const size_t n = strlen(blocks[i].name);

		if (strncmp(text, blocks[i].name, n) == 0 && text[n] == '-' && text[n + 1] >= '0' &&
		    text[n + 1] <= '9')
			return parse_in_block(&blocks[i], text + n + 1, ret_addr);
	}
	return -EINVAL;
}
