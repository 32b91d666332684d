/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>

#include "base/conn.h"
#include "base/rng.h"
#include "packet/decode.h"
#include "tests/packet/make_packet.h"

/* Decodes a copy in memory of exactly its size, so that sanitizers see a byte too many. */
static enum decode_result decode(const struct capture_packet *packet, struct packet_view *view)
{
	struct capture_packet copy = *packet;
	uint8_t *bytes = malloc(packet->n_captured + 1);
	enum decode_result result;

	memcpy(bytes + 1, packet->bytes, packet->n_captured);
	copy.bytes = bytes + 1;
	result = packet_decode(&copy, view);
	if (result == DECODE_IP) {
		if (view->n_payload > 0)
			assert_true(view->payload >= copy.bytes &&
				    view->payload + view->n_payload <=
					    copy.bytes + copy.n_captured);
		if (view->n_tcp_options > 0)
			assert_true(view->tcp_options >= copy.bytes &&
				    view->tcp_options + view->n_tcp_options <=
					    copy.bytes + copy.n_captured);
		assert_true(view->ip >= copy.bytes &&
			    view->ip + view->n_ip <= copy.bytes + copy.n_captured);
		assert_true(view->n_payload <= view->payload_bytes);
		assert_true(view->payload_bytes <= view->ip_bytes);
	}
	free(bytes);
	return result;
}

static void tcp_fields(void **state)
{
	struct make make = { .src = 0x0a000001,
			     .dst = 0x0a000002,
			     .src_port = 1234,
			     .dst_port = 80,
			     .flags = TCP_PSH | TCP_ACK,
			     .n_payload = 100,
			     .id = 77,
			     .fragment = 0x4000,
			     .vlan = 12 };
	struct packet_view view;
	struct made made;

	(void)state;
	make_packet(&made, &make);
	/* Padding of the link layer is no payload. */
	made.packet.n_captured += 6;
	made.packet.n_original += 6;
	assert_int_equal(packet_decode(&made.packet, &view), DECODE_IP);
	assert_int_equal(view.src.version, 4);
	assert_int_equal(be32_get(view.src.bytes), 0x0a000001);
	assert_int_equal(be32_get(view.dst.bytes), 0x0a000002);
	assert_int_equal(view.proto, IPPROTO_TCP);
	assert_int_equal(view.src_port, 1234);
	assert_int_equal(view.dst_port, 80);
	assert_int_equal(view.tcp_flags, TCP_PSH | TCP_ACK);
	assert_int_equal(view.seq, 1000);
	assert_int_equal(view.window, 64240);
	assert_int_equal(view.ip_bytes, 140);
	assert_int_equal(view.payload_bytes, 100);
	assert_int_equal(view.n_payload, 100);
	assert_int_equal(view.ttl, 64);
	assert_int_equal(view.ip_id, 77);
	assert_true(view.df);
	assert_false(view.fragment);
	assert_int_equal(view.vlan, 12);
	assert_ptr_equal(view.dst_mac, made.bytes);
	assert_ptr_equal(view.ip, made.bytes + 18);
	assert_int_equal(view.n_ip, 140);
}

static void other_protocols(void **state)
{
	struct packet_view view;
	struct made made;

	(void)state;
	make_packet(&made, &(struct make) { .version = 6,
					    .proto = IPPROTO_UDP,
					    .src_port = 53,
					    .dst_port = 5353,
					    .n_payload = 33 });
	assert_int_equal(decode(&made.packet, &view), DECODE_IP);
	assert_int_equal(view.src.version, 6);
	assert_int_equal(view.ip_bytes, 40 + 8 + 33);
	assert_int_equal(view.payload_bytes, 33);
	assert_int_equal(view.dst_port, 5353);
	make_packet(&made,
		    &(struct make) {
			    .proto = IPPROTO_ICMP, .src_port = 3, .dst_port = 1, .n_payload = 28 });
	assert_int_equal(decode(&made.packet, &view), DECODE_IP);
	assert_int_equal(view.src_port, 3);
	assert_int_equal(view.dst_port, 1);
	assert_int_equal(view.payload_bytes, 28);
	make_packet(&made, &(struct make) { .proto = IPPROTO_GRE, .n_payload = 50 });
	assert_int_equal(decode(&made.packet, &view), DECODE_IP);
	assert_int_equal(view.proto, IPPROTO_GRE);
	assert_int_equal(view.src_port, 0);
	assert_int_equal(view.payload_bytes, 50);
}

