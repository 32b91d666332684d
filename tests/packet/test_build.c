/* SPDX-License-Identifier: Apache-2.0 */
/* Frames against what an independent walk over their bytes finds. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "base/bytes.h"
#include "packet/payload_makers.h"
#include "tests/packet/random_flow.h"

static const struct build_options template_options = {
	.payload = PAYLOAD_TEMPLATE,
	.mtu = BUILD_MTU,
	.gateway_mac = { 2, 0, 0, 0, 0, 0xfe },
	.seed = 11,
};

/* One's-complement sum by the book. */
static uint32_t add_words(uint32_t sum, const uint8_t *p, uint32_t n)
{
	for (uint32_t i = 0; i < n; i++) {
		sum += i % 2 == 0 ? (uint32_t)p[i] << 8 : p[i];
		sum = (sum & 0xffff) + (sum >> 16);
	}
	return sum;
}

static void check_transport_sum(const uint8_t *ip, uint32_t n_ip_header, uint32_t n, uint8_t proto)
{
	uint32_t n_address = n_ip_header == 40 ? 32 : 8;
	uint32_t n_body = n - n_ip_header;
	uint32_t sum = 0;

	if (proto != 1) {
		sum = add_words(0, ip + n_ip_header - n_address, n_address);
		sum = add_words(sum, (const uint8_t[]) { 0, proto }, 2);
		sum = add_words(sum, (const uint8_t[]) { (uint8_t)(n_body >> 8), (uint8_t)n_body },
				2);
	}
	sum = add_words(sum, ip + n_ip_header, n_body);
	assert_int_equal(sum, 0xffff);
	if (proto == 17)
		assert_int_not_equal(be16_get(ip + n_ip_header + 6), 0);
}

struct tcp_walk {
	bool known[2];
	uint32_t next[2]; /* sequence number expected */
	uint32_t acked[2];
	bool has_acked[2];
};

/* Every segment follows the one before; nothing unsent is acknowledged, acknowledgements never go
 * back. */
static void walk_tcp(struct tcp_walk *walk, const struct automaton_step *s, const uint8_t *tcp)
{
	uint8_t d = s->direction;
	uint32_t seq = be32_get(tcp + 4), ack = be32_get(tcp + 8);
	bool repeated = (s->flags & TCP_SYN) != 0 && walk->known[d];

	assert_int_equal(tcp[13], s->flags);
	if (walk->known[d] && !repeated)
		assert_int_equal(seq, walk->next[d]);
	if (!repeated && (seq != 0 || (s->flags & TCP_RST) == 0)) {
		walk->next[d] = seq + s->payload_bytes + ((s->flags & TCP_SYN) != 0) +
				((s->flags & TCP_FIN) != 0);
		walk->known[d] = true;
	}
	if ((s->flags & TCP_ACK) == 0) {
		assert_int_equal(ack, 0);
		return;
	}
	if (walk->known[1 - d])
		assert_true((int32_t)(walk->next[1 - d] - ack) >= 0);
	else
		walk->next[1 - d] = ack;
	walk->known[1 - d] = true;
	if (walk->has_acked[d])
		assert_true((int32_t)(ack - walk->acked[d]) >= 0);
	walk->acked[d] = ack;
	walk->has_acked[d] = true;
	if ((s->flags & TCP_RST) == 0)
		assert_int_not_equal(be16_get(tcp + 14), 0);
}

static void check_flow(struct random_flow *f)
{
	static uint8_t frame[BUILD_MTU + 18];
	const struct flow_record planned = f->flow.record;
	int64_t time_ns = planned.start_ns;
	struct tcp_walk walk = { 0 };
	uint64_t bytes[2] = { 0 }, payload[2] = { 0 }, packets[2] = { 0 };
	uint8_t flags = 0;
	int64_t duration = 0;

	for (uint32_t i = 0; i < f->n_steps; i++) {
		const struct automaton_step *s = &f->steps[i];
		bool v6 = planned.src.version == 6;
		uint32_t n_header = v6 ? 40 : 20;
		uint32_t n_ip, n;
		const uint8_t *ip = frame + 14;

		time_ns += s->gap_ns;
		duration += i > 0 ? s->gap_ns : 0;
		memset(frame, 0xaa, sizeof(frame));
		n = build_frame(&f->flow, f->steps, f->n_steps, i, time_ns, frame, &n_ip);
		assert_true(n <= BUILD_MTU + 14);
		assert_int_equal(n, n_ip + 14);
		assert_int_equal(frame[n], 0xaa); /* nothing beyond the end */
		assert_int_equal(be16_get(frame + 12), v6 ? 0x86dd : 0x0800);
		if (v6) {
			assert_int_equal(be16_get(ip + 4) + 40u, n_ip);
		} else {
			assert_int_equal(be16_get(ip + 2), n_ip);
			assert_int_equal(add_words(0, ip, 20), 0xffff);
		}
		check_transport_sum(ip, n_header, n_ip, planned.proto);
		if (planned.proto == 6)
			walk_tcp(&walk, s, ip + n_header);
		bytes[s->direction] += n_ip;
		payload[s->direction] += s->payload_bytes;
		packets[s->direction]++;
		flags |= planned.proto == 6 ? s->flags : 0;
	}
	assert_true(bytes[0] == planned.fwd_bytes && bytes[1] == planned.bwd_bytes);
	assert_true(payload[0] == planned.fwd_payload && payload[1] == planned.bwd_payload);
	assert_true(packets[0] == planned.fwd_packets && packets[1] == planned.bwd_packets);
	assert_int_equal(flags, planned.flags);
	assert_true(duration == planned.duration_ns);
}

