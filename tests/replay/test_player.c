/* SPDX-License-Identifier: Apache-2.0 */
/* The player on a clock that the test turns. */
#include "replay/player.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/ns.h"

__extension__ typedef unsigned __int128 uint128;

enum { MAX_SENT = 20000, READING_NS = 20 };

/* A year and five days: of every rate in millionths a whole number of packets. */
#define YEAR_S UINT64_C(32000000)

struct fake {
	int64_t now_ns;
	int64_t write_ns; /* what a call of the sink takes */
	int64_t oversleep_ns;
	int64_t suspend_at_ns, suspend_ns;
	size_t slow_at; /* the write that takes slow_ns more; 0: none */
	int64_t slow_ns;
	atomic_bool stop;
	int64_t stop_at_ns;
	size_t n_sent;
	int64_t sent_ns[MAX_SENT];
	uint8_t sent_port[MAX_SENT];
	size_t n_looks;
};

static int64_t fake_now(void *context)
{
	struct fake *f = context;

	f->now_ns += READING_NS;
	if (f->suspend_ns > 0 && f->now_ns >= f->suspend_at_ns) {
		f->now_ns += f->suspend_ns;
		f->suspend_ns = 0;
	}
	if (f->stop_at_ns > 0 && f->now_ns >= f->stop_at_ns)
		atomic_store(&f->stop, true);
	return f->now_ns;
}

static void fake_sleep_until(void *context, int64_t ns)
{
	struct fake *f = context;

	if (ns > f->now_ns)
		f->now_ns = ns + f->oversleep_ns;
}

struct fake_port {
	struct fake *fake;
	uint8_t number;
	size_t n_drains;
};

static int fake_write(void *state, const struct packet_frame *frames, size_t n_frames,
		      struct err *err)
{
	struct fake_port *port = state;
	struct fake *f = port->fake;

	(void)frames;
	(void)err;
	for (size_t i = 0; i < n_frames; i++) {
		if (f->n_sent < MAX_SENT) {
			f->sent_ns[f->n_sent] = f->now_ns;
			f->sent_port[f->n_sent] = port->number;
		}
		f->n_sent++;
	}
	f->now_ns += f->write_ns;
	if (f->slow_at > 0 && f->n_sent == f->slow_at)
		f->now_ns += f->slow_ns;
	return 0;
}

static int fake_drain(void *state, int64_t timeout_ns, struct err *err)
{
	(void)timeout_ns;
	(void)err;
	((struct fake_port *)state)->n_drains++;
	return 0;
}

static const struct sink_ops fake_ops = { .name = "fake",
					  .write = fake_write,
					  .drain = fake_drain };

static void fake_look(void *context, const struct player *player, int64_t now_ns)
{
	(void)player;
	(void)now_ns;
	((struct fake *)context)->n_looks++;
}

struct bench {
	struct fake fake;
	struct fake_port ports[2];
	struct player player;
};

static struct bench *bench_new(const struct pace *pace)
{
	struct bench *b = calloc(1, sizeof(*b));
	struct player_options options = {
		.pace = *pace, .n_ports = 2, .look = fake_look, .look_ns = 100 * NS_PER_MS
	};

	assert_non_null(b);
	b->fake.now_ns = 1000;
	for (int i = 0; i < 2; i++) {
		b->ports[i] = (struct fake_port) { &b->fake, (uint8_t)i, 0 };
		options.ports[i] = (struct player_port) { &fake_ops, &b->ports[i] };
	}
	options.clock = (struct clock) { fake_now, fake_sleep_until, 60000, 20 * NS_PER_MS,
					 false,	   &b->fake };
	options.stop = &b->fake.stop;
	options.context = &b->fake;
	player_init(&b->player, &options);
	return b;
}

static int play(struct bench *b, struct packet_frame *frames, size_t n)
{
	struct err err = { "" };
	int r = player_play(&b->player, frames, n, &err);

	if (r < 0)
		fail_msg("%s", err.text);
	return r;
}

/* 5,000 frames in 37 calls, at 10,000 a second: each within one reading of the clock of its
 * deadline. */