/* Every length the snap length may leave: the lengths come from the headers, or it is malformed. */
static void cut_anywhere(void **state)
{
	for (int version = 4; version <= 6; version += 2) {
		struct make make = {
			.version = (uint8_t)version, .src_port = 1, .dst_port = 2, .n_payload = 60
		};
		uint32_t n_ip = version == 4 ? 20 : 40;
		struct packet_view view;
		struct made made;

		make_packet(&made, &make);
		for (uint32_t n = 0; n <= made.packet.n_original; n++) {
			struct capture_packet cut = made.packet;
			enum decode_result result;

			cut.n_captured = n;
			result = decode(&cut, &view);
			assert_int_equal(result, n < 14 + n_ip + 4 ? DECODE_MALFORMED : DECODE_IP);
			if (result != DECODE_IP)
				continue;
			assert_int_equal(view.ip_bytes, n_ip + 80);
			assert_int_equal(view.payload_bytes, 60);
			assert_int_equal(view.n_payload,
					 n > 14 + n_ip + 20 ? n - 14 - n_ip - 20 : 0);
		}
	}
	(void)state;
}

static enum decode_result decode_link(uint16_t link_type, const uint8_t *header, uint32_t n_header,
				      struct packet_view *view)
{
	struct make make = { .src_port = 7, .dst_port = 8, .proto = IPPROTO_UDP, .n_payload = 3 };
	struct capture_packet packet = { .link_type = link_type };
	uint8_t bytes[256];

	if (n_header > 0)
		memcpy(bytes, header, n_header);
	packet.n_captured = packet.n_original = n_header + make_ip(bytes + n_header, &make);
	packet.bytes = bytes;
	return decode(&packet, view);
}

static void link_types(void **state)
{
	static const uint8_t sll[16] = { [14] = 8 }, sll2[20] = { 8 }, null_le[4] = { 2 },
			     null_be[4] = { 0, 0, 0, 2 }, null_6[4] = { 30 }, other[4] = { 7 };
	static const uint8_t qinq[22] = { [12] = 0x88, 0xa8, 0, 5, 0x81, 0, 0x20, 9, 8, 0 };
	static const uint8_t snap[22] = { [13] = 40, 0xaa, 0xaa, 3, 0, 0, 0, 8, 0 };
	static const uint8_t llc[17] = { [13] = 40, 0x42, 0x42, 3 };
	static const uint8_t arp[14] = { [12] = 8, 6 };
	struct packet_view view;

	(void)state;
	assert_int_equal(decode_link(LINKTYPE_RAW, NULL, 0, &view), DECODE_IP);
	assert_int_equal(view.dst_port, 8);
	assert_int_equal(decode_link(LINKTYPE_IPV4, NULL, 0, &view), DECODE_IP);
	assert_int_equal(decode_link(LINKTYPE_IPV6, NULL, 0, &view), DECODE_MALFORMED);
	assert_int_equal(decode_link(LINKTYPE_LINUX_SLL, sll, 16, &view), DECODE_IP);
	assert_int_equal(view.dst_port, 8);
	assert_int_equal(decode_link(LINKTYPE_LINUX_SLL2, sll2, 20, &view), DECODE_IP);
	assert_int_equal(decode_link(LINKTYPE_NULL, null_le, 4, &view), DECODE_IP);
	assert_int_equal(decode_link(LINKTYPE_NULL, null_be, 4, &view), DECODE_IP);
	assert_int_equal(decode_link(LINKTYPE_LOOP, null_be, 4, &view), DECODE_IP);
	assert_int_equal(decode_link(LINKTYPE_NULL, null_6, 4, &view), DECODE_MALFORMED);
	assert_int_equal(decode_link(LINKTYPE_NULL, other, 4, &view), DECODE_NOT_IP);
	assert_int_equal(decode_link(LINKTYPE_ETHERNET, qinq, 22, &view), DECODE_IP);
	assert_int_equal(view.vlan, 9);
	assert_int_equal(decode_link(LINKTYPE_ETHERNET, snap, 22, &view), DECODE_IP);
	assert_int_equal(decode_link(LINKTYPE_ETHERNET, llc, 17, &view), DECODE_NOT_IP);
	assert_int_equal(decode_link(LINKTYPE_ETHERNET, arp, 14, &view), DECODE_NOT_IP);
	assert_int_equal(decode_link(147, arp, 14, &view), DECODE_NOT_IP);
}