static void frames_keep_their_records(void **state)
{
	static const enum payload_mode modes[] = { PAYLOAD_TEMPLATE, PAYLOAD_RANDOM, PAYLOAD_ZERO };
	struct build_options options = template_options;
	struct random_flow f;
	size_t n_rules;
	const struct payload_rule *rules = payload_rules(&n_rules);

	(void)state;
	for (uint32_t k = 0; k < 6000; k++) {
		const struct payload_rule *rule = &rules[k % n_rules];
		uint8_t proto = (rule->over & RULE_TCP) != 0 ? 6 : 17;

		options.payload = modes[k / n_rules % 3];
		options.mtu = k % 5 == 0 ? 576 : BUILD_MTU;
		if (k % 11 == 0)
			proto = k % 2 == 0 ? 1 : 58;
		random_flow_make(&f, proto, 50000, rule->port, proto == 58 || (proto != 1 && k & 1),
				 k, &options);
		check_flow(&f);
	}
}

/* Settling twice changes nothing the second time. */
static void settled_steps_are_settled(void **state)
{
	struct random_flow f;
	size_t n_rules;
	const struct payload_rule *rules = payload_rules(&n_rules);

	(void)state;
	for (uint32_t k = 0; k < 2000; k++) {
		const struct payload_rule *rule = &rules[k % n_rules];

		random_flow_make(&f, (rule->over & RULE_UDP) != 0 ? 17 : 6, 50000, rule->port,
				 k & 1, k, &template_options);
		assert_int_equal(build_flow_settle(&f.flow, f.steps, f.n_steps), 0);
	}
}

static void equal_seeds_give_equal_frames(void **state)
{
	struct random_flow a, b, c;
	static uint8_t x[BUILD_MTU + 18], y[BUILD_MTU + 18], z[BUILD_MTU + 18];
	struct build_options other = template_options;
	unsigned n_different = 0;

	(void)state;
	other.seed++;
	for (uint32_t k = 0; k < 200; k++) {
		random_flow_make(&a, 17, 50000, 7777, false, k, &template_options);
		random_flow_make(&b, 17, 50000, 7777, false, k, &template_options);
		random_flow_make(&c, 17, 50000, 7777, false, k, &other);
		for (uint32_t i = 0; i < a.n_steps; i++) {
			uint32_t n_ip;
			uint32_t n = build_frame(&a.flow, a.steps, a.n_steps, i, 0, x, &n_ip);

			assert_int_equal(build_frame(&b.flow, b.steps, b.n_steps, i, 0, y, &n_ip),
					 n);
			assert_memory_equal(x, y, n);
		}
		build_frame(&c.flow, c.steps, c.n_steps, 0, 0, z, &(uint32_t) { 0 });
		n_different += be16_get(x + 18) != be16_get(z + 18); /* IP ids are drawn */
	}
	assert_true(n_different > 190); /* equal by chance: 2^-16 each */
}

