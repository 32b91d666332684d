/* SPDX-License-Identifier: Apache-2.0 */
/* Windows of built flows, read from their frames. */
#include "packet/headers.h"

#include "base/bytes.h"
#include "packet/wire.h"
#include "tests/packet/random_flow.h"
#include "tests/unit.h"

/* Four profiles of the random hosts, with values of their own. */
static void known(struct window_profile profiles[4])
{
	static const struct window_key keys[4] = {
		{ false, 0, -1 }, { false, 64240, 7 }, { true, 0, -1 }, { true, 64240, 7 }
	};

	memset(profiles, 0, 4 * sizeof(*profiles));
	for (uint16_t i = 0; i < 4; i++) {
		uint16_t low = (uint16_t)(keys[i].syn == 0 ? 65485 : 400 + i * 100);

		profiles[i].key = keys[i];
		profiles[i].resets = i % 2 == 0 ? 0 : WINDOW_WEIGHT;
		profiles[i].classes[0] = (struct window_class) {
			.moves = 500,
			.n_ranges = 2,
			.total = 3,
			.ranges = { { low, low, 1 },
				    { (uint16_t)(low + 50),
				      (uint16_t)(low + (low < 1000 ? 60 : 50)), 2 } }
		};
		profiles[i].classes[12] = profiles[i].classes[0];
	}
}

struct edges {
	uint32_t edge[2], seq[2]; /* of the sender, what it may send and what it has sent */
	bool has_edge[2];
};

static bool is_drawn(const struct window_class *c, uint16_t field)
{
	return field == c->ranges[0].low ||
	       (field >= c->ranges[1].low && field <= c->ranges[1].high);
}

/* Returns how many fields are as learned, of *ret_n of sides with a profile. */
static uint32_t check_flow(struct random_flow *f, uint32_t *ret_n)
{
	static uint8_t frame[BUILD_MTU + 18];
	uint32_t n_drawn = 0, n_ip;
	struct edges e = { 0 };

	for (uint32_t i = 0; i < f->n_steps; i++) {
		const struct automaton_step *s = &f->steps[i];
		const uint8_t d = s->direction,
			      *tcp = frame + 14 + ip_header_bytes(&f->flow.record);
		const struct build_side *side = &f->flow.side[d];
		bool both =
			side->stack.window_scale > 0 && f->flow.side[1 - d].stack.window_scale > 0;
		uint32_t shift = f->flow.fresh && both && (s->flags & TCP_SYN) == 0 ? 7 : 0;
		uint32_t ack, end, edge;
		uint16_t field;

		build_frame(&f->flow, f->steps, f->n_steps, i, 0, frame, &n_ip);
		field = be16_get(tcp + 14);
		end = be32_get(tcp + 4) + s->payload_bytes;
		ack = be32_get(tcp + 8);
		if ((s->flags & TCP_RST) != 0) {
			assert_true(field == 0 || side->windows->resets > 0);
			continue;
		}
		assert_int_not_equal(field, 0);
		/* What is sent fits into what was offered, and never fills it to the byte. */
		if (e.has_edge[d] && s->payload_bytes > 0)
			assert_true((int32_t)(e.edge[d] - end) > 0);
		edge = ack + ((uint32_t)field << shift);
		/* The right edge goes left by rounding at most. */
		if (e.has_edge[1 - d])
			assert_true((int32_t)(edge - e.edge[1 - d]) >= -(1 << shift));
		if ((s->flags & TCP_ACK) != 0) {
			e.edge[1 - d] = edge;
			e.has_edge[1 - d] = true;
		}
		if (side->windows != NULL && (s->flags & TCP_SYN) == 0) {
			++*ret_n;
			n_drawn += is_drawn(&side->windows->classes[0], field);
		}
	}
	return n_drawn;
}

static void windows_hold(void **state)
{
	struct window_profile profiles[4];
	const struct window_set set = { profiles, 4 };
	struct build_options options = { .mtu = BUILD_MTU, .seed = 5, .windows = &set };
	uint32_t n = 0, n_drawn = 0;
	struct random_flow f;

	(void)state;
	known(profiles);
	for (int pass = 0; pass < 2; pass++) {
		for (uint32_t k = 0; k < 4000; k++) {
			random_flow_make(&f, 6, 40000, 9999, false, k, &options);
			n_drawn += check_flow(&f, &n);
		}
		options.windows = NULL; /* the rules are the same without anything learned */
		if (pass == 0) {
			/* The rest made room for what came, or was off a duplicate by one. */
			assert_true(n > 20000);
			assert_true(n_drawn * 10 > n * 7);
		}
	}
}

/* The largest field of all, on an acknowledgement that would be a duplicate. */
static void duplicates_differ(void **state)
{
	static uint8_t frame[BUILD_MTU + 18];
	struct window_profile p = { .key = { false, 0, -1 } };
	const struct window_set set = { &p, 1 };
	const struct build_options options = { .mtu = BUILD_MTU, .seed = 5, .windows = &set };
	const struct flow_start start = { .start_ns = 1, .window = 1 };
	struct automaton_step steps[2] = { { .flags = TCP_ACK }, { .flags = TCP_ACK } };
	const struct flow_record record = { .proto = 6,
					    .src = ip_from_v4(0x0a000001),
					    .dst = ip_from_v4(0x0a000002) };
	struct build_flow flow;
	uint32_t n_ip;

	(void)state;
	p.classes[0] = (struct window_class) { .n_ranges = 1,
					       .total = 1,
					       .ranges = { { 65535, 65535, 1 } } };
	build_flow_init(&flow, &record, &start, NULL, NULL, &options);
	build_flow_settle(&flow, steps, 2);
	build_frame(&flow, steps, 2, 0, 0, frame, &n_ip);
	assert_int_equal(be16_get(frame + 34 + 14), 65535);
	build_frame(&flow, steps, 2, 1, 0, frame, &n_ip);
	assert_int_equal(be16_get(frame + 34 + 14), 65534);
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(windows_hold),
					    cmocka_unit_test(duplicates_differ) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