/* IPv6 with the header chain given; next is the first header's number. */
static enum decode_result decode_chain(uint8_t next, const uint8_t *chain, uint32_t n_chain,
				       struct packet_view *view)
{
	struct capture_packet packet = { .link_type = LINKTYPE_RAW };
	struct make make = {
		.version = 6, .proto = IPPROTO_UDP, .src_port = 7, .dst_port = 8, .n_payload = 100
	};
	uint8_t bytes[512];
	uint32_t n = make_ip(bytes, &make);

	memmove(bytes + 40 + n_chain, bytes + 40, n - 40);
	memcpy(bytes + 40, chain, n_chain);
	bytes[6] = next;
	be16_put(bytes + 4, (uint16_t)(n - 40 + n_chain));
	packet.bytes = bytes;
	packet.n_captured = packet.n_original = n + n_chain;
	return decode(&packet, view);
}

static void ipv6_extensions(void **state)
{
	/* hop-by-hop, routing (16 bytes), AH (12 bytes), destination, UDP */
	static const uint8_t chain[] = { 43, 0, 1, 4, 0, 0, 0,	0, 51, 1,  0, 0, 0, 0, 0,
					 0,  0, 0, 0, 0, 0, 0,	0, 0,  60, 1, 0, 0, 0, 0,
					 0,  1, 0, 0, 0, 0, 17, 0, 1,  4,  0, 0, 0, 0 };
	static const uint8_t first[] = { 17, 0, 0, 1, 0, 0, 0, 9 },
			     later[] = { 17, 0, 5, 0xa9, 0, 0, 0, 9 };
	static const uint8_t atomic[] = { 17, 0, 0, 0, 0, 0, 0, 9 };
	static const uint8_t endless[] = { 0, 255, 1, 4, 0, 0, 0, 0 };
	struct packet_view view;

	(void)state;
	assert_int_equal(decode_chain(0, chain, sizeof(chain), &view), DECODE_IP);
	assert_int_equal(view.proto, IPPROTO_UDP);
	assert_int_equal(view.dst_port, 8);
	assert_int_equal(view.payload_bytes, 100);
	assert_int_equal(view.ip_bytes, 40 + sizeof(chain) + 108);
	assert_int_equal(decode_chain(44, first, 8, &view), DECODE_IP);
	assert_true(view.fragment);
	assert_int_equal(view.fragment_offset, 0);
	assert_int_equal(view.fragment_id, 9);
	assert_int_equal(view.dst_port, 8);
	assert_int_equal(decode_chain(44, later, 8, &view), DECODE_IP);
	assert_int_equal(view.fragment_offset, 0x5a8);
	assert_int_equal(view.src_port, 0);
	assert_int_equal(view.payload_bytes, 108);
	assert_int_equal(decode_chain(44, atomic, 8, &view), DECODE_IP);
	assert_false(view.fragment);
	assert_int_equal(decode_chain(0, endless, 8, &view), DECODE_MALFORMED);
	assert_int_equal(decode_chain(59, endless, 8, &view), DECODE_IP); /* no next header */
	assert_int_equal(view.proto, 59);
	assert_int_equal(view.payload_bytes, 116);
}

static void contradictions(void **state)
{
	static const struct {
		uint32_t at; /* into the IP packet: 20 of IPv4, 20 of TCP, 10 of payload */
		uint8_t value;
		enum decode_result result;
	} cases[] = {
		{ 0, 0x65, DECODE_MALFORMED },	/* version */
		{ 0, 0x44, DECODE_MALFORMED },	/* header of 16 */
		{ 0, 0x4f, DECODE_MALFORMED },	/* header of 60: beyond the packet */
		{ 3, 19, DECODE_MALFORMED },	/* shorter than the header */
		{ 3, 30, DECODE_MALFORMED },	/* half a TCP header */
		{ 3, 40, DECODE_IP },		/* no payload: the rest is padding */
		{ 32, 0x40, DECODE_MALFORMED }, /* TCP header of 16 */
		{ 32, 0xf0, DECODE_MALFORMED }, /* ... of 60 */
		{ 32, 0x70, DECODE_IP },	/* ... of 28: options */
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct make make = { .src_port = 1, .dst_port = 2, .n_payload = 10 };
		struct packet_view view;
		struct made made;

		make_packet(&made, &make);
		made.bytes[14 + cases[i].at] = cases[i].value;
		assert_int_equal(decode(&made.packet, &view), cases[i].result);
	}
}

