/* SPDX-License-Identifier: Apache-2.0 */
#include "replay/rewrite.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "packet/capture.h"
#include "tests/replay/made_rewrite.h"

static void parse(int (*fn)(const char *, struct rewrite_options *, struct err *), const char *text,
		  struct rewrite_options *options)
{
	struct err err = { "" };

	if (fn(text, options, &err) < 0)
		fail_msg("%s", err.text);
}

/* Whatever is changed, every checksum is right afterwards; the maps undone give the frame back. */
static void test_maps_keep_checksums(void **state)
{
	struct rewrite_options there = nothing(), back = nothing();
	struct made_frame *f = calloc(1, sizeof(*f));
	struct out out = { 0 }, again = { 0 };
	uint32_t x = 1;

	(void)state;
	parse(rewrite_parse_ip_map, "0.0.0.0/1=128.0.0.0/1", &there);
	parse(rewrite_parse_ip_map, "128.0.0.0/1=0.0.0.0/1", &there);
	parse(rewrite_parse_ip_map, "::/1=8000::/1", &there);
	parse(rewrite_parse_ip_map, "8000::/1=::/1", &there);
	parse(rewrite_parse_port_map, "0-32767=32768", &there);
	parse(rewrite_parse_port_map, "32768-65535=0", &there);
	back = there;
	for (int i = 0; i < 3000; i++) {
		made_packet(f, kinds[i % N_KINDS].version, kinds[i % N_KINDS].proto, i % 300, &x);
		run(&there, f, &out);
		assert_int_equal(out.n, 1);
		assert_int_equal(out.n_bytes[0], f->n);
		assert_true(made_is_right(out.bytes[0] + 14, out.n_bytes[0] - 14));
		assert_memory_not_equal(out.bytes[0] + f->ip_at, f->bytes + f->ip_at, 20);
		run_link(&back, out.bytes[0], out.n_bytes[0], LINKTYPE_ETHERNET, 0, &again);
		assert_memory_equal(again.bytes[0], f->bytes, f->n);
	}
	out_done(&out);
	out_done(&again);
	free(f);
}

static void test_ttl_dscp_mark(void **state)
{
	struct rewrite_options o = nothing();
	struct made_frame *f = calloc(1, sizeof(*f));
	struct out out = { 0 };
	uint32_t x = 2;

	(void)state;
	o.dscp = 46;
	parse(rewrite_parse_ttl, "-200", &o);
	assert_int_equal(mark_parse("evil-bit", &o.mark, NULL), 0);
	for (int i = 0; i < 1000; i++) {
		const uint8_t *ip;
		uint8_t ttl;

		made_packet(f, kinds[i % N_KINDS].version, kinds[i % N_KINDS].proto, 10, &x);
		run(&o, f, &out);
		ip = out.bytes[0] + 14;
		assert_true(made_is_right(ip, out.n_bytes[0] - 14));
		ttl = f->bytes[14 + (f->version == 4 ? 8 : 7)];
		assert_int_equal(ip[f->version == 4 ? 8 : 7], ttl > 200 ? ttl - 200 : 1);
		assert_true(mark_is_set(&o.mark, ip, out.n_bytes[0] - 14));
		if (f->version == 4) {
			assert_int_equal(ip[1] >> 2, 46);
			assert_int_equal(ip[1] & 3, f->bytes[15] & 3);
		} else {
			assert_int_equal(be16_get(ip) >> 6 & 63, 46);
			assert_int_equal(be16_get(ip) >> 4 & 3, be16_get(f->bytes + 14) >> 4 & 3);
		}
	}
	out_done(&out);
	free(f);
}

/* An ICMP error about a packet: the addresses and ports inside change too, and so does every
 * checksum there. */
