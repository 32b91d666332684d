/* SPDX-License-Identifier: Apache-2.0 */
#include "replay/pacer.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/ns.h"

__extension__ typedef unsigned __int128 uint128;

#define YEAR_NS (INT64_C(365) * NS_PER_D)

static struct pacer pacer_of(enum pace_mode mode, uint64_t rate)
{
	const struct pace pace = { .mode = mode, .rate = rate };
	struct pacer p;

	pacer_init(&p, &pace, 5 * NS_PER_S);
	return p;
}

/* Three a second: deadlines are the exact thirds, rounded down, not sums of rounded thirds. */
static void test_packets_do_not_drift(void **state)
{
	struct pacer p = pacer_of(PACE_PACKETS, 3 * PACE_MICRO);

	(void)state;
	for (int64_t i = 0; i < 1000000; i++)
		assert_int_equal(pacer_due(&p, 0, 60), 5 * NS_PER_S + i * NS_PER_S / 3);
}

/* A quarter of a packet per second for a year, and 10 million a second after 10^14 of them. */
static void test_packets_far(void **state)
{
	struct pacer p = pacer_of(PACE_PACKETS, 250000);

	(void)state;
	p.begun = true;
	p.n_packets = 365 * 24 * 900;
	assert_int_equal(pacer_due(&p, 0, 60), 5 * NS_PER_S + YEAR_NS);
	p = pacer_of(PACE_PACKETS, 10000000 * PACE_MICRO);
	p.begun = true;
	p.n_packets = UINT64_C(100000000000000);
	assert_int_equal(pacer_due(&p, 0, 60), 5 * NS_PER_S + 10000000 * NS_PER_S);
}

/*
 * 100 Gbit/s for ten years of 1,500-byte frames: 1,524 bytes each on the wire. 3.9e19 bits are more
 * than 64 hold.
 */
static void test_bits_far(void **state)
{
	struct pacer p = pacer_of(PACE_BITS, UINT64_C(100000000000));
	uint128 bits = (uint128)100000000000 * (uint64_t)(10 * YEAR_NS / NS_PER_S);

	(void)state;
	p.begun = true;
	p.n_bits[0] = (uint64_t)bits;
	p.n_bits[1] = (uint64_t)(bits >> 64);
	assert_int_not_equal(p.n_bits[1], 0);
	assert_int_equal(pacer_due(&p, 0, 1500), 5 * NS_PER_S + 10 * YEAR_NS);
	/* 12,192 bits at 100 per ns */
	assert_int_equal(pacer_due(&p, 0, 1500), 5 * NS_PER_S + 10 * YEAR_NS + 121);
	assert_int_equal(pacer_due(&p, 0, 1500), 5 * NS_PER_S + 10 * YEAR_NS + 243);
}

static void test_bits_of_layers(void **state)
{
	struct pacer l1 = pacer_of(PACE_BITS, 1000000000), l2 = l1;

	(void)state;
	l2.pace.l2 = true;
	for (int i = 0; i < 2; i++) {
		/* A short frame is padded to 60 on the wire, and 24 more; as captured it is 42. */
		assert_int_equal(pacer_due(&l1, 0, 42), 5 * NS_PER_S + i * 84 * 8);
		assert_int_equal(pacer_due(&l2, 0, 42), 5 * NS_PER_S + i * 42 * 8);
	}
}

/* Factors are exact for as long as captures are: 1/3 over a year, and 1000 times. */
static void test_original(void **state)
{
	static const uint64_t rates[] = { 333333, PACE_MICRO, 1000 * PACE_MICRO };
	const int64_t first = INT64_C(1700000000) * NS_PER_S;

	(void)state;
	for (size_t i = 0; i < 3; i++) {
		struct pacer p = pacer_of(PACE_ORIGINAL, rates[i]);
		uint128 year = (uint128)YEAR_NS;

		assert_int_equal(pacer_due(&p, first, 60), 5 * NS_PER_S);
		assert_int_equal(pacer_due(&p, first + YEAR_NS, 60),
				 5 * NS_PER_S + (int64_t)(year * PACE_MICRO / rates[i]));
	}
}

/* What can never come is far, not in the past. */
static void test_original_overflow(void **state)
{
	struct pacer p = pacer_of(PACE_ORIGINAL, 1);

	(void)state;
	pacer_due(&p, 0, 60);
	assert_int_equal(pacer_due(&p, INT64_MAX, 60), INT64_MAX);
}

static void test_shift_keeps_gaps(void **state)
{
	struct pacer p = pacer_of(PACE_PACKETS, 1000 * PACE_MICRO);
	int64_t due;

	(void)state;
	p.pace.late = PACE_SHIFT;
	p.pace.tolerance_ns = 100;
	due = pacer_due(&p, 0, 60);
	assert_true(pacer_admit(&p, due + 100, &due)); /* within the tolerance: nothing moves */
	assert_int_equal(p.n_stalls, 0);
	due = pacer_due(&p, 0, 60);
	assert_true(pacer_admit(&p, due + 7000, &due));
	assert_int_equal(due, 5 * NS_PER_S + NS_PER_MS + 7000);
	assert_int_equal(pacer_due(&p, 0, 60), 5 * NS_PER_S + 2 * NS_PER_MS + 7000);
	assert_int_equal(p.stalled_ns, 7000);
}

