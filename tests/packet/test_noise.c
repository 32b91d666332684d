/* SPDX-License-Identifier: Apache-2.0 */
/* Noise: how often, where, and what the frames of a noisy flow carry. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <stdlib.h>

#include "base/bytes.h"
#include "tests/packet/random_flow.h"

static void test_parse(void **state)
{
	static const struct {
		const char *text;
		uint32_t reemission, transposition;
	} good[] = {
		{ "0.25", 1u << 30, 1u << 30 },
		{ "0", 0, 0 },
		{ "reemission=0.5", 1u << 31, 0 },
		{ "transposition=0.125,reemission=.25", 1u << 30, 1u << 29 },
	};
	static const char *const bad[] = {
		"",	      "0.6",	     "-0.1",
		"nan",	      "0.1x",	     "storm",
		"0.1,",	      "omission=0",  "addition=0.1",
		"reemission", "reemission=", "reemission=0.1,,transposition=0.1"
	};

	(void)state;
	for (size_t k = 0; k < sizeof(good) / sizeof(*good); k++) {
		struct noise noise = { 1, 1 };

		assert_int_equal(noise_parse(good[k].text, &noise, NULL), 0);
		assert_int_equal(noise.reemission, good[k].reemission);
		assert_int_equal(noise.transposition, good[k].transposition);
	}
	for (size_t k = 0; k < sizeof(bad) / sizeof(*bad); k++) {
		struct noise noise = { 1, 2 };
		struct err err = { "" };

		if (noise_parse(bad[k], &noise, &err) != -EINVAL || err.text[0] == '\0')
			fail_msg("'%s' is taken", bad[k]);
		assert_int_equal(noise.transposition, 2);
	}
}

enum { N_BULK = 20000 };

/* Every other segment is followed by an acknowledgement, so that half of them are candidates. */
static uint32_t make_bulk(struct automaton_step *steps)
{
	for (uint32_t i = 0; i < N_BULK; i++)
		steps[i] = (struct automaton_step) {
			.gap_ns = 1000,
			.payload_bytes = i % 3 == 2 ? 0 : 1000,
			.direction = i % 3 == 2 ? STEP_BACKWARD : STEP_FORWARD,
			.flags = TCP_ACK,
		};
	return (N_BULK * 2 + 2) / 3; /* with data */
}

/* Binomial; six standard deviations, false alarms 2e-9 each. */
static void check_share(uint64_t n, uint64_t n_all, uint64_t n_can, double share)
{
	const double mean = share * (double)n_all, p = mean / (double)n_can;

	assert_true(p < 1);
	if (((double)n - mean) * ((double)n - mean) > 36 * (double)n_can * p * (1 - p))
		fail_msg("%llu marked, not about %g", (unsigned long long)n, mean);
}

static void test_shares(void **state)
{
	const struct noise only[] = { { (uint32_t)(0.1 * 0x1p32), 0 },
				      { 0, (uint32_t)(0.05 * 0x1p32) } };
	struct automaton_step *steps = calloc(N_BULK, sizeof(*steps));
	struct rng rng;

	(void)state;
	for (int k = 0; k < 2; k++) {
		const uint16_t mark = k == 0 ? NOISE_REEMISSION : NOISE_TRANSPOSITION;
		const uint32_t n_data = make_bulk(steps);
		uint32_t n_marked = 0;

		rng_init(&rng, 21, (uint64_t)k, 0, RNG_NOISE);
		check_share(noise_mark(&only[k], steps, N_BULK, &rng), n_data, n_data / 2,
			    k == 0 ? 0.1 : 0.05);
		for (uint32_t i = 0; i < N_BULK; i++) {
			if (steps[i].edge == 0)
				continue;
			assert_int_equal(steps[i].edge, mark);
			assert_int_equal(i % 3, k == 0 ? 1 : 0);
			n_marked++;
		}
		assert_true(n_marked > 0);
	}
	free(steps);
}

/* What is no plain data, longer than the one before, or far apart. */
static void test_what_is_left_alone(void **state)
{
	struct automaton_step steps[] = {
		{ .payload_bytes = 1000, .flags = TCP_SYN },
		{ .payload_bytes = 1000, .flags = TCP_ACK },
		{ .payload_bytes = 1200, .flags = TCP_ACK, .gap_ns = 1000 },
		{ .payload_bytes = 1200, .flags = TCP_ACK | TCP_PSH, .gap_ns = 1000 },
		{ .payload_bytes = 900, .flags = TCP_ACK | TCP_PSH | TCP_FIN, .gap_ns = 1000 },
		{ .payload_bytes = 900, .flags = TCP_ACK, .direction = STEP_BACKWARD },
		{ .payload_bytes = 1, .flags = TCP_ACK, .direction = STEP_BACKWARD },
	};
	const uint32_t n = sizeof(steps) / sizeof(*steps);
	struct rng rng;

	(void)state;
	rng_init(&rng, 22, 0, 0, RNG_NOISE);
	assert_int_equal(noise_mark(&(struct noise) { UINT32_MAX, UINT32_MAX }, steps, n, &rng), 0);
}

