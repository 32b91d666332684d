/* SPDX-License-Identifier: Apache-2.0 */
/* Packets made by hand for tests of what reads them. */
#ifndef SOSIE_TESTS_PACKET_MAKE_PACKET_H
#define SOSIE_TESTS_PACKET_MAKE_PACKET_H

#include "packet/capture.h"
#include <stdint.h>
#include <string.h>

#include "base/bytes.h"

/* An IP packet to be made; zeroed fields get sensible values. */
struct made {
	uint8_t bytes[2048];
	struct capture_packet packet;
};

struct make {
	int64_t time_ns;
	uint32_t src, dst; /* last 32 bits of the address */
	uint16_t src_port, dst_port;
	uint8_t version; /* 4 or 6; 0: 4 */
	uint8_t proto;	 /* 0: TCP */
	uint8_t flags;	 /* TCP */
	uint32_t n_payload;
	uint16_t id;	   /* IPv4 */
	uint16_t fragment; /* IPv4's field: flags and offset */
	uint8_t ttl;
	uint16_t vlan;
	const uint8_t *options; /* TCP */
	uint32_t n_options;	/* a multiple of 4 */
};

static inline uint32_t make_transport(uint8_t *to, const struct make *make)
{
	uint8_t proto = make->proto != 0 ? make->proto : 6;
	uint32_t n = proto == 6					? 20 + make->n_options
		     : proto == 17 || proto == 1 || proto == 58 ? 8
								: 0;

	memset(to, 0, n + make->n_payload);
	if ((make->fragment & 0x1fff) != 0)
		return make->n_payload;
	if (proto == 6) {
		be16_put(to, make->src_port);
		be16_put(to + 2, make->dst_port);
		be32_put(to + 4, 1000);
		to[12] = (uint8_t)(n / 4 << 4);
		to[13] = make->flags;
		be16_put(to + 14, 64240);
		if (make->n_options > 0)
			memcpy(to + 20, make->options, make->n_options);
	} else if (proto == 17) {
		be16_put(to, make->src_port);
		be16_put(to + 2, make->dst_port);
		be16_put(to + 4, (uint16_t)(8 + make->n_payload));
	} else if (n > 0) {
		to[0] = (uint8_t)make->src_port;
		to[1] = (uint8_t)make->dst_port;
	}
	return n + make->n_payload;
}

static inline uint32_t make_ip(uint8_t *to, const struct make *make)
{
	uint8_t proto = make->proto != 0 ? make->proto : 6;
	uint32_t n;

	if (make->version == 6) {
		n = make_transport(to + 40, make);
		memset(to, 0, 40);
		to[0] = 0x60;
		be16_put(to + 4, (uint16_t)n);
		to[6] = proto;
		to[7] = make->ttl != 0 ? make->ttl : 64;
		to[8] = 0xfd;
		be32_put(to + 20, make->src);
		to[24] = 0xfd;
		be32_put(to + 36, make->dst);
		return 40 + n;
	}
	n = make_transport(to + 20, make);
	memset(to, 0, 20);
	to[0] = 0x45;
	be16_put(to + 2, (uint16_t)(20 + n));
	be16_put(to + 4, make->id);
	be16_put(to + 6, make->fragment);
	to[8] = make->ttl != 0 ? make->ttl : 64;
	to[9] = proto;
	be32_put(to + 12, make->src);
	be32_put(to + 16, make->dst);
	return 20 + n;
}

/* On Ethernet. */
static inline const struct capture_packet *make_packet(struct made *made, const struct make *make)
{
	uint32_t n = 12;

	memset(made->bytes, 0, 12);
	made->bytes[0] = 2;
	made->bytes[6] = 4;
	if (make->vlan != 0) {
		be16_put(made->bytes + n, 0x8100);
		be16_put(made->bytes + n + 2, make->vlan);
		n += 4;
	}
	be16_put(made->bytes + n, make->version == 6 ? 0x86dd : 0x0800);
	n += 2;
	n += make_ip(made->bytes + n, make);
	made->packet = (struct capture_packet) {
		.time_ns = make->time_ns,
		.n_captured = n,
		.n_original = n,
		.link_type = LINKTYPE_ETHERNET,
		.bytes = made->bytes,
	};
	return &made->packet;
}

#endif
