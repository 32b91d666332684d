/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/automata/toy.h"

#include "automata/walk_internal.h"

#define MS INT64_C(1000000)

/* Sizes in three manners: one value, full segments with a rest, a few small ones. */
#define EDGES                                                                                      \
	"[0,1,0,60,1,0], [1,1,0,30,3,1000,50000,9000000], [1,1,1,20,1,0], "                        \
	"[1,1,2,25,2,1000,90000000,100,600], [1,1,3,15,5,0,0,0,70000,2000000000,9,1448,1448,1448," \
	"1448], [1,2,3,9,1,4000,700], [2,1,2,30,1,5,5], [2,2,0,11,1,0]"

struct fixture {
	struct automaton *a;
	struct walk *w;
	struct walk_scratch *scratch;
	struct automaton_step *steps;
	struct walk_request request;
};

static void fixture_init(struct fixture *f)
{
	f->a = toy(3, "1, 7, 2, 9", EDGES);
	assert_int_equal(walk_new(f->a, &f->w, NULL), 0);
	assert_int_equal(walk_scratch_new(&f->scratch, NULL), 0);
}

static void fixture_done(struct fixture *f)
{
	walk_scratch_freep(&f->scratch);
	walk_freep(&f->w);
	automaton_freep(&f->a);
}

static int draw(struct fixture *f, uint32_t number)
{
	struct rng rng[3];

	for (int i = 0; i < 3; i++)
		rng_init(&rng[i], 4, number, 0, RNG_WALK + i);
	return walk_flow(f->w, f->scratch, &f->request, &rng[0], &rng[1], &rng[2], &f->steps);
}

/* What every flow must keep, whatever moved. */
static void check(const struct fixture *f)
{
	uint64_t packets[2] = { 0, 0 }, payload[2] = { 0, 0 };
	const struct walk_request *q = &f->request;
	int64_t duration = 0;

	for (uint64_t k = 0; k < q->packets[0] + q->packets[1]; k++) {
		const struct automaton_step *s = &f->steps[k];
		bool data = automaton_symbol_payload(f->a->edges[s->edge].symbol);

		packets[s->direction]++;
		payload[s->direction] += s->payload_bytes;
		duration += s->gap_ns;
		assert_true(s->payload_bytes <= q->max_payload[s->direction]);
		assert_int_equal(s->payload_bytes > 0, data);
		assert_true(s->gap_ns >= 0 && s->gap_ns <= q->max_gap_ns);
		assert_int_equal(s->gap_ns % q->quantum_ns, 0);
		assert_true(k > 0 || s->gap_ns == 0);
	}
	for (int d = 0; d < 2; d++) {
		assert_int_equal(packets[d], q->packets[d]);
		assert_int_equal(payload[d], q->payload[d]);
	}
	assert_int_equal(duration, q->duration_ns);
}

static struct walk_request usual(uint64_t n_forward, uint64_t n_backward)
{
	return (struct walk_request) {
		.packets = { n_forward, n_backward },
		.payload = { 100 * n_forward, 700 * n_backward },
		.duration_ns = (int64_t)(n_forward + n_backward) * 20 * MS,
		.max_payload = { 1460, 1448 },
		.max_gap_ns = 60000 * MS,
		.quantum_ns = 1000,
	};
}

static void test_totals_are_exact(void **state)
{
	struct fixture f;
	struct rng rng;

	(void)state;
	fixture_init(&f);
	rng_init(&rng, 5, 0, 0, RNG_TEST);
	for (uint32_t k = 0; k < 4000; k++) {
		uint32_t n = k % 100 == 0 ? 3000 : 60;
		struct walk_request asked;
		uint32_t backward = rng_below(&rng, n);
		int moved;

		f.request = usual(1 + rng_below(&rng, n), backward);
		f.request.payload[0] = rng_below64(&rng, f.request.packets[0] * 1460 + 1);
		f.request.payload[1] = rng_below64(&rng, f.request.packets[1] * 1448 + 1);
		f.request.duration_ns = (int64_t)rng_below64(&rng, 200000 * (uint64_t)MS);
		if (k % 3 == 0)
			f.request.duration_ns = rng_below(&rng, 3000);
		f.request.quantum_ns = k % 2 == 0 ? 1000 : 1;
		asked = f.request;
		moved = draw(&f, k);
		assert_true(moved >= 0);
		check(&f);
		if ((moved & WALK_MOVED_PACKETS) == 0)
			assert_memory_equal(asked.packets, f.request.packets,
					    sizeof(asked.packets));
		if ((moved & WALK_MOVED_PAYLOAD) == 0)
			assert_memory_equal(asked.payload, f.request.payload,
					    sizeof(asked.payload));
		if ((moved & WALK_MOVED_DURATION) == 0)
			assert_true(llabs(asked.duration_ns - f.request.duration_ns) <=
				    f.request.quantum_ns / 2);
	}
	fixture_done(&f);
}

static void test_usual_flows_do_not_move(void **state)
{
	struct fixture f;

	(void)state;
	fixture_init(&f);
	for (uint32_t k = 0; k < 2000; k++) {
		f.request = usual(5 + k % 50, 5 + k % 47);
		assert_int_equal(draw(&f, k), 0);
		check(&f);
	}
	fixture_done(&f);
}