static void test_quoted(void **state)
{
	struct rewrite_options o = nothing();
	struct made_frame *inner = calloc(1, sizeof(*inner)), *f = calloc(1, sizeof(*f));
	struct out out = { 0 };
	uint32_t x = 3;

	(void)state;
	parse(rewrite_parse_ip_map, "10.0.0.0/8=172.0.0.0/8", &o);
	parse(rewrite_parse_ip_map, "fd00::/16=2001::/16", &o);
	parse(rewrite_parse_port_map, "1234=4321", &o);
	for (int i = 0; i < 1000; i++) {
		uint8_t version = i % 2 == 0 ? 4 : 6, proto = version == 4 ? 1 : 58;
		uint32_t header = version == 4 ? 20 : 40, address = version == 4 ? 12 : 8;
		/* The whole quoted packet, or as little as 8 bytes behind its header. */
		uint32_t kept = header + (i % 4 < 2 ? 8 : 20 + 40);
		uint8_t *ip = f->bytes + 14, *icmp = ip + header, *quoted;

		made_packet(inner, version, 6, 40, &x);
		be16_put(inner->bytes + 14 + header, 1234);
		memcpy(inner->bytes + 14 + address, version == 4 ? "\x0a" : "\xfd\0",
		       version == 4 ? 1 : 2);
		if (version == 4) {
			be16_put(inner->bytes + 14 + 10, 0);
			be16_put(inner->bytes + 14 + 10,
				 checksum_finish(checksum_add(0, inner->bytes + 14, 20)));
		}
		be16_put(inner->bytes + 14 + header + 16, 0);
		be16_put(inner->bytes + 14 + header + 16,
			 checksum_finish(
				 checksum_add(made_pseudo(inner->bytes + 14, version, 6, 60),
					      inner->bytes + 14 + header, 60)));
		made_packet(f, version, proto, kept, &x);
		icmp[0] = version == 4 ? 3 : 1;
		quoted = icmp + 8;
		memcpy(quoted, inner->bytes + 14, kept);
		be16_put(icmp + 2, 0);
		be16_put(icmp + 2,
			 checksum_finish(
				 checksum_add(version == 4 ? 0 : made_pseudo(ip, 6, 58, 8 + kept),
					      icmp, 8 + kept)));
		assert_true(made_is_right(ip, f->n - 14));

		run(&o, f, &out);
		ip = out.bytes[0] + 14;
		quoted = ip + header + 8;
		assert_true(made_is_right(ip, out.n_bytes[0] - 14));
		assert_int_equal(quoted[address], version == 4 ? 172 : 0x20);
		assert_int_equal(be16_get(quoted + header), 4321);
		if (version == 4)
			assert_int_equal(checksum_finish(checksum_add(0, quoted, 20)), 0);
		if (i % 4 >= 2)
			assert_true(made_is_right(quoted, kept));
	}
	out_done(&out);
	free(inner);
	free(f);
}

static void test_udp_without_checksum(void **state)
{
	struct rewrite_options o = nothing();
	struct made_frame *f = calloc(1, sizeof(*f));
	struct out out = { 0 };
	uint32_t x = 4;

	(void)state;
	parse(rewrite_parse_ip_map, "0.0.0.0/0=0.0.0.0/0", &o);
	parse(rewrite_parse_port_map, "0-65534=1", &o);
	made_packet(f, 4, 17, 20, &x);
	be16_put(f->bytes + f->transport_at + 6, 0);
	run(&o, f, &out);
	assert_int_equal(be16_get(out.bytes[0] + f->transport_at + 6), 0);
	assert_memory_not_equal(out.bytes[0] + f->transport_at, f->bytes + f->transport_at, 4);
	out_done(&out);
	free(f);
}

static void test_arp(void **state)
{
	static const uint8_t arp[42] = { 255, 255, 255, 255, 255, 255, 2, 0, 0, 0, 0,  1, 8, 6,
					 0,   1,   8,	0,   6,	  4,   0, 1, 2, 0, 0,  0, 0, 1,
					 10,  1,   2,	3,   0,	  0,   0, 0, 0, 0, 10, 1, 2, 4 };
	struct rewrite_options o = nothing();
	struct out out = { 0 };

	(void)state;
	parse(rewrite_parse_ip_map, "10.1.0.0/16=192.168.0.0/16", &o);
	run_link(&o, arp, sizeof(arp), LINKTYPE_ETHERNET, 0, &out);
	assert_memory_equal(out.bytes[0] + 28, "\xc0\xa8\x02\x03", 4);
	assert_memory_equal(out.bytes[0] + 38, "\xc0\xa8\x02\x04", 4);
	out_done(&out);
}