static void test_rate(void **state)
{
	const struct pace pace = { .mode = PACE_PACKETS, .rate = 10000 * PACE_MICRO };
	struct bench *b = bench_new(&pace);
	struct packet_frame frames[136];

	(void)state;
	memset(frames, 0, sizeof(frames));
	b->fake.oversleep_ns = 30000;
	for (size_t sent = 0; sent < 5000; sent += 136)
		play(b, frames, sent + 136 <= 5000 ? 136 : 5000 - sent);
	assert_int_equal(b->fake.n_sent, 5000);
	for (int64_t i = 0; i < 5000; i++) {
		int64_t late = b->fake.sent_ns[i] - (b->player.begun_ns + i * 100000);

		assert_in_range(late, 0, READING_NS);
	}
	assert_in_range(lateness_quantile(&b->player.lateness, 99900), 0, READING_NS);
	/* Half a second with a look every tenth. */
	assert_in_range(b->fake.n_looks, 4, 5);
	free(b);
}

/* A year of one frame an hour: the last leaves when it should. */
static void test_year(void **state)
{
	const struct pace pace = { .mode = PACE_ORIGINAL, .rate = PACE_MICRO };
	struct bench *b = bench_new(&pace);
	const int64_t n_hours = 365 * 24;
	struct packet_frame frame = { .n_bytes = 60 };

	(void)state;
	b->player.options.look_ns = NS_PER_H;
	b->player.options.clock.spin_ns = 1000;
	b->player.options.clock.slice_ns = NS_PER_H;
	for (int64_t i = 0; i <= n_hours; i++) {
		frame.time_ns = i * NS_PER_H;
		assert_int_equal(play(b, &frame, 1), 0);
	}
	assert_int_equal(frame.time_ns, 365 * NS_PER_D);
	assert_in_range(b->player.ended_ns - b->player.begun_ns - frame.time_ns, 0, READING_NS);
	assert_int_equal(b->player.lateness.n, n_hours + 1);
	free(b);
}

/*
 * Ten seconds and more of a mode, as it begins and again when a year of it has been asked for:
 * deadlines are worked out here from what is asked, in another way than the pacer's.
 */
struct held {
	struct pace pace;
	uint32_t n_frames;
};

static uint32_t bytes_of(uint32_t i)
{
	return 40 + i * 37 % 1475;
}

static uint64_t bits_of(const struct held *h, uint32_t i)
{
	uint32_t n = bytes_of(i);

	return 8 * (uint64_t)(h->pace.l2 ? n : (n < 60 ? 60 : n) + 24);
}

static void hold(const struct held *h, bool a_year_later)
{
	struct bench *b = bench_new(&h->pace);
	bool is_bits = h->pace.mode == PACE_BITS;
	int64_t year_ns = a_year_later ? (int64_t)YEAR_S * NS_PER_S : 0, due = 0;
	uint128 asked = 0;

	b->fake.oversleep_ns = 500;
	b->player.options.clock.spin_ns = 1000;
	/* The first frame begins the run; then a year goes by. */
	for (uint32_t i = 0; i < h->n_frames; i++) {
		struct packet_frame frame = { .n_bytes = bytes_of(i) };

		if (i == 1) {
			asked = a_year_later ? (uint128)h->pace.rate * YEAR_S /
						       (is_bits ? 1 : PACE_MICRO)
					     : 0;
			asked += is_bits ? bits_of(h, 0) : 1;
			b->player.pacer.n_packets = (uint64_t)asked;
			b->player.pacer.n_bits[0] = (uint64_t)asked;
			b->player.pacer.n_bits[1] = (uint64_t)(asked >> 64);
			b->fake.now_ns += year_ns;
		}
		play(b, &frame, 1);
		due = i == 0 ? 0
			     : (int64_t)(asked * (is_bits ? 1 : PACE_MICRO) * NS_PER_S /
					 h->pace.rate);
		assert_in_range(b->fake.sent_ns[i] - b->player.begun_ns - due, 0, READING_NS);
		if (i > 0)
			asked += is_bits ? bits_of(h, i) : 1;
	}
	assert_true(due - year_ns >= 10 * NS_PER_S);
	free(b);
}