static void test_what_moves(void **state)
{
	struct fixture f;

	(void)state;
	fixture_init(&f);
	/* The first packet is always forward. */
	f.request = usual(0, 3);
	f.request.payload[0] = 0;
	assert_true((draw(&f, 1) & WALK_MOVED_PACKETS) != 0);
	check(&f);
	/* One packet has neither payload (edge 0 has none) nor duration. */
	f.request = usual(1, 0);
	assert_int_equal(draw(&f, 2), WALK_MOVED_PAYLOAD | WALK_MOVED_DURATION);
	assert_int_equal(f.request.payload[0], 0);
	assert_int_equal(f.request.duration_ns, 0);
	check(&f);
	/* More than the packets hold. */
	f.request = usual(10, 10);
	f.request.payload[1] = 10 * 1448 + 1;
	assert_int_equal(draw(&f, 3), WALK_MOVED_PAYLOAD);
	check(&f);
	/* Longer than the idle timeout allows. */
	f.request = usual(2, 2);
	f.request.duration_ns = 3 * f.request.max_gap_ns + 1000;
	assert_int_equal(draw(&f, 4), WALK_MOVED_DURATION);
	assert_int_equal(f.request.duration_ns, 3 * f.request.max_gap_ns);
	check(&f);
	/* Below 0. */
	f.request = usual(2, 2);
	f.request.duration_ns = -1;
	assert_int_equal(draw(&f, 5), WALK_MOVED_DURATION);
	assert_int_equal(f.request.duration_ns, 0);
	check(&f);
	fixture_done(&f);
}

/* A bulk transfer where data is usual both ways: no trial meets it, the law without those edges
 * does. */
static void test_quiet_direction(void **state)
{
	struct fixture f;

	(void)state;
	fixture_init(&f);
	for (uint32_t k = 0; k < 40; k++) {
		f.request = usual(90, 90);
		f.request.payload[0] = 90 * 300;
		f.request.payload[1] = 0;
		assert_int_equal(draw(&f, k), 0);
		check(&f);
	}
	f.request = usual(50, 40);
	f.request.payload[0] = f.request.payload[1] = 0;
	assert_int_equal(draw(&f, 1), 0);
	check(&f);
	fixture_done(&f);
}

/* A total that its edges can meet as learned keeps full segments full. */
static void test_sizes_stay_on_their_support(void **state)
{
	uint64_t n_full = 0, n_data = 0;
	struct fixture f;

	(void)state;
	fixture_init(&f);
	for (uint32_t k = 0; k < 500; k++) {
		f.request = usual(20, 40);
		assert_int_equal(draw(&f, k), 0);
		for (int i = 0; i < 60; i++) {
			const struct automaton_step *s = &f.steps[i];

			if (s->direction == STEP_FORWARD || s->payload_bytes == 0)
				continue;
			n_data++;
			n_full += s->payload_bytes == 1448;
		}
	}
	/* Edge 4 is full in three quarters of its unconditioned draws; the totals asked for leave
	 * more than a third of them full, and one factor on all sizes would leave none. */
	assert_true(n_full * 3 > n_data);
	fixture_done(&f);
}

/* Full segments are as large as the flow's headers leave room for, not those of the flows learned
 * from; and a total that is not made of learned sizes costs a size or two, not all. */
static void test_segments_are_full(void **state)
{
	static const uint32_t room[] = { 1448, 1460, 1440 };
	uint32_t n_full = 0;
	struct fixture f;

	(void)state;
	fixture_init(&f);
	automaton_freep(&f.a);
	walk_freep(&f.w);
	f.a = toy(1, "0, 5", "[0,0,2,60,1,0,600,1428,1428,1440,1440,1448,1448,1448,1448]");
	assert_int_equal(walk_new(f.a, &f.w, NULL), 0);
	for (uint32_t k = 0; k < 300; k++) {
		f.request = usual(12, 0);
		f.request.max_payload[0] = room[k % 3];
		f.request.payload[0] = 11 * room[k % 3] + 700 + k % 300;
		assert_int_equal(draw(&f, k), 0);
		check(&f);
		for (int i = 0; i < 12; i++)
			n_full += f.steps[i].payload_bytes == room[k % 3];
	}
	/* Six sevenths are full segments by what was learned; the totals leave at most 11 of 12.
	 * Bytes spread over all leave none, and 1448 where 1460 fit a third less (seed fixed). */
	assert_true(n_full > 300 * 12 * 4 / 5);
	fixture_done(&f);
}

/* Every other packet is full, those between vary. What a long flow's total is off from what
 * shifting them gives is a packet's worth or two, however long the flow: full ones stay full. */
