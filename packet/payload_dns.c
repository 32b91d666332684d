/* SPDX-License-Identifier: Apache-2.0 */
/* DNS over UDP and TCP (RFC 1035, RFC 7766): answers repeat id and question of what they answer. */
#include "packet/payload_dns.h"

#include "packet/payload_makers.h"
#include "packet/payload_match.h"
#include "packet/payload_noise.h"
#include "packet/payload_stream.h"

enum {
	FLAGS_QUERY = 0x0100,
	FLAGS_ANSWER = 0x8180,
	TYPE_A = 1,
	STREAM_LEAST = 2 + DNS_LEAST,
	STREAM_LIMIT = 2 + 65535,
};

/* Any number of so many bits. */
static uint64_t id_of_bits(uint32_t bits, uint64_t hash)
{
	const uint64_t high = bits == 0 ? 0 : UINT64_C(1) << (bits - 1);

	return high | (high == 0 ? 0 : hash & (high - 1));
}

static struct dns_message message(const struct build_flow *flow, uint32_t question,
				  uint32_t n_question, bool answer)
{
	uint64_t hash = payload_hash(flow, question);
	const int bits = payload_habit(flow, STEP_FORWARD, HABIT_DNS_ID, question, -1);
	struct dns_message m = {
		.id = (uint16_t)(bits < 0 ? hash : id_of_bits((uint32_t)bits, hash)),
		.flags = answer ? FLAGS_ANSWER : FLAGS_QUERY,
		.type = TYPE_A,
		.n_name = dns_name_bytes(n_question < DNS_LEAST ? DNS_LEAST : n_question),
		.number = (uint32_t)(hash >> 32) % 1000,
	};

	return m;
}

static uint32_t dns_fit(const struct build_flow *flow, const struct automaton_step *steps,
			uint32_t n_steps, uint32_t i, uint32_t n, uint32_t max)
{
	uint32_t question;

	(void)flow;
	(void)n_steps;
	if (steps[i].direction == STEP_FORWARD)
		return dns_fit_question(n, max);
	question = payload_match(steps, i);
	if (question == i || steps[question].payload_bytes < DNS_LEAST)
		return dns_fit_answer(dns_name_bytes(DNS_LEAST), n, max);
	return dns_fit_answer(dns_name_bytes(steps[question].payload_bytes), n, max);
}

static void dns_fill(struct build_flow *flow, const struct automaton_step *steps, uint32_t n_steps,
		     uint32_t i, int64_t time_ns, uint8_t *ret_bytes)
{
	uint32_t n = steps[i].payload_bytes;
	struct writer w = { ret_bytes, 0, n };
	bool answer = steps[i].direction == STEP_BACKWARD;
	uint32_t question = answer ? payload_match(steps, i) : i;
	uint32_t n_question = question == i && answer ? DNS_LEAST : steps[question].payload_bytes;
	struct dns_message m = message(flow, question, n_question, answer);

	(void)n_steps;
	(void)time_ns;
	dns_put(&w, &m, n);
}

const struct payload_ops payload_dns_ops = {
	.name = "dns", .fit = dns_fit, .fill = dns_fill, .habits = PAYLOAD_HABIT(HABIT_DNS_ID)
};

static uint32_t tcp_plan(const struct stream_plan *plan, uint16_t *ret_kind)
{
	*ret_kind = 0;
	return stream_one_per_run(plan, STREAM_LEAST, STREAM_LIMIT);
}

/* The k-th answer is for the k-th question, with the root for a name so that it always fits. */
static uint32_t tcp_head(const struct build_flow *flow, uint8_t direction, uint8_t *ret_bytes)
{
	const struct build_side *side = &flow->side[direction];
	struct writer w = { ret_bytes, 0, STREAM_HEAD_LIMIT };
	uint32_t n = side->message_bytes < STREAM_LEAST ? STREAM_LEAST : side->message_bytes;
	struct dns_message m =
		message(flow, side->n_messages, DNS_LEAST, direction == STEP_BACKWARD);
	uint32_t body = n - 2;
	uint32_t legal = dns_fit_answer(m.n_name, body, body);

	put_be16(&w, body);
	dns_put(&w, &m, legal);
	put_repeat(&w, 0, body - legal);
	return w.n < w.room ? w.n : w.room;
}

static const struct stream_ops tcp_stream = {
	.filler = STREAM_ZERO,
	.plan = tcp_plan,
	.head = tcp_head,
};

static void dns_tcp_fill(struct build_flow *flow, const struct automaton_step *steps,
			 uint32_t n_steps, uint32_t i, int64_t time_ns, uint8_t *ret_bytes)
{
	(void)time_ns;
	stream_fill(flow, &tcp_stream, steps, n_steps, i, ret_bytes);
}

const struct payload_ops payload_dns_tcp_ops = { .name = "dns-tcp", .fill = dns_tcp_fill };