static void test_rates_hold_for_a_year(void **state)
{
	static const struct held all[] = {
		{ { .mode = PACE_PACKETS, .rate = 1000 * PACE_MICRO }, 10002 },
		{ { .mode = PACE_PACKETS, .rate = 333250000 }, 3402 },
		{ { .mode = PACE_PACKETS, .rate = 333333 }, 102 },
		{ { .mode = PACE_BITS, .rate = 1000000 }, 2002 },
		{ { .mode = PACE_BITS, .rate = 1000000, .l2 = true }, 2002 },
		{ { .mode = PACE_BITS, .rate = 9999991 }, 18002 },
		{ { .mode = PACE_BITS, .rate = 9999991, .l2 = true }, 19002 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++) {
		hold(&all[i], false);
		hold(&all[i], true);
	}
}

/* An hour of a capture in uneven steps, at factors that are no round numbers: all of it within a
 * reading of the clock of where the factor puts it, so there is no drift to speak of. */
static void test_original_does_not_drift(void **state)
{
	static const uint64_t factors[] = { PACE_MICRO, 370000, 333333, 3 * PACE_MICRO, 1700001 };

	(void)state;
	for (size_t f = 0; f < sizeof(factors) / sizeof(factors[0]); f++) {
		const struct pace pace = { .mode = PACE_ORIGINAL, .rate = factors[f] };
		struct bench *b = bench_new(&pace);
		const int64_t first = INT64_C(1700000000123456789);
		struct packet_frame frame = { .n_bytes = 60, .time_ns = first };
		uint32_t step = 12345;

		b->fake.oversleep_ns = 500;
		b->player.options.clock.spin_ns = 1000;
		b->player.options.look_ns = NS_PER_H;
		for (size_t i = 0; frame.time_ns < first + NS_PER_H; i++) {
			uint128 due;

			play(b, &frame, 1);
			due = (uint128)(frame.time_ns - first) * PACE_MICRO / factors[f];
			assert_in_range(b->fake.sent_ns[i] - b->player.begun_ns - (int64_t)due, 0,
					READING_NS);
			step = step * 1664525 + 1013904223;
			frame.time_ns += step % 800000000;
		}
		assert_true(b->fake.n_sent > 8000 && b->fake.n_sent < MAX_SENT);
		free(b);
	}
}

/* A sink that takes 1 ms a frame at 10,000 a second: catching up sends them together, so the rate
 * is made up for; with drop only what is in time leaves. */
static void test_late_policies(void **state)
{
	struct pace pace = { .mode = PACE_PACKETS, .rate = 10000 * PACE_MICRO };
	struct packet_frame frames[2000];
	struct bench *b = bench_new(&pace);

	(void)state;
	memset(frames, 0, sizeof(frames));
	b->fake.write_ns = NS_PER_MS;
	play(b, frames, 2000);
	assert_int_equal(b->fake.n_sent, 2000);
	assert_true(b->fake.sent_ns[1999] - b->player.begun_ns < 205 * NS_PER_MS);
	free(b);

	pace.late = PACE_DROP;
	pace.tolerance_ns = 50000;
	b = bench_new(&pace);
	b->fake.write_ns = NS_PER_MS;
	play(b, frames, 2000);
	assert_int_equal(b->fake.n_sent + b->player.n_too_late, 2000);
	assert_true(b->player.n_too_late > 1500);
	assert_in_range(b->player.lateness.max_ns, 0, 50000);
	free(b);
}

/*
 * The core is taken away for 35 us while the player waits, or a call of the sink takes as much
 * longer: three frames are late, at 100,000 a second. No gap but the one is far from 10 us, and 40
 * frames later all is as it should be.
 */
static void test_no_burst_after_a_slip(void **state)
{
	const struct pace pace = { .mode = PACE_PACKETS, .rate = 100000 * PACE_MICRO };

	(void)state;
	for (int in_write = 0; in_write < 2; in_write++) {
		struct bench *b = bench_new(&pace);
		struct packet_frame frames[100];
		const int64_t *sent = b->fake.sent_ns;
		size_t n_long = 0;

		memset(frames, 0, sizeof(frames));
		b->fake.write_ns = 1000;
		b->fake.slow_at = in_write ? 50 : 0;
		b->fake.suspend_at_ns = in_write ? 0 : 1000 + 495000;
		b->fake.slow_ns = b->fake.suspend_ns = 35000;
		if (in_write)
			b->fake.suspend_ns = 0;
		play(b, frames, 100);
		assert_int_equal(b->fake.n_sent, 100);
		for (size_t i = 1; i < 100; i++) {
			int64_t gap = sent[i] - sent[i - 1];

			n_long += gap > 10000 + 2 * READING_NS;
			assert_true(gap >= 5000);
			if (i < 50 || i > 90)
				assert_in_range(sent[i] - b->player.begun_ns - (int64_t)i * 10000,
						0, READING_NS);
		}
		assert_int_equal(n_long, 1);
		free(b);
	}
}

/* Suspended for an hour: no burst, gaps as before, and it is counted. */
static void test_suspended(void **state)
{
	const struct pace pace = { .mode = PACE_PACKETS,
				   .rate = 1000 * PACE_MICRO,
				   .stall_ns = NS_PER_S };
	struct packet_frame frames[1000];
	struct bench *b = bench_new(&pace);

	(void)state;
	memset(frames, 0, sizeof(frames));
	b->fake.suspend_at_ns = 300 * NS_PER_MS;
	b->fake.suspend_ns = NS_PER_H;
	play(b, frames, 1000);
	assert_int_equal(b->fake.n_sent, 1000);
	for (size_t i = 1; i < 1000; i++)
		assert_true(b->fake.sent_ns[i] - b->fake.sent_ns[i - 1] > 999000);
	assert_int_equal(b->player.pacer.n_stalls, 1);
	assert_in_range(b->player.pacer.stalled_ns, NS_PER_H - NS_PER_MS, NS_PER_H + NS_PER_MS);
	free(b);
}

static void test_two_ports_in_order(void **state)
{
	const struct pace pace = { .mode = PACE_TOP };
	struct packet_frame frames[1000];
	struct bench *b = bench_new(&pace);

	(void)state;
	memset(frames, 0, sizeof(frames));
	for (size_t i = 0; i < 1000; i++)
		frames[i].direction = i * i % 7 < 3;
	b->player.options.gate = true;
	play(b, frames, 1000);
	assert_int_equal(b->fake.n_sent, 1000);
	for (size_t i = 0; i < 1000; i++)
		assert_int_equal(b->fake.sent_port[i], frames[i].direction);
	assert_true(b->ports[0].n_drains > 100 && b->ports[1].n_drains > 100);
	assert_int_equal(b->player.lateness.n, 0);
	free(b);
}

/* Stopped in the middle of a wait of an hour: at once, and what was sent is known. */
static void test_stop(void **state)
{
	const struct pace pace = { .mode = PACE_ORIGINAL, .rate = PACE_MICRO };
	struct packet_frame frames[2] = { { .n_bytes = 60 },
					  { .n_bytes = 60, .time_ns = NS_PER_H } };
	struct bench *b = bench_new(&pace);

	(void)state;
	b->fake.stop_at_ns = 10 * NS_PER_S;
	assert_int_equal(play(b, frames, 2), 1);
	assert_int_equal(b->fake.n_sent, 1);
	assert_int_equal(b->player.n_asked, 1);
	assert_true(b->fake.now_ns < 10 * NS_PER_S + 50 * NS_PER_MS);
	free(b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_rate),
		cmocka_unit_test(test_year),
		cmocka_unit_test(test_rates_hold_for_a_year),
		cmocka_unit_test(test_original_does_not_drift),
		cmocka_unit_test(test_late_policies),
		cmocka_unit_test(test_no_burst_after_a_slip),
		cmocka_unit_test(test_suspended),
		cmocka_unit_test(test_two_ports_in_order),
		cmocka_unit_test(test_stop),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
