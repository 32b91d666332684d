/* SPDX-License-Identifier: Apache-2.0 */
#include "gen/tuples.h"

#include "base/ns.h"
#include "tests/unit.h"

static struct flow_record record(uint32_t i, uint8_t proto, int64_t start_ns, int64_t duration_ns)
{
	struct flow_record r = { .start_ns = start_ns, .duration_ns = duration_ns, .proto = proto };

	r.src = ip_from_v4(0x0a000000 + i);
	r.dst = ip_from_v4(0xc6120000);
	r.src_port = (uint16_t)(1024 + i % 60000);
	r.dst_port = 443;
	return r;
}

/* A tuple is free again when its flow's idle timeout is over, and in both directions. */
static void taken_until_the_timeout(void **state)
{
	struct tuples tuples;
	struct err err = { "" };
	struct flow_record a = record(1, 6, 10 * NS_PER_S, 5 * NS_PER_S), b = a;

	(void)state;
	assert_int_equal(tuples_init(&tuples, &err), 0);
	assert_true(tuples_free_at(&tuples, &a) == INT64_MIN);
	assert_int_equal(tuples_take(&tuples, &a, &err), 0);
	b.start_ns = 16 * NS_PER_S;
	assert_true(tuples_free_at(&tuples, &b) == 315 * NS_PER_S + 1);
	b.src = a.dst;
	b.dst = a.src;
	b.src_port = a.dst_port;
	b.dst_port = a.src_port;
	assert_true(tuples_free_at(&tuples, &b) == 315 * NS_PER_S + 1);
	b.start_ns = 315 * NS_PER_S + 1;
	assert_true(tuples_free_at(&tuples, &b) == INT64_MIN);
	b.start_ns = 16 * NS_PER_S;
	b.proto = 17;
	assert_true(tuples_free_at(&tuples, &b) == INT64_MIN);
	tuples_done(&tuples);
}

/* A long run must not grow the table: what is free again is forgotten. */
static void memory_by_what_is_taken(void **state)
{
	struct tuples tuples;
	struct err err = { "" };

	(void)state;
	assert_int_equal(tuples_init(&tuples, &err), 0);
	for (uint32_t i = 0; i < 400000; i++) {
		const struct flow_record r = record(i, 17, i * NS_PER_MS * 100, 0);

		tuples.now_ns = r.start_ns;
		assert_true(tuples_free_at(&tuples, &r) == INT64_MIN);
		assert_int_equal(tuples_take(&tuples, &r, &err), 0);
	}
	/* 60 s of 10 flows a second are taken at once. */
	assert_true(tuples.n_slots <= 8192);
	tuples_done(&tuples);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(taken_until_the_timeout),
		cmocka_unit_test(memory_by_what_is_taken),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