/* A handshake byte for byte: Linux to Linux. */
static void handshake_is_as_linux_has_it(void **state)
{
	static const uint8_t syn_options[20] = { 2, 4, 5, 180, 4, 2, 8, 10 };
	struct host host = { .scope = HOST_LOCAL, .addr = ip_from_v4(0x0a000001) };
	struct flow_record record = { .proto = 6, .src_port = 50000, .dst_port = 80 };
	struct flow_start start = { .start_ns = 0, .window = 1 };
	struct automaton_step steps[] = {
		{ .flags = TCP_SYN },
		{ .flags = TCP_SYN | TCP_ACK, .direction = STEP_BACKWARD },
		{ .flags = TCP_ACK },
		{ .flags = TCP_RST },
	};
	struct build_flow flow;
	uint8_t frame[BUILD_MTU + 18];
	uint32_t n_ip, isn;

	(void)state;
	host.stack = (struct host_stack) { .ttl = 64,
					   .df = true,
					   .ip_id_zero = true,
					   .window = 64240,
					   .mss = 1460,
					   .window_scale = 7,
					   .sack = true,
					   .timestamps = true };
	record.src = ip_from_v4(0x0a000001);
	record.dst = ip_from_v4(0x0a000002);
	build_flow_init(&flow, &record, &start, &host, &host, &template_options);
	assert_int_equal(build_max_payload(&flow, 0), 1448);
	build_flow_settle(&flow, steps, 4);

	assert_int_equal(build_frame(&flow, steps, 4, 0, 0, frame, &n_ip), 74);
	assert_memory_equal(frame + 14, "\x45\x00\x00\x3c\x00\x00\x40\x00\x40\x06", 10);
	assert_memory_equal(frame + 34, "\xc3\x50\x00\x50", 4);
	isn = be32_get(frame + 38);
	assert_memory_equal(frame + 42, "\x00\x00\x00\x00\xa0\x02\xfa\xf0", 8);
	assert_memory_equal(frame + 54, syn_options, 8);
	assert_memory_equal(frame + 66, "\x00\x00\x00\x00\x01\x03\x03\x07", 8);

	assert_int_equal(build_frame(&flow, steps, 4, 1, 1000000, frame, &n_ip), 74);
	assert_int_equal(be32_get(frame + 42), isn + 1);
	assert_int_equal(build_frame(&flow, steps, 4, 2, 2000000, frame, &n_ip), 66);
	assert_int_equal(be32_get(frame + 38), isn + 1);
	assert_int_equal(be16_get(frame + 48), 501); /* 64240 >> 7 */
	assert_int_equal(build_frame(&flow, steps, 4, 3, 3000000, frame, &n_ip), 54);
	assert_int_equal(be32_get(frame + 42), 0);
	assert_int_equal(be16_get(frame + 48), 0);
}

/* Neither side sends more than it says itself that it takes. */
static void segments_are_of_the_lesser_mss(void **state)
{
	struct host small = { .scope = HOST_LOCAL }, large = { .scope = HOST_INTERNET };
	struct flow_record record = { .proto = 6, .src_port = 50000, .dst_port = 80 };
	struct flow_start start = { .window = 1 };
	struct build_flow flow;

	(void)state;
	record.src = ip_from_v4(0x0a000001);
	record.dst = ip_from_v4(0xc6120001);
	small.stack = (struct host_stack) { .window = 64240, .mss = 1380, .window_scale = -1 };
	large.stack = (struct host_stack) { .window = 64240, .mss = 1460, .window_scale = -1 };
	build_flow_init(&flow, &record, &start, &large, &small, &template_options);
	assert_int_equal(build_max_payload(&flow, STEP_FORWARD), 1380);
	assert_int_equal(build_max_payload(&flow, STEP_BACKWARD), 1380);
	small.stack.mss = 0;
	build_flow_init(&flow, &record, &start, &large, &small, &template_options);
	assert_int_equal(build_max_payload(&flow, STEP_BACKWARD), 1460);
}

static void groups_have_their_macs(void **state)
{
	struct host group = { .scope = HOST_GROUP }, internet = { .scope = HOST_INTERNET };
	struct flow_record record = { .proto = 17, .src_port = 5353, .dst_port = 5353 };
	struct flow_start start = { .window = 1 };
	struct automaton_step step = { .payload_bytes = 60 };
	struct build_flow flow;
	uint8_t frame[BUILD_MTU + 18];
	uint32_t n_ip;

	(void)state;
	record.src = ip_from_v4(0xc6120001);
	record.dst = ip_from_v4(0xe00000fb);
	build_flow_init(&flow, &record, &start, &internet, &group, &template_options);
	build_flow_settle(&flow, &step, 1);
	build_frame(&flow, &step, 1, 0, 0, frame, &n_ip);
	assert_memory_equal(frame, "\x01\x00\x5e\x00\x00\xfb\x02\x00\x00\x00\x00\xfe", 12);
	assert_int_equal(frame[22], 255);
	record.dst = ip_from_v4(0xffffffff);
	build_flow_init(&flow, &record, &start, &internet, &group, &template_options);
	build_flow_settle(&flow, &step, 1);
	build_frame(&flow, &step, 1, 0, 0, frame, &n_ip);
	assert_memory_equal(frame, "\xff\xff\xff\xff\xff\xff", 6);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(frames_keep_their_records),
		cmocka_unit_test(settled_steps_are_settled),
		cmocka_unit_test(equal_seeds_give_equal_frames),
		cmocka_unit_test(handshake_is_as_linux_has_it),
		cmocka_unit_test(segments_are_of_the_lesser_mss),
		cmocka_unit_test(groups_have_their_macs),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