static void test_links_and_tags(void **state)
{
	struct rewrite_options o = nothing();
	struct made_frame *f = calloc(1, sizeof(*f));
	struct out out = { 0 }, again = { 0 };
	uint8_t cooked[200] = { 0, 4, 0, 1, 0, 6, 2, 3, 4, 5, 6, 7, 0, 0, 8, 0 };
	uint32_t x = 5;

	(void)state;
	made_packet(f, 4, 17, 20, &x);
	/* Raw IP, and cooked: the packet sent by 02:03:..:07. */
	run_link(&o, f->bytes + 14, f->n - 14, LINKTYPE_RAW, 0, &out);
	assert_int_equal(out.n_bytes[0], f->n);
	assert_memory_equal(out.bytes[0] + 12, f->bytes + 12, f->n - 12);
	memcpy(cooked + 16, f->bytes + 14, f->n - 14);
	run_link(&o, cooked, 16 + f->n - 14, LINKTYPE_LINUX_SLL, 0, &out);
	assert_int_equal(out.n_bytes[0], f->n);
	assert_memory_equal(out.bytes[0] + 6, cooked + 6, 6);
	assert_memory_equal(out.bytes[0] + 12, f->bytes + 12, f->n - 12);
	/* A tag on, another id, and off again. */
	parse(rewrite_parse_vlan, "add:5", &o);
	parse(rewrite_parse_mac, "src=02:00:00:00:00:09", &o);
	parse(rewrite_parse_mac, "dst=02:00:00:00:00:0a", &o);
	run(&o, f, &out);
	assert_int_equal(out.n_bytes[0], f->n + 4);
	assert_memory_equal(out.bytes[0], "\x02\0\0\0\0\x0a\x02\0\0\0\0\x09\x81\0\0\x05\x08\0", 18);
	o = nothing();
	parse(rewrite_parse_vlan, "set:4000", &o);
	out.bytes[0][14] = 0xb0; /* priority 5, DEI */
	run_link(&o, out.bytes[0], out.n_bytes[0], LINKTYPE_ETHERNET, 0, &again);
	assert_int_equal(be16_get(again.bytes[0] + 14), 0xb000 | 4000);
	parse(rewrite_parse_vlan, "del", &o);
	run_link(&o, again.bytes[0], again.n_bytes[0], LINKTYPE_ETHERNET, 0, &out);
	assert_int_equal(out.n_bytes[0], f->n);
	assert_memory_equal(out.bytes[0] + 12, f->bytes + 12, f->n - 12);
	assert_int_equal(run_link(&o, f->bytes, f->n, 147, 0, &out).n_no_link, 1);
	assert_int_equal(out.n, 0);
	out_done(&out);
	out_done(&again);
	free(f);
}

/* TCP of 9,000 bytes in segments: each right and no longer than the MTU, all data in order. */
static void test_segment(void **state)
{
	struct rewrite_options o = nothing();
	struct made_frame *f = calloc(1, sizeof(*f));
	struct out out = { 0 };
	uint32_t x = 6;

	(void)state;
	o.mtu_policy = REWRITE_MTU_SEGMENT;
	o.mtu = 1500;
	for (int i = 0; i < 200; i++) {
		uint8_t version = i % 2 == 0 ? 4 : 6;
		uint32_t n = 1500 + made_random(&x) % 20000, header = version == 4 ? 20 : 40,
			 at = 0;
		uint8_t *tcp = f->bytes + 14 + header;

		made_packet(f, version, 6, n, &x);
		tcp[13] = 0x19; /* ACK PSH FIN */
		run(&o, f, &out);
		assert_int_equal(out.n, (n + 1500 - header - 20 - 1) / (1500 - header - 20));
		for (size_t k = 0; k < out.n; k++) {
			uint8_t *ip = out.bytes[k] + 14, *t = ip + header;
			uint32_t data = out.n_bytes[k] - 14 - header - 20;

			assert_true(out.n_bytes[k] <= 1514);
			assert_true(made_is_right(ip, out.n_bytes[k] - 14));
			assert_int_equal(be32_get(t + 4), (uint32_t)(be32_get(tcp + 4) + at));
			assert_int_equal(t[13], k + 1 == out.n ? 0x19 : 0x10);
			assert_memory_equal(t + 20, tcp + 20 + at, data);
			at += data;
		}
		assert_int_equal(at, n);
	}
	made_packet(f, 4, 17, 3000, &x);
	assert_int_equal(run(&o, f, &out).n_dropped, 1);
	out_done(&out);
	free(f);
}

