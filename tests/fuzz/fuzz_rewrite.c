/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Any bytes as a frame of any link type, through every way of rewriting and splitting. The input:
 * choices (4 bytes), then the frame.
 */
#include <stdlib.h>
#include <string.h>

#include "base/bytes.h"
#include "packet/capture.h"
#include "replay/rewrite.h"
#include "replay/split.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(bool holds)
{
	if (!holds)
		abort();
}

struct total {
	size_t n_frames, n_limit;
};

static int put(void *context, const uint8_t *bytes, uint32_t n_bytes)
{
	struct total *total = context;
	uint8_t *copy = malloc(n_bytes + 1);

	/* All of it is there to be read, and a frame never grows by more than is promised. */
	check(copy != NULL);
	memcpy(copy, bytes, n_bytes);
	free(copy);
	check(n_bytes <= total->n_limit);
	total->n_frames++;
	return 0;
}

static void choose(struct rewrite_options *o, const uint8_t *choices)
{
	check(rewrite_parse_ip_map("0.0.0.0/3=96.0.0.0/3", o, NULL) == 0);
	check(rewrite_parse_ip_map("2000::/5=fd00::/8", o, NULL) < 0);
	check(rewrite_parse_ip_map("::/9=8000::/9", o, NULL) == 0);
	check(rewrite_parse_port_map("0-1023=5000", o, NULL) == 0);
	check(rewrite_parse_mac("src=02:00:00:00:00:01", o, NULL) == 0);
	o->fix_checksums = (choices[2] & 128) != 0;
	o->vlan = (enum rewrite_vlan)(choices[1] & 3);
	o->vlan_id = 77;
	o->ttl = (choices[1] & 4) != 0 ? REWRITE_TTL_ADD : REWRITE_TTL_SET;
	o->ttl_value = (choices[1] & 8) != 0 ? 255 : 1;
	o->dscp = (choices[1] & 16) != 0 ? 46 : -1;
	o->unique = (choices[1] & 32) != 0;
	check(mark_parse((choices[1] & 64) != 0 ? "evil-bit" : "none", &o->mark, NULL) == 0);
	o->mtu_policy = (enum rewrite_mtu)(choices[2] % REWRITE_MTU_N);
	o->mtu = 576 + choices[3] * 8u;
}

static void split_all(const struct source_frame *frame)
{
	static const char *const ways[] = { "cidr:10.0.0.0/8,fd00::/8", "port",
					    "mac:02:00:00:00:00:01" };

	for (size_t i = 0; i < sizeof(ways) / sizeof(ways[0]); i++) {
		struct split *split = NULL;
		int side;

		check(split_new(ways[i], &split, NULL) == 0);
		side = split_side(split, frame, NULL);
		check(side == SPLIT_CLIENT || side == SPLIT_SERVER);
		split_freep(&split);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const uint16_t types[] = { LINKTYPE_ETHERNET, LINKTYPE_NULL,	 LINKTYPE_RAW,
					  LINKTYPE_LOOP,     LINKTYPE_LINUX_SLL, LINKTYPE_IPV4,
					  LINKTYPE_IPV6,     LINKTYPE_LINUX_SLL2 };
	struct rewrite_options options = { .dscp = -1 };
	struct rewrite *rewrite = NULL;
	struct source_frame frame = { .loop = 3 };
	struct total total = { 0, 0 };
	uint8_t *copy;

	if (size < 4 || size > 70000)
		return 0;
	choose(&options, data);
	frame.link_type = types[data[0] & 7];
	/* A copy of its own size, so that a byte too many is seen. */
	copy = malloc(size - 4 + 1);
	check(copy != NULL);
	memcpy(copy + 1, data + 4, size - 4);
	frame.bytes = copy + 1;
	frame.n_bytes = frame.n_original = (uint32_t)size - 4;
	total.n_limit = size - 4 + REWRITE_ADDED_BYTES;
	check(rewrite_new(&options, &rewrite, NULL) == 0);
	check(rewrite_frame(rewrite, &frame, (data[0] & 8) != 0, put, &total) == 0);
	check(rewrite_count(rewrite).n_frames == 1);
	check(options.mtu_policy == REWRITE_MTU_SEGMENT ||
	      options.mtu_policy == REWRITE_MTU_FRAGMENT || total.n_frames <= 1);
	rewrite_freep(&rewrite);
	split_all(&frame);
	free(copy);
	return 0;
}