static void test_long_flows_keep_their_sizes(void **state)
{
	struct fixture f;

	(void)state;
	fixture_init(&f);
	automaton_freep(&f.a);
	walk_freep(&f.w);
	f.a = toy(2, "0, 5", "[0,1,2,60,1,0,1448], [1,0,2,60,1,0,100,1448]");
	assert_int_equal(walk_new(f.a, &f.w, NULL), 0);
	for (uint32_t k = 0; k < 20; k++) {
		const uint32_t n = k < 10 ? 2000 : 20000;
		uint32_t n_odd = 0, n_full = 0;

		f.request = usual(n, 0);
		f.request.max_payload[0] = 1448;
		f.request.payload[0] = n / 2 * (1448 + 700 + 5 * (uint64_t)k) + 17 * k;
		assert_int_equal(draw(&f, k), 0);
		check(&f);
		for (uint32_t i = 0; i < n; i++) {
			const uint32_t size = f.steps[i].payload_bytes;

			n_odd += i % 2 == 0 ? size != 1448 : size < 100;
			n_full += i % 2 == 1 && size >= 1448;
		}
		assert_true(n_odd <= 2);
		/* The mean of those between is 774 and is asked for 700 to 795. */
		assert_true(n_full < n / 2 / 10);
	}
	fixture_done(&f);
}

/* Two ways of two packets: one says 200 or so and is heard, the other says 5 and 787; one that
 * has the bytes is taken where it is drawn at all, though the other is drawn ten times as often. */
static void test_paths_carry_the_bytes(void **state)
{
	uint32_t n_second = 0;
	struct fixture f;

	(void)state;
	fixture_init(&f);
	automaton_freep(&f.a);
	walk_freep(&f.w);
	f.a = toy(4, "3, 110",
		  "[0,1,2,1000,1,0,194,200,202,202,206,990], [0,2,2,100,1,0,5], "
		  "[1,3,0,1000,1,5], [2,3,2,100,1,5,787]");
	assert_int_equal(walk_new(f.a, &f.w, NULL), 0);
	for (uint32_t k = 0; k < 400; k++) {
		f.request = usual(2, 0);
		f.request.payload[0] = k % 2 == 0 ? 202 : 792;
		assert_int_equal(draw(&f, k), 0);
		check(&f);
		if (k % 2 == 0)
			assert_int_equal(f.steps[0].payload_bytes, 202);
		else
			n_second += f.steps[0].payload_bytes == 5;
	}
	/* 5 draws, each with a chance of 1/11: 0.379 of 200. 40 or less, 5 deviations: 3e-7. */
	assert_true(n_second > 40);
	fixture_done(&f);
}

/* Longer flows than requested durations usually give: the shift reaches the tail, not the zeros. */
static void test_gaps_of_zero_stay(void **state)
{
	struct fixture f;

	(void)state;
	fixture_init(&f);
	for (uint32_t k = 0; k < 300; k++) {
		f.request = usual(20, 20);
		f.request.duration_ns = 3000 * MS;
		assert_int_equal(draw(&f, k), 0);
		check(&f);
		for (int i = 0; i < 40; i++) {
			/* Edges 2 and 7 have known no other gap. */
			if (f.steps[i].edge == 2 || f.steps[i].edge == 7)
				assert_int_equal(f.steps[i].gap_ns, 0);
		}
	}
	fixture_done(&f);
}

/* With no total to meet but the drawn one, sizes have the learned distribution: the share below the
 * median is a half (binomial, 5 standard deviations: 6e-7). */
static void test_shift_is_neutral_at_the_usual_total(void **state)
{
	static const int64_t knots[] = { 10, 100, 1000 };
	const struct quantile_table table = { .n_knots = 3, .knots = knots };
	const struct walk_item item = { .knots = knots, .n_steps = 2 };
	const struct walk_bounds wide = { 1, 1460, 1460 }, narrow = { 1, 500, 500 };
	struct walk_item items[100];
	struct rng rng;
	double below = 0, n = 0;

	(void)state;
	rng_init(&rng, 6, 0, 0, RNG_TEST);
	for (int k = 0; k < 2000; k++) {
		int64_t sum = 0;

		for (int i = 0; i < 100; i++) {
			items[i] = item;
			items[i].u = rng_u32(&rng);
			sum += quantile_value(&table, items[i].u);
		}
		assert_true(llabs(walk_shift(items, 100, &wide, sum, 0) - sum) == 0);
		for (int i = 0; i < 100; i++)
			below += items[i].value < 100;
		n += 100;
		assert_true(llabs(walk_shift(items, 100, &wide, 50000, 50) - 50000) <= 50);
		assert_int_equal(walk_shift(items, 100, &narrow, 90000, 0), 50000);
		assert_int_equal(walk_shift(items, 100, &narrow, 5, 0), 1000);
	}
	assert_true(fabs(below - n / 2) < 5 * sqrt(n) / 2);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_totals_are_exact),
		cmocka_unit_test(test_usual_flows_do_not_move),
		cmocka_unit_test(test_what_moves),
		cmocka_unit_test(test_quiet_direction),
		cmocka_unit_test(test_sizes_stay_on_their_support),
		cmocka_unit_test(test_segments_are_full),
		cmocka_unit_test(test_long_flows_keep_their_sizes),
		cmocka_unit_test(test_paths_carry_the_bytes),
		cmocka_unit_test(test_gaps_of_zero_stay),
		cmocka_unit_test(test_shift_is_neutral_at_the_usual_total),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