/* Fragments put together again are the packet; fragments of fragments too. */
static void test_fragment_v4(void **state)
{
	struct rewrite_options o = nothing();
	struct made_frame *f = calloc(1, sizeof(*f));
	struct out out = { 0 }, parts = { 0 };
	uint32_t x = 7;

	(void)state;
	o.mtu_policy = REWRITE_MTU_FRAGMENT;
	for (int i = 0; i < 100; i++) {
		uint32_t n = 3000 + made_random(&x) % 10000, n_ip = 0;
		uint8_t *whole = calloc(1, 65536);

		assert_non_null(whole);
		made_packet(f, 4, 17, n, &x);
		o.mtu = 1500;
		run(&o, f, &out);
		for (size_t k = 0; k < out.n; k++) {
			o.mtu = 700;
			run_link(&o, out.bytes[k], out.n_bytes[k], LINKTYPE_ETHERNET, 0, &parts);
			for (size_t m = 0; m < parts.n; m++) {
				const uint8_t *ip = parts.bytes[m] + 14;
				uint32_t bytes = be16_get(ip + 2),
					 at = (be16_get(ip + 6) & 0x1fff) * 8u;
				bool more = (be16_get(ip + 6) & 0x2000) != 0;

				assert_true(bytes <= 700 && bytes == parts.n_bytes[m] - 14);
				assert_int_equal(checksum_finish(checksum_add(0, ip, 20)), 0);
				memcpy(whole + at, ip + 20, bytes - 20);
				if (!more)
					n_ip = at + bytes - 20;
			}
		}
		assert_int_equal(n_ip, n + 8);
		assert_memory_equal(whole, f->bytes + 34, n_ip);
		free(whole);
	}
	out_done(&out);
	out_done(&parts);
	free(f);
}

static void test_fragment_v6(void **state)
{
	struct rewrite_options o = nothing();
	struct made_frame *f = calloc(1, sizeof(*f));
	struct out out = { 0 }, again = { 0 };
	uint8_t *whole = calloc(1, 65536);
	uint32_t x = 8, last = 0, id = 0;

	(void)state;
	o.mtu_policy = REWRITE_MTU_FRAGMENT;
	o.mtu = 1280;
	made_packet(f, 6, 17, 5000, &x);
	run(&o, f, &out);
	assert_true(out.n > 3);
	for (size_t k = 0; k < out.n; k++) {
		const uint8_t *ip = out.bytes[k] + 14;
		uint32_t n = be16_get(ip + 4) - 8u, at = be16_get(ip + 42) & 0xfff8u;

		assert_true(out.n_bytes[k] <= 1294);
		assert_int_equal(ip[6], 44);
		assert_int_equal(ip[40], 17);
		assert_true(k == 0 || be32_get(ip + 44) == id);
		id = be32_get(ip + 44);
		assert_int_equal(be16_get(ip + 42) & 1, k + 1 < out.n);
		memcpy(whole + at, ip + 48, n);
		last = at + n;
	}
	assert_int_equal(last, 5008);
	assert_memory_equal(whole, f->bytes + 54, last);
	/* A fragment is not cut again. */
	o.mtu = 600;
	assert_int_equal(run_link(&o, out.bytes[0], out.n_bytes[0], LINKTYPE_ETHERNET, 0, &again)
				 .n_dropped,
			 1);
	out_done(&again);
	out_done(&out);
	free(whole);
	free(f);
}