/* Length 0 is left to the network card: what was captured tells. */
static void segmentation_offload(void **state)
{
	struct packet_view view;
	struct made made;

	(void)state;
	make_packet(&made, &(struct make) { .n_payload = 1000 });
	be16_put(made.bytes + 16, 0);
	assert_int_equal(decode(&made.packet, &view), DECODE_IP);
	assert_int_equal(view.ip_bytes, 1040);
	assert_int_equal(view.payload_bytes, 1000);
	make_packet(&made, &(struct make) { .version = 6, .n_payload = 1000 });
	be16_put(made.bytes + 18, 0);
	made.packet.n_captured = 100;
	assert_int_equal(decode(&made.packet, &view), DECODE_IP);
	assert_int_equal(view.ip_bytes, 1060);
	assert_int_equal(view.payload_bytes, 1000);
}

static void fragments(void **state)
{
	struct packet_view view;
	struct made made;

	(void)state;
	make_packet(&made, &(struct make) { .proto = IPPROTO_UDP,
					    .src_port = 9,
					    .fragment = 0x2000,
					    .id = 5,
					    .n_payload = 16 });
	assert_int_equal(decode(&made.packet, &view), DECODE_IP);
	assert_true(view.fragment);
	assert_int_equal(view.src_port, 9);
	make_packet(&made, &(struct make) { .proto = IPPROTO_UDP,
					    .src_port = 9,
					    .fragment = 3,
					    .id = 5,
					    .n_payload = 16 });
	assert_int_equal(decode(&made.packet, &view), DECODE_IP);
	assert_int_equal(view.fragment_offset, 24);
	assert_int_equal(view.src_port, 0);
	assert_int_equal(view.payload_bytes, 16);
	/* A first fragment that ends in the TCP header still has its ports (RFC 1858). */
	make_packet(&made, &(struct make) { .src_port = 9, .dst_port = 10, .fragment = 0x2000 });
	be16_put(made.bytes + 16, 28);
	assert_int_equal(decode(&made.packet, &view), DECODE_IP);
	assert_int_equal(view.dst_port, 10);
	assert_int_equal(view.payload_bytes, 0);
}

/* Any bytes, and real packets with a few bytes changed: views stay inside (checked in decode()). */
static void hostile(void **state)
{
	static const uint16_t types[] = { 0, 1, 101, 108, 113, 228, 229, 276, 147 };
	struct packet_view view;
	struct made made;
	struct rng rng;

	(void)state;
	rng_init(&rng, 1, 0, 0, RNG_TEST);
	for (int i = 0; i < 200000; i++) {
		struct make make = { .version = rng_below(&rng, 2) ? 6 : 4,
				     .proto = (uint8_t[]) { 6, 17, 1, 58, 44, 0, 43,
							    51 }[rng_below(&rng, 8)],
				     .n_payload = rng_below(&rng, 100),
				     .fragment = rng_below(&rng, 4) ? 0 : (uint16_t)rng_u32(&rng) };

		make_packet(&made, &make);
		for (uint32_t j = rng_below(&rng, 4); j > 0; j--)
			made.bytes[rng_below(&rng, made.packet.n_captured)] =
				(uint8_t)rng_u32(&rng);
		if (rng_below(&rng, 4) == 0)
			rng_fill(rng_u64(&rng), made.bytes, made.packet.n_captured);
		made.packet.n_captured = rng_below(&rng, made.packet.n_captured + 1);
		made.packet.n_original = rng_below(&rng, 3000); /* may lie, too */
		if (rng_below(&rng, 2) == 0)
			made.packet.link_type = types[rng_below(&rng, 9)];
		decode(&made.packet, &view);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(tcp_fields),
		cmocka_unit_test(other_protocols),
		cmocka_unit_test(cut_anywhere),
		cmocka_unit_test(link_types),
		cmocka_unit_test(ipv6_extensions),
		cmocka_unit_test(contradictions),
		cmocka_unit_test(segmentation_offload),
		cmocka_unit_test(fragments),
		cmocka_unit_test(hostile),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