static void test_drop(void **state)
{
	struct pacer p = pacer_of(PACE_PACKETS, 1000 * PACE_MICRO);
	int64_t due;

	(void)state;
	p.pace.late = PACE_DROP;
	p.pace.tolerance_ns = 100;
	due = pacer_due(&p, 0, 60);
	assert_true(pacer_admit(&p, due + 100, &due));
	due = pacer_due(&p, 0, 60);
	assert_false(pacer_admit(&p, due + 101, &due));
	assert_int_equal(pacer_due(&p, 0, 60), 5 * NS_PER_S + 2 * NS_PER_MS);
}

/* An hour's suspension at 1,000 a second is not made up for by 3.6 million frames at once. */
static void test_stall_is_no_burst(void **state)
{
	struct pacer p = pacer_of(PACE_PACKETS, 1000 * PACE_MICRO);
	int64_t due;

	(void)state;
	p.pace.stall_ns = NS_PER_S;
	due = pacer_due(&p, 0, 60);
	assert_true(pacer_admit(&p, due + NS_PER_S, &due)); /* late, not stalled: catches up */
	assert_int_equal(p.n_stalls, 0);
	due = pacer_due(&p, 0, 60);
	assert_true(pacer_admit(&p, due + NS_PER_H, &due));
	assert_int_equal(p.n_stalls, 1);
	assert_int_equal(pacer_due(&p, 0, 60), 5 * NS_PER_S + 2 * NS_PER_MS + NS_PER_H);
}

/* What is made up for, and how fast: a quarter faster when late by up to 4 us, twice as fast from
 * 16 us on, L / 16 us in between; never before it is due. */
static void test_lateness_is_eased(void **state)
{
	struct pacer p = pacer_of(PACE_PACKETS, 100000 * PACE_MICRO);
	const int64_t begin = 5 * NS_PER_S, gap = 10000;

	(void)state;
	assert_int_equal(pacer_send_at(&p, begin), begin);
	pacer_sent(&p, begin, begin + 20);
	assert_int_equal(pacer_send_at(&p, begin + gap), begin + gap);
	pacer_sent(&p, begin + gap, begin + gap + 3000);
	assert_int_equal(pacer_send_at(&p, begin + 2 * gap), begin + gap + 3000 + 8000);
	assert_int_equal(pacer_send_at(&p, begin + 3 * gap), begin + 3 * gap);
	pacer_sent(&p, begin + gap, begin + gap + 8000);
	assert_int_equal(pacer_send_at(&p, begin + 2 * gap), begin + gap + 8000 + 6666);
	pacer_sent(&p, begin + gap, begin + gap + NS_PER_MS);
	assert_int_equal(pacer_send_at(&p, begin + 2 * gap), begin + gap + NS_PER_MS + 5000);
	/* After an hour nothing is left of a millisecond. */
	assert_int_equal(pacer_send_at(&p, begin + NS_PER_H), begin + NS_PER_H);
	assert_int_equal(pacer_send_at(&p, INT64_MAX), INT64_MAX);
}

/* Where the origin moves there is nothing to make up for. */
static void test_moved_is_not_eased(void **state)
{
	struct pacer p = pacer_of(PACE_PACKETS, 1000 * PACE_MICRO);
	int64_t due;

	(void)state;
	p.pace.late = PACE_SHIFT;
	due = pacer_due(&p, 0, 60);
	assert_true(pacer_admit(&p, due + 7000, &due));
	pacer_sent(&p, due, due);
	due = pacer_due(&p, 0, 60);
	assert_int_equal(pacer_send_at(&p, due), 5 * NS_PER_S + NS_PER_MS + 7000);
}

static void test_change_rate(void **state)
{
	struct pacer p = pacer_of(PACE_PACKETS, 1000 * PACE_MICRO);

	(void)state;
	for (int i = 0; i < 10; i++)
		pacer_due(&p, 0, 60);
	pacer_change_rate(&p, 10 * PACE_MICRO, 8 * NS_PER_S);
	assert_int_equal(pacer_due(&p, 0, 60), 8 * NS_PER_S);
	assert_int_equal(pacer_due(&p, 0, 60), 8 * NS_PER_S + 100 * NS_PER_MS);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_packets_do_not_drift),
		cmocka_unit_test(test_packets_far),
		cmocka_unit_test(test_bits_far),
		cmocka_unit_test(test_bits_of_layers),
		cmocka_unit_test(test_original),
		cmocka_unit_test(test_original_overflow),
		cmocka_unit_test(test_shift_keeps_gaps),
		cmocka_unit_test(test_drop),
		cmocka_unit_test(test_stall_is_no_burst),
		cmocka_unit_test(test_lateness_is_eased),
		cmocka_unit_test(test_moved_is_not_eased),
		cmocka_unit_test(test_change_rate),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