static void test_truncate_and_drop(void **state)
{
	struct rewrite_options o = nothing();
	struct made_frame *f = calloc(1, sizeof(*f));
	struct out out = { 0 };
	uint32_t x = 9;

	(void)state;
	o.mtu = 576;
	for (int i = 0; i < 600; i++) {
		made_packet(f, kinds[i % N_KINDS].version, kinds[i % N_KINDS].proto, 500 + i, &x);
		o.mtu_policy = REWRITE_MTU_TRUNCATE;
		run(&o, f, &out);
		assert_int_equal(out.n, 1);
		assert_true(out.n_bytes[0] <= 590);
		assert_true(made_is_right(out.bytes[0] + 14, out.n_bytes[0] - 14));
		o.mtu_policy = REWRITE_MTU_DROP;
		assert_int_equal(run(&o, f, &out).n_dropped, f->n - 14 > 576);
	}
	out_done(&out);
	free(f);
}

/* Another loop, other addresses; groups keep theirs. */
static void test_unique(void **state)
{
	struct rewrite_options o = nothing();
	struct made_frame *f = calloc(1, sizeof(*f));
	struct out out = { 0 };
	uint32_t x = 10;

	(void)state;
	o.unique = true;
	for (int i = 0; i < 600; i++) {
		made_packet(f, kinds[i % N_KINDS].version, kinds[i % N_KINDS].proto, 40, &x);
		run_link(&o, f->bytes, f->n, LINKTYPE_ETHERNET, 7, &out);
		assert_true(made_is_right(out.bytes[0] + 14, out.n_bytes[0] - 14));
		run_link(&o, f->bytes, f->n, LINKTYPE_ETHERNET, 0, &out);
		assert_memory_equal(out.bytes[0], f->bytes, f->n);
	}
	made_packet(f, 4, 17, 40, &x);
	memcpy(f->bytes + 14 + 12, "\x0a\0\0\x01\xe0\0\0\xfb", 8);
	run_link(&o, f->bytes, f->n, LINKTYPE_ETHERNET, 3, &out);
	assert_memory_equal(out.bytes[0] + 26, "\x0a\0\0\x04\xe0\0\0\xfb", 8);
	out_done(&out);
	free(f);
}

static void test_parse_refusals(void **state)
{
	static const struct {
		int (*fn)(const char *, struct rewrite_options *, struct err *);
		const char *text;
	} wrong[] = {
		{ rewrite_parse_mac, "02:00:00:00:00:01" },
		{ rewrite_parse_mac, "src=02:00" },
		{ rewrite_parse_vlan, "add" },
		{ rewrite_parse_vlan, "add:4096" },
		{ rewrite_parse_vlan, "set:" },
		{ rewrite_parse_ip_map, "10.0.0.0/8" },
		{ rewrite_parse_ip_map, "10.0.0.0/8=10.0.0.0/16" },
		{ rewrite_parse_ip_map, "10.0.0.0/8=fd00::/8" },
		{ rewrite_parse_port_map, "80" },
		{ rewrite_parse_port_map, "90-80=1" },
		{ rewrite_parse_port_map, "1-65535=2" },
		{ rewrite_parse_ttl, "0" },
		{ rewrite_parse_ttl, "256" },
		{ rewrite_parse_ttl, "x" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		struct rewrite_options o = nothing();
		struct err err = { "" };

		assert_true(wrong[i].fn(wrong[i].text, &o, &err) < 0);
		assert_int_not_equal(err.text[0], '\0');
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_maps_keep_checksums),
		cmocka_unit_test(test_ttl_dscp_mark),
		cmocka_unit_test(test_quoted),
		cmocka_unit_test(test_udp_without_checksum),
		cmocka_unit_test(test_arp),
		cmocka_unit_test(test_links_and_tags),
		cmocka_unit_test(test_segment),
		cmocka_unit_test(test_fragment_v4),
		cmocka_unit_test(test_fragment_v6),
		cmocka_unit_test(test_truncate_and_drop),
		cmocka_unit_test(test_unique),
		cmocka_unit_test(test_parse_refusals),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
