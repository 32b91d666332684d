/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/replay/made_rewrite.h"

/* A packet whose checksums are wrong gets those back that it was made with; a right one is left. */
static void test_fix_checksums(void **state)
{
	struct made_frame *f = calloc(1, sizeof(*f)), *bad = calloc(1, sizeof(*bad));
	struct rewrite_options options = nothing();
	struct out out = { 0 };
	uint32_t x = 7;

	(void)state;
	options.fix_checksums = true;
	for (int i = 0; i < 3000; i++) {
		uint32_t sum_at, way = (uint32_t)i / N_KINDS % 4;

		made_packet(f, kinds[i % N_KINDS].version, kinds[i % N_KINDS].proto, i % 300, &x);
		*bad = *f;
		sum_at = f->transport_at + made_sum_at(f->proto);
		if ((way & 1) != 0)
			bad->bytes[sum_at] ^= (uint8_t)(1 + i % 200);
		if ((way & 2) != 0 && f->version == 4)
			bad->bytes[f->ip_at + 11] ^= (uint8_t)(1 + i % 200);
		/* Without a checksum, UDP stays without. */
		if (f->proto == 17 && be16_get(bad->bytes + sum_at) == 0)
			continue;
		assert_int_equal(run(&options, bad, &out).n_fixed,
				 memcmp(bad->bytes, f->bytes, f->n) != 0);
		assert_int_equal(out.n_bytes[0], f->n);
		assert_memory_equal(out.bytes[0], f->bytes, f->n);
	}
	out_done(&out);
	free(f);
	free(bad);
}

/* Fields of packets whose transport cannot be summed, or need not be: as they were. */
static void test_what_is_not_fixed(void **state)
{
	enum { CUT, FRAGMENT, NO_SUM, UDP_LENGTH, ROUTE_V4, ROUTE_V6, N_CASES };
	struct made_frame *f = calloc(1, sizeof(*f));
	struct rewrite_options options = nothing();
	struct out out = { 0 };
	uint32_t x = 9;

	(void)state;
	options.fix_checksums = true;
	for (int i = 0; i < N_CASES; i++) {
		uint8_t *ip = f->bytes + 14;

		made_packet(f, i == ROUTE_V6 ? 6 : 4, i == NO_SUM || i == UDP_LENGTH ? 17 : 6, 100,
			    &x);
		be16_put(f->bytes + f->transport_at + made_sum_at(f->proto),
			 i == NO_SUM ? 0 : 0x1234);
		if (i == CUT)
			f->n -= 10;
		if (i == FRAGMENT)
			be16_put(ip + 6, 0x2000);
		if (i == UDP_LENGTH)
			be16_put(ip + 20 + 4, 109);
		if (i == ROUTE_V4) {
			/* Eight bytes of options where TCP began: a no-op, a loose route. */
			ip[0] = 0x47;
			memcpy(ip + 20, "\x01\x83\x07\x04\x0a\x00\x00\x01", 8);
			ip[28 + 12] = 0x50;
		}
		if (i == ROUTE_V6) {
			ip[6] = 43;
			memcpy(ip + 40, "\x06\x00\x02\x01\x00\x00\x00\x00", 8);
			ip[48 + 12] = 0x50;
		}
		if (i != ROUTE_V6) {
			uint32_t header = (ip[0] & 15) * 4u;

			be16_put(ip + 10, 0);
			be16_put(ip + 10, checksum_finish(checksum_add(0, ip, header)));
		}
		assert_int_equal(run(&options, f, &out).n_fixed, 0);
		assert_int_equal(out.n_bytes[0], f->n);
		assert_memory_equal(out.bytes[0], f->bytes, f->n);
		/* The header of what is cut is mended all the same. */
		if (i == CUT) {
			ip[11] ^= 1;
			assert_int_equal(run(&options, f, &out).n_fixed, 1);
			ip[11] ^= 1;
			assert_memory_equal(out.bytes[0], f->bytes, f->n);
		}
	}
	out_done(&out);
	free(f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_fix_checksums),
		cmocka_unit_test(test_what_is_not_fixed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