struct stream {
	uint8_t bytes[1 << 17];
	bool known[1 << 17];
	uint32_t isn, n_repeated, n_late, end;
	bool has_isn;
};

static uint32_t sum_words(const uint8_t *p, uint32_t n)
{
	uint32_t sum = 0;

	for (uint32_t i = 0; i < n; i++)
		sum += i % 2 == 0 ? (uint32_t)p[i] << 8 : p[i];
	return sum;
}

static void take_frame(struct stream *s, const struct automaton_step *step, const uint8_t *ip,
		       uint32_t n_ip)
{
	const uint8_t *tcp = ip + 20, *payload = tcp + (tcp[12] >> 4) * 4;
	const uint32_t n = step->payload_bytes, at = be32_get(tcp + 4) - s->isn;
	uint32_t sum = sum_words(ip + 12, 8) + 6 + n_ip - 20 + sum_words(tcp, n_ip - 20);

	while (sum > 0xffff)
		sum = (sum & 0xffff) + (sum >> 16);
	assert_int_equal(sum, 0xffff);
	assert_int_equal(tcp[13], step->flags);
	assert_int_equal(ip + n_ip - payload, n);
	if (!s->has_isn) {
		s->isn = be32_get(tcp + 4) + 1;
		s->has_isn = true;
		return;
	}
	if (n == 0)
		return;
	assert_true(at + n <= sizeof(s->bytes));
	if (s->known[at]) {
		assert_memory_equal(s->bytes + at, payload, n);
		s->n_repeated += n;
	}
	s->n_late += !s->known[at] && at < s->end;
	memcpy(s->bytes + at, payload, n);
	memset(s->known + at, true, n);
	s->end = at + n > s->end ? at + n : s->end;
}

/* A handshake, then bursts of full segments each way, of which some are shorter than the one
 * before. */
static void make_bursts(struct random_flow *f, struct rng *rng)
{
	f->n_steps = 0;
	random_flow_add(f, rng, 0, TCP_SYN, 0);
	random_flow_add(f, rng, 1, TCP_SYN | TCP_ACK, 0);
	random_flow_add(f, rng, 0, TCP_ACK, 0);
	while (f->n_steps < RANDOM_FLOW_STEPS) {
		const uint8_t d = (uint8_t)rng_below(rng, 2);
		uint32_t n = 1 + rng_below(rng, 8);

		while (n-- > 0)
			random_flow_add(f, rng, d, TCP_ACK, rng_below(rng, 3) == 0 ? 600 : 1400);
	}
	for (uint32_t i = 1; i < f->n_steps; i++)
		f->steps[i].gap_ns = 1000;
}

/* What comes again is what came; what comes late fills the hole; all that was sent is there, and no
 * more: the record's payload less what was repeated. */
static void test_streams_are_whole(void **state)
{
	const struct build_options options = { .mtu = BUILD_MTU, .seed = 12 };
	const struct noise noise = { UINT32_MAX / 5, UINT32_MAX / 5 };
	static const uint16_t ports[] = { 443, 80, 22, 25, 50001 };
	static uint8_t frame[BUILD_MTU + 18], kept[BUILD_MTU + 18];
	uint32_t n_repeated = 0, n_late = 0;
	struct rng rng;

	(void)state;
	rng_init(&rng, 23, 0, 0, RNG_TEST);
	for (uint32_t k = 0; k < 100; k++) {
		const struct flow_start start = { .start_ns = 1, .window = 2, .occurrence = k };
		static struct stream streams[2];
		struct random_flow f;
		uint64_t payload[2] = { 0 };

		memset(streams, 0, sizeof(streams));
		random_flow_make(&f, 6, 50000, ports[k % 5], false, k, &options);
		make_bursts(&f, &rng);
		build_flow_settle(&f.flow, f.steps, f.n_steps);
		if (build_flow_noise(&f.flow, &noise, &start, f.steps, f.n_steps) == 0)
			continue;
		f.flow.kept = kept;
		for (uint32_t i = 0; i < f.n_steps; i++) {
			const struct automaton_step *s = &f.steps[i];
			uint32_t n_ip, n;

			memset(frame, 0xaa, sizeof(frame));
			n = build_frame(&f.flow, f.steps, f.n_steps, i, i * 1000, frame, &n_ip);
			assert_int_equal(n, n_ip + 14);
			assert_int_equal(frame[n], 0xaa);
			take_frame(&streams[s->direction], s, frame + 14, n_ip);
			payload[s->direction] += s->payload_bytes;
		}
		assert_int_equal(payload[0], f.flow.record.fwd_payload);
		assert_int_equal(payload[1], f.flow.record.bwd_payload);
		for (int d = 0; d < 2; d++) {
			for (uint32_t i = 0; i < streams[d].end; i++)
				assert_true(streams[d].known[i]);
			assert_int_equal(streams[d].end, payload[d] - streams[d].n_repeated);
			n_repeated += streams[d].n_repeated;
			n_late += streams[d].n_late;
		}
	}
	assert_true(n_repeated > 100 * 1400);
	assert_true(n_late > 100);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_parse),
		cmocka_unit_test(test_shares),
		cmocka_unit_test(test_what_is_left_alone),
		cmocka_unit_test(test_streams_are_whole),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
